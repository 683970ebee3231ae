/*
 * Made samples, for the tests of the statistics: what launches on a machine could look like, with
 * the truth known. They come from random_at() and a seed: every run makes the same ones.
 */
#ifndef TESTS_SIMULATION_SAMPLES_H
#define TESTS_SIMULATION_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source {
    uint64_t seed, place;
};

double source_uniform(struct source *source); /* inside 0 … 1 */
double source_normal(struct source *source);

/* All but the bimodal one have their median at 0 or, log-normal, at 1. */
enum shape {
    SHAPE_NORMAL,
    SHAPE_LOG_NORMAL,
    SHAPE_BIMODAL,   /* 0.7·N(0, 1) + 0.3·N(6, 0.5) */
    SHAPE_HEAVY,     /* Student's t with 2 degrees of freedom: no variance */
    SHAPE_CORRELATED /* AR(1), normal, each 0.5 of the one before and a new part */
};

void sample_fill(struct source *source, enum shape shape, double *values, size_t count);
double sample_median(enum shape shape);

/* What happens to launches in a row, on logarithms: each takes arm·effect + launch·drift + the mood
 * of its block + the wander of the machine + spread·noise. */
struct machine {
    enum shape noise;
    double spread;
    double effect;   /* by which each arm is slower than the one before it */
    double drift;    /* a launch */
    double mood;     /* standard deviation; a new one for each block */
    double wander;   /* standard deviation of an AR(1) with 0.9 from launch to launch */
    double first;    /* by which the first launch of each block is slower */
    bool unpermuted; /* the same order in all blocks */
    bool unmirrored; /* the order again in place of its mirror image */
};

/* Blocks of two launches an arm: a random order and its mirror image. logs[2·(arm·blocks + block)]
 * and the one behind it are the arm's two launches in a block; room for 2·arms·blocks. */
void sample_blocks(struct source *source, const struct machine *machine, size_t arms, size_t blocks,
                   double *logs);

#endif
