/*
 * The median of a sample with its order-statistic confidence interval: distribution-free. The
 * interval from the k-th smallest to the k-th largest of n values covers the median with
 * probability 1 - 2·P(B <= k-1), B binomial(n, 1/2); with more where values are the same (David &
 * Nagaraja, Order Statistics, 3rd ed., 7.1). The values must be independent: what correlation does
 * to it is in docs/statistics.md.
 */
#ifndef BENCH_STATS_MEDIAN_H
#define BENCH_STATS_MEDIAN_H

#include <stdbool.h>

#include "bench/stats/estimate.h"

/* Sorts the values. When no pair of ranks reaches the confidence, the interval goes from the least
 * to the greatest, and says what that reaches. */
struct estimate median_of(double *values, size_t count, double confidence);

/* The median alone. Sorts the values; NAN of none. */
double median_value(double *values, size_t count);

/* How many values it takes until some pair of ranks reaches the confidence, 0 < confidence < 1. */
size_t median_count_needed(double confidence);

/* True when the intervals do not overlap. */
bool median_separated(const struct estimate *a, const struct estimate *b);

#endif
