/*
 * What happens in a run, recorded as it happens, under any model: each step of a task, what it asks
 * for, each computation, each wait of a loop, and in which thread. The steps are watched from
 * outside: without a trace nothing of this is there. What is made of the events is the reader's.
 */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "core/run.h"

enum trace_what {
    TRACE_STEP,     /* a task is stepped: `result` is what its operation came to */
    TRACE_ASK,      /* … and has asked for `op` */
    TRACE_COMPUTE,  /* its computation begins, in whichever thread */
    TRACE_COMPUTED, /* … and ends */
    TRACE_POLL,     /* a loop asks the kernel what there is, and may have to wait for it */
    TRACE_HEARD,    /* … and is told */
};

struct trace_event {
    uint64_t at_ns;
    /* Of the thread so far, where the trace keeps accounts: CPU time; and how long it could have
     * run and was not let. */
    uint64_t cpu_ns;
    uint64_t delay_ns;
    /* Of what was asked for: a sleep's nanoseconds, what a computation is said to cost, the bytes
     * to send, the channel's index, how many children are spawned, which one is joined or
     * cancelled, the outcome of who is done. */
    int64_t detail;
    uint32_t task; /* index, or TASK_ROOT; of a loop's wait none */
    uint32_t lane;
    uint32_t order; /* among those of the same time */
    int32_t result; /* of TRACE_STEP; of TRACE_ASK: nanoseconds that the task's clock is behind */
    uint8_t what;   /* enum trace_what */
    uint8_t op;     /* of TRACE_ASK, enum op_kind */
    uint8_t flags;  /* … and its enum op_flag */
    _Atomic bool complete;
};

/* A thread that an event came from. */
struct trace_lane {
    int32_t pid;
    int32_t tid;
};

struct trace;

/* After run_open(): the run's steps are recorded from now on; `accounts`: with what each thread has
 * used of its CPU. Returns 0 or the problem's status. */
int trace_begin(struct run *run, bool accounts);
/* Gives it back. Nothing when there is none. */
void trace_end(struct run *run);

/* For a loop, where there is a trace: it asked the kernel at one time, having used so much of its
 * CPU by then, and was told at the other. */
struct trace_usage {
    uint64_t cpu_ns;
    uint64_t delay_ns;
};
struct trace_usage trace_usage(const struct run *run);
void trace_poll(const struct run *run, uint64_t asked_ns, uint64_t heard_ns,
                struct trace_usage usage);

/* For a model that simulates, where there is a trace: when a computation was, in virtual time,
 * which took no time to carry out. */
void trace_computation(const struct task *task, uint64_t from_ns, uint64_t to_ns);

/* ---- After the run. ---- */

/* A copy of all events in the order of their time, those of a lane in the order of their
 * recording; the caller's to free. NULL: memory is short. */
struct trace_event *trace_events(const struct run *run, size_t *count);
/* How many lanes they came from. */
uint32_t trace_lanes(const struct trace_event *events, size_t count);
/* How many there were no room for. */
uint64_t trace_dropped(const struct run *run);
const struct trace_lane *trace_lane(const struct run *run, uint32_t lane);
/* False: the kernel does not tell how long a thread had to wait for a CPU; delay_ns is then 0. */
bool trace_knows_delays(const struct run *run);
/* What recording one event takes here, as measured now. Not before trace_events(). */
double trace_event_ns(const struct run *run);

#endif
