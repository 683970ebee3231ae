/*
 * --log, --trace and --account: three readings of a run's trace. The log is a table of its steps on
 * stderr; the trace a file for Perfetto; the account where the time of the tasks went, which
 * accounts.h tells. Whatever is kept, what it cost is said.
 */
#ifndef BENCH_PROGRAM_TRACING_H
#define BENCH_PROGRAM_TRACING_H

#include <stdio.h>

#include "bench/program/whole_file.h"
#include "bench/trace/account.h"

struct tracing {
    bool log;
    bool accounts;
    const char *path; /* --trace; NULL: none */

    struct whole_file file; /* of the trace */
    bool open;
    /* After the run, where it was asked for: */
    bool accounted;
    struct account account;
    size_t events;
    uint64_t dropped; /* for which there was no room */
    double event_ns;  /* what recording one took */
};

/* After run_open(). Returns 0 or the problem's status. */
int tracing_begin(struct tracing *tracing, struct run *run);

/* After the run, and before its results are printed: tells it all but the account. Returns 0, or
 * the status of what could not be told, which was then said. */
int tracing_tell(struct tracing *tracing, struct run *run);

/* Also after a failure. */
void tracing_end(struct tracing *tracing, struct run *run);

#endif
