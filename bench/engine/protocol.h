/*
 * Which launch comes when, and when it is enough. Each cell's arms are launched to warm them up and
 * to be observed, then in blocks: a random order of the arms and its mirror image, so that a drift
 * of the machine which is linear over the block falls on all arms alike. The cells take turns block
 * by block. A cell is done when the interval of each arm's median is narrow enough, or the time is
 * over; that rule looks at no difference between arms. Blocks in which others used the CPUs are
 * kept, but do not count, and are made up for: where their number is given, by as many again at
 * most. What is launched for its record alone, the ideal before all others and the accounts behind
 * them, is outside the budget.
 */
#ifndef BENCH_ENGINE_PROTOCOL_H
#define BENCH_ENGINE_PROTOCOL_H

#include <stdbool.h>

#include "bench/engine/journal.h"
#include "bench/engine/perform.h"
#include "bench/sample/sample.h"

struct rule {
    double confidence; /* of every interval: 0.95 */
    double precision;  /* half the interval's width over the median: 0.02 */
    uint32_t
        blocks_min; /* below these the ratios' intervals do not exist; 0: as many as it takes */
    uint32_t blocks_max; /* 0: no limit; else so many, and the precision is all the same */
    uint32_t warm_ups;   /* launches of each arm, at least 1 */
    uint32_t observed;   /* launches of each arm whose process tree is looked at; 0: none */
    bool traced;         /* system calls are counted, in one launch more */
    bool accounts;       /* one launch more of each arm tells where its tasks' time went */
    uint32_t floors;     /* launches of noop beside each arm; 0: none */
    double budget_s;     /* of all cells together; 0: as long as blocks_max takes */
    double foreign_max;  /* CPUs that others may use, on average: 0.1 */
    uint64_t seed;
    char metric[SAMPLE_NAME_BYTES]; /* whose interval is meant */
};

struct plan_cell {
    char name[SAMPLE_NAME_BYTES];
    struct arm arms[SAMPLE_ARMS_MAX];
    size_t arm_count;
    struct arm floors[SAMPLE_ARMS_MAX]; /* noop under each arm's model; argc 0: none */
    struct arm ideal; /* the workload, simulated; argc 0: not_applicable says why not, or it is no
                       * workload's cell */
    uint32_t ideal_launches;
    bool sized;     /* its number of tasks can be halved */
    json_t *header; /* the line that defines it; owned */
};

struct plan {
    struct plan_cell *cells;
    size_t count;
    struct rule rule;
    struct stage stage;
    /* Told between launches, never during one: what comes next, and how many seconds it still takes
     * at most (INFINITY: as long as it takes). NULL: nobody wants to know. */
    void (*progress)(void *data, const char *cell, const char *what, double to_go_s);
    void *data;
};

/* The plan's rule in a sentence, for the user. */
void rule_describe(const struct plan *plan, char *text, size_t size);

/* Measures what the sample does not hold yet, appending to the journal and to the sample. Returns 0
 * or the problem's status; -EINTR when this process was asked to end. */
int protocol_run(const struct plan *plan, struct journal *journal, struct sample *sample,
                 struct problem *problem);

#endif
