/*
 * One run of a workload's program within this process, from its command line to its exit status:
 * what it printed, how its tasks ended, what it held afterwards. What goes wrong in it, and whether
 * it ends as it should, is torture.c's.
 */
#ifndef TESTS_TORTURE_PLAY_H
#define TESTS_TORTURE_PLAY_H

#include "bench/program/program.h"

enum { ENDS_MAX = 1024, OUT_MAX = 1 << 16, WORDS_MAX = 24 };

/* A command line: the words behind the program's name. */
struct act {
    char title[160];
    const struct workload_entry *workload;
    const char *words[WORDS_MAX]; /* ended by NULL */
};

struct end {
    uint8_t outcome;
    bool expected;
    int16_t detail;
    int64_t value;
};

struct performance {
    int status;
    bool judged; /* the run was set up, and has ended */
    uint32_t tasks;
    struct end root;
    struct end ends[ENDS_MAX];
    enum verified verified;
    uint64_t allocations;
    char out[OUT_MAX];
    char err[OUT_MAX];
    char fault[200]; /* a broken promise of the run itself; empty: none */
};

/* Who answers in the plays that are simulated. */
extern const struct simulated_peer torture_peer;

/* Once, before the first play: from here on a crash tells what it was in. */
void play_prepare(void);

/* `refuse`: the allocation that is refused, 0: none. */
void play(const struct act *act, uint64_t refuse, struct performance *performance);

/* What is being tried, for the report of a crash; static. */
extern char play_attempt[200];

#endif
