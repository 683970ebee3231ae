/*
 * How far values lie from their median, in terms that a few wild ones do not change: the median
 * absolute deviation, and who lies too far out by it (Iglewicz & Hoaglin, How to Detect and Handle
 * Outliers, 1993: 0.6745·|x - median| / MAD > 3.5).
 */
#ifndef BENCH_STATS_SPREAD_H
#define BENCH_STATS_SPREAD_H

#include <stdbool.h>
#include <stddef.h>

#define OUTLIER_SCORE 3.5

/* The median of |x - median|; NAN of none, of values with a NAN, or when memory is short. */
double median_absolute_deviation(const double *values, size_t count);

/* Marks the outliers and returns how many there are. With a deviation of 0 there are none: more
 * than half of the values are the same then. Nor are there where it is NAN. */
size_t outliers_of(const double *values, size_t count, bool *out);

#endif
