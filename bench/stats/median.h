/*
 * The median of a sample with its order-statistic confidence interval: distribution-free. The
 * interval from the k-th smallest to the k-th largest of n values covers the median with
 * probability 1 - 2·P(B <= k-1), B binomial(n, 1/2) (David & Nagaraja, Order Statistics, 3rd
 * ed., 7.1).
 */
#ifndef BENCH_STATS_MEDIAN_H
#define BENCH_STATS_MEDIAN_H

#include <stdbool.h>
#include <stddef.h>

struct median {
    size_t count;
    double value;
    double low, high;  /* the interval */
    double confidence; /* what the interval reaches: at least what was asked for, unless there are
                        * too few values: then it goes from the least to the greatest */
};

/* Sorts the values. count >= 1. */
struct median median_of(double *values, size_t count, double confidence);

/* True when the intervals do not overlap. */
bool median_separated(const struct median *a, const struct median *b);

#endif
