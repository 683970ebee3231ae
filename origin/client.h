/* One connection that the origin has accepted. server.c accepts it, client.c serves it. */
#ifndef ORIGIN_CLIENT_H
#define ORIGIN_CLIENT_H

#include "origin/request.h"
#include "origin/server.h"

enum { SURPLUS_MAX = 64 * 1024 };

struct answer;

struct client {
    uv_tcp_t tcp; /* first: handle and client are one address */
    uv_timer_t timer;
    uv_write_t write;
    struct server *server;
    struct client *next, **link; /* in server->clients */
    struct tls *tls;             /* NULL: plain */
    bool shaken;                 /* the TLS handshake is done */
    bool busy;                   /* a request is being answered */
    bool answering;              /* … and its latency is over */
    bool writing;                /* libuv holds what is being written */
    bool pausing;                /* between two parts of an answer */
    bool mute;                   /* nothing more is read or sent */
    bool closing;
    bool reset; /* … by a reset */
    uint8_t open_handles;

    struct request request;
    const struct answer *answer;
    size_t answer_bytes, answered; /* how much is to be sent, and how much was */
    char *surplus;                 /* bytes that came behind the request */
    size_t surplus_bytes;
};

/* Takes a connection off a listener and serves it to its end. */
void client_accept(struct server *server, uv_stream_t *listener, bool tls);

void client_close(struct client *client);

#endif
