/*
 * Models whose workers block. The root runs in the calling thread, through the blocking waiter; the
 * crew speaks to the workers for it. A model gives the few things that differ between threads and
 * processes.
 */
#ifndef MODELS_WAIT_CREW_H
#define MODELS_WAIT_CREW_H

#include <pthread.h>

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

/* ---- Workers that stay, and take one child after another. ---- */

/* What such a worker needs beside its stack: room for its task, and for the bytes that it lends. */
size_t crew_worker_bytes(const struct run *run);

/* In the worker, which is called `runner`: takes children and runs them until the crew is closed.
 */
void crew_work(struct run *run, uint32_t runner, void *memory);

/* Who waits for children looks again. */
void crew_open_gate(struct run *run);

/* No child will come any more: the workers return. */
void crew_close(struct run *run);

/* ---- Workers that are threads, each known by its thread id. ---- */

void crew_thread_attributes(pthread_attr_t *attributes);

/* crew.interrupt of them; a runner 0 has no thread yet. */
void crew_interrupt_thread(struct crew *crew, uint32_t runner);

#endif
