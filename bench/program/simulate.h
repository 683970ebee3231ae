/*
 * --simulate: what a run under a model that simulates is told of the machine, the peer and the
 * weather. The peer has the sites of the origin that the workload is given, else its own.
 */
#ifndef BENCH_PROGRAM_SIMULATE_H
#define BENCH_PROGRAM_SIMULATE_H

#include "core/run.h"
#include "models/wait/weather.h"

/* Where a simulation's peer comes from. Apart, so that a program that fetches nothing does not load
 * what that needs. */
struct simulated_peer {
    /* With the sites of a file, NULL: its own; *directory is what a client reads of it. Returns 0
     * or the problem's status. */
    int (*open)(const char *sites_file, struct peer **peer, const char **directory,
                struct problem *problem);
    /* A client has read the directory. Also after a failure, as close. */
    void (*prepared)(void);
    void (*close)(void);
};

/* The origin on paper: origin/paper.h. */
extern const struct simulated_peer paper_peer;

struct simulated {
    const struct simulated_peer *source; /* NULL: there is no peer */
    struct simulation simulation;
    const char *directory; /* of the peer */
    struct rough_weather rough;
    bool is_rough;
};

/* "cpus=2,step=5us,compute=measured,weather=rough". Returns 0 or the problem's status. */
int simulate_option(struct simulated *simulated, const char *value, struct problem *problem);

/* Before the workload's prepare(). `origin`: the directory of the one that was named, or NULL.
 * Returns 0 or the problem's status. */
int simulate_begin(struct simulated *simulated, struct run *run, const char *origin);

/* Also of one that did not begin. */
void simulate_end(struct simulated *simulated);

/* After the workload's prepare(): nobody reads the origin's directory any more. */
void simulate_prepared(struct simulated *simulated);

#endif
