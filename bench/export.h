/*
 * A run's cells for other programs: JSON in hyperfine's shape (its plotting scripts read it), a
 * summary in JSON of our own, CSV with a row for each launch, Markdown for people. The terminal's
 * form is tell.h's.
 */
#ifndef BENCH_EXPORT_H
#define BENCH_EXPORT_H

#include <stdio.h>

#include "bench/sample/cell.h"

/* Each writes all cells. Returns 0 or the problem's status. */
int export_hyperfine(const struct cell *cells, size_t count, const char *path,
                     struct problem *problem);
int export_csv(const struct cell *cells, size_t count, const char *path, struct problem *problem);
int export_markdown(const struct cell *cells, size_t count, const char *path,
                    struct problem *problem);

/* What was judged, with the costs and the warnings, as one JSON object. */
int export_summary(const struct cell *cells, size_t count, FILE *out, struct problem *problem);

/* null where it is not finite. */
json_t *export_real(double value);

#endif
