/*
 * What is watched of a run: every operation as it begins, with its omen, and every result as it is
 * delivered. The weather lies around the rough one, or is fair; the steps lie around the
 * workload's. What the tasks went through is judge.c's to hold their ends against.
 */
#ifndef TESTS_SEEDS_WATCH_H
#define TESTS_SEEDS_WATCH_H

#include "core/run.h"
#include "models/wait/weather.h"

enum { WATCHED_MAX = 1100, OPERATIONS_MAX = 200000 };

/* A task, child or root. */
struct watched {
    const struct task *task; /* NULL: no operation is outstanding, else … */
    enum op_kind kind;       /* … which, … */
    uint64_t number;         /* … the how manieth of the run … */
    struct omen omen;        /* … and its omen */
    bool was_cancelled;      /* by the weather */
    bool was_cut;            /* one of its operations was */
    bool had_failure;        /* of an operation, or a stream's end: the last one */
    enum op_kind failed_kind;
    int failure;
};

struct watch {
    struct weather weather; /* first: for struct simulation */
    struct rough_weather rough;
    bool is_fair;
    bool tells; /* every operation, on stdout */
    const struct run *run;
    struct workload workload; /* with its steps watched */
    step_fn *step, *root_step;
    uint64_t operations;
    uint64_t digest;  /* of all that happened */
    bool is_troubled; /* the weather cancelled somebody, stopped the run, or made something fail */
    uint32_t count;   /* children that there may be; behind them is the root */
    struct watched tasks[WATCHED_MAX];
};

/* One at a time. Before the run is prepared, with watch->is_fair and watch->tells set: makes `run`
 * one of the watched workload. */
void watch_begin(struct watch *watch, struct run *run, uint64_t seed);
/* After run_open(). */
void watch_opened(struct watch *watch, struct run *run);

const struct watched *watch_of(const struct watch *watch, uint32_t task);

void watch_digest(struct watch *watch, uint64_t value);

#endif
