/*
 * An origin without a socket: the sites of a sites file, answered in memory over plain HTTP, for a
 * model that has no network. What the sites are and what they answer is the real origin's
 * (origin/sites.h, origin/request.h), so that bodies and manifest agree; when bytes come is virtual
 * time. One connection is one struct; who may call what when is the contract's business.
 */
#ifndef TESTS_SUPPORT_PAPER_ORIGIN_H
#define TESTS_SUPPORT_PAPER_ORIGIN_H

#include "core/address.h"
#include "core/limits.h"
#include "origin/request.h"
#include "origin/sites.h"

struct paper_origin {
    struct sites sites;
    char directory[64]; /* what a client reads of it: connect-to, sites, manifest, films */
};

/* Reads the sites file and writes the directory. False: `problem` says why. */
bool paper_origin_open(struct paper_origin *origin, const char *sites_file,
                       struct problem *problem);
void paper_origin_close(struct paper_origin *origin);

/* The addresses of a name: two, as a rule, one for a host whose name begins with "one". -ENOENT
 * when no site is there. */
int paper_origin_resolve(const struct paper_origin *origin, const char *host, uint16_t port,
                         struct address *addresses, uint16_t capacity);

struct paper_connection {
    bool open;
    struct request request;
    const struct answer *answer;
    size_t sent;       /* bytes of the answer */
    uint64_t ready_ns; /* when the next ones are there */
    uint8_t *lent;     /* a block of its own for each receipt … */
    size_t lent_bytes; /* … and overwritten behind it, so that a late look is seen */
};

void paper_connect(struct paper_connection *connection);

/* What a client sent. -EPIPE when the connection has ended. */
int paper_send(const struct paper_origin *origin, struct paper_connection *connection,
               const char *bytes, size_t length, uint64_t now_ns);

/* Lends at most `most` bytes in connection->lent: their count, 0 at the end, -errno; or -EAGAIN,
 * with the time when there will be more in *when_ns, 0 for never. */
int paper_recv(struct paper_connection *connection, size_t most, uint64_t now_ns,
               uint64_t *when_ns);

/* The step that the bytes were lent to is over. */
void paper_take_back(struct paper_connection *connection);

void paper_disconnect(struct paper_connection *connection);

#endif
