/*
 * Where the time of an arm's tasks went, from one launch that was asked for it (docs/tracing.md):
 * their lives, summed, and the parts of that. What the parts do not explain is judged here. The
 * launch is none of the timed ones, and says nothing about how long they took.
 */
#ifndef BENCH_SAMPLE_ACCOUNTS_H
#define BENCH_SAMPLE_ACCOUNTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/problem.h"

/* So much of the tasks' lives may be left unexplained, or explained twice. */
#define ACCOUNT_UNEXPLAINED_MAX 0.05

enum { ACCOUNT_WHY_BYTES = 400 };

enum account_part {
    ACCOUNT_CPU, /* the next two together */
    ACCOUNT_USER,
    ACCOUNT_SYSTEM,
    ACCOUNT_PEER,
    ACCOUNT_ASLEEP,
    ACCOUNT_TASKS,
    ACCOUNT_TURN,
    ACCOUNT_STARTUP,
    ACCOUNT_RESIDUAL,
    ACCOUNT_PARTS
};

struct arm_account {
    bool told;                     /* a line did, whatever it said */
    char *missing;                 /* why there is none; owned; NULL: there is one */
    double life_s;                 /* of all tasks together */
    double seconds[ACCOUNT_PARTS]; /* NAN: user and system were not told apart */
    size_t tasks;
    bool knows_delays;   /* else waits for a CPU are in the residual */
    json_t *certificate; /* of the launch; owned; NULL: it has none */
};

struct sample_cell;

/* Takes up a line of type "account"; of several for an arm the first counts. Returns 0 or the
 * problem's status. */
int account_add(struct sample_cell *cell, const json_t *line, struct problem *problem);
void account_free(struct arm_account *account);

/* An arm's account; NULL, with the reason, when there is none. */
const struct arm_account *account_of(const struct sample_cell *cell, size_t arm,
                                     char why[ACCOUNT_WHY_BYTES]);

/* The name of a part in records and summaries: "peer". */
const char *account_part_name(enum account_part part);

/* The part over the lives; NAN when it was not told. */
double account_share(const struct arm_account *account, enum account_part part);

/* Whether more than ACCOUNT_UNEXPLAINED_MAX is left, of either sign. */
bool account_unexplained(const struct arm_account *account);

#endif
