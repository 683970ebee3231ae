/*
 * squares: for each number n of a list, the sum of i² for i below n: pure computation. The sums for
 * n near 10⁷ need 69 bits, so they are kept in 128; the largest n whose sum fits is found by the
 * closed form, (n-1)·n·(2n-1)/6, which also verifies every result. A compiler that recognises the
 * loop would put that form in its place and leave nothing to measure: the loop is guarded.
 */
#include <stdlib.h>
#include <string.h>

#include "core/certificate.h"
#include "core/clock.h"
#include "core/number.h"
#include "core/run.h"

typedef unsigned __int128 u128;

/* The largest n for which (n-1)·n·(2n-1)/6 is below 2¹²⁸. */
#define N_MAX UINT64_C(10069012961345)

/* The notes' ten: 10⁷ and the nine numbers behind it. */
enum { NOTES_FIRST = 10000000, NOTES_COUNT = 10 };

/* How often the stop flag is looked at. */
enum { POLL_EVERY = 1 << 16 };

struct settings {
    uint64_t *numbers;
    uint32_t count;
};

struct state {
    uint64_t n;
    u128 *sum; /* the task's shared result */
};

static u128 closed_form(uint64_t n)
{
    if (n == 0)
        return 0;
    /* One of the three factors' product is divided early, so that no step exceeds the result by
     * more than it must: (n-1)·n is even. */
    u128 pairs = (u128)(n - 1) * n / 2;
    u128 odd = 2 * (u128)n - 1;
    return pairs % 3 == 0 ? pairs / 3 * odd : pairs * (odd / 3);
}

static int sum_squares(void *argument, const struct task *task)
{
    struct state *state = argument;
    u128 sum = 0;
    for (uint64_t from = 0; from < state->n && !task_cancelled(task); from += POLL_EVERY) {
        uint64_t to = state->n - from < POLL_EVERY ? state->n : from + POLL_EVERY;
        for (uint64_t i = from; i < to; i++) {
            uint64_t guarded = i;
            __asm__("" : "+r"(guarded)); /* the compiler may no longer know what i is */
            sum += (u128)guarded * guarded;
        }
    }
    *state->sum = sum;
    return 0;
}

/* ---- Settings. ---- */

static void *create(void)
{
    return calloc(1, sizeof(struct settings));
}

static void destroy(void *pointer)
{
    struct settings *settings = pointer;
    free(settings->numbers);
    free(settings);
}

static int prepare(struct run *run, int argc, char **argv)
{
    struct settings *settings = run->settings;
    settings->count = argc > 0 ? (uint32_t)argc : NOTES_COUNT;
    settings->numbers = calloc(settings->count, sizeof *settings->numbers);
    if (settings->numbers == NULL)
        return problem_no_memory(&run->problem);
    for (uint32_t i = 0; i < settings->count; i++) {
        settings->numbers[i] = NOTES_FIRST + i;
        if (argc > 0 && !number_parse(argv[i], 0, N_MAX, &settings->numbers[i]))
            return problem_set(&run->problem, STATUS_USAGE,
                               "'%s' is not a whole number from 0 to %llu, the largest whose sum "
                               "fits 128 bits",
                               argv[i], (unsigned long long)N_MAX);
    }
    run->tasks = run->tasks_asked != 0 ? run->tasks_asked : settings->count;
    return 0;
}

static uint64_t number_of(const struct run *run, uint32_t child)
{
    const struct settings *settings = run->settings;
    return settings->numbers[child % settings->count];
}

/* ---- The task. ---- */

static void step(struct task *task, int result, uint64_t now_ns)
{
    struct state *state = task_state(task);
    (void)now_ns;
    if (task->stage++ > 0) {
        yield_done(task, outcome_of_errno(result), -result, 0);
        return;
    }
    state->n = number_of(task->run, task->index);
    state->sum = task_result(task);
    yield_compute(task, sum_squares, state, state->n * 6 / 10);
}

/* ---- After the clock. ---- */

static enum verified verify(const struct run *run)
{
    for (uint32_t i = 0; i < run->tasks; i++)
        if (run->children[i].outcome == OUTCOME_OK &&
            *(const u128 *)run_result(run, i) != closed_form(number_of(run, i)))
            return VERIFIED_NO;
    return VERIFIED_YES;
}

static void certify(const struct run *run, struct certificate *certificate)
{
    for (uint32_t i = 0; i < run->tasks; i++) {
        u128 sum = *(const u128 *)run_result(run, i);
        bool ok = run->children[i].outcome == OUTCOME_OK; /* else it is as far as it came */
        certificate_count(certificate, "computations", ok);
        certificate_number(certificate, ok ? (uint64_t)sum : 0);
        certificate_number(certificate, ok ? (uint64_t)(sum >> 64) : 0);
    }
}

static void print_u128(u128 value, FILE *out)
{
    char digits[40];
    char *at = digits + sizeof digits - 1;
    *at = 0;
    do {
        *--at = (char)('0' + (int)(value % 10));
        value /= 10;
    } while (value != 0);
    fprintf(out, "%s\n", at);
}

static void print(const struct run *run, FILE *out)
{
    for (uint32_t i = 0; i < run->tasks && run->tasks_asked == 0; i++)
        if (run->children[i].outcome == OUTCOME_OK)
            print_u128(*(const u128 *)run_result(run, i), out);
    fprintf(out, "Calculation takes %.2f seconds\n", run_seconds(run));
}

static void explain(const struct run *run, uint32_t child, char *text, size_t size)
{
    snprintf(text, size, "the sum below %llu: %s", (unsigned long long)number_of(run, child),
             outcome_name(run->children[child].outcome));
}

const struct workload workload_squares = {
    .summary = "for each number n, the sum of the squares below it",
    .arguments = "[NUMBER…]",
    .sized = true,
    .computes = true,
    .state_size = sizeof(struct state),
    .result_size = sizeof(u128),
    .step = step,
    .create = create,
    .destroy = destroy,
    .prepare = prepare,
    .verify = verify,
    .certify = certify,
    .print = print,
    .explain = explain,
};
