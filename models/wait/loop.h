/*
 * What every loop does, whatever it asks the kernel with: it steps the tasks that it is given,
 * keeps their deadlines, their channels and the order of their turns, and looks after the root. How
 * a connection is read or the kernel waited for is a driver's (libuv, epoll under coroutines,
 * io_uring). loop.c is the turn, loop_channel.c the channels, loop_root.c the root and all that
 * comes from outside, loop_resolve.c names for drivers without a look-up of their own, loop_watch.c
 * what is told of a loop's waits, loops.c the loops of a run: one in the calling thread or several,
 * each in a thread of its own.
 */
#ifndef MODELS_WAIT_LOOP_H
#define MODELS_WAIT_LOOP_H

#include <pthread.h>

#include "core/limits.h"
#include "core/run.h"
#include "core/trace.h"
#include "models/wait/heap.h"

/* In place of a result: the operation is outstanding; the task has ended. */
#define PENDING INT32_MIN
#define ENDED   (INT32_MIN + 1)

struct loop;
struct loops;

/* Begins an operation of a task of this loop: its result, or PENDING. */
typedef int loop_perform_fn(struct loop *loop, struct task *task);

/* Called between a step and the operation that it asked for. True: that is not begun, `*result` is
 * its result, or PENDING. */
typedef bool loop_intervene_fn(struct loop *loop, struct task *task, int *result);

/* All but poke() are called in the loop's own thread. */
struct loop_driver {
    /* OP_COMPUTE to OP_CLOSE. What they leave pending is completed by loop_complete() or
     * loop_ready(), unless it was abandoned; OP_CLOSE always is. */
    loop_perform_fn *perform[OP_CLOSE + 1];
    /* An OP_RESOLVE, OP_CONNECT, OP_SEND or OP_RECV was given up: it is not to be completed. */
    void (*abandon)(struct loop *loop, struct task *task);
    /* So can an OP_COMPUTE be; else whoever computes finds that it is cancelled. */
    bool abandons_computing;
    /* A child is to begin: 0, or -errno when there is nothing that it could run on; it then ends as
     * `resource`, unstepped. NULL: nothing is needed. */
    int (*begin)(struct loop *loop);
    /* There is something to step (loop->turning): do not wait for the kernel. NULL: the driver
     * looks before it waits. */
    void (*turn)(struct loop *loop);
    /* The earliest deadline (loop_due()) has come nearer. NULL, as above. */
    void (*timer)(struct loop *loop);
    /* From any thread and in signal handlers: have loop_hear() called soon. */
    void (*poke)(struct loop *loop);
    /* It is over (loop->over): leave run(). NULL, as above. */
    void (*leave)(struct loop *loop);

    /* Makes a loop, in the thread that will run it, which does not block: `*loop`, the first member
     * of the driver's own structure, zeroed. Returns 0 or -errno. */
    int (*open)(struct loops *loops, struct loop **loop);
    /* Until loop->over. */
    void (*run)(struct loop *loop);
    /* Gives everything back and frees the loop. True: something outlives it on purpose. */
    bool (*close)(struct loop *loop);
};

/* A first-in-first-out list through op.queue.link. */
struct task_list {
    struct task *head;
    struct task *tail;
};

/* Those who wait in a channel, on whichever loop. */
struct channel_lines {
    pthread_mutex_t lock; /* taken where there is more than one loop */
    struct task_list takers, putters;
};

/* The loops of a run. Slots of tasks in progress are numbered through: `stride` of them a loop,
 * the root's is the last. */
struct loops {
    struct run *run;
    const struct loop_driver *driver;
    struct loop **all; /* the root is on the first */
    uint32_t count;
    uint32_t stride;
    unsigned char *slots;
    size_t slot_bytes;
    uint64_t *armed_ns;   /* a slot's entry in its loop's heap; 0: none */
    _Atomic bool stopped; /* run_stop() was called: no child begins any more */
    _Atomic bool closing; /* every task has ended */
    struct channel_lines lines[CHANNELS_MAX];
};

struct loop {
    const struct loop_driver *driver;
    struct loops *loops;
    struct run *run;
    uint64_t now_ns;              /* read once an event, and every so many steps */
    loop_intervene_fn *intervene; /* NULL: nobody does */
    bool turning;                 /* there is something to step */
    uint32_t steps_left;          /* of this turn's */
    bool over;                    /* the run has ended */
    bool left_cancelled;          /* the root is done, and what it left is cancelled */
    uint32_t first_slot;          /* its slots begin there */
    uint32_t width;               /* its part of the run's */
    uint32_t slots_begun;         /* of its own: those below have been in use */
    uint32_t slots_busy;          /* by children */
    struct task *free_slots;      /* through task->driver */
    struct task *root;            /* NULL: it is on another loop */
    struct task_list ready;
    struct heap heap;
    struct loop_lookups *lookups; /* loop_resolve.c's; NULL: none was asked for */

    uint64_t heard_ns; /* where it is watched: when its last wait for the kernel ended */
    uint64_t stall_ns; /* … and the longest time between two waits */

    _Atomic uint32_t at_work;      /* the child that keeps it from turning, or CHILD_NONE */
    _Atomic uint32_t hold;         /* futex: a sleep that holds looks again */
    _Atomic bool has_cancels;      /* children of it were cancelled from another loop */
    struct task *_Atomic arrivals; /* sent home by another loop; the newest first */
};

/* ---- For models. ---- */

/* Runs the root and all children of the run, on `count` loops at most. Returns 0 or -errno. */
int loops_run(struct run *run, const struct loop_driver *driver, uint32_t count);

/* ---- For drivers. ---- */

/* Delivers an outstanding operation's result; steps the task until it waits again. */
void loop_complete(struct loop *loop, struct task *task, int result);

/* The same, but the task is stepped later: from another task's step, or in its turn. */
static inline void loop_ready(struct loop *loop, struct task *task, int result);

/* Steps children that have room, and tasks that are ready. Returns while there is more to step
 * (loop->turning), for the kernel's sake, or when there is none. */
void loop_turn(struct loop *loop);

/* The same for tasks with a stack of their own, who follow one another: before a turn its
 * steps_left are set, then this tells whom to complete next, and with which result. NULL: the turn
 * is over, or there is nothing to step. */
struct task *loop_next(struct loop *loop, int *result);

enum {
    INLINE_IN_A_ROW = 32, /* completions of one task before others have a turn */
    STEPS_A_TURN = 1024,  /* from the ready list before the kernel is asked again */
    STEPS_A_CLOCK = 64,   /* before the clock is read again: it costs two of them */
};

/* When the earliest deadline is; 0: there is none. */
static inline uint64_t loop_due(const struct loop *loop)
{
    return loop->heap.count > 0 ? loop->heap.entries[0].due_ns : 0;
}

/* Completes what is due; reads the clock. */
void loop_expire(struct loop *loop);

/* After poke(): takes note of what others have done. */
void loop_hear(struct loop *loop);

/* OP_COMPUTE in the calling thread, which does not turn meanwhile. */
int loop_compute(struct loop *loop, struct task *task);

/* OP_RESOLVE on helper threads, for drivers that have no look-up of their own. */
int loop_resolve(struct loop *loop, struct task *task);
void loop_resolve_abandon(struct loop *loop, struct task *task);
/* In loop_hear(): completes those that were found out. */
void loop_take_lookups(struct loop *loop);
/* In close(): true when a look-up that was given up still goes on; it needs nothing of the loop. */
bool loop_resolve_free(struct loop *loop);

/* In run(), where run_is_watched(): as it begins; when a wait for the kernel is over, with what
 * loop_usage() was just before it; and in the end. */
struct trace_usage loop_usage(const struct loop *loop);
void loop_watch_begin(struct loop *loop);
void loop_watch_wait(struct loop *loop, uint64_t asked_ns, uint64_t heard_ns,
                     struct trace_usage usage);
void loop_watch_end(struct loop *loop);

/* ---- Between the files of the loop. ---- */

static inline struct task *loops_task(const struct loops *loops, uint32_t slot)
{
    return (struct task *)(loops->slots + slot * loops->slot_bytes);
}

static inline uint32_t loops_slot(const struct loops *loops, const struct task *task)
{
    return (uint32_t)((size_t)((const unsigned char *)task - loops->slots) / loops->slot_bytes);
}

/* Whose task it is. */
static inline struct loop *loops_owner(const struct loops *loops, const struct task *task)
{
    uint32_t at = loops_slot(loops, task) / loops->stride;
    return loops->all[at < loops->count ? at : 0];
}

static inline void list_push(struct task_list *list, struct task *task)
{
    task->op.queue.link = NULL;
    if (list->head == NULL)
        list->head = task;
    else
        list->tail->op.queue.link = task;
    list->tail = task;
}

static inline struct task *list_pop(struct task_list *list)
{
    struct task *task = list->head;
    if (task != NULL)
        list->head = task->op.queue.link;
    return task;
}

/* There is something to step: the loop does not wait for the kernel. */
static inline void loop_keep_turning(struct loop *loop)
{
    if (loop->turning)
        return;
    loop->turning = true;
    if (loop->driver->turn != NULL)
        loop->driver->turn(loop);
}

static inline void loop_ready(struct loop *loop, struct task *task, int result)
{
    task->op.result = result;
    task->op.flags |= OP_COMPLETE;
    list_push(&loop->ready, task);
    loop_keep_turning(loop);
}

/* There may be children to begin, and room for them. */
static inline void loop_look_for_children(struct loop *loop)
{
    const struct arena *arena = loop->run->arena;
    if (!loop->turning && atomic_load(&arena->next) < atomic_load(&arena->spawned))
        loop_keep_turning(loop);
}

/* Takes an outstanding operation out of whatever it waits in and makes the task ready with
 * `result`; not where another loop has just sent it home to try again. */
void loop_give_up(struct loop *loop, struct task *task, int result);
/* Sees to it that the operation's deadline is kept. Returns 0 or -ENOMEM. */
int loop_arm(struct loop *loop, struct task *task);

int loop_submit_channel(struct loop *loop, struct task *task);
/* A task that another loop found could go on. */
void loop_retry_channel(struct loop *loop, struct task *task);
/* Of the waiting task. False: it waits no more, another loop has sent it home. */
bool loop_leave_channel(struct loop *loop, struct task *task);

/* A task has ended or has observed its cancellation: is that what the root waits for, or the end of
 * the run? */
void loop_look_at_root_closely(struct loop *loop);
static inline void loop_look_at_root(struct loop *loop)
{
    const struct task *root = loop->root;
    if (root == NULL) /* its loop is rung by the child's end, where it matters */
        return;
    if (root->op.kind != OP_JOIN_ALL || loop->slots_busy == 0 || root->ended)
        loop_look_at_root_closely(loop);
}
int loop_submit_root(struct loop *loop, struct task *root);

/* Cancels a child that was spawned: one that has not begun ends, another one's operation is given
 * up. */
void loop_cancel_child(struct loop *loop, uint32_t index);
/* The root's first step, on the first loop. */
void loop_begin_root(struct loop *loop);
/* run->wake and run->ring, their argument: struct loops. */
void loops_stop(void *argument);
void loops_ring(void *argument);

#endif
