/*
 * Two arms compared by blocks. A block holds each arm twice, in an order and its mirror image, so
 * that a drift which is linear over the block cancels out of the difference of the arms' means. On
 * logarithms a difference is a ratio: d = mean ln(a) - mean ln(b) of one block, and e^d says how
 * many times as long a takes. The blocks' differences are the sample; their median with its
 * order-statistic interval (median.h) is the estimate, and sees the blocks as independent of each
 * other.
 */
#ifndef BENCH_STATS_PAIRED_H
#define BENCH_STATS_PAIRED_H

#include <stdbool.h>

#include "bench/stats/estimate.h"

/* The ratio a/b, each given by its mean logarithm in each of `count` blocks; a block in which one
 * is not finite is left out of both. count 0 in the result when none is left or memory is short. */
struct estimate paired_ratio(const double *a, const double *b, size_t count, double confidence);

/* True when the interval of the ratio leaves 1 out, and the interval exists. */
bool paired_separated(const struct estimate *ratio, double confidence);

/* The confidence of each of `comparisons` intervals that all hold together with `confidence`
 * (Bonferroni). */
double paired_confidence(double confidence, size_t comparisons);

#endif
