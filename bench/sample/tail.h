/*
 * Quantiles of the tasks' latencies over all timed launches of an arm, with an interval by the
 * bootstrap: launches are drawn, all tasks of one together. docs/statistics.md tells from how many
 * launches on that interval is worth showing.
 */
#ifndef BENCH_SAMPLE_TAIL_H
#define BENCH_SAMPLE_TAIL_H

#include "bench/sample/sample.h"

enum { TAIL_LAUNCHES_MIN = 25 };

/* Of the latencies since the intended start, in seconds. Below TAIL_LAUNCHES_MIN launches,
 * confidence 0: there is a value and no interval. count 0: there are no latencies, or memory is
 * short. */
struct estimate tail_estimate(const struct sample_cell *cell, size_t arm, double share,
                              double confidence);

#endif
