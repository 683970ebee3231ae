/*
 * The blocking waiter: performs one operation at a time in the thread that calls it, with the
 * kernel's own blocking calls. Shared by every model whose workers block. Who supervises the
 * workers and speaks for the root is crew.h's.
 */
#ifndef MODELS_WAIT_BLOCKING_H
#define MODELS_WAIT_BLOCKING_H

#include <signal.h>

#include "core/limits.h"
#include "core/run.h"

/* One worker's hands: at most one connection, as its one task has. */
struct blocking {
    int fd;                   /* -1: no connection */
    uint64_t now_ns;          /* read after the last operation that could block */
    uint64_t recv_timeout_ns; /* what SO_RCVTIMEO and SO_SNDTIMEO stand at; 0: none */
    uint64_t send_timeout_ns;
    uint8_t
        *buffer; /* RECV_BYTES_MAX bytes to lend; pages that nobody receives into stay unmapped */
};

/* The signal that makes a blocked worker look at its task's cancel flag: ignored by default, so
 * that a late one harms nobody. Installed without SA_RESTART by blocking_signal_install(). */
#define WAKING_SIGNAL SIGURG
void blocking_signal_install(struct sigaction *before);
void blocking_signal_restore(const struct sigaction *before);

/* Blocks every signal but the waking one in the calling thread: signals to the process are the
 * root's. Workers that it then starts inherit that. */
void blocking_signals_hold(sigset_t *before);
void blocking_signals_release(const sigset_t *before);

/* Performs task->op (none of the root's own) and returns its result. */
int blocking_perform(struct blocking *blocking, struct task *task);

/* Takes child `index`, which the caller has claimed, through all its steps. */
void blocking_run_child(struct blocking *blocking, struct task *task, struct run *run,
                        uint32_t index);

#endif
