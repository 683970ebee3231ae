/* The standard normal distribution, by the C library's error function. */
#ifndef BENCH_STATS_NORMAL_H
#define BENCH_STATS_NORMAL_H

#include <math.h>

/* P(Z > z). */
static inline double normal_upper_tail(double z)
{
    return 0.5 * erfc(z / sqrt(2));
}

/* The z with P(Z <= z) = p, 0 < p < 1, to 1e-12: bisection, as nothing here is in a hurry. On the
 * lower side alone, as near 1 the probabilities of neighbouring z are the same number. */
static inline double normal_quantile(double p)
{
    double tail = p > 0.5 ? 1 - p : p;
    double low = -40, high = 0;
    while (high - low > 1e-13) {
        double z = low + (high - low) / 2;
        if (normal_upper_tail(-z) < tail)
            low = z;
        else
            high = z;
    }
    double z = low + (high - low) / 2;
    return p > 0.5 ? -z : z;
}

#endif
