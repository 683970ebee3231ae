/*
 * What run, sweep and show have in common: in which forms a sample's cells are shown and written
 * out, and the exit status that follows from them.
 */
#ifndef BENCH_VIEW_H
#define BENCH_VIEW_H

#include "bench/sample/sample.h"

struct plan;

struct view {
    bool costs, histogram, json;
    const char *metric; /* NULL: the one that each cell was measured for */
    const char *export_json, *export_csv, *export_markdown;
    const struct plan *only; /* the cells to show; NULL: all */
};

enum view_code {
    VIEW_JSON,
    VIEW_HISTOGRAM,
    VIEW_EXPORT_JSON,
    VIEW_EXPORT_CSV,
    VIEW_EXPORT_MARKDOWN
};

/* Rows of a table for getopt_long, whose codes begin at `base`. */
#define VIEW_OPTIONS(base)                                                                         \
    {"json", no_argument, NULL, (base) + VIEW_JSON},                                               \
        {"histogram", no_argument, NULL, (base) + VIEW_HISTOGRAM},                                 \
        {"export-json", required_argument, NULL, (base) + VIEW_EXPORT_JSON},                       \
        {"export-csv", required_argument, NULL, (base) + VIEW_EXPORT_CSV},                         \
    {                                                                                              \
        "export-markdown", required_argument, NULL, (base) + VIEW_EXPORT_MARKDOWN                  \
    }

void view_print_help(void);
int view_option(struct view *view, int code, const char *value);

/* Judges the cells, shows them on stdout, then writes the files. Returns 0 or the problem's status:
 * STATUS_FAILED when a launch failed, STATUS_INCOMPARABLE when the machine was unfit, or fewer than
 * two arms did the same work. */
int view_show(const struct view *view, struct sample *sample, struct problem *problem);

#endif
