/*
 * The libuv driver of loops: each is a uv_loop_t whose callbacks complete operations. uv.c is its
 * handles and its turns, uv_net.c the connections and name look-ups, uv_work.c the computations
 * that are handed to libuv's threads, uv_threads.c whether it can have those, uv_watch.c its
 * waits for the kernel. What a loop does whoever drives it is loop.h's.
 */
#ifndef MODELS_WAIT_UV_H
#define MODELS_WAIT_UV_H

#include <uv.h>

#include "models/wait/loop.h"
#include "models/wait/slab.h"

/* Where OP_COMPUTE runs: in the loop's thread, or in libuv's pool. */
enum uv_compute { UV_COMPUTES_INLINE, UV_HANDS_COMPUTE_OFF };

/* Where it is watched: the poll that is under way. */
struct uv_watch {
    uv_prepare_t prepare; /* not active where nobody asks */
    uint64_t asked_ns;    /* 0: there was none yet */
    uint64_t waited_ns;   /* in all polls before it */
    struct trace_usage usage;
};

struct uv_waiter {
    struct loop loop; /* first: both are one address */
    uv_loop_t uv;
    uv_timer_t timer; /* the heap's earliest deadline */
    uv_idle_t idle;   /* active while the loop is to turn */
    uv_async_t poked;
    int open_handles; /* of the three above, and watch.prepare */

    struct uv_work *free_work;
    struct slab connections;
    struct uv_watch watch;
    char buffer[RECV_BYTES_MAX]; /* lent to one callback at a time */
};

/* ---- For models. ---- */

/* prepare(): gives libuv's pool its size (0: libuv's own) and, where it will be needed, finds out
 * whether it can be had. */
void uv_threads_prepare(uint32_t threads, bool needed);

/* Runs the root and all children of the run, on `loops` loops at most. Returns 0 or -errno. */
int uv_waiter_run(struct run *run, enum uv_compute compute, uint32_t loops);

/* ---- Between the driver's files. ---- */

/* The parts of beginning an operation that are elsewhere: the result, or PENDING. */
loop_perform_fn uv_work_submit, uv_net_resolve, uv_net_connect, uv_net_send, uv_net_recv,
    uv_net_close;

/* The operation will not be completed by its callback any more. */
void uv_net_abandon(struct loop *loop, struct task *task);

/* Around whatever is handed to libuv's pool: 0, or -errno when the system refuses its threads; the
 * run's shortage then says so, and nothing may be handed over or released. */
int uv_threads_hold(struct run *run);
void uv_threads_release(void);

/* From before the loop's first turn to after its last one. The first returns 0 or -errno. */
int uv_watch_begin(struct uv_waiter *waiter);
void uv_watch_end(struct uv_waiter *waiter);

void uv_work_free(struct uv_waiter *waiter);

#endif
