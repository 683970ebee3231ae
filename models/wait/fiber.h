/*
 * The driver of loops on coroutines: each task in progress has a stack of its own, on which its
 * steps run, and where it has to wait it gives way to the next one that can go on. fiber.c is the
 * switch from stack to stack and the waiting for the kernel (epoll), fiber_stack.c the stacks,
 * fiber_net.c the connections. What a loop does whoever drives it is loop.h's.
 */
#ifndef MODELS_WAIT_FIBER_H
#define MODELS_WAIT_FIBER_H

#include <sys/epoll.h>

#include "models/wait/fiber_sanitize.h"
#include "models/wait/loop.h"

/* At the top of its stack, whose topmost page is in use anyway. */
struct fiber {
    void *context; /* where it gave way */
    struct fiber_waiter *waiter;
    struct task *task;  /* whose driver this is, from its first wait on */
    struct fiber *next; /* of those that are idle */
    struct sanitized sanitized;
    /* The task's connection: */
    size_t sent;   /* of an OP_SEND's bytes */
    int fd;        /* -1: none */
    uint8_t reads; /* in a row that found something at once */
    bool readable; /* there may be bytes, an end or an error */
    bool ended;    /* nothing follows what there is: that may be read at any time */
};

struct fiber_stacks {
    struct fiber *idle;       /* the last one first: its stack is warm */
    struct fiber_slab *slabs; /* the newest first */
    uint32_t count;           /* in use or idle */
    size_t guard_bytes;       /* below each stack */
    size_t stride;            /* from one stack to the next */
};

struct fiber_waiter {
    struct loop loop;        /* first: both are one address */
    struct fiber scheduler;  /* the thread's own stack: where the kernel is asked, and OP_COMPUTE */
    struct fiber *running;   /* whose stack is in use */
    struct fiber *computing; /* wants the scheduler's stack for its OP_COMPUTE */
    int result;              /* of the operation that the running one waited for */
    struct fiber_stacks stacks;
    int epoll;
    int poked;  /* an eventfd */
    bool in_ms; /* this kernel counts no smaller unit while it waits */
    bool watched;
    uint8_t buffer[RECV_BYTES_MAX]; /* lent to one step at a time */
};

/* ---- For models. ---- */

/* Whether this machine can: false with the reason in `why`. */
bool fiber_available(char *why, size_t why_size);

/* Runs the root and all children of the run, on `loops` loops at most. Returns 0 or -errno. */
int fiber_waiter_run(struct run *run, uint32_t loops);

/* ---- Between the driver's files. ---- */

/* Boost's switch of stacks, which has no header for C. Whoever is switched to is handed `data`, and
 * where the other one can be gone on with. */
struct fiber_transfer {
    void *context;
    void *data;
};
typedef void fiber_entry_fn(struct fiber_transfer from); /* it never returns */
void *make_fcontext(void *top, size_t bytes, fiber_entry_fn *entry);
struct fiber_transfer jump_fcontext(void *to, void *data);

/* Sees to it that one is idle; 0, or -errno: there is no memory or no guard for its stack. */
int fiber_stacks_reserve(struct fiber_waiter *waiter, fiber_entry_fn *entry);
void fiber_stacks_free(struct fiber_stacks *stacks);

loop_perform_fn fiber_net_connect, fiber_net_send, fiber_net_recv, fiber_net_close;

/* The kernel told `events` of the connection: the outstanding operation's result, or PENDING. */
int fiber_net_hear(struct fiber *fiber, uint32_t events);

#endif
