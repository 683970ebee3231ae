/*
 * The root of a model whose workers block: runs it in the calling thread through the blocking
 * waiter, and speaks to the workers for it. A model gives the few things that differ between
 * threads and processes.
 */
#ifndef MODELS_WAIT_CREW_H
#define MODELS_WAIT_CREW_H

#include "core/run.h"

struct crew {
    struct run *run;
    /* More children are eligible. */
    void (*spawned)(struct crew *crew);
    /* Send the waking signal to the worker that runs a child. */
    void (*interrupt)(struct crew *crew, uint32_t runner);
    /* Look after the workers (one may have died); NULL: they cannot die alone. */
    void (*attend)(struct crew *crew);
    /* A worker did not acknowledge a cancellation in time; NULL: it cannot be killed alone. */
    void (*kill)(struct crew *crew, uint32_t runner);
};

/* Runs the root to its end, then cancels the children that are left and waits for them. Returns 0
 * or -errno when memory for the root was refused. */
int crew_run(struct crew *crew);

#endif
