/*
 * --simulate: what a run under a model that simulates is told of the machine, the peer and the
 * weather. The peer is an origin on paper; it has the sites of the origin that the workload is
 * given, else its own.
 */
#ifndef BENCH_PROGRAM_SIMULATE_H
#define BENCH_PROGRAM_SIMULATE_H

#include "core/run.h"
#include "models/wait/weather.h"
#include "origin/paper.h"

struct simulated {
    struct simulation simulation;
    struct paper_origin origin;
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

#endif
