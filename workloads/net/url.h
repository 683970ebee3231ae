/*
 * URLs: absolute http and https ones, parsed by liburiparser and then held to what this suite
 * fetches: no user info, no control bytes, a plain ASCII host, at most URL_BYTES_MAX bytes.
 */
#ifndef WORKLOADS_NET_URL_H
#define WORKLOADS_NET_URL_H

#include <stdbool.h>
#include <stdint.h>

struct url {
    char *host;   /* lower case, without brackets, an IPv6 address at its shortest; owned */
    char *target; /* path and query as sent in the request line; owned */
    uint16_t port;
    bool tls;       /* https */
    bool has_colon; /* the host is an IPv6 literal */
};

/* Returns NULL, or why the text is not such a URL, memory_is_short among the reasons. On success
 * the caller owns *out: url_free(). */
const char *url_parse(const char *text, struct url *out);

void url_free(struct url *url);

/* A Location header against the URL that it came from, as absolute text: *out, owned by the caller.
 * Returns NULL, or why there is none, and *out is NULL. Raw bytes that servers put there are
 * percent-encoded first. */
const char *url_resolve(const char *base, const char *location, char **out);

#endif
