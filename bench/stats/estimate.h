/*
 * What all statistics here return: a value, the interval for the truth, and how many observations
 * they come from. The confidence says how often such an interval holds the truth. For the median
 * and the ratio it is what the method reaches with this count: at least what was asked for, less
 * where the count is too small for that. For the slope and the bootstrap it is what was asked for,
 * and docs/statistics.md says how near they come. 0: there were too few for an interval, and low
 * and high are then the extremes. A value that cannot be had is NAN, with count 0; so is one that a
 * NAN among the observations went into.
 */
#ifndef BENCH_STATS_ESTIMATE_H
#define BENCH_STATS_ESTIMATE_H

#include <math.h>
#include <stddef.h>

struct estimate {
    size_t count;
    double value;
    double low, high;
    double confidence;
};

static inline struct estimate estimate_none(void)
{
    return (struct estimate){0, NAN, NAN, NAN, 0};
}

/* Ascending, NANs last. */
void stats_sort(double *values, size_t count);

#endif
