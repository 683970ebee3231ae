/* What the workloads that sleep have in common: the notes count in seconds, these in units, so that
 * a run takes no time unless asked to. */
#ifndef WORKLOADS_UNIT_H
#define WORKLOADS_UNIT_H

#include "core/clock.h"
#include "core/number.h"
#include "core/run.h"

#define UNIT_NS_DEFAULT (10 * NS_PER_MS)

/* A row for a workload's table of options. */
#define UNIT_OPTION                                                                                \
    {                                                                                              \
        "unit", "S", "what counts as a second; default 10ms, the notes' own is 1"                  \
    }

/* The notes' last line, and the same in units. */
static inline void print_wall(const struct run *run, uint64_t unit_ns, FILE *out)
{
    fprintf(out, "Wall time: %.3g s (%.2f units)\n", run_seconds(run),
            run_seconds(run) * 1e9 / (double)unit_ns);
}

#endif
