/* What the cells of run_all.sh are called and in which order they are shown; shared by the table
 * and the charts' data. */
#ifndef BENCH_SHOW_H
#define BENCH_SHOW_H

#include "bench/sample/cell.h"

struct shown_cell {
    const char *name;   /* of its charts */
    const char *cell;   /* of the run, whose figure it is */
    const char *metric; /* NULL: the one that the cell was measured for */
    const char *head;   /* of its rows in the table, and its chart's title */
};

extern const struct shown_cell shown_cells[];
extern const int shown_cell_count;

/* How many times as fast as sequential, with its interval; false when either has no figure, or the
 * figure is no time. */
bool show_speedup(const struct cell *cell, const struct cell_model *model, double *times,
                  double *low, double *high);

/* Writes RUN/data/ for plots/: the points, medians and titles of each cell, and the speed-ups.
 * `cells` are in the order of shown_cells; one that was not measured has no models. Returns 0 or
 * the problem's status. */
int show_write_data(const char *run, const struct cell *cells, struct problem *problem);

#endif
