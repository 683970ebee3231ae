/* The origin's server: HTTP and HTTPS over one libuv loop, on one address. */
#ifndef ORIGIN_SERVER_H
#define ORIGIN_SERVER_H

#include <uv.h>

#include "origin/sites.h"
#include "workloads/net/tls.h"

struct server {
    uv_loop_t loop;
    const struct sites *sites;
    struct tls_context *tls; /* NULL: no https sites */
    uv_tcp_t listeners[2];   /* HTTP, HTTPS */
    const char *address;     /* that it listens on, numeric */
    uint16_t ports[2];       /* wanted (0: any), then the real ones */
    struct client *clients;
    uint32_t client_count;
    uint32_t clients_max; /* as many as there are descriptors for */
    bool held[2];         /* the listener holds a connection that there was no descriptor for */
};

/* Listens; fills in server->ports. Returns 0 or the problem's status. */
int server_listen(struct server *server, struct problem *problem);

/* For client.c: a connection has ended, another one may come. */
void server_client_gone(struct server *server);

/* Serves until uv_stop(&server->loop), then closes everything. */
void server_run(struct server *server);

#endif
