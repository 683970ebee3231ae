/*
 * What is to be measured: from the words of a command line to cells and their arms. Everything that
 * can be found wrong without running anything is found here. Carrying it out is protocol.h's.
 */
#ifndef BENCH_ENGINE_PLAN_H
#define BENCH_ENGINE_PLAN_H

#include "bench/engine/protocol.h"
#include "core/registry.h"

enum { PARAMETERS_MAX = 8, PARAMETER_VALUES_MAX = 64, CELLS_MAX = 4096 };

/* One axis of a sweep: an option of the workload by its long name, or what a site is like: latency,
 * bytes, scheme. */
struct parameter {
    const char *name;
    char *values[PARAMETER_VALUES_MAX];
    size_t count;
};

/* A command that is no workload's. */
struct other_arm {
    char label[SAMPLE_NAME_BYTES];
    const char *command, *count_pattern; /* NULL: it is not counted */
};

struct request {
    const struct workload_entry *workload; /* NULL: other arms alone */
    const char *models[SAMPLE_ARMS_MAX];
    size_t model_count; /* 0: all that are registered */
    struct other_arm others[SAMPLE_ARMS_MAX];
    size_t other_count;
    struct parameter parameters[PARAMETERS_MAX];
    size_t parameter_count;
    bool sweep; /* the cells' names tell their parameters */
    int argc;   /* the workload's options */
    char **argv;
    const char *cell; /* its name, in a sweep the beginning of all names; NULL: the workload's */
    const char *metric;
};

/* What an origin for the cells is to be. */
struct wanted_origin {
    bool wanted;
    const char *const *arguments; /* that a workload starts it with, ended by NULL */
    char *sites;                  /* a file of sites; "": its own will do; owned */
};

/* Sets plan->cells, and the origin that they need. Returns 0 or the problem's status. */
int plan_make(struct plan *plan, const struct request *request, struct wanted_origin *origin,
              struct problem *problem);
void plan_free(struct plan *plan);

/* Completes the cells' headers with where they run. */
void plan_place(struct plan *plan, const cpu_set_t *clients, const cpu_set_t *origin);

/* Refuses to go on with cells of the sample that were defined otherwise. */
int plan_check(const struct plan *plan, const struct sample *sample, struct problem *problem);

#endif
