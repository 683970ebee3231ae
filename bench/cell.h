/*
 * A cell: one workload with its parameters under several models, with the median and interval of
 * each over all launches. Its values are the times of whole processes, as hyperfine has taken them,
 * or a figure that the workload itself measures, out of its records. A model that was stopped
 * before its end has a lower bound in place of times.
 */
#ifndef BENCH_CELL_H
#define BENCH_CELL_H

#include <stdbool.h>

#include "bench/stats/median.h"
#include "core/problem.h"

enum { CELL_MODELS_MAX = 32 };

struct cell_model {
    char name[64];
    double *values; /* every observation, sorted; owned */
    struct median median;
    bool bounded; /* it was stopped: it takes at least bound_s */
    double bound_s;
    unsigned tasks, done; /* then, how far it had come */
    bool failed;          /* a run of it failed: no figure */
};

/* What a cell's values are: how they are scaled and written. */
enum quantity { QUANTITY_PROCESS_S, QUANTITY_NS, QUANTITY_LOST_PER_MILLION };

struct cell {
    char name[64];
    enum quantity quantity;
    struct cell_model models[CELL_MODELS_MAX];
    int count;
};

/* Reads RUN/hyperfine/NAME.json, and RUN/hyperfine/NAME.bound-*.json (records of stopped runs).
 * Returns 0, -ENOENT when the cell was not measured, or the problem's status. */
int cell_read(struct cell *cell, const char *run, const char *name, struct problem *problem);

/* The same out of RUN/records/SOURCE.jsonl: a record a launch, of which `figure` is taken. */
int cell_read_figure(struct cell *cell, const char *run, const char *name, const char *source,
                     const char *figure, enum quantity quantity, struct problem *problem);
void cell_free(struct cell *cell);

/* NULL when the model is not in the cell. */
const struct cell_model *cell_find(const struct cell *cell, const char *model);

/* True when a is surely faster: the intervals are apart, or b's bound lies above a. */
bool cell_faster(const struct cell_model *a, const struct cell_model *b);

/* The model with the least median; NULL when none has one. */
const struct cell_model *cell_best(const struct cell *cell);

/* Whether the model belongs to the winning set: not separated from the best, or within 5 % of it.
 */
bool cell_wins(const struct cell *cell, const struct cell_model *model);

#define CELL_WITHIN 1.05

/* The factor and the name of the unit in which a value of this size is read best. */
double cell_unit(const struct cell *cell, double value, const char **name);

/* A value as it is shown, already scaled: four digits that count, or a whole number. */
void cell_number(const struct cell *cell, double value, char *text, size_t size);

#endif
