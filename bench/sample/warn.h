/*
 * What makes a cell's figures less than they seem: launches that lie far out, a machine that drifts
 * or changes its speed for a while, others on the CPUs, an origin that is the bottleneck, arms that
 * did other work and are not among them, an arm that is faster than can be, tasks whose time went
 * nobody knows where. Each warning names the cause as far as the counters tell, and what to try
 * next.
 */
#ifndef BENCH_SAMPLE_WARN_H
#define BENCH_SAMPLE_WARN_H

#include "bench/sample/cell.h"

enum { WARNINGS_MAX = 24, WARNING_BYTES = 400 };

struct warnings {
    size_t count;
    char texts[WARNINGS_MAX][WARNING_BYTES];
};

void warn_of(struct warnings *warnings, const struct cell *cell);

#endif
