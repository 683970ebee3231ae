/*
 * A cell judged by one of its figures: each arm's median over the blocks with its interval, the
 * ratio of each two arms by blocks with intervals that all hold together (paired.h), and what
 * follows: who is faster, who wins, who is not separated from whom. An arm that was stopped before
 * its end has a lower bound in place of a figure.
 */
#ifndef BENCH_SAMPLE_CELL_H
#define BENCH_SAMPLE_CELL_H

#include <stdbool.h>

#include "bench/sample/sample.h"
#include "bench/stats/estimate.h"

#define CELL_CONFIDENCE 0.95
#define CELL_WITHIN     1.05

struct cell_model {
    const char *name;       /* the arm's label */
    const char *model;      /* "": another program */
    const char *why;        /* it has no figure, and cannot have one: n/a; NULL otherwise */
    const char *failure;    /* it failed; NULL: it did not */
    char *other_work;       /* why it is not compared (certificate.h); owned; NULL: it is */
    double *values;         /* every launch that counts, in their order; owned */
    size_t launches;        /* how many */
    double *blocks;         /* mean logarithm of its two launches by block, NAN: none; owned */
    struct estimate median; /* count 0: no figure */
    bool bounded;           /* it was stopped: it takes at least bound_s */
    double bound_s;
    uint32_t tasks, done; /* then, how far it had come */
    double floor;         /* median of noop beside it; NAN: not measured */
};

struct cell {
    const struct sample_cell *sample;
    const char *metric;
    struct cell_model models[SAMPLE_ARMS_MAX];
    size_t count;
    uint32_t blocks;         /* that count */
    uint32_t blocks_needed;  /* before the ratios have intervals */
    double ratio_confidence; /* of each, so that all hold together with CELL_CONFIDENCE */
    struct estimate *ratios; /* [i * count + j]: i's figure over j's; owned */
};

/* The blocks that it takes before the ratios between so many arms have their intervals. */
uint32_t cell_blocks_needed(size_t arms);

/* `metric` NULL: the one that the cell was measured for. The cell refers to the sample. Returns 0
 * or the problem's status: STATUS_USAGE when no launch has such a figure. */
int cell_judge(struct cell *cell, const struct sample_cell *sample, const char *metric,
               struct problem *problem);
void cell_free(struct cell *cell);

/* NULL when there is no such arm. */
const struct cell_model *cell_find(const struct cell *cell, const char *name);

bool cell_has_figure(const struct cell_model *model);

/* How many times b's figure a's is; count 0 when there is no such ratio. */
struct estimate cell_ratio(const struct cell *cell, const struct cell_model *a,
                           const struct cell_model *b);

/* True when a's figure is surely the smaller one: their ratio's interval leaves 1 out, or b's bound
 * lies above a. */
bool cell_faster(const struct cell *cell, const struct cell_model *a, const struct cell_model *b);

/* The model with the least median, and the one with the least but one; NULL when there is none. */
const struct cell_model *cell_best(const struct cell *cell);
const struct cell_model *cell_second(const struct cell *cell);

/* How many times the ideal the model's median is; NAN, with the reason in `why`, when there is no
 * such ratio. */
double cell_over_ideal(const struct cell *cell, const struct cell_model *model, const char **why);

/* The ideal bounds the time of the run, and no other figure. */
bool cell_has_ideal(const struct cell *cell);

/* Whether the model belongs to the winning set: not separated from the best, or within 5 % of it.
 */
bool cell_wins(const struct cell *cell, const struct cell_model *model);

/* Indices of the models with a figure, by rising median; returns how many. */
size_t cell_sorted(const struct cell *cell, size_t *order);

/* The unit that a figure's name tells (wall_s, item_ns, pss_bytes), for a value of this size: the
 * factor, and the unit's name, "" for a plain number. */
double metric_unit(const char *metric, double value, const char **name);

/* A value as it is shown, already scaled: four digits that count, or a whole number. */
void number_show(double value, char *text, size_t size);

/* "wall_s" for "record.wall_s". */
const char *metric_short(const char *metric);

#endif
