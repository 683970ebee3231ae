/*
 * The notes' three rules of thumb, put to the test: slow I/O and many tasks, an event loop; fast
 * I/O and few tasks, threads; bound by the CPU, processes. Confirmed: the rule's model is in the
 * winning set and sequential is not. Refuted: another model is separated and more than 5 % faster.
 * Else undecided.
 */
#ifndef BENCH_RULES_H
#define BENCH_RULES_H

#include "bench/sample/cell.h"

enum verdict { CONFIRMED, REFUTED, UNDECIDED, NOT_MEASURED };

struct rule {
    const char *name;  /* of charts and options */
    const char *text;  /* as the notes have it */
    const char *cell;  /* where it is tested */
    const char *what;  /* the cell in words */
    const char *model; /* that it names */
};

extern const struct rule rules[];
extern const int rule_count;

/* The verdict, and in `why` the figures that it rests on, in a sentence. */
enum verdict rule_judge(const struct rule *rule, const struct cell *cell, char *why,
                        unsigned long size);

const char *verdict_name(enum verdict verdict);

#endif
