/*
 * The percentile bootstrap: the interval of a statistic that has none of its own, by drawing whole
 * observations with replacement again and again (Efron & Tibshirani, An Introduction to the
 * Bootstrap, 13.3; the ranks as in 12.5). An observation is a launch: the tasks in it depend on
 * each other and are drawn together. The interval is approximate, and too narrow for few
 * observations and for far quantiles: docs/statistics.md says by how much.
 */
#ifndef BENCH_STATS_BOOTSTRAP_H
#define BENCH_STATS_BOOTSTRAP_H

#include <stdint.h>

#include "bench/stats/estimate.h"

enum { BOOTSTRAP_ROUNDS = 2000 };

/* The statistic of the observations whose indices are drawn[0 … count-1]; NAN: it has no value. */
typedef double bootstrap_fn(const void *data, const uint32_t *drawn, size_t count);

/* `value` is the statistic of the sample itself. The same seed gives the same interval. Draws
 * without a value count as if they lay beyond both ends of it. Its confidence is 0 when there are
 * fewer observations than a median's interval takes, or too many draws without a value. Count 0
 * when the statistic has no value, of no observations, of 2^32 or more, or when memory is short. */
struct estimate bootstrap_of(bootstrap_fn *statistic, const void *data, size_t count,
                             double confidence, uint64_t seed);

#endif
