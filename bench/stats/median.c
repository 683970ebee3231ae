/* Order statistics of the median. */
#include "bench/stats/median.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* P(B = k), B binomial(n, 1/2). */
static double binomial_half(size_t n, size_t k)
{
    return exp(lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) -
               (double)n * log(2));
}

struct median median_of(double *values, size_t count, double confidence)
{
    qsort(values, count, sizeof *values, compare);
    struct median median = {.count = count};
    median.value =
        count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
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
    median.confidence = count > 1 ? 1 - 2 * tail : 0;
    return median;
}

bool median_separated(const struct median *a, const struct median *b)
{
    return a->high < b->low || b->high < a->low;
}
