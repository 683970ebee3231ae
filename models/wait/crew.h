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
    /* Look after the workers (one may have died or stand still). Returns when it wants to look
     * again though nobody rings, 0: never. NULL: they cannot die or be stopped alone. */
    uint64_t (*attend)(struct crew *crew);
    /* A child's worker did not acknowledge a cancellation in time: it is killed, unless it has
     * ended that child meanwhile. NULL: it cannot be killed alone. */
    void (*kill)(struct crew *crew, uint32_t child);
    /* attend()'s: since when all of us have run again after a ^Z; 0: from the beginning. What is
     * late on the clock alone has had no time until then. */
    uint64_t resumed_ns;
};

/* Runs the root to its end, then cancels the children that are left and waits for them. Returns 0
 * or -errno when memory for the root was refused. */
int crew_run(struct crew *crew);

#endif
