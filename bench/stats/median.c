/* Order statistics of the median. */
#include "bench/stats/median.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    if (isnan(x) || isnan(y))
        return !!isnan(x) - !!isnan(y);
    return (x > y) - (x < y);
}

void stats_sort(double *values, size_t count)
{
    if (count > 1)
        qsort(values, count, sizeof *values, compare);
}

/* P(B = k), B binomial(n, 1/2). In powers of two, so that k = 0 is exact. */
static double binomial_half(size_t n, size_t k)
{
    double ways = lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1);
    return exp2(ways / log(2) - (double)n);
}

static double middle(const double *sorted, size_t count)
{
    if (count == 0 || isnan(sorted[count - 1]))
        return NAN;
    return count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

double median_value(double *values, size_t count)
{
    stats_sort(values, count);
    return middle(values, count);
}

struct estimate median_of(double *values, size_t count, double confidence)
{
    stats_sort(values, count);
    struct estimate median = {.count = count, .value = middle(values, count)};
    if (isnan(median.value))
        return estimate_none();
    /* The narrowest pair of ranks that still covers enough; the widest one if none does. */
    double tail = binomial_half(count, 0);
    size_t rank = 1;
    while (2 * (rank + 1) <= count) {
        double next = tail + binomial_half(count, rank);
        if (1 - 2 * next < confidence)
            break;
        tail = next;
        rank++;
    }
    median.low = values[rank - 1];
    median.high = values[count - rank];
    median.confidence = 1 - 2 * tail;
    return median;
}

size_t median_count_needed(double confidence)
{
    size_t count = 2;
    while (1 - 2 * exp2(-(double)count) < confidence)
        count++;
    return count;
}

bool median_separated(const struct estimate *a, const struct estimate *b)
{
    return a->high < b->low || b->high < a->low;
}
