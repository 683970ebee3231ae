/*
 * A model: who runs which task, where, and how it waits. One file in models/ holds one model and
 * ends with its table, `const struct model model_STEM = {…}`; the build finds it by its stem.
 * models/sequential.c is the skeleton to start from.
 */
#ifndef CORE_MODEL_H
#define CORE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run;

enum model_capability {
    MODEL_CONCURRENT = 1 << 0,       /* more than one child in progress at a time */
    MODEL_PARALLEL_COMPUTE = 1 << 1, /* any tasks can be in OP_COMPUTE, the root goes on */
    MODEL_ALL_LIVE_AT_ONCE = 1 << 2, /* every child can be in progress, given the width */
    MODEL_CAN_CANCEL = 1 << 3,       /* a child in progress can be cancelled */
    MODEL_CHANNELS = 1 << 4,         /* OP_PUT and OP_TAKE between children */
    MODEL_PREEMPTIVE = 1 << 5,       /* a task that does not give way stops no other one */
    MODEL_PARALLEL_STEPS = 1 << 6,   /* tasks are stepped on several CPUs at a time */
};
enum { MODEL_CAPABILITIES = 7 };

struct model {
    const char *summary;   /* one line for lists */
    uint32_t capabilities; /* enum model_capability */
    bool pool;             /* default width: the online CPUs, not all children */
    bool simulated;        /* in virtual time, with run->simulation's peer: nothing is measured */
    /* 0xRRGGBB, its own in all charts: told apart by the colour-blind, seen on white. Written as a
     * number, as the build reads it where it cannot build the model. */
    uint32_t colour;

    /* NULL when the model runs wherever it was built. Else false with the reason in `why`, when
     * this machine cannot run it. */
    bool (*available)(char *why, size_t why_size);

    /* After the run was laid out, before its clock: what is not to be timed. NULL: there is none.
     */
    void (*prepare)(struct run *run);

    /*
     * Runs the root and its children to the end of them all and gives back every thread, process,
     * descriptor and allocation. Returns 0, or a negative errno with run->problem set when the run
     * could not be set up; children that never began are then ended by the caller.
     *
     * At most run->width children are in progress at a time; the root counts in no width. If the
     * root ends before its children, they are cancelled and waited for.
     */
    int (*run)(struct run *run);
};

#endif
