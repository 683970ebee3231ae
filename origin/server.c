/* Listening, and the loop's life. */
#include "origin/server.h"

#include <stdlib.h>
#include <string.h>

#include "origin/client.h"

enum { BACKLOG = 4096 };

static void on_http(uv_stream_t *listener, int status)
{
    if (status == 0)
        client_accept(listener->data, listener, false);
}

static void on_https(uv_stream_t *listener, int status)
{
    if (status == 0)
        client_accept(listener->data, listener, true);
}

int server_listen(struct server *server, struct problem *problem)
{
    static const uv_connection_cb callbacks[] = {on_http, on_https};
    int rc = uv_loop_init(&server->loop);
    for (int i = 0; i < 2 && rc == 0; i++) {
        uv_tcp_t *listener = &server->listeners[i];
        struct sockaddr_in at;
        int size = sizeof at;
        uv_ip4_addr("127.0.0.1", server->ports[i], &at);
        uv_tcp_init(&server->loop, listener);
        listener->data = server;
        rc = uv_tcp_bind(listener, (struct sockaddr *)&at, 0);
        if (rc == 0)
            rc = uv_listen((uv_stream_t *)listener, BACKLOG, callbacks[i]);
        if (rc == 0)
            rc = uv_tcp_getsockname(listener, (struct sockaddr *)&at, &size);
        if (rc == 0)
            server->ports[i] = ntohs(at.sin_port);
    }
    return rc == 0 ? 0
                   : problem_set(problem, STATUS_ENVIRONMENT, "it cannot listen on 127.0.0.1: %s",
                                 uv_strerror(rc));
}

static void close_handle(uv_handle_t *handle, void *argument)
{
    (void)argument;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void server_run(struct server *server)
{
    uv_run(&server->loop, UV_RUN_DEFAULT);
    while (server->clients != NULL)
        client_close(server->clients);
    uv_run(&server->loop, UV_RUN_NOWAIT);
    uv_walk(&server->loop, close_handle, NULL);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    uv_loop_close(&server->loop);
}
