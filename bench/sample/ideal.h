/*
 * The ideal of a cell: the time below which no model can be, from runs that were simulated. It is
 * the greater of two bounds: the critical path, which is the virtual time of the run when
 * everything goes on at once as far as the width lets it; and the computing, shared out over the
 * CPUs that an arm may use. Of several runs the least counts, of each bound for itself: a bound has
 * to be on the low side. What it leaves out is told in docs/measuring.md.
 */
#ifndef BENCH_SAMPLE_IDEAL_H
#define BENCH_SAMPLE_IDEAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/problem.h"

/* How far below the ideal a launch can lie though both are right. All waits are rounded up to what
 * a clock tells apart, by models and by the origin alike, so that no coarse clock makes anything
 * early; a record tells a microsecond of any run below a quarter of an hour. Computing was
 * measured, and the same computing differs by some per cent from one time to the next. */
#define IDEAL_GRAIN_S     1e-6
#define IDEAL_GRAIN_SHARE 0.05 /* of what was computed */

struct ideal {
    uint32_t launches;      /* simulated runs that it comes from; 0: there is none */
    double critical_path_s; /* the least of them */
    double computed_s;      /* all computations one after another, the least of them */
    uint32_t cpus;          /* that an arm may use; 0: not known */
    uint32_t width;
    char *missing; /* why there is none; NULL: there is one, or nobody asked for it; owned */
};

/* Takes up a line of type "ideal": one run. Returns 0 or the problem's status. */
int ideal_add(struct ideal *ideal, const json_t *line, struct problem *problem);
void ideal_free(struct ideal *ideal);

/* NAN when there is none. */
double ideal_seconds(const struct ideal *ideal);

/* Why there is none; NULL when there is one. */
const char *ideal_missing(const struct ideal *ideal);

/* How many times the ideal this is; NAN, with the reason in `why`, where that is no ratio. */
double ideal_ratio(const struct ideal *ideal, double seconds, const char **why);

/* True when a run that took so long is faster than can be. */
bool ideal_beaten(const struct ideal *ideal, double seconds);

#endif
