/*
 * A trace as a file in the Chrome trace format (JSON), which Perfetto and chrome://tracing open.
 * Each worker process has its threads, with what they ran; beside them stands a process "tasks"
 * with a row a task, and what it was doing: queued, running, computing, waiting for what, ready.
 * Times are microseconds from the run's start.
 */
#ifndef BENCH_TRACE_CHROME_H
#define BENCH_TRACE_CHROME_H

#include <stdio.h>

#include "bench/trace/spans.h"

/* The process id of the rows of tasks: no process has it, as none is above 2^22. */
enum { CHROME_TASKS_PID = (1 << 22) + 1 };

/* False: memory is short. Other errors are the stream's. */
bool chrome_write(const struct run *run, const struct trace_event *events, size_t count,
                  const struct spans *spans, double event_ns, FILE *out);

#endif
