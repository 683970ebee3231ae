/*
 * What a seed runs: one of several command lines of its workload, with small numbers drawn from the
 * seed; and the sites that these name. A workload that has none here is run with its defaults.
 */
#ifndef TESTS_SEEDS_LINES_H
#define TESTS_SEEDS_LINES_H

#include "core/registry.h"

enum { LINE_WORDS = 32, LINE_WORD_BYTES = 48 };

struct line {
    int argc;
    char *argv[LINE_WORDS + 1];
    char words[LINE_WORDS][LINE_WORD_BYTES];
};

/* Numbers out of a seed, others than the weather's. */
struct draw {
    uint64_t seed, drawn;
};

void draw_begin(struct draw *draw, uint64_t seed);
/* Below `count`. */
uint64_t draw_below(struct draw *draw, uint64_t count);

void line_draw(struct line *line, const struct workload_entry *workload, uint64_t seed,
               struct draw *draw);

/* As it is typed. */
void line_text(const struct line *line, char *text, size_t size);

/* The file that paper_origin_open() reads. */
extern const char line_sites[];

#endif
