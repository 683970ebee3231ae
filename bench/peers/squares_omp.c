/*
 * squares_omp: the sums of `squares` under OpenMP, as a hand that does not know the suite would
 * write it: one parallel loop over the numbers, dealt out one at a time. The arithmetic and the
 * guard against the compiler's closed form are those of workloads/squares.c. Stopping early,
 * placement and a record of the run are left out; how idle threads wait is left to the OpenMP
 * library.
 *
 * Exit status: 0 fine; 1 a sum differs from the closed form; 2 usage; 5 memory is short.
 */
#include <errno.h>
#include <inttypes.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

__extension__ typedef unsigned __int128 u128;

/* The largest n for which (n-1)·n·(2n-1)/6 is below 2¹²⁸. */
#define N_MAX UINT64_C(10069012961345)

enum { NOTES_FIRST = 10000000, NOTES_COUNT = 10, THREADS_MAX = 1024 };

static u128 closed_form(uint64_t n)
{
    if (n == 0)
        return 0;
    u128 pairs = (u128)(n - 1) * n / 2;
    u128 odd = 2 * (u128)n - 1;
    return pairs % 3 == 0 ? pairs / 3 * odd : pairs * (odd / 3);
}

static u128 sum_squares(uint64_t n)
{
    u128 sum = 0;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t guarded = i;
        __asm__("" : "+r"(guarded)); /* the compiler may no longer know what i is */
        sum += (u128)guarded * guarded;
    }
    return sum;
}

static void print_u128(u128 value)
{
    char digits[40];
    char *at = digits + sizeof digits - 1;
    *at = 0;
    do {
        *--at = (char)('0' + (int)(value % 10));
        value /= 10;
    } while (value != 0);
    puts(at);
}

static bool parse(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == 0 && errno == 0 && *number >= least &&
           *number <= most;
}

static int refuse(const char *wrong)
{
    fprintf(stderr,
            "squares_omp: it takes THREADS from 1 to %d, then numbers from 0 to %" PRIu64
            ", not '%s'\n",
            THREADS_MAX, N_MAX, wrong);
    return 2;
}

int main(int argc, char **argv)
{
    uint64_t threads;
    if (argc < 2 || !parse(argv[1], 1, THREADS_MAX, &threads))
        return refuse(argc < 2 ? "" : argv[1]);
    int count = argc > 2 ? argc - 2 : NOTES_COUNT;
    uint64_t *numbers = calloc((size_t)count, sizeof *numbers);
    u128 *sums = calloc((size_t)count, sizeof *sums);
    if (numbers == NULL || sums == NULL) {
        fprintf(stderr, "squares_omp: memory is short\n");
        return 5;
    }
    for (int i = 0; i < count; i++) {
        numbers[i] = NOTES_FIRST + (uint64_t)i;
        if (argc > 2 && !parse(argv[i + 2], 0, N_MAX, &numbers[i]))
            return refuse(argv[i + 2]);
    }
    double began = omp_get_wtime();
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)threads)
    for (int i = 0; i < count; i++)
        sums[i] = sum_squares(numbers[i]);
    double took = omp_get_wtime() - began;

    bool right = true;
    for (int i = 0; i < count; i++) {
        print_u128(sums[i]);
        right = right && sums[i] == closed_form(numbers[i]);
    }
    printf("Calculation takes %.2f seconds\n", took);
    if (!right)
        fprintf(stderr, "squares_omp: a sum differs from the closed form\n");
    free(numbers);
    free(sums);
    return right ? 0 : 1;
}
