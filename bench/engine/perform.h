/*
 * One launch of one arm, of one kind, and the line of the journal that tells it: what the launch
 * cost, what the machine did meanwhile, what the program said of itself. Which launch comes when is
 * protocol.h's.
 */
#ifndef BENCH_ENGINE_PERFORM_H
#define BENCH_ENGINE_PERFORM_H

#include <jansson.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/sample/sample.h"

enum { ARGUMENTS_MAX = 256 };

/* A command that is compared with others. */
struct arm {
    char label[SAMPLE_NAME_BYTES];
    char model[SAMPLE_NAME_BYTES]; /* "": it is not one of the suite's workloads */
    char not_applicable[512];      /* why it is not launched; "": it is */
    char *argv[ARGUMENTS_MAX +
               1]; /* ended by NULL; "{origin}" in them stands for its folder; owned */
    int argc;
    char *count_pattern; /* of other programs: an extended regular expression whose first group is
                          * the count of what it did, or a plain number; NULL: none; owned */
};
void arm_free(struct arm *arm);

/* What all launches of a cell have in common. */
struct stage {
    const char *bin;    /* the folder of our own programs */
    const char *origin; /* its folder; NULL: there is none */
    pid_t origin_pid;   /* 0: there is none */
    cpu_set_t client_cpus;
    cpu_set_t watched_cpus; /* on which others would be in the way: the clients' and the origin's */
    uint64_t limit_ns;      /* a launch that takes longer is stopped */
    const char *scratch;    /* a file for strace's table */
};

struct order {
    enum launch_kind kind;
    const char *cell;
    uint32_t block, position;
    uint32_t tasks;   /* of half and floor launches; else 0: as the command says */
    uint32_t width;   /* of floor launches */
    uint32_t padding; /* of the environment, bytes */
    bool account;     /* with ACCOUNT_OPTION */
};

/* A program that is given it says in its record where the time of its tasks went. */
#define ACCOUNT_OPTION "--account"

/* What the machine did during a launch, for who adds up a block. */
struct presence {
    double elapsed_s;
    double foreign_s; /* CPU time of others on the watched CPUs; NAN: not told */
    double steal_s;
};

/* Launches, and returns the line; NULL when memory is short. A launch that failed has a "failed" in
 * it. `interrupted` is set when this process was asked to end: the launch then counts for nothing.
 */
json_t *perform(const struct arm *arm, const struct stage *stage, const struct order *order,
                struct presence *presence, bool *interrupted);

#endif
