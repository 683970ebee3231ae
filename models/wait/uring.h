/*
 * The io_uring driver of loops: each has a ring of its own, to which operations are submitted and
 * from which their completions come, both in one system call a turn. uring.c is the turns,
 * uring_ring.c how a ring is set up with what the kernel has, uring_net.c the connections,
 * uring_buffers.c what is received into. What a loop does whoever drives it is loop.h's.
 */
#ifndef MODELS_WAIT_URING_H
#define MODELS_WAIT_URING_H

#include <liburing.h>

#include "models/wait/loop.h"
#include "models/wait/slab.h"

/* Buffers that the kernel chooses from when bytes have come, so that a connection that waits has
 * none. */
struct uring_buffers {
    struct io_uring_buf_ring *ring; /* NULL: not yet */
    uint8_t *bytes;
    uint32_t count; /* of those in use */
};

struct uring_waiter {
    struct loop loop; /* first: both are one address */
    struct io_uring ring;
    int poke_fd;        /* an eventfd that the ring polls */
    _Atomic bool poked; /* it was written to, and not yet heard */
    struct uring_buffers buffers;
    struct slab connections;
};

/* ---- For models. ---- */

/* Whether the kernel has, and grants, what this needs; else why not. */
bool uring_available(char *why, size_t why_size);

/* Runs the root and all children of the run, on `loops` loops at most. Returns 0 or -errno. */
int uring_waiter_run(struct run *run, uint32_t loops);

/* ---- Between the driver's files. ---- */

/* Sets up a ring for the calling thread. Returns 0 or -errno. */
int uring_ring_open(struct io_uring *ring, unsigned submissions, unsigned completions);

/* The next entry to fill in. Its user data, a connection's address, brings the completion to
 * uring_net_completed(). */
struct io_uring_sqe *uring_submit(struct uring_waiter *waiter);

/* Before the first connection. Returns 0 or -errno. */
int uring_buffers_open(struct uring_buffers *buffers, struct io_uring *ring);
/* There were too few. */
void uring_buffers_grow(struct uring_buffers *buffers);
/* The one that the kernel chose, and where it is given back. */
uint8_t *uring_buffers_at(const struct uring_buffers *buffers, uint32_t at);
void uring_buffers_give(struct uring_buffers *buffers, uint32_t at);
void uring_buffers_free(struct uring_buffers *buffers);

loop_perform_fn uring_net_connect, uring_net_send, uring_net_recv, uring_net_close;

/* The operation is not to be completed any more. */
void uring_net_abandon(struct uring_waiter *waiter, struct task *task);

void uring_net_completed(struct uring_waiter *waiter, const struct io_uring_cqe *cqe);

#endif
