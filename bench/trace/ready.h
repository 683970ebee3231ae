/*
 * Since when a task that waited has been ready, as the events tell it that come in between. One
 * goes through a trace's events in their order and hands each to ready_note().
 */
#ifndef BENCH_TRACE_READY_H
#define BENCH_TRACE_READY_H

#include "core/trace.h"

struct ready {
    uint32_t tasks;
    const struct trace_event **asked; /* by task, the root's last: what it asked for last */
    struct trace_event *computed;     /* by task: its last computation; at_ns to its end */
    uint64_t *ended_ns;               /* by task */
    uint64_t last_end_ns;
    uint64_t *heard_ns; /* by lane */
    struct {
        uint64_t at_ns;
        uint32_t task;
    } used[CHANNELS_MAX][2]; /* put into; taken from */
};

/* False: memory is short. */
bool ready_open(struct ready *ready, const struct run *run, const struct trace_event *events,
                size_t count);
void ready_close(struct ready *ready);

static inline uint32_t ready_place(const struct ready *ready, uint32_t task)
{
    return task == TASK_ROOT ? ready->tasks : task;
}

void ready_note(struct ready *ready, const struct trace_event *event);

/* At its step, before that is noted: since when it has been ready, from when it asked to now. */
uint64_t ready_since(const struct ready *ready, const struct trace_event *step);

#endif
