/*
 * Weather that plays a script: what becomes of one operation of a simulated run, and how much each
 * receipt lends. Each operation that is asked for has a number, from 1, over the whole run, and is
 * remembered under it.
 */
#ifndef TESTS_SUPPORT_SCRIPT_H
#define TESTS_SUPPORT_SCRIPT_H

#include <stdio.h>

#include "core/run.h"

/* More are a run that does not end: who asks for what is told, and the process leaves. */
enum { SCRIPT_OPERATIONS_MAX = 1 << 18 };

struct scripted_op {
    uint8_t kind;
    uint8_t stage;
    bool has_deadline;
    uint32_t task;
};

struct script {
    struct weather weather; /* first: who is asked is the script */
    FILE *report;           /* where a run without an end is told */
    size_t recv_most;       /* what a RECV lends at most; 0: as much as there is */
    uint32_t at;            /* the operation that has … 0: none */
    struct omen omen;       /* … this */

    /* What happened. */
    uint32_t operations;
    struct scripted_op remembered[SCRIPT_OPERATIONS_MAX + 1]; /* by number */
};

/* The script of the next run, for struct simulation. */
extern struct script script;

/* Before a run: nothing goes wrong in it. */
void script_clear(void);

#endif
