/*
 * Where the time of a run's tasks went, in the record and in words. User and system are told apart
 * by the kernel's counters of the whole run, where they have counted enough.
 */
#ifndef BENCH_PROGRAM_ACCOUNTS_H
#define BENCH_PROGRAM_ACCOUNTS_H

#include <stdio.h>
#include <sys/resource.h>

#include "bench/program/record.h"
#include "bench/program/tracing.h"

/* user_s and system_s: of the run's processes. */
json_t *accounts_record(struct record *record, const struct tracing *tracing, double user_s,
                        double system_s);
/* Returns 0 or STATUS_OUTPUT. */
int accounts_print(const struct tracing *tracing, double user_s, double system_s, FILE *out);

#endif
