/*
 * Does a series drift? Kendall's rank correlation with time, whose p-value needs no distribution,
 * and the slope after Theil and Sen, the median of the slopes between all pairs. Formulas:
 * Hollander, Wolfe & Chicken, Nonparametric Statistical Methods, 3rd ed., 8.1, 9.1 to 9.3. And the
 * correlation of neighbours: a machine that changes its speed for a while shows there.
 */
#ifndef BENCH_STATS_TREND_H
#define BENCH_STATS_TREND_H

#include "bench/stats/estimate.h"

/* With fewer values than the least, even a perfect order is nothing rare. Time and memory are
 * O(n²): the most takes 400 MB. */
enum { TREND_LEAST = 5, TREND_MOST = 10000 };

struct trend {
    double tau;            /* -1 … 1, corrected for ties in the values (tau-b) */
    double p;              /* two-sided, by the normal approximation with ties */
    struct estimate slope; /* of the values per unit of time */
};

/* NAN throughout when the count is not from TREND_LEAST to TREND_MOST, when the times do not ascend
 * or a number is not finite, or when memory is short; tau and p are NAN when all values are the
 * same. The slope's confidence is 0 when even the steepest slopes do not reach it. */
struct trend trend_of(const double *times, const double *values, size_t count, double confidence);

/* The first serial correlation coefficient of a series with its mean taken off (Chatfield, The
 * Analysis of Time Series, 6th ed., 2.7); NAN with fewer than 3 values, when all are the same or
 * one is not finite. */
double serial_correlation(const double *values, size_t count);

#endif
