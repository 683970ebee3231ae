/*
 * A loop on io_uring. One system call a turn submits whatever the steps asked for and waits for
 * what completes, until the heap's earliest deadline; an eventfd that the ring polls brings what
 * comes from outside.
 */
#include "models/wait/uring.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/clock.h"

/* Completions that find no room wait in the kernel. */
enum { SUBMISSIONS = 256, COMPLETIONS = 1024 };

/* The user data of the poll on the eventfd: no connection's. */
#define POKED UINT64_C(0)

/* A full queue is handed over at once. The kernel takes some of it at least, or is short of memory
 * for a moment. */
struct io_uring_sqe *uring_submit(struct uring_waiter *waiter)
{
    struct io_uring_sqe *sqe;
    while ((sqe = io_uring_get_sqe(&waiter->ring)) == NULL)
        io_uring_submit(&waiter->ring);
    return sqe;
}

/* ---- From outside. ---- */

static void poke(struct loop *loop)
{
    struct uring_waiter *waiter = (struct uring_waiter *)loop;
    int saved = errno; /* perhaps in a signal handler */
    if (!atomic_exchange(&waiter->poked, true))
        eventfd_write(waiter->poke_fd, 1);
    errno = saved;
}

/* Tells of each write, without a read in between, until it says that this was the last. */
static void listen_for_pokes(struct uring_waiter *waiter)
{
    struct io_uring_sqe *sqe = uring_submit(waiter);
    io_uring_prep_poll_multishot(sqe, waiter->poke_fd, POLLIN);
    io_uring_sqe_set_data64(sqe, POKED);
}

static void hear(struct uring_waiter *waiter, bool last)
{
    if (last)
        listen_for_pokes(waiter);
    atomic_store(&waiter->poked, false);
    loop_hear(&waiter->loop);
}

/* ---- Turns. ---- */

/* How long until the earliest deadline. "For ever" is shortened to what the kernel can add up. */
static struct __kernel_timespec patience(uint64_t due_ns)
{
    uint64_t now_ns = clock_real_ns(), wait_ns = due_ns > now_ns ? due_ns - now_ns : 0;
    if (wait_ns > DURATION_NS_MAX)
        wait_ns = DURATION_NS_MAX;
    return (struct __kernel_timespec){.tv_sec = (int64_t)(wait_ns / NS_PER_S),
                                      .tv_nsec = (long long)(wait_ns % NS_PER_S)};
}

/* Whatever it returns, the next turn looks again. */
static void enter(struct uring_waiter *waiter)
{
    uint64_t due_ns = loop_due(&waiter->loop);
    if (waiter->loop.turning) {
        io_uring_submit_and_get_events(&waiter->ring);
    } else {
        struct io_uring_cqe *first;
        struct __kernel_timespec wait = patience(due_ns);
        io_uring_submit_and_wait_timeout(&waiter->ring, &first, 1, due_ns != 0 ? &wait : NULL,
                                         NULL);
    }
}

/* Those that have come by now: those of what they lead to are for the next turn. */
static void take_completions(struct uring_waiter *waiter)
{
    struct io_uring_cqe *cqe;
    for (unsigned left = io_uring_cq_ready(&waiter->ring); left > 0; left--) {
        if (io_uring_peek_cqe(&waiter->ring, &cqe) != 0)
            return;
        struct io_uring_cqe completion = *cqe;
        io_uring_cqe_seen(&waiter->ring, cqe);
        if (completion.user_data == POKED)
            hear(waiter, !(completion.flags & IORING_CQE_F_MORE));
        else
            uring_net_completed(waiter, &completion);
    }
}

static void enter_watched(struct uring_waiter *waiter)
{
    struct trace_usage usage = loop_usage(&waiter->loop);
    uint64_t asked_ns = clock_real_ns();
    enter(waiter);
    loop_watch_wait(&waiter->loop, asked_ns, clock_real_ns(), usage);
}

static void run_loop(struct loop *loop)
{
    struct uring_waiter *waiter = (struct uring_waiter *)loop;
    bool watched = run_is_watched(loop->run);
    loop_watch_begin(loop);
    for (;;) {
        if (loop->turning)
            loop_turn(loop);
        if (loop->over)
            break;
        if (watched)
            enter_watched(waiter);
        else
            enter(waiter);
        take_completions(waiter);
        if (loop_due(loop) != 0)
            loop_expire(loop);
    }
    if (watched)
        loop_watch_end(loop);
}

static void abandon(struct loop *loop, struct task *task)
{
    if (task->op.kind == OP_RESOLVE)
        loop_resolve_abandon(loop, task);
    else
        uring_net_abandon((struct uring_waiter *)loop, task);
}

/* ---- Set-up and tear-down. ---- */

static bool close_loop(struct loop *loop)
{
    struct uring_waiter *waiter = (struct uring_waiter *)loop;
    bool outlived = loop_resolve_free(loop);
    io_uring_queue_exit(&waiter->ring);
    close(waiter->poke_fd);
    uring_buffers_free(&waiter->buffers);
    slab_free(&waiter->connections);
    free(waiter);
    return outlived;
}

static int open_ring(struct uring_waiter *waiter)
{
    waiter->poke_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (waiter->poke_fd < 0)
        return -errno;
    int rc = uring_ring_open(&waiter->ring, SUBMISSIONS, COMPLETIONS);
    if (rc != 0)
        close(waiter->poke_fd);
    return rc;
}

static int open_loop(struct loops *loops, struct loop **loop)
{
    (void)loops;
    struct uring_waiter *waiter = calloc(1, sizeof *waiter);
    if (waiter == NULL)
        return -ENOMEM;
    int rc = open_ring(waiter);
    if (rc != 0) {
        free(waiter);
        return rc;
    }
    listen_for_pokes(waiter);
    *loop = &waiter->loop;
    return 0;
}

static const struct loop_driver driver = {
    .perform =
        {
            [OP_COMPUTE] = loop_compute,
            [OP_RESOLVE] = loop_resolve,
            [OP_CONNECT] = uring_net_connect,
            [OP_SEND] = uring_net_send,
            [OP_RECV] = uring_net_recv,
            [OP_CLOSE] = uring_net_close,
        },
    .abandon = abandon,
    .poke = poke,
    .open = open_loop,
    .run = run_loop,
    .close = close_loop,
};

int uring_waiter_run(struct run *run, uint32_t loops)
{
    int rc = loops_run(run, &driver, loops);
    if (rc == -ENOMEM || rc == -EMFILE)
        problem_set(&run->problem, STATUS_ENVIRONMENT,
                    "model %s could not be set up: %s; raise the limits of memory, of locked "
                    "memory or of descriptors",
                    run->model_name, strerror(-rc));
    return rc;
}
