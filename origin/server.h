/* The origin's server: HTTP and HTTPS over one libuv loop, on the loopback address alone. */
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
    uint16_t ports[2];       /* wanted (0: any), then the real ones */
    struct client *clients;
};

/* Listens; fills in server->ports. Returns 0 or the problem's status. */
int server_listen(struct server *server, struct problem *problem);

/* Serves until uv_stop(&server->loop), then closes everything. */
void server_run(struct server *server);

#endif
