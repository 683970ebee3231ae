/*
 * --log: every step of a run as it happened, under any model: who ran, what it had waited for, what
 * it waits for next, and who else was ready or waiting then. It is read out of the run's trace.
 */
#ifndef BENCH_PROGRAM_LOG_H
#define BENCH_PROGRAM_LOG_H

#include <stdio.h>

#include "core/trace.h"

/* After run_open(): whether it is one that can be read. Returns 0 or the problem's status. */
int log_check(struct run *run);

/* After the run: a line a step, in the order of their happening. False: memory is short. */
bool log_print(const struct run *run, const struct trace_event *events, size_t count, FILE *out);

#endif
