/*
 * One simulated run of a cell's workload, and the line of the journal that tells it. It is no
 * launch of an arm: what it says of itself is the figure, what it cost is nobody's. What follows
 * from it is sample/ideal.h's.
 */
#ifndef BENCH_ENGINE_IDEAL_H
#define BENCH_ENGINE_IDEAL_H

#include "bench/engine/perform.h"

/* The line, of type "ideal", has the program's record, or a "failed" that says why there is none.
 * NULL when memory is short. */
json_t *ideal_simulate(const struct arm *arm, const struct stage *stage, const char *cell,
                       bool *interrupted);

#endif
