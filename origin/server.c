/* Listening, and the loop's life. */
#include "origin/server.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "origin/client.h"

enum { BACKLOG = 4096, SET_ASIDE = 32, CLIENTS_MAX = 1 << 20 };

/* Without a descriptor for it a connection waits in the backlog, as libuv asks no more until the
 * one that it holds is accepted. */
static void on_connection(uv_stream_t *listener, int status)
{
    struct server *server = listener->data;
    int which = listener == (uv_stream_t *)&server->listeners[1];
    if (status != 0)
        return;
    server->held[which] = server->client_count >= server->clients_max;
    if (!server->held[which])
        client_accept(server, listener, which == 1);
}

void server_client_gone(struct server *server)
{
    for (int i = 0; i < 2 && server->client_count < server->clients_max; i++) {
        if (!server->held[i])
            continue;
        server->held[i] = false;
        client_accept(server, (uv_stream_t *)&server->listeners[i], i == 1);
    }
}

/* As many connections as descriptors may be had for, some set aside. */
static uint32_t count_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 512;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur > CLIENTS_MAX)
        return CLIENTS_MAX;
    return limit.rlim_cur > 2 * SET_ASIDE ? (uint32_t)limit.rlim_cur - SET_ASIDE : SET_ASIDE;
}

int server_listen(struct server *server, struct problem *problem)
{
    server->clients_max = count_descriptors();
    int rc = uv_loop_init(&server->loop);
    for (int i = 0; i < 2 && rc == 0; i++) {
        uv_tcp_t *listener = &server->listeners[i];
        struct sockaddr_in at;
        int size = sizeof at;
        uv_ip4_addr(server->address, server->ports[i], &at);
        uv_tcp_init(&server->loop, listener);
        listener->data = server;
        rc = uv_tcp_bind(listener, (struct sockaddr *)&at, 0);
        if (rc == 0)
            rc = uv_listen((uv_stream_t *)listener, BACKLOG, on_connection);
        if (rc == 0)
            rc = uv_tcp_getsockname(listener, (struct sockaddr *)&at, &size);
        if (rc == 0)
            server->ports[i] = ntohs(at.sin_port);
    }
    return rc == 0 ? 0
                   : problem_set(problem, STATUS_ENVIRONMENT, "it cannot listen on %s: %s",
                                 server->address, uv_strerror(rc));
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
