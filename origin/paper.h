/*
 * An origin without a socket: the sites of a sites file, answered in memory over plain HTTP, also
 * those that the file calls https, for a run that is simulated. What the sites are and what they
 * answer is the real origin's (sites.h, request.h), so that bodies and manifest agree; when bytes
 * come is the simulation's time. Who may call what when is core/simulation.h's.
 */
#ifndef ORIGIN_PAPER_H
#define ORIGIN_PAPER_H

#include "core/simulation.h"
#include "origin/sites.h"

struct paper_origin {
    struct peer peer; /* first: who is asked is the origin */
    struct sites sites;
    uint32_t open;       /* connections */
    char directory[200]; /* what a client reads of it: connect-to, sites, manifest, films */
};

/* Reads the sites file, or the built-in one when path is NULL, and writes the directory. Returns 0
 * or the problem's status. */
int paper_origin_open(struct paper_origin *origin, const char *sites_file, struct problem *problem);
/* Once its client has read the directory: who is killed later leaves nothing behind. */
void paper_origin_remove_files(struct paper_origin *origin);
/* Also after a failure, and of one that is zeroed. */
void paper_origin_close(struct paper_origin *origin);

#endif
