/*
 * What a fetch needs to know of one URL, worked out before the clock: whom to connect to under the
 * user's --resolve and --connect-to, and the bytes of the request.
 */
#ifndef WORKLOADS_NET_TARGET_H
#define WORKLOADS_NET_TARGET_H

#include "core/address.h"
#include "workloads/net/url.h"

/* --connect-to HOST1:PORT1:HOST2:PORT2 and --resolve HOST:PORT:ADDRESS, as curl has them: an empty
 * HOST1 or PORT1 is any, an empty HOST2 or PORT2 leaves it as it is. */
struct route {
    struct route *next;
    char *from_host;    /* "": any */
    char *to_host;      /* "": unchanged */
    uint16_t from_port; /* 0: any */
    uint16_t to_port;   /* 0: unchanged */
};

/* Adds a route to the end of the list. NULL, or why the text is none; memory_is_short among the
 * reasons, here and below. */
const char *route_add_connect_to(struct route **routes, const char *text);
const char *route_add_resolve(struct route **routes, const char *text);
void routes_free(struct route *routes);

struct target {
    char *text; /* the URL as given */
    struct url url;
    const char *connect_host; /* url.host, or a route's */
    uint16_t connect_port;
    bool numeric; /* `address` is whom to connect to, nothing is looked up */
    struct address address;
    char *request; /* the head of a GET, as sent */
    size_t request_length;
    size_t close_request_at; /* request + this: the same with "Connection: close" */
    size_t close_request_length;
};

/* NULL, or why there is none. The caller owns *out: target_free(). */
const char *target_make(const char *text, const struct route *routes, struct target *out);
void target_free(struct target *target);

#endif
