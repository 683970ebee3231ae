/* A log-linear histogram of durations: 16 equal steps an octave, so that a quantile is off by at
 * most 1/16 of itself, however long it is. One writer; those of several workers are merged after.
 */
#ifndef CORE_HISTOGRAM_H
#define CORE_HISTOGRAM_H

#include <math.h>
#include <stdint.h>

enum { HISTOGRAM_STEPS = 16, HISTOGRAM_OCTAVES = 61 };
enum { HISTOGRAM_BUCKETS = HISTOGRAM_STEPS * HISTOGRAM_OCTAVES };

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
};

/* Values below 16 have a bucket each; in the octaves from there on, 16 share one. */
static inline uint32_t histogram_bucket(uint64_t ns)
{
    if (ns < HISTOGRAM_STEPS)
        return (uint32_t)ns;
    uint32_t octave = 63 - (uint32_t)__builtin_clzll(ns) - 3; /* 1 for 16 … 31 */
    return octave * HISTOGRAM_STEPS + (uint32_t)(ns >> (octave - 1)) % HISTOGRAM_STEPS;
}

/* The largest value that falls into a bucket. */
static inline uint64_t histogram_upper_ns(uint32_t bucket)
{
    uint32_t octave = bucket / HISTOGRAM_STEPS, step = bucket % HISTOGRAM_STEPS;
    if (octave == 0)
        return step;
    return ((uint64_t)(HISTOGRAM_STEPS + step + 1) << (octave - 1)) - 1;
}

static inline void histogram_add(struct histogram *histogram, uint64_t ns)
{
    histogram->counts[histogram_bucket(ns)]++;
}

static inline void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->counts[i] += from->counts[i];
}

/* Nearest rank, by the bucket's upper end; NAN when it is empty. */
static inline double histogram_quantile_ns(const struct histogram *histogram, double share)
{
    uint64_t total = 0, seen = 0;
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
        total += histogram->counts[i];
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen > 0 && (double)seen >= share * (double)total)
            return (double)histogram_upper_ns(i);
    }
    return NAN;
}

#endif
