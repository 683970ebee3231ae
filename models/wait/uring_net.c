/*
 * Connections on a ring. One has at most one operation in the kernel, and while that is given up
 * its cancellation: their completions are counted, so that OP_CLOSE is handed on when the last of
 * them has come and a connection is never in use again while one may still come.
 */
#include "models/wait/uring.h"

#include <errno.h>
#include <stdlib.h>

#include "core/clock.h"
#include "models/wait/socket.h"

/* In an entry's user data, beside the connection: it is the cancellation. */
#define CANCELLATION UINT64_C(1)

struct uring_connection {
    struct task *task;
    int fd;
    uint8_t outstanding; /* completions to come */
    bool given_up;       /* the operation whose completion is to come */
    bool closing;        /* OP_CLOSE waits for that */
    bool more;           /* there was more to receive than was lent */
    union {
        union socket_name to; /* until it is connected */
        size_t sent;
    };
};

/* An entry to be prepared, which leaves its user data alone. */
static struct io_uring_sqe *submit(struct uring_waiter *waiter, struct uring_connection *connection,
                                   uint64_t mark)
{
    connection->outstanding++;
    struct io_uring_sqe *sqe = uring_submit(waiter);
    io_uring_sqe_set_data64(sqe, (uintptr_t)connection | mark);
    return sqe;
}

/* ---- CONNECT ---- */

int uring_net_connect(struct loop *loop, struct task *task)
{
    struct uring_waiter *waiter = (struct uring_waiter *)loop;
    int rc = waiter->buffers.ring != NULL ? 0 : uring_buffers_open(&waiter->buffers, &waiter->ring);
    if (rc != 0)
        return rc;
    struct uring_connection *connection = slab_take(&waiter->connections, sizeof *connection);
    if (connection == NULL)
        return -ENOMEM;
    *connection = (struct uring_connection){.task = task};
    socklen_t length = socket_address(task->op.connect.address, &connection->to);
    connection->fd = socket(connection->to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->fd < 0) {
        rc = -errno;
        slab_give(&waiter->connections, connection);
        return rc;
    }
    task->driver = connection;
    io_uring_prep_connect(submit(waiter, connection, 0), connection->fd, &connection->to.any,
                          length);
    return PENDING;
}

/* ---- SEND ---- */

static void send_rest(struct uring_waiter *waiter, struct uring_connection *connection)
{
    const struct op *op = &connection->task->op;
    io_uring_prep_send(submit(waiter, connection, 0), connection->fd,
                       (const char *)op->send.bytes + connection->sent,
                       op->send.length - connection->sent, MSG_WAITALL | MSG_NOSIGNAL);
}

int uring_net_send(struct loop *loop, struct task *task)
{
    struct uring_connection *connection = task->driver;
    connection->sent = 0;
    send_rest((struct uring_waiter *)loop, connection);
    return PENDING;
}

static void on_sent(struct uring_waiter *waiter, struct uring_connection *connection, int result)
{
    if (result > 0)
        connection->sent += (size_t)result;
    if (result > 0 && connection->sent < connection->task->op.send.length)
        send_rest(waiter, connection);
    else
        loop_complete(&waiter->loop, connection->task, result < 0 ? result : 0);
}

/* ---- RECV ---- */

/* Where there is not known to be something, the kernel does not try before it waits: what a request
 * just asked for is not here yet. */
static void receive(struct uring_waiter *waiter, struct uring_connection *connection)
{
    struct io_uring_sqe *sqe = submit(waiter, connection, 0);
    io_uring_prep_recv(sqe, connection->fd, NULL, RECV_BYTES_MAX, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    if (!connection->more)
        sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
}

int uring_net_recv(struct loop *loop, struct task *task)
{
    receive((struct uring_waiter *)loop, task->driver);
    return PENDING;
}

static void give_back(struct uring_waiter *waiter, const struct io_uring_cqe *cqe)
{
    if (cqe->flags & IORING_CQE_F_BUFFER)
        uring_buffers_give(&waiter->buffers, cqe->flags >> IORING_CQE_BUFFER_SHIFT);
}

static void on_received(struct uring_waiter *waiter, struct uring_connection *connection,
                        const struct io_uring_cqe *cqe)
{
    struct task *task = connection->task;
    if (cqe->res == -ENOBUFS) {
        uring_buffers_grow(&waiter->buffers);
        connection->more = true;
        receive(waiter, connection);
        return;
    }
    connection->more = cqe->flags & IORING_CQE_F_SOCK_NONEMPTY;
    if (cqe->flags & IORING_CQE_F_BUFFER)
        task->op.recv.bytes =
            uring_buffers_at(&waiter->buffers, cqe->flags >> IORING_CQE_BUFFER_SHIFT);
    loop_complete(&waiter->loop, task, cqe->res);
    give_back(waiter, cqe);
}

/* ---- CLOSE ---- */

static void close_now(struct uring_waiter *waiter, struct uring_connection *connection)
{
    connection->given_up = false;
    io_uring_prep_close(submit(waiter, connection, 0), connection->fd);
}

int uring_net_close(struct loop *loop, struct task *task)
{
    struct uring_connection *connection = task->driver;
    if (connection == NULL) /* memory or a descriptor for it was refused */
        return 0;
    connection->closing = true;
    if (connection->outstanding == 0)
        close_now((struct uring_waiter *)loop, connection);
    return PENDING;
}

static void on_closed(struct uring_waiter *waiter, struct uring_connection *connection)
{
    struct task *task = connection->task;
    task->driver = NULL;
    slab_give(&waiter->connections, connection);
    loop_complete(&waiter->loop, task, 0);
}

/* ---- Giving up. ---- */

static void cancel(struct uring_waiter *waiter, struct uring_connection *connection)
{
    io_uring_prep_cancel64(submit(waiter, connection, CANCELLATION), (uintptr_t)connection, 0);
}

void uring_net_abandon(struct uring_waiter *waiter, struct task *task)
{
    struct uring_connection *connection = task->driver;
    connection->given_up = true;
    cancel(waiter, connection);
}

/* An operation that the kernel is just about to try again is not found: it is asked once more, or a
 * connection to nowhere would last for minutes. */
static void on_given_up(struct uring_waiter *waiter, struct uring_connection *connection,
                        const struct io_uring_cqe *cqe)
{
    give_back(waiter, cqe);
    if (connection->outstanding == 0) {
        if (connection->closing)
            close_now(waiter, connection);
    } else if (cqe->user_data & CANCELLATION && cqe->res < 0) {
        cancel(waiter, connection);
    }
}

void uring_net_completed(struct uring_waiter *waiter, const struct io_uring_cqe *cqe)
{
    struct uring_connection *connection = (void *)(uintptr_t)(cqe->user_data & ~CANCELLATION);
    connection->outstanding--;
    if (connection->given_up) {
        on_given_up(waiter, connection, cqe);
        return;
    }
    waiter->loop.now_ns = clock_real_ns();
    switch ((enum op_kind)connection->task->op.kind) {
    case OP_SEND: on_sent(waiter, connection, cqe->res); return;
    case OP_RECV: on_received(waiter, connection, cqe); return;
    case OP_CLOSE: on_closed(waiter, connection); return;
    default: /* OP_CONNECT */
        loop_complete(&waiter->loop, connection->task,
                      cqe->res == -EAGAIN ? -EADDRNOTAVAIL : cqe->res);
    }
}
