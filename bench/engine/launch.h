/*
 * One launch of one command: a fresh process in a group of its own, placed on CPUs, timed from
 * before it is made to its end, with what the kernel counted for it and all its descendants that it
 * waited for. Nothing is read, written or printed meanwhile: its output goes to memory. What a
 * launch means is for others to say.
 */
#ifndef BENCH_ENGINE_LAUNCH_H
#define BENCH_ENGINE_LAUNCH_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { LAUNCH_OUTPUT_MAX = 256 << 20 }; /* bytes of standard output and standard error */

struct command {
    const char *const *argv; /* argv[0] is the program's path, or a name to look up in PATH */
    const cpu_set_t *cpus;   /* NULL: where this process may run */
    uint64_t timeout_ns;     /* then it is killed, and all of its group with it; 0: never */
    uint32_t padding; /* bytes by which the environment is made longer: where the stack begins
                       * is not to favour anybody */
};

struct launch {
    int error;           /* errno when it could not be started; of what is below, only
                          * started_ns holds then */
    int exit_status;     /* -1 when a signal ended it */
    int signal;          /* … this one; 0 otherwise */
    bool timed_out;      /* … because its time was over */
    bool flooded;        /* … because it wrote more than LAUNCH_OUTPUT_MAX */
    bool interrupted;    /* … because this process was asked to end */
    uint64_t started_ns; /* clock_now_ns() just before */
    uint64_t ended_ns;   /* just after its end was seen */
    struct rusage usage; /* of its whole tree; its ru_maxrss may be this process's own */
    uint64_t own_cpu_ns; /* what this process itself spent between the two */
    char *output;        /* its standard output, 0-terminated; owned */
    size_t output_bytes;
    char *complaint; /* the first line of its standard error, "" when there was none; owned */
};

/* While the command runs, `watch` (NULL: none) is called again and again with the process, from
 * this thread, and returns after how many nanoseconds it wants to be called again. */
typedef uint64_t launch_watch(void *data, pid_t pid);

void launch_run(struct launch *launch, const struct command *command, launch_watch *watch,
                void *data);
void launch_free(struct launch *launch);

/* Says whether it came to its end with status 0; else a text says what happened. */
bool launch_good(const struct launch *launch, char *why, size_t size);

/* A signal asked this process to end: launch_run() then ends what runs and starts nothing more.
 * For the handler; its number is kept for the exit. */
void launch_interrupt(int signal_number);
int launch_interrupted(void); /* the number, or 0 */

#endif
