/*
 * A run's trace as each task's life: the spans between its events, and what it was doing in each. A
 * task that is ready waits for nothing but its turn; when it became ready follows from what it
 * waited for (the end of its sleep, of its computation, of the child that it joins; what another
 * task put or took; the last time that its loop heard from the kernel). Where only the system
 * knows, as of a thread that a receipt has woken, it is not told apart from waiting.
 */
#ifndef BENCH_TRACE_SPANS_H
#define BENCH_TRACE_SPANS_H

#include "core/trace.h"

enum span_state {
    SPAN_QUEUED,    /* eligible, and not begun */
    SPAN_RUNNING,   /* in a step */
    SPAN_COMPUTING, /* in its computation */
    SPAN_HOLDING,   /* in a sleep that does not give way */
    SPAN_WAITING,   /* for its operation `op` */
    SPAN_READY,     /* that is complete: it waits for its turn */
};
enum { SPAN_STATES = SPAN_READY + 1 };

struct span {
    uint64_t from_ns;
    uint64_t to_ns;
    uint32_t task;
    uint32_t lane;  /* where it was stepped or computed; of a queued one where it then began */
    uint8_t state;  /* enum span_state */
    uint8_t op;     /* waiting, holding, ready: what it asked for, ready to compute: none;
                       running: what it asks for next */
    int32_t result; /* running: what its last operation came to */
};

/* "waiting" */
const char *span_state_name(enum span_state state);

struct spans {
    struct span *all; /* those of a task follow one another in time, those of all do nearly */
    size_t count;
};

/* False: memory is short. */
bool spans_make(const struct run *run, const struct trace_event *events, size_t count,
                struct spans *spans);
void spans_free(struct spans *spans);

#endif
