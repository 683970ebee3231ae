/*
 * Rough weather, from a seed: what is late, cut into pieces, refused, reset, cancelled or stopped,
 * and who is stepped before whom. Each seed has its own climate, so that some runs are nearly fair
 * and others nearly hopeless. It decides by the number of an operation, its kind and how many
 * children there are: the same seed is the same weather.
 */
#ifndef MODELS_WAIT_WEATHER_H
#define MODELS_WAIT_WEATHER_H

#include "core/simulation.h"

struct rough_weather {
    struct weather weather; /* for struct simulation */
    uint64_t seed;
    uint64_t drawn;    /* numbers */
    uint64_t asked;    /* operations */
    uint64_t stop_at;  /* the operation that the run is stopped before; 0: none */
    uint64_t delay_ns; /* at most */
    /* One in so many operations; 0: none. */
    uint32_t delays, cuts, failures, cancellations, cancellations_of_others;
    bool shuffles;
};

void rough_weather_begin(struct rough_weather *rough, uint64_t seed);

#endif
