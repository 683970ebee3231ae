/*
 * --log: every step of a run as it happened, under any model: who ran, what it had waited for, what
 * it waits for next, and who else was ready or waiting then. The steps are watched from outside;
 * without --log nothing of this is there.
 */
#ifndef BENCH_PROGRAM_LOG_H
#define BENCH_PROGRAM_LOG_H

#include <stdio.h>

#include "core/run.h"

/* After run_open(): from now on the run's steps are recorded. Returns 0 or the problem's status. */
int log_begin(struct run *run);

/* After the run: a line a step, in the order of their happening. */
void log_print(const struct run *run, FILE *out);

#endif
