/*
 * Nothing of a launch outlives this process, even where it is killed and can do nothing about it
 * any more: a second process waits for that and then ends the launch's group. (The kernel would
 * end the first process of a launch alone, see PR_SET_PDEATHSIG: not what a shell or strace began.)
 */
#ifndef BENCH_ENGINE_WARDEN_H
#define BENCH_ENGINE_WARDEN_H

#include <sys/types.h>

#include "core/problem.h"

/* Once, before anything is launched; without it the other does nothing. Returns 0 or the
 * problem's status. */
int warden_start(struct problem *problem);

/* The group to be ended; 0: none. May be called between vfork() and exec. */
void warden_watch(pid_t group);

#endif
