/*
 * Connections of coroutines: a call is tried first, and only what the kernel refuses is waited for.
 * A socket is registered once, for all it may have to tell, and tells of changes alone; what it
 * told is kept, so that a kept-alive request costs one send, one receive and a share of a wait.
 */
#include <errno.h>
#include <unistd.h>

#include "models/wait/fiber.h"
#include "models/wait/socket.h"

static int ask_to_be_told(const struct fiber *fiber, int operation)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data.ptr = (void *)(uintptr_t)fiber};
    return epoll_ctl(fiber->waiter->epoll, operation, fiber->fd, &event) == 0 ? 0 : -errno;
}

int fiber_net_connect(struct loop *loop, struct task *task)
{
    struct fiber *fiber = ((struct fiber_waiter *)loop)->running;
    union socket_name to;
    socklen_t length = socket_address(task->op.connect.address, &to);
    fiber->readable = fiber->ended = false;
    fiber->fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fiber->fd < 0)
        return -errno;
    bool connected = connect(fiber->fd, &to.any, length) == 0;
    if (!connected && errno != EINPROGRESS)
        return errno == EAGAIN ? -EADDRNOTAVAIL : -errno; /* EAGAIN: no local port is left */
    int rc = ask_to_be_told(fiber, EPOLL_CTL_ADD);
    return rc != 0 || connected ? rc : PENDING;
}

static int connected(const struct fiber *fiber)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fiber->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return -error;
}

static int send_rest(struct fiber *fiber)
{
    const struct op *op = &fiber->task->op;
    while (fiber->sent < op->send.length) {
        ssize_t sent = send(fiber->fd, (const char *)op->send.bytes + fiber->sent,
                            op->send.length - fiber->sent, MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN ? PENDING : -errno;
        fiber->sent += (size_t)sent;
    }
    return 0;
}

int fiber_net_send(struct loop *loop, struct task *task)
{
    (void)task;
    struct fiber *fiber = ((struct fiber_waiter *)loop)->running;
    fiber->sent = 0;
    return send_rest(fiber);
}

static int receive(struct fiber *fiber)
{
    uint8_t *buffer = fiber->waiter->buffer;
    ssize_t count = recv(fiber->fd, buffer, RECV_BYTES_MAX, 0);
    /* Less than there was room for is all that there was: the next is a change, and told. */
    if (count != 0 && count < RECV_BYTES_MAX)
        fiber->readable = fiber->ended;
    if (count < 0)
        return errno == EAGAIN ? PENDING : -errno;
    fiber->task->op.recv.bytes = buffer;
    return (int)count;
}

/* So that one whose peer is fast does not starve the rest, the kernel is asked to tell of what is
 * there once more. */
int fiber_net_recv(struct loop *loop, struct task *task)
{
    (void)task;
    struct fiber *fiber = ((struct fiber_waiter *)loop)->running;
    if (fiber->readable && ++fiber->reads < INLINE_IN_A_ROW)
        return receive(fiber);
    int rc = fiber->readable ? ask_to_be_told(fiber, EPOLL_CTL_MOD) : 0;
    fiber->readable = false;
    fiber->reads = 0;
    return rc != 0 ? rc : PENDING;
}

int fiber_net_close(struct loop *loop, struct task *task)
{
    (void)task;
    struct fiber *fiber = ((struct fiber_waiter *)loop)->running;
    if (fiber->fd >= 0)
        close(fiber->fd);
    fiber->fd = -1;
    return 0;
}

int fiber_net_hear(struct fiber *fiber, uint32_t events)
{
    const struct op *op = &fiber->task->op;
    bool ended = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
    fiber->ended |= ended;
    fiber->readable |= ended || events & EPOLLIN;
    if (op->flags & OP_COMPLETE) /* given up */
        return PENDING;
    bool writable = events & (EPOLLOUT | EPOLLHUP | EPOLLERR);
    switch (op->kind) {
    case OP_CONNECT: return writable ? connected(fiber) : PENDING;
    case OP_SEND: return writable ? send_rest(fiber) : PENDING;
    case OP_RECV: return fiber->readable ? receive(fiber) : PENDING;
    default: return PENDING;
    }
}
