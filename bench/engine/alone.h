/*
 * A launch of which the program's record alone is kept, and the line of the journal that tells it:
 * what it cost is nobody's. So a cell's workload is simulated, and an arm's account is taken. What
 * follows from the record is sample/ideal.h's and sample/accounts.h's.
 */
#ifndef BENCH_ENGINE_ALONE_H
#define BENCH_ENGINE_ALONE_H

#include "bench/engine/perform.h"

/* The line, of type "ideal", has the program's record, or a "failed" that says why there is none.
 * NULL when memory is short. */
json_t *alone_simulate(const struct arm *arm, const struct stage *stage, const char *cell,
                       bool *interrupted);

/* The line, of type "account", likewise. */
json_t *alone_account(const struct arm *arm, const struct stage *stage, const char *cell,
                      bool *interrupted);

#endif
