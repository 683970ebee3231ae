/* hyperfine's times of whole processes, RUN/hyperfine/CELL.json, beside the engine's own: two that
 * measure the same should say the same. */
#ifndef BENCH_HYPERFINE_H
#define BENCH_HYPERFINE_H

#include <stdio.h>

#include "bench/sample/sample.h"

/* Two medians of the same command agree when they are so close, or their intervals overlap. */
#define HYPERFINE_WITHIN 0.02

struct hyperfine_agreement {
    unsigned compared, agreed;
    double widest; /* the ratio that is farthest from 1 */
};

/* Prints the models of one cell with both medians; `root` is what hyperfine wrote. */
void hyperfine_compare_cell(const struct sample_cell *cell, const json_t *root,
                            struct hyperfine_agreement *agreement, FILE *out);

/* Prints each cell's models with both medians, and how many agree. Nothing when hyperfine measured
 * no cell of the run. Returns 0 or the problem's status. */
int hyperfine_compare(const struct sample *sample, const char *run, FILE *out,
                      struct problem *problem);

#endif
