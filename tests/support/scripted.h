/*
 * A model for tests: runs any workload's tasks in one thread, in virtual time, without a socket,
 * the same way every time. A script given before the run says what goes wrong in it. Each operation
 * that is asked for has a number, from 1, over the whole run; every step goes through the
 * contract's checks. The peer of its connections is an origin on paper (paper_origin.h).
 */
#ifndef TESTS_SUPPORT_SCRIPTED_H
#define TESTS_SUPPORT_SCRIPTED_H

#include "core/run.h"
#include "tests/support/paper_origin.h"

enum { SCRIPTED_REMEMBERED = 1 << 16 };

/* What is known of an operation of the last run. */
struct scripted_op {
    uint8_t kind;
    bool has_deadline;
    uint32_t task;
};

struct script {
    const struct paper_origin *origin;
    void (*peer_works)(bool); /* told before and after the peer does something; NULL: nobody */
    FILE *report;             /* where a hang is told, with who waits for what */
    size_t recv_most;         /* what a RECV lends at most; 0: as much as there is */
    uint32_t operations_max;  /* more are a run that does not end */

    /* All of them by an operation's number; 0: none. */
    uint32_t fail;
    int fail_with; /* -errno. -ETIMEDOUT comes at its deadline; 0: a RECV is at the stream's end */
    uint32_t stop; /* the run is stopped before it */
    uint32_t cancel;    /* its task is cancelled before it … */
    bool cancel_behind; /* … or once it is under way */

    /* What happened. */
    uint32_t operations;
    uint32_t open_connections; /* at the end of the run */
    const char *hang;          /* NULL, or why the run was given up: it had no end */
    struct scripted_op remembered[SCRIPTED_REMEMBERED];
};

/* The script of the next run. */
extern struct script scripted;

extern const struct model model_scripted;

const char *scripted_op_name(enum op_kind kind);

#endif
