/*
 * What is launched beside the timed rounds: the ideal before all else, each arm's warm-up with the
 * looks at it, the floors after a block, the accounts behind all else. What the sample holds
 * already is not done again. Each returns 0, the problem's status, or -EINTR when this process was
 * asked to end.
 */
#ifndef BENCH_ENGINE_BESIDE_H
#define BENCH_ENGINE_BESIDE_H

#include "bench/engine/course.h"

/* The bound that the arms are held against: beside all that is timed, and beside the budget. */
int beside_ideal(struct course *course, const struct course_cell *cell);

/* Warms an arm up, looks at its tree and counts its system calls, whole and with half the tasks. */
int beside_introduce(struct course *course, const struct course_cell *cell, size_t arm);

/* noop beside each arm, with as many tasks as this one had and as many at once. */
int beside_floors(struct course *course, struct course_cell *cell);

/* Takes the account of each model that has a timed launch which went well: one launch an arm,
 * beside the budget like the ideal. One that fails is a reason in the journal, and no error. */
int beside_accounts(struct course *course, const struct course_cell *cell);

#endif
