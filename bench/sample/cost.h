/*
 * What an arm costs beside its time: processor, latency, switches, memory, threads, system calls.
 * Each measure has a value or a reason why it has none, never a 0 in its place.
 */
#ifndef BENCH_SAMPLE_COST_H
#define BENCH_SAMPLE_COST_H

#include "bench/sample/sample.h"

enum { MEASURES_MAX = 48, REASON_BYTES = 160 };

struct measure {
    char title[64];  /* for tables */
    char name[96];   /* its unit is in it; for machines */
    char column[96]; /* of the sample; "": from the histograms */
    enum launch_kind kind;
    enum { MEASURE_MEDIAN, MEASURE_SLOPE, MEASURE_LATENCY, MEASURE_INTENDED } how;
    double share; /* of latencies: 0.5 for the median; 1: the greatest */
};

/* The measures that some arm of the cell can have; phases are the workload's own. Returns how many.
 */
size_t cost_measures(const struct sample_cell *cell, struct measure *measures);

/* NAN, with the reason, when there is none. */
double cost_of(const struct sample_cell *cell, size_t arm, const struct measure *measure,
               char reason[REASON_BYTES]);

#endif
