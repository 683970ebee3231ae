/* The origin on paper, as who answers a simulation. */
#include "bench/program/simulate.h"
#include "origin/paper.h"

static struct paper_origin origin; /* a program has one run */

static int open_paper(const char *sites_file, struct peer **peer, const char **directory,
                      struct problem *problem)
{
    *peer = &origin.peer;
    *directory = origin.directory;
    return paper_origin_open(&origin, sites_file, problem);
}

static void remove_files(void)
{
    paper_origin_remove_files(&origin);
}

static void close_paper(void)
{
    paper_origin_close(&origin);
}

const struct simulated_peer paper_peer = {open_paper, remove_files, close_paper};
