/*
 * A trace (bench/trace/chrome.h) read back and laid out to be drawn: a lane for each worker that
 * had tasks, in a lane a row for each task that was in progress there at the same time. A row that
 * is free is taken by the next task. So one after another is one row, threads are as many lanes, a
 * loop is one lane of many rows.
 */
#ifndef BENCH_TIMELINE_TIMELINE_H
#define BENCH_TIMELINE_TIMELINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/trace/spans.h"
#include "core/problem.h"

/* What a task waits for, as the chart tells it apart. */
enum timeline_cause {
    CAUSE_NETWORK,
    CAUSE_SLEEP,
    CAUSE_TASKS, /* a channel */
};
enum { TIMELINE_CAUSES = CAUSE_TASKS + 1 };

struct timeline_slice {
    double from_us, to_us; /* from the run's start */
    uint32_t task;
    uint32_t lane;
    uint8_t state; /* enum span_state */
    uint8_t cause; /* of SPAN_WAITING: enum timeline_cause */
};

struct timeline_idle {
    double from_us, to_us;
    uint32_t lane;
};

/* That has begun. */
struct timeline_task {
    uint32_t task;
    double from_us, to_us; /* in progress */
    size_t first, count;   /* its slices */
    uint32_t lane;         /* whose worker has run its first step, and runs all the others */
    uint32_t row;
    double free_us; /* since when that row has been free; -INFINITY: always */
};

/* A computation in another lane than its task's: a pool's. */
struct timeline_guest {
    size_t slice;
    uint32_t row;
};

enum { TIMELINE_NAME_BYTES = 48 };

struct timeline_lane {
    int32_t pid, tid;
    char name[TIMELINE_NAME_BYTES]; /* "main", "thread 3", "process 2" */
    double first_us;                /* what came there first */
    uint32_t rows;                  /* 0: no task was there, and it is not shown */
    double state_us[SPAN_STATES];   /* of those who are in progress there */
    double idle_us;
};

struct timeline {
    char workload[TIMELINE_NAME_BYTES], model[TIMELINE_NAME_BYTES];
    uint32_t width, tasks;
    double wall_us;
    uint64_t events, dropped;
    int32_t main_pid;
    struct timeline_slice *slices; /* by task, then by time; the root's are left out */
    size_t slice_count;
    struct timeline_idle *idles;
    size_t idle_count;
    struct timeline_lane *lanes; /* in the order in which they are shown */
    uint32_t lane_count;
    struct timeline_task *progress; /* by task */
    size_t progress_count;
    struct timeline_guest *guests;
    size_t guest_count;
    double end_us; /* the last slice's, at least wall_us */
};

/* A file of a trace of ours; anything else is a problem with the reason. To be freed in any case.
 */
int timeline_read(struct timeline *timeline, const char *path, struct problem *problem);
/* The same, of an open file that is called `path`. */
int timeline_read_file(struct timeline *timeline, FILE *file, const char *path,
                       struct problem *problem);

/* Lanes and rows of what was read: timeline_read() has done so. */
int timeline_lay_out(struct timeline *timeline, struct problem *problem);

void timeline_free(struct timeline *timeline);

/* Lanes, rows and totals by state. NULL: memory is short. */
json_t *timeline_json(const struct timeline *timeline, const char *path);

/* Each of them in a panel, with one scale of time; into `out`, .svg or .png. */
int timeline_draw(const struct timeline *timelines, size_t count, const char *out,
                  struct problem *problem);

#endif
