/*
 * One seed of one workload: its command line is run in fair weather on an ideal machine, then in
 * the seed's own on what the seed makes of it, within this process, and each run is judged; every
 * so many seeds a second time, to the same result. The first thing that is wrong ends the process,
 * as a crash would: who runs the seeds is seeds.c's.
 */
#ifndef TESTS_SEEDS_TRIAL_H
#define TESTS_SEEDS_TRIAL_H

#include "bench/program/program.h"
#include "origin/paper.h"
#include "tests/seeds/watch.h"

/* One in so many seeds is run twice; one in so many has its record read. */
enum { TRIALS_A_REPEAT = 64, TRIALS_A_RECORD = 16 };

/* Shared with who started the process: where it was when it ended. */
struct board {
    uint64_t seed; /* the one that is run */
    uint64_t runs; /* so many are over */
    uint64_t operations;
    uint64_t ends[OUTCOME_COUNT]; /* of tasks, in rough weather */
    char line[600];               /* what it runs */
    char failure[500];            /* what was wrong; empty: nothing */
};

/* Once, in the process of the trials, before the first. */
void trials_begin(struct board *board, struct paper_origin *origin);

/* `tells`: each operation, on stdout. */
void trial_run(const struct workload_entry *workload, uint64_t seed, bool tells);

__attribute__((format(printf, 1, 2))) _Noreturn void trial_fail(const char *format, ...);

#endif
