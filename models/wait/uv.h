/*
 * The libuv waiter: one loop that steps the tasks which it is given and performs their operations
 * by callbacks. Who has how many loops is a model's business. uv.c keeps the turn (ready list,
 * deadlines, channels), uv_net.c the connections and name look-ups, uv_work.c the computations that
 * are handed to libuv's threads, uv_threads.c whether it can have those, uv_root.c the root and the
 * loop's own beginning and end, uv_stall.c the look at how long it does not turn.
 */
#ifndef MODELS_WAIT_UV_H
#define MODELS_WAIT_UV_H

#include <uv.h>

#include "core/limits.h"
#include "core/run.h"
#include "models/wait/heap.h"

/* submit()'s answer while the operation is outstanding. */
#define PENDING INT32_MIN

/* A first-in-first-out list through op.queue.link. */
struct task_list {
    struct task *head;
    struct task *tail;
};

/* Where OP_COMPUTE runs: in the loop's thread, or in libuv's pool. */
enum uv_compute { UV_COMPUTES_INLINE, UV_HANDS_COMPUTE_OFF };

/* Those who wait in a channel. */
struct channel_lines {
    struct task_list takers, putters;
};

/* --loop-stall: where the last look was taken. */
struct uv_stall {
    uv_prepare_t prepare; /* not active where nobody asks */
    uint64_t looked_ns;
    uint64_t polled_ns; /* spent waiting in the poll until then */
    uint64_t most_ns;
};

struct uv_waiter {
    struct run *run;
    uv_loop_t loop;
    uv_timer_t timer;     /* the heap's earliest deadline */
    uv_idle_t idle;       /* active while there is something to step … */
    bool turning;         /* … which is then true */
    uv_async_t stop;      /* the root is to be cancelled */
    uint64_t now_ns;      /* read once a callback, and every so many steps */
    int open_handles;     /* of the three above, and stall.prepare */
    _Atomic bool stopped; /* run_stop() was called: no child begins any more */

    unsigned char *slots; /* tasks in progress; the root's is the last */
    size_t slot_bytes;
    uint32_t slot_count;
    uint32_t slots_begun; /* those below have been in use */
    uint32_t slots_busy;
    struct task *free_slots; /* through task->driver */
    struct task *root;
    bool cancelled_left;      /* the root is done, and what was left is cancelled */
    _Atomic uint32_t at_work; /* the child that keeps the loop from turning, or CHILD_NONE */

    struct heap heap;
    uint64_t *armed_ns; /* a slot's entry in the heap; 0: none */

    struct task_list ready;
    struct channel_lines lines[CHANNELS_MAX];

    enum uv_compute compute;
    struct uv_work *free_work;

    struct uv_connection *free_connections;
    struct uv_connection_block *connection_blocks;
    struct uv_stall stall;
    char buffer[RECV_BYTES_MAX]; /* lent to one callback at a time */
};

/* A model's prepare(): gives libuv's pool its size and, where it will be needed, finds out whether
 * it can be had. */
void uv_threads_prepare(struct run *run, bool needed);

/* Runs the root and all children of the run on one loop. Returns 0 or -errno. */
int uv_waiter_run(struct run *run, enum uv_compute compute);

/* ---- Between the waiter's files. ---- */

static inline struct task *uv_waiter_task(const struct uv_waiter *waiter, uint32_t slot)
{
    return (struct task *)(waiter->slots + slot * waiter->slot_bytes);
}

/* Delivers an outstanding operation's result; steps the task until it waits again. */
void uv_waiter_complete(struct uv_waiter *waiter, struct task *task, int result);

/* The same, but from another task's step: it is stepped later. */
void uv_waiter_ready(struct uv_waiter *waiter, struct task *task, int result);

/* There may be children to begin, and room for them. */
void uv_waiter_look_for_children(struct uv_waiter *waiter);

/* Takes an outstanding operation out of whatever it waits in and makes the task ready with
 * `result`. */
void uv_waiter_give_up(struct uv_waiter *waiter, struct task *task, int result);

/* The parts of submitting an operation that are elsewhere: the result, or PENDING. */
int uv_work_submit(struct uv_waiter *waiter, struct task *task);
int uv_net_resolve(struct uv_waiter *waiter, struct task *task);
int uv_net_connect(struct uv_waiter *waiter, struct task *task);
int uv_net_send(struct task *task);
int uv_net_recv(struct task *task);
int uv_net_close(struct task *task);
int uv_root_submit(struct uv_waiter *waiter, struct task *root);

/* Around whatever is handed to libuv's pool: 0, or -errno when the system refuses its threads; the
 * run's shortage then says so, and nothing may be handed over or released. */
int uv_threads_hold(struct run *run);
void uv_threads_release(void);

/* The operation will not be completed by its callback any more. */
void uv_net_abandon(struct uv_waiter *waiter, struct task *task);

/* From before the loop's first turn to after its last one. The first returns 0 or -errno. */
int uv_stall_watch(struct uv_waiter *waiter);
void uv_stall_tell(struct uv_waiter *waiter);

void uv_net_free(struct uv_waiter *waiter);
void uv_work_free(struct uv_waiter *waiter);

/* A task has ended or has observed its cancellation: is that what the root waits for, or the end of
 * the run? */
void uv_root_look(struct uv_waiter *waiter);

#endif
