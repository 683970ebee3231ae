/*
 * What must hold of a run however rough the weather was, whatever the workload: everybody has
 * ended, within the width and in the order of time; nothing that is printed contradicts itself; a
 * result is not wrong; and each task ended in the class that follows from what it went through
 * (watch.h), or as in fair weather, or was cancelled because of others.
 */
#ifndef TESTS_SEEDS_JUDGE_H
#define TESTS_SEEDS_JUDGE_H

#include "bench/program/program.h"
#include "tests/seeds/watch.h"

struct end {
    uint8_t outcome;
    int16_t detail;
};

struct judgement {
    const struct judgement *fair; /* of the same line in fair weather; NULL: this is it */
    uint32_t count;
    struct end root;
    struct end ends[WATCHED_MAX];
    uint64_t digest;
};

/* Between the run's end and its closing. */
void judge(struct watch *watch, struct judgement *judgement);

/* That its JSON record can be read and contradicts nothing. */
void judge_record(const struct invocation *invocation);

#endif
