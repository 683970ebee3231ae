/*
 * Connections and name look-ups on a libuv loop. Reading is stopped lazily: the task is stepped
 * inside the read callback, and only bytes that come while no OP_RECV is outstanding stop it (they
 * are lent no memory, so they stay in the kernel). An operation given up by deadline or
 * cancellation leaves libuv's request in flight; the OP_CLOSE that must follow completes when it is
 * gone.
 */
#include "models/wait/uv.h"

#include <errno.h>
#include <stdlib.h>

#include "core/clock.h"
#include "models/wait/resolve.h"
#include "models/wait/socket.h"

struct uv_connection {
    uv_tcp_t tcp; /* first: handle and connection are one address */
    struct uv_waiter *waiter;
    struct task *task;
    uint8_t awaits; /* the operation that a callback is to complete, or OP_NONE */
    bool reading;
    union {
        uv_connect_t connect;
        uv_write_t write;
    };
};

/* Completes what the connection awaits, if it still awaits it. */
static void complete(struct uv_connection *connection, enum op_kind kind, int result)
{
    if (connection->awaits != kind)
        return;
    connection->awaits = OP_NONE;
    connection->waiter->loop.now_ns = clock_real_ns();
    loop_complete(&connection->waiter->loop, connection->task, result);
}

/* ---- CONNECT ---- */

static void on_connect(uv_connect_t *request, int status)
{
    complete((struct uv_connection *)request->handle, OP_CONNECT, status);
}

int uv_net_connect(struct loop *loop, struct task *task)
{
    struct uv_waiter *waiter = (struct uv_waiter *)loop;
    struct uv_connection *connection = slab_take(&waiter->connections, sizeof *connection);
    if (connection == NULL)
        return -ENOMEM;
    connection->waiter = waiter;
    connection->task = task;
    connection->awaits = OP_NONE;
    connection->reading = false;
    uv_tcp_init(&waiter->uv, &connection->tcp);
    task->driver = connection;
    union socket_name to;
    socket_address(task->op.connect.address, &to);
    int rc = uv_tcp_connect(&connection->connect, &connection->tcp, &to.any, on_connect);
    if (rc != 0)
        return rc == -EAGAIN ? -EADDRNOTAVAIL : rc;
    connection->awaits = OP_CONNECT;
    return PENDING;
}

/* ---- SEND ---- */

static void on_write(uv_write_t *request, int status)
{
    complete((struct uv_connection *)request->handle, OP_SEND, status);
}

int uv_net_send(struct loop *loop, struct task *task)
{
    (void)loop;
    struct uv_connection *connection = task->driver;
    const struct op *op = &task->op;
    uv_buf_t bytes = {.base = (char *)(uintptr_t)op->send.bytes, .len = op->send.length};
    int sent = uv_try_write((uv_stream_t *)&connection->tcp, &bytes, 1);
    if (sent < 0 && sent != UV_EAGAIN)
        return sent;
    if (sent > 0) {
        bytes.base += sent;
        bytes.len -= (size_t)sent;
    }
    if (bytes.len == 0)
        return 0;
    int rc = uv_write(&connection->write, (uv_stream_t *)&connection->tcp, &bytes, 1, on_write);
    if (rc != 0)
        return rc;
    connection->awaits = OP_SEND;
    return PENDING;
}

/* ---- RECV ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    struct uv_connection *connection = (struct uv_connection *)handle;
    bool asked = connection->awaits == OP_RECV;
    *buffer = (uv_buf_t){.base = asked ? connection->waiter->buffer : NULL,
                         .len = asked ? RECV_BYTES_MAX : 0};
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct uv_connection *connection = (struct uv_connection *)stream;
    if (count == 0)
        return;
    if (count < 0 || connection->awaits != OP_RECV) {
        uv_read_stop(stream);
        connection->reading = false;
    }
    if (connection->awaits != OP_RECV)
        return; /* lent nothing: UV_ENOBUFS */
    connection->task->op.recv.bytes = (const uint8_t *)buffer->base;
    complete(connection, OP_RECV, count == UV_EOF ? 0 : (int)count);
}

int uv_net_recv(struct loop *loop, struct task *task)
{
    (void)loop;
    struct uv_connection *connection = task->driver;
    if (!connection->reading) {
        int rc = uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_read);
        if (rc != 0)
            return rc;
        connection->reading = true;
    }
    connection->awaits = OP_RECV;
    return PENDING;
}

/* ---- CLOSE ---- */

static void on_closed(uv_handle_t *handle)
{
    struct uv_connection *connection = (struct uv_connection *)handle;
    struct uv_waiter *waiter = connection->waiter;
    struct task *task = connection->task;
    task->driver = NULL;
    slab_give(&waiter->connections, connection);
    loop_complete(&waiter->loop, task,
                  0); /* the clock was read in this turn: closing came with it */
}

int uv_net_close(struct loop *loop, struct task *task)
{
    (void)loop;
    struct uv_connection *connection = task->driver;
    if (connection == NULL) /* memory for it was refused */
        return 0;
    connection->awaits = OP_NONE;
    uv_close((uv_handle_t *)&connection->tcp, on_closed);
    return PENDING;
}

/* ---- RESOLVE ---- */

/* Owns its memory: libuv can not take back a look-up that has begun. */
struct uv_lookup {
    uv_getaddrinfo_t request;
    struct loop *loop;
    struct task *task; /* NULL: given up */
};

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    struct uv_lookup *lookup = (struct uv_lookup *)request;
    struct task *task = lookup->task;
    if (task != NULL) {
        int result = status == UV_EAI_MEMORY                              ? -ENOMEM
                     : status == UV_EAI_NONAME || status == UV_EAI_NODATA ? -ENOENT
                     : status < 0                                         ? -EIO
                                  : resolve_collect(list, task->op.resolve.port,
                                                    task->op.resolve.addresses, task->op.capacity);
        task->driver = NULL;
        lookup->loop->now_ns = clock_real_ns();
        loop_complete(lookup->loop, task, result);
    }
    uv_freeaddrinfo(list);
    free(lookup);
}

int uv_net_resolve(struct loop *loop, struct task *task)
{
    int numeric = resolve_numeric(&task->op);
    if (numeric != 0)
        return numeric;
    struct uv_lookup *lookup = malloc(sizeof *lookup);
    if (lookup == NULL)
        return -ENOMEM;
    lookup->loop = loop;
    lookup->task = task;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    int rc = uv_threads_hold(loop->run);
    if (rc == 0) {
        rc = uv_getaddrinfo(&((struct uv_waiter *)loop)->uv, &lookup->request, on_resolved,
                            task->op.resolve.host, NULL, &hints);
        uv_threads_release();
        if (rc != 0 && rc != UV_ENOMEM)
            rc = -ENOENT; /* a name that cannot be one */
    }
    if (rc != 0) {
        free(lookup);
        return rc;
    }
    task->driver = lookup;
    return PENDING;
}

/* ---- Giving up. ---- */

void uv_net_abandon(struct loop *loop, struct task *task)
{
    (void)loop;
    if (task->op.kind == OP_RESOLVE) {
        struct uv_lookup *lookup = task->driver;
        uv_cancel((uv_req_t *)&lookup->request); /* one that is under way goes on, for nobody */
        lookup->task = NULL;
        task->driver = NULL;
        return;
    }
    struct uv_connection *connection = task->driver;
    connection->awaits = OP_NONE;
}
