/*
 * The kernel's blocking calls as operations. A deadline is a socket time-out (SO_RCVTIMEO,
 * SO_SNDTIMEO), rewritten only when it no longer fits. A cancellation is a flag and a signal
 * without SA_RESTART: the call returns EINTR and the flag is looked at. A signal that comes between
 * the look and the call is lost, which is why the canceller repeats it.
 */
#include "models/wait/blocking.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/check.h"
#include "core/clock.h"
#include "models/wait/resolve.h"
#include "models/wait/socket.h"

static void on_waking_signal(int number)
{
    (void)number;
}

void blocking_signal_install(struct sigaction *before)
{
    struct sigaction action = {.sa_handler = on_waking_signal};
    sigemptyset(&action.sa_mask);
    sigaction(WAKING_SIGNAL, &action, before);
}

void blocking_signal_restore(const struct sigaction *before)
{
    sigaction(WAKING_SIGNAL, before, NULL);
}

void blocking_signals_hold(sigset_t *before)
{
    sigset_t held;
    sigfillset(&held);
    sigdelset(&held, WAKING_SIGNAL);
    pthread_sigmask(SIG_SETMASK, &held, before);
}

void blocking_signals_release(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* ---- Deadlines of socket calls. ---- */

static int set_timeout(int fd, int option, uint64_t timeout_ns, uint64_t *current_ns)
{
    uint64_t us = timeout_ns / NS_PER_US + (timeout_ns > 0); /* 0 is for ever */
    struct timeval value = {.tv_sec = (time_t)(us / 1000000),
                            .tv_usec = (suseconds_t)(us % 1000000)};
    if (setsockopt(fd, SOL_SOCKET, option, &value, sizeof value) != 0)
        return -errno;
    *current_ns = timeout_ns;
    return 0;
}

/* Too short a time-out only makes the call come back early, to look again; too long a one would
 * miss the deadline: within 1/64 of it is near enough not to pay for a system call. */
static inline int fit_timeout(struct blocking *b, int option, uint64_t *current_ns,
                              uint64_t deadline_ns)
{
    uint64_t left = deadline_ns > b->now_ns ? deadline_ns - b->now_ns : deadline_ns != 0;
    if (*current_ns - 1 <= left + left / 64 - 1) /* less one, so that 0, for ever, is the longest */
        return 0;
    return set_timeout(b->fd, option, left, current_ns);
}

/* The call came back before the operation was complete: what is left of its time. */
static int refit_timeout(struct blocking *b, const struct task *task, int option,
                         uint64_t *current_ns)
{
    uint64_t deadline = task->op.deadline_ns;
    b->now_ns = clock_real_ns();
    if (deadline != 0 && b->now_ns >= deadline)
        return -ETIMEDOUT;
    return fit_timeout(b, option, current_ns, deadline);
}

/* After a call failed: 0 when it is to be tried again, else the operation's result. */
static int after_failure(struct blocking *b, const struct task *task, int option,
                         uint64_t *current_ns)
{
    int error = errno;
    if (error == EINTR && task_cancelled(task))
        return -ECANCELED;
    if (error != EINTR && error != EAGAIN)
        return -error;
    if (error == EAGAIN && task->op.deadline_ns == 0) /* a time-out of an operation before */
        return set_timeout(b->fd, option, 0, current_ns);
    if (error == EAGAIN)
        *current_ns = 0; /* what is left is set anew */
    return refit_timeout(b, task, option, current_ns);
}

/* ---- Operations. ---- */

static int perform_sleep(struct blocking *b, struct task *task)
{
    (void)b;
    const struct op *op = &task->op;
    uint64_t wake = clock_after(clock_real_ns(), op->sleep.duration_ns);
    bool late = op->deadline_ns != 0 && op->deadline_ns < wake;
    struct timespec until = clock_timespec(late ? op->deadline_ns : wake);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        if (task_cancelled(task))
            return -ECANCELED;
    return late ? -ETIMEDOUT : 0;
}

/* The rest of a connect that a signal or its time-out cut short. */
static int wait_connected(int fd, const struct task *task)
{
    for (;;) {
        if (task_cancelled(task))
            return -ECANCELED;
        struct pollfd one = {.fd = fd, .events = POLLOUT};
        struct timespec left, *timeout = NULL;
        if (task->op.deadline_ns != 0) {
            uint64_t now = clock_real_ns();
            if (now >= task->op.deadline_ns)
                return -ETIMEDOUT;
            left = clock_timespec(task->op.deadline_ns - now);
            timeout = &left;
        }
        int ready = ppoll(&one, 1, timeout, NULL);
        if (ready < 0 && errno != EINTR)
            return -errno;
        if (ready <= 0)
            continue;
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
        return -error;
    }
}

static int perform_connect(struct blocking *b, struct task *task)
{
    union socket_name to;
    socklen_t length = socket_address(task->op.connect.address, &to);
    b->fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (b->fd < 0)
        return -errno;
    b->recv_timeout_ns = b->send_timeout_ns = 0;
    int rc = fit_timeout(b, SO_SNDTIMEO, &b->send_timeout_ns, task->op.deadline_ns);
    if (rc != 0)
        return rc;
    if (connect(b->fd, &to.any, length) == 0)
        return 0;
    if (errno == EINTR || errno == EINPROGRESS || errno == EALREADY)
        return wait_connected(b->fd, task);
    /* EAGAIN: no local port is left. */
    return errno == EAGAIN ? -EADDRNOTAVAIL : -errno;
}

static int perform_send(struct blocking *b, struct task *task)
{
    const char *bytes = task->op.send.bytes;
    size_t left = task->op.send.length;
    int rc = fit_timeout(b, SO_SNDTIMEO, &b->send_timeout_ns, task->op.deadline_ns);
    while (left > 0 && rc == 0) {
        ssize_t sent = send(b->fd, bytes, left, MSG_NOSIGNAL);
        if (sent < 0) {
            rc = after_failure(b, task, SO_SNDTIMEO, &b->send_timeout_ns);
        } else {
            bytes += sent;
            left -= (size_t)sent;
            if (left > 0)
                rc = refit_timeout(b, task, SO_SNDTIMEO, &b->send_timeout_ns);
        }
    }
    return rc;
}

static int perform_recv(struct blocking *b, struct task *task)
{
    int rc = fit_timeout(b, SO_RCVTIMEO, &b->recv_timeout_ns, task->op.deadline_ns);
    while (rc == 0) {
        ssize_t count = recv(b->fd, b->buffer, RECV_BYTES_MAX, 0);
        if (count >= 0) {
            task->op.recv.bytes = b->buffer;
            return (int)count;
        }
        rc = after_failure(b, task, SO_RCVTIMEO, &b->recv_timeout_ns);
    }
    return rc;
}

static int perform_close(struct blocking *b, struct task *task)
{
    (void)task;
    if (b->fd >= 0)
        close(b->fd);
    b->fd = -1;
    return 0;
}

static int perform_compute(struct blocking *b, struct task *task)
{
    (void)b;
    int result = task->op.compute.fn(task->op.compute.arg, task);
    return task_cancelled(task) ? -ECANCELED : result;
}

static int perform_resolve(struct blocking *b, struct task *task)
{
    (void)b;
    return resolve_blocking(task);
}

static int perform_channel(struct blocking *b, struct task *task)
{
    (void)b;
    return channel_wait(task);
}

static int perform_yield(struct blocking *b, struct task *task)
{
    (void)b, (void)task;
    sched_yield();
    return 0;
}

typedef int perform_fn(struct blocking *b, struct task *task);

/* Not a switch: that would be one function, whose every call saves the registers of the longest.
 * The root's own operations never come here. */
static perform_fn *const perform[OP_SPAWN] = {
    [OP_SLEEP] = perform_sleep,     [OP_COMPUTE] = perform_compute, [OP_RESOLVE] = perform_resolve,
    [OP_CONNECT] = perform_connect, [OP_SEND] = perform_send,       [OP_RECV] = perform_recv,
    [OP_CLOSE] = perform_close,     [OP_PUT] = perform_channel,     [OP_TAKE] = perform_channel,
    [OP_YIELD] = perform_yield,
};

int blocking_perform(struct blocking *blocking, struct task *task)
{
    int result = -ECANCELED;
    if (task->op.kind == OP_CLOSE || !task_cancelled(task))
        result = perform[task->op.kind](blocking, task);
    blocking->now_ns = clock_real_ns();
    return result;
}

void blocking_run_child(struct blocking *blocking, struct task *task, struct run *run,
                        uint32_t index)
{
    task_begin(task, run, index, blocking->now_ns);
    task_step(task, 0, blocking->now_ns);
    while (!task->ended) {
        int result = blocking_perform(blocking, task);
        task_step(task, result, blocking->now_ns);
    }
}
