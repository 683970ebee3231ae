/*
 * A judged cell in words for a terminal: the figures first, then the verdict, what it costs, and
 * the warnings. The other forms are export.h's.
 */
#ifndef BENCH_TELL_H
#define BENCH_TELL_H

#include <stdio.h>

#include "bench/sample/cell.h"

struct tone {
    bool colour;    /* tone_of() */
    bool unicode;   /* likewise */
    bool costs;     /* with the table of what it costs */
    bool histogram; /* with how the launches and the tasks' latencies are spread */
};

/* What `out` can show: colour on a terminal unless NO_COLOR is set, blocks where the locale's
 * characters are UTF-8. */
struct tone tone_of(FILE *out);

/* The code, or nothing where there is no colour. */
const char *tone_paint(const struct tone *tone, const char *code);

#define GREEN  "\033[1;32m"
#define YELLOW "\033[33m"
#define DIM    "\033[2m"
#define PLAIN  "\033[0m"

/* "title" stands above; NULL: the cell's name and its command. */
void tell_cell(const struct cell *cell, const char *title, const struct tone *tone, FILE *out);

/* The least and the next, with their ratio; who is not separated. */
void tell_verdict(const struct cell *cell, const struct tone *tone, FILE *out);

/* The groups of models of which no two are separated, by rising median: "a, b | c". */
void tell_groups(const struct cell *cell, char *text, size_t size);

/* The parts of the whole: where the tasks' time went (tell_accounts.c), what a launch costs
 * (tell_costs.c), how launches and latencies are spread (tell_spread.c). */
void tell_accounts(const struct cell *cell, const struct tone *tone, FILE *out);
void tell_costs(const struct cell *cell, FILE *out);
void tell_spread(const struct cell *cell, const struct tone *tone, FILE *out);

/* The width of a column of names: the longest, within reason. */
int tell_name_width(const struct cell *cell);

#endif
