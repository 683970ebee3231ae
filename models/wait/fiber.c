/*
 * Coroutines: who gives way finds the next one that can go on and switches straight to its stack.
 * The thread's own stack, the scheduler's, comes in between only to ask the kernel, and to compute:
 * how deep foreign code goes, nobody knows.
 */
#include "models/wait/fiber.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/clock.h"

/* ---- Switching. ---- */

static inline struct fiber *arrive(struct fiber_transfer from)
{
    struct fiber *own = from.data;
    struct fiber *left = own->waiter->running;
    left->context = from.context;
    own->waiter->running = own;
    sanitized_arrive(&own->sanitized, &left->sanitized);
    return own;
}

/* Returns `own`: what is known by the switch need not be loaded from its stack again. */
static inline struct fiber *switch_to(struct fiber *own, struct fiber *to)
{
    sanitized_leave(&own->sanitized, &to->sanitized);
    return arrive(jump_fcontext(to->context, to));
}

/* Who is to go on: a coroutine, or the scheduler where there is none. */
static inline struct fiber *next(struct fiber_waiter *waiter)
{
    struct task *task = loop_next(&waiter->loop, &waiter->result);
    if (task == NULL)
        return &waiter->scheduler;
    struct fiber *fiber = task->driver;
    if (fiber == NULL) { /* it begins: that one is idle was seen to */
        fiber = waiter->stacks.idle;
        waiter->stacks.idle = fiber->next;
        fiber->task = task;
    }
    return fiber;
}

/* A coroutine: task after task, each from one wait to the next. */
static void live(struct fiber_transfer from)
{
    struct fiber *own = arrive(from);
    for (;;) {
        struct fiber_waiter *waiter = own->waiter;
        loop_complete(&waiter->loop, own->task, waiter->result);
        if (own->task->ended) {
            own->next = waiter->stacks.idle;
            waiter->stacks.idle = own;
        } else if (own->task->driver == NULL) {
            own->task->driver = own; /* by which it is found again */
        }
        struct fiber *to = next(waiter);
        if (to != own)
            own = switch_to(own, to);
    }
}

/* From the scheduler, until it is its turn again. */
static void go_on(struct fiber_waiter *waiter, struct fiber *fiber)
{
    while (fiber != &waiter->scheduler) {
        switch_to(&waiter->scheduler, fiber);
        fiber = &waiter->scheduler;
        if (waiter->computing != NULL) {
            fiber = waiter->computing;
            waiter->computing = NULL;
            waiter->result = loop_compute(&waiter->loop, fiber->task);
        }
    }
}

static int compute(struct loop *loop, struct task *task)
{
    struct fiber_waiter *waiter = (struct fiber_waiter *)loop;
    (void)task;
    waiter->computing = waiter->running;
    switch_to(waiter->running, &waiter->scheduler);
    return waiter->result;
}

/* The look-up is the task's driver meanwhile. */
static int resolve(struct loop *loop, struct task *task)
{
    task->driver = ((struct fiber_waiter *)loop)->running;
    return loop_resolve(loop, task);
}

/* ---- Stacks that cannot be had. ---- */

/* Loops in several threads may be short at once. */
static pthread_mutex_t telling = PTHREAD_MUTEX_INITIALIZER;

static int begin(struct loop *loop)
{
    struct fiber_waiter *waiter = (struct fiber_waiter *)loop;
    int rc = fiber_stacks_reserve(waiter, live);
    if (rc == 0)
        return 0;
    struct run *run = loop->run;
    pthread_mutex_lock(&telling);
    if (run->shortage.status == STATUS_OK)
        problem_set(
            &run->shortage, STATUS_ENVIRONMENT,
            "%u coroutines asked for, stacks for %u got, the root's included: %s; ask for a "
            "smaller --width or raise the limits of memory and of its mappings "
            "(vm.max_map_count)",
            run->width, waiter->stacks.count, strerror(-rc));
    pthread_mutex_unlock(&telling);
    return rc;
}

/* ---- The kernel. ---- */

enum { EVENTS_A_WAIT = 256 };

/* Up to the earliest deadline, not at all when there is something to step. */
static uint64_t patience_ns(const struct loop *loop)
{
    if (loop->turning)
        return 0;
    uint64_t due_ns = loop_due(loop), now_ns = due_ns != 0 ? clock_real_ns() : 0;
    return due_ns == 0 ? UINT64_MAX : due_ns > now_ns ? due_ns - now_ns : 0;
}

static int wait(struct fiber_waiter *waiter, struct epoll_event *events, uint64_t ns)
{
#if defined SYS_epoll_pwait2
    if (!waiter->in_ms) {
        struct timespec left = clock_timespec(ns);
        long count = syscall(SYS_epoll_pwait2, waiter->epoll, events, EVENTS_A_WAIT,
                             ns != UINT64_MAX ? &left : NULL, NULL, 0);
        if (count >= 0 || (errno != ENOSYS && errno != EPERM)) /* EPERM: older containers */
            return (int)count;
        waiter->in_ms = true;
    }
#endif
    uint64_t ms = ns / NS_PER_MS + (ns % NS_PER_MS != 0);
    return epoll_wait(waiter->epoll, events, EVENTS_A_WAIT,
                      ns == UINT64_MAX ? -1
                      : ms < INT32_MAX ? (int)ms
                                       : INT32_MAX);
}

static int wait_watched(struct fiber_waiter *waiter, struct epoll_event *events, uint64_t ns)
{
    struct trace_usage usage = loop_usage(&waiter->loop);
    uint64_t asked_ns = clock_real_ns();
    int count = wait(waiter, events, ns);
    loop_watch_wait(&waiter->loop, asked_ns, clock_real_ns(), usage);
    return count;
}

static void ask_kernel(struct fiber_waiter *waiter)
{
    struct loop *loop = &waiter->loop;
    struct epoll_event events[EVENTS_A_WAIT];
    uint64_t ns = patience_ns(loop);
    int count = waiter->watched ? wait_watched(waiter, events, ns) : wait(waiter, events, ns);
    loop->now_ns = clock_real_ns();
    /* Each goes on by itself: if others followed here, one might close a connection that the kernel
     * has told of, and not be known by it any more. */
    loop->steps_left = 0;
    for (int i = 0; i < count; i++) {
        struct fiber *fiber = events[i].data.ptr;
        int result = PENDING;
        if (fiber == NULL)
            loop_hear(loop);
        else
            result = fiber_net_hear(fiber, events[i].events);
        if (result == PENDING)
            continue;
        loop->now_ns = clock_real_ns();
        waiter->result = result;
        go_on(waiter, fiber);
    }
    if (loop_due(loop) != 0 && loop_due(loop) <= loop->now_ns)
        loop_expire(loop);
}

static void poke(struct loop *loop)
{
    int saved = errno;
    eventfd_write(((struct fiber_waiter *)loop)->poked, 1);
    errno = saved;
}

/* ---- The loop. ---- */

static void run_loop(struct loop *loop)
{
    struct fiber_waiter *waiter = (struct fiber_waiter *)loop;
    waiter->watched = run_is_watched(loop->run);
    loop_watch_begin(loop);
    while (!loop->over) {
        ask_kernel(waiter);
        loop->steps_left = STEPS_A_TURN;
        go_on(waiter, next(waiter));
    }
    if (waiter->watched)
        loop_watch_end(loop);
}

static bool close_loop(struct loop *loop)
{
    struct fiber_waiter *waiter = (struct fiber_waiter *)loop;
    bool outlived = loop_resolve_free(loop);
    fiber_stacks_free(&waiter->stacks);
    if (waiter->poked >= 0)
        close(waiter->poked);
    if (waiter->epoll >= 0)
        close(waiter->epoll);
    free(waiter);
    return outlived;
}

static int open_descriptors(struct fiber_waiter *waiter)
{
    /* Each poke is an edge, though nobody ever reads it. */
    struct epoll_event poked = {.events = EPOLLIN | EPOLLET};
    waiter->epoll = epoll_create1(EPOLL_CLOEXEC);
    waiter->poked = waiter->epoll >= 0 ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
    if (waiter->poked < 0 || epoll_ctl(waiter->epoll, EPOLL_CTL_ADD, waiter->poked, &poked) != 0)
        return -errno;
    return 0;
}

static int open_loop(struct loops *loops, struct loop **loop)
{
    (void)loops;
    struct fiber_waiter *waiter = calloc(1, sizeof *waiter);
    if (waiter == NULL)
        return -ENOMEM;
    waiter->scheduler.waiter = waiter;
    waiter->running = &waiter->scheduler;
    sanitized_begin_thread(&waiter->scheduler.sanitized);
    int rc = open_descriptors(waiter);
    if (rc == 0)
        rc = fiber_stacks_reserve(waiter, live); /* the root's, on the first loop */
    if (rc != 0)
        close_loop(&waiter->loop);
    *loop = &waiter->loop;
    return rc;
}

/* Of a connection nothing is kept but what its task waits for. */
static void abandon(struct loop *loop, struct task *task)
{
    if (task->op.kind == OP_RESOLVE)
        loop_resolve_abandon(loop, task);
}

static const struct loop_driver driver = {
    .perform[OP_COMPUTE] = compute,
    .perform[OP_RESOLVE] = resolve,
    .perform[OP_CONNECT] = fiber_net_connect,
    .perform[OP_SEND] = fiber_net_send,
    .perform[OP_RECV] = fiber_net_recv,
    .perform[OP_CLOSE] = fiber_net_close,
    .abandon = abandon,
    .begin = begin,
    .poke = poke,
    .open = open_loop,
    .run = run_loop,
    .close = close_loop,
};

int fiber_waiter_run(struct run *run, uint32_t loops)
{
    return loops_run(run, &driver, loops);
}

bool fiber_available(char *why, size_t why_size)
{
    struct fiber_waiter waiter;
    int rc = open_descriptors(&waiter);
    if (rc != 0)
        snprintf(why, why_size, "epoll: %s", strerror(-rc));
    if (waiter.poked >= 0)
        close(waiter.poked);
    if (waiter.epoll >= 0)
        close(waiter.epoll);
    return rc == 0;
}
