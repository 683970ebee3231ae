/*
 * Where the time of a run's tasks went: each child's life, from when it was eligible to its end,
 * divided into what its steps and operations took of a CPU, what it waited for, and the rest that
 * nothing explains. CPU time and the waits for a CPU are the kernel's counters of each thread, read
 * at each step; the waits are the trace's. Where tasks share a thread, what it uses between two
 * steps counts for the task whose step follows; what it uses before it asks the kernel, for the one
 * whose step came before.
 */
#ifndef BENCH_TRACE_ACCOUNT_H
#define BENCH_TRACE_ACCOUNT_H

#include "core/trace.h"

/* Seconds, summed over all children; the parts add up to `life`. */
struct account {
    double life;
    double steps;   /* CPU time in steps and computations */
    double model;   /* CPU time between them: the model's, in system calls and around them */
    double peer;    /* waiting for the network and name servers */
    double asleep;  /* in OP_SLEEP, holding or not */
    double tasks;   /* waiting for other tasks: channels */
    double turn;    /* ready, and not run: others had the worker, or the CPU; no worker was free */
    double startup; /* eligible, there was room, and its worker or itself was being set up */
    double residual;
    uint32_t children;   /* that began and ended */
    uint32_t unfinished; /* that began and did not: the parts then are of more than `life` */
    bool knows_delays;   /* else waits for a CPU are in the residual */
};

/* False: memory is short. */
bool account_make(const struct run *run, const struct trace_event *events, size_t count,
                  struct account *account);

#endif
