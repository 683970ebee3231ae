/*
 * A run under the model that simulates, of tasks whose every operation is a letter, with a peer
 * that says hello: what tests of the simulation look at.
 */
#ifndef TESTS_SUPPORT_LETTERS_H
#define TESTS_SUPPORT_LETTERS_H

#include "core/run.h"

enum { LETTERS_CHILDREN = 3, LETTERS_STAGES = 12 };

/* What the children saw, and did. */
struct letters_seen {
    int results[LETTERS_CHILDREN][LETTERS_STAGES]; /* by child and step, 0 the first one's */
    uint32_t order[LETTERS_STAGES];                /* who had the first step, the second … */
    uint32_t steps;
    uint32_t computed;
};

/* What the peer was asked. */
struct letters_heard {
    int looked_up, connected, sent, closed;
    size_t told; /* bytes */
};

extern struct letters_seen letters_seen;
extern struct letters_heard letters_heard;
extern struct peer letters_peer;

/* The run that letters_play() opens and letters_end() closes. */
extern struct run letters_run;

/* The model that simulates. */
const struct model *letters_model(void);

/*
 * Each child does what the letters say. s: sleep for 1 ms, h: hold for as long, c: compute for as
 * long, y: give way, r: resolve, o: open, w: write, g: get, x: close, t: take what nobody puts.
 * Those of the network are given 5 ms. One that fails ends as such. Returns run_execute()'s.
 */
int letters_play(const char *letters, uint32_t children, const struct simulation *simulation);

/* Checks that everybody has ended; how long it took in microseconds. */
uint64_t letters_end(void);

/* Both, of a run that is no problem. */
uint64_t letters_wall_us(const char *letters, uint32_t children,
                         const struct simulation *simulation);

#endif
