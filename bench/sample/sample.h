/*
 * A run's observations in memory: what the lines of its journal say, cell by cell, as a table with
 * a row for each launch and a column for each number in it. The engine fills it as it goes on, the
 * readers from a file; what follows from the figures is judged elsewhere (cell.h, warn.h). The
 * lines' meaning is in bench/schema/launches-1.json, which the build installs.
 */
#ifndef BENCH_SAMPLE_SAMPLE_H
#define BENCH_SAMPLE_SAMPLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/sample/accounts.h"
#include "bench/sample/ideal.h"
#include "bench/stats/estimate.h"
#include "core/histogram.h"
#include "core/problem.h"

enum { SAMPLE_SCHEMA_VERSION = 1, SAMPLE_ARMS_MAX = 32, SAMPLE_NAME_BYTES = 96 };

/* Far above what runs have, so that memory and time follow from a file's size. */
enum { SAMPLE_CELLS_MAX = 16384, SAMPLE_COLUMNS_MAX = 1024 };

/* What a launch is for. Only the timed ones are timed; the others are beside them. */
enum launch_kind {
    LAUNCH_WARM_UP,
    LAUNCH_TIMED,
    LAUNCH_FLOOR,         /* noop with as many tasks, under the same model */
    LAUNCH_OBSERVED,      /* its process tree is looked at while it runs */
    LAUNCH_OBSERVED_HALF, /* … with half as many tasks: the difference gives what a task adds */
    LAUNCH_TRACED,        /* its system calls are counted */
    LAUNCH_TRACED_HALF,
    LAUNCH_KINDS
};
const char *launch_kind_name(enum launch_kind kind);

struct sample_launch {
    uint16_t arm;
    uint8_t kind; /* enum launch_kind */
    bool failed;
    uint32_t block;
    uint32_t position;
    uint64_t started_ns;
    json_t
        *latencies; /* the histogram since the intended start, as the line has it; owned, or NULL */
};

/* One number of the launches, by its path in the line ("process_s", "record.latency_s.p99"). */
struct sample_column {
    char *name;
    double *values; /* one a launch; NAN: it has none */
};

struct sample_arm {
    char label[SAMPLE_NAME_BYTES];
    char model[SAMPLE_NAME_BYTES]; /* "": another program */
    char *not_applicable;          /* why it cannot be; NULL: it can */
    char *failure;                 /* what the first failed launch said; NULL: none failed */
    bool worked;                   /* a launch, warm-up or timed, went well */
    bool torn;                     /* another one of them did other work */
    json_t *certificate, *another; /* of the first, and of that one; owned; NULL: it has none */
    struct arm_account account;    /* accounts.h */
    json_t *missing;               /* why figures are not there, by kind and path; owned */
    bool bounded;                  /* stopped before its end: it takes at least bound_s */
    double bound_s;
    uint32_t bound_tasks, bound_done;
    struct histogram *latency, *latency_intended; /* of all timed launches, merged; owned; NULL:
                                                     there are none */
};

enum block_state { BLOCK_OPEN, BLOCK_WHOLE, BLOCK_DISTURBED };

struct sample_cell {
    char name[SAMPLE_NAME_BYTES];
    json_t *header; /* the line that defines it; owned */
    struct sample_arm arms[SAMPLE_ARMS_MAX];
    size_t arm_count;
    size_t arms_possible; /* those that are not n/a: so many are to be told apart */
    struct sample_launch *launches;
    size_t launch_count, launch_room;
    struct sample_column *columns;
    size_t column_count;
    uint8_t *blocks; /* enum block_state, by number */
    uint32_t block_count;
    struct ideal ideal;
    json_t *end; /* why it was ended; NULL: it was not; owned */
    bool unfit;  /* too few blocks were undisturbed: all count, and decide nothing */
};

struct sample {
    struct sample_cell *cells;
    size_t count;
};

void sample_free(struct sample *sample);

/* Takes up one line; a journal_line_fn. STATUS_INCOMPARABLE when it is of another schema, belongs
 * to no cell, or is not as it should be. */
int sample_add(void *sample, json_t *line, struct problem *problem);

/* Adds a line's histogram, pairs of a bucket's upper end in ns and its count. */
void sample_merge(struct histogram *histogram, const json_t *pairs);

/* NULL when there is none of that name. */
struct sample_cell *sample_find(const struct sample *sample, const char *name);
int sample_arm_find(const struct sample_cell *cell, const char *label); /* -1: none */

/* The column of this name, or of the workload's record ("wall_s" finds "record.wall_s"), or of its
 * figures; NULL when no launch has such a number. */
const struct sample_column *sample_column(const struct sample_cell *cell, const char *name);

/* True for a launch that counts: it did not fail, and, where it is timed, its block is whole and
 * was not disturbed, unless the cell is unfit. */
bool sample_counts(const struct sample_cell *cell, const struct sample_launch *launch);

/* The column's values of one arm's launches of one kind that count, in their order; `values` has
 * room for launch_count. Returns how many. */
size_t sample_values(const struct sample_cell *cell, size_t arm, enum launch_kind kind,
                     const struct sample_column *column, double *values);

/* For each of the block_count blocks the mean of an arm's two launches in it, or the mean of their
 * logarithms; NAN where not both count (or, for logarithms, are above 0). Two launches of a block
 * share what the machine was like then: it is the block that is independent of the others. */
void sample_block_means(const struct sample_cell *cell, size_t arm,
                        const struct sample_column *column, bool logarithms, double *means);

/* The median over the blocks of these means with its interval; count 0 when there is none. */
struct estimate sample_estimate(const struct sample_cell *cell, size_t arm,
                                const struct sample_column *column, double confidence);

/* Of these values, the median; NAN when there are none. */
double sample_median(const struct sample_cell *cell, size_t arm, enum launch_kind kind,
                     const char *column);

/* Why an arm has no such figure: what its launches of this kind said, or the cell's definition, of
 * the column or of what it is a part of; NULL when nobody did. */
const char *sample_missing(const struct sample_cell *cell, size_t arm, enum launch_kind kind,
                           const char *column);

/* How many blocks are in this state. */
uint32_t sample_blocks(const struct sample_cell *cell, enum block_state state);

/* Once all is measured: a cell with more disturbed blocks than others, or with some and fewer than
 * `needed` others, is unfit. */
void sample_settle(struct sample_cell *cell, uint32_t needed);

#endif
