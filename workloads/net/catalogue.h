/*
 * The sites that a workload fetches, each with what its body must be where somebody has said so:
 * read from the command line, from a file of URLs, or from the directory of a running origin.
 */
#ifndef WORKLOADS_NET_CATALOGUE_H
#define WORKLOADS_NET_CATALOGUE_H

#include "core/problem.h"
#include "workloads/net/target.h"

enum { SHA256_BYTES = 32 };

/* What a manifest says of a body. */
struct expected {
    bool known;
    uint64_t bytes;
    unsigned char sha256[SHA256_BYTES];
};

struct site {
    struct target target;
    struct expected expected;
};

struct catalogue {
    struct site *sites;
    uint32_t count;
    struct route *routes; /* --resolve, --connect-to, and the origin's own */
};

/* All three return 0 or the problem's status. */

/* One URL; `from` is the file that it stands in, NULL for the command line. */
int catalogue_add(struct catalogue *catalogue, const char *url, const char *from,
                  struct problem *problem);

/* The first word of each line is a URL; # begins a comment. */
int catalogue_read_sites(struct catalogue *catalogue, const char *path, struct problem *problem);

/* An origin's directory: its routes first, so that the URLs added after this find them … */
int catalogue_read_routes(struct catalogue *catalogue, const char *origin, struct problem *problem);
/* … then its sites where there are no others, and what its manifest says of all of them. */
int catalogue_read_origin(struct catalogue *catalogue, const char *origin, struct problem *problem);

void catalogue_free(struct catalogue *catalogue);

#endif
