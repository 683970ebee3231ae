/* What a run's cells are called and in which order they are shown; shared by the table and the
 * charts' data. */
#ifndef BENCH_SHOW_H
#define BENCH_SHOW_H

#include "bench/cell.h"

struct shown_cell {
    const char *name;     /* of the cell's files */
    const char *workload; /* whose models it compares */
    const char *head;     /* of its rows in the table, and its chart's title */
    const char *source;   /* of its records; NULL: it is hyperfine's */
    const char *figure;   /* then, which of a record's figures */
    enum quantity quantity;
};

extern const struct shown_cell shown_cells[];
extern const int shown_cell_count;

/* How many times as fast as sequential, with the interval that both medians' intervals leave; false
 * when either has no figure. */
bool show_speedup(const struct cell *cell, const struct cell_model *model, double *times,
                  double *low, double *high);

/* Writes RUN/data/ for plots/: the points, medians and titles of each cell, and the speed-ups.
 * `cells` are in the order of shown_cells; one that was not measured has no models. Returns 0 or
 * the problem's status. */
int show_write_data(const char *run, const struct cell *cells, struct problem *problem);

#endif
