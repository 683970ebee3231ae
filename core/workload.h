/*
 * A workload: what each task does. One file in workloads/ holds one workload and ends with its
 * table, `const struct workload workload_STEM = {…}`; the build finds it by its stem and makes a
 * program of it. A workload names no model, socket, thread or clock.
 */
#ifndef CORE_WORKLOAD_H
#define CORE_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/problem.h"
#include "core/task.h"

struct certificate;
struct child;
struct note;

/* An option of the workload's own on its program's command line. */
struct workload_option {
    const char *name;  /* long name, without dashes */
    const char *value; /* its value's name in --help, NULL for a switch */
    const char *help;
};

/* "Not verified": there is nothing to hold the results against. */
enum verified { VERIFIED_UNKNOWN = -1, VERIFIED_NO = 0, VERIFIED_YES = 1 };

enum { PHASES_MAX = 8, FIGURES_MAX = 16 };

/* Something that the workload itself measures; the name ends in its unit ("handoff_ns"). */
struct figure {
    const char *name;
    double value;        /* not finite: not measured */
    const char *missing; /* … and why not */
};

struct workload {
    const char *summary;   /* one line for lists and --help */
    const char *arguments; /* of the command line, e.g. "[NUMBER…]"; NULL: it takes none */
    uint32_t needs;        /* enum model_capability: what a model must have to run it */
    bool sized;            /* it takes -N, --tasks */
    bool computes;         /* its tasks yield OP_COMPUTE: a model may get ready for that */
    const struct workload_option *options; /* ended by a NULL name; NULL: none */

    size_t state_size;      /* private bytes of a child, zeroed before its first step */
    size_t root_state_size; /* and of the root */
    size_t result_size;     /* shared bytes a child may leave for the root and for printing */

    step_fn *step;      /* of a child */
    step_fn *root_step; /* NULL: spawn all children, join them all */

    /* Settings with their defaults, before any option; NULL when memory is short. */
    void *(*create)(void);
    void (*destroy)(void *settings);
    /* One option. Returns 0 or the problem's status. */
    int (*option)(struct run *run, const char *name, const char *value);
    /* When it has been given no peer, so that an origin must be started for it and its directory
     * given as option "origin": the arguments to start that with, ended by NULL. Else NULL. The
     * hook is NULL where there is no peer. */
    const char *const *(*wants_origin)(const struct run *run, int argc, char **argv);
    /* After all options: reads the arguments, sets run->tasks and what else of the run is the
     * workload's (width_needed, width_usual, width_modest, note_capacity, channels), prepares
     * whatever need not be timed. Nothing that it makes may be written to after this. Returns 0 or
     * the problem's status. */
    int (*prepare)(struct run *run, int argc, char **argv);

    /* After the clock: whether the results are right, and which ends were expected. NULL for the
     * first: VERIFIED_UNKNOWN; for the second: OUTCOME_OK is. */
    enum verified (*verify)(const struct run *run);
    bool (*expected)(const struct run *run, uint32_t child);
    /* Payload bytes received by all children; NULL: the workload receives none. */
    uint64_t (*bytes_received)(const struct run *run);
    /* Says what the tasks did, in the workload's own terms (certificate.h), from what they left:
     * also of those that did not end well, so far as they came. How each ended, the value that it
     * ended with where it ended well, and bytes_received are in the certificate without that. NULL:
     * there is no more to say. */
    void (*certify)(const struct run *run, struct certificate *certificate);
    /* Where a child's time went, in parts that follow one another: their names, ended by NULL (at
     * most PHASES_MAX), and the seconds of each; false when the child has none to tell. */
    const char *const *phase_names;
    bool (*phases)(const struct run *run, uint32_t child, double *seconds);
    /* Fills in at most FIGURES_MAX figures and returns how many; NULL: none. */
    size_t (*figures)(const struct run *run, struct figure *figures);
    /* Prints what the tasks say, in the workload's own order, then its closing line. */
    void (*print)(const struct run *run, FILE *out);
    /* Says in a sentence why a child failed, or the root (TASK_ROOT) where root_step is the
     * workload's own; NULL: the class's name alone. */
    void (*explain)(const struct run *run, uint32_t task, char *text, size_t size);
};

#endif
