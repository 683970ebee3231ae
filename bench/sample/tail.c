/* Histograms of drawn launches, merged. */
#include "bench/sample/tail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/bootstrap.h"

struct tail {
    const json_t **histograms; /* one a launch */
    double share;
};

static double quantile_of(const void *data, const uint32_t *drawn, size_t count)
{
    const struct tail *tail = data;
    struct histogram merged;
    memset(&merged, 0, sizeof merged);
    for (size_t i = 0; i < count; i++)
        sample_merge(&merged, tail->histograms[drawn[i]]);
    return histogram_quantile_ns(&merged, tail->share) / 1e9;
}

struct estimate tail_estimate(const struct sample_cell *cell, size_t arm, double share,
                              double confidence)
{
    struct estimate estimate = {0, NAN, NAN, NAN, 0};
    struct tail tail = {.share = share,
                        .histograms = malloc((cell->launch_count + 1) * sizeof *tail.histograms)};
    size_t count = 0;
    for (size_t i = 0; i < cell->launch_count && tail.histograms != NULL; i++) {
        const struct sample_launch *launch = &cell->launches[i];
        if (launch->arm == arm && launch->kind == LAUNCH_TIMED && launch->latencies != NULL &&
            sample_counts(cell, launch))
            tail.histograms[count++] = launch->latencies;
    }
    if (count >= TAIL_LAUNCHES_MIN)
        estimate = bootstrap_of(quantile_of, &tail, count, confidence, 1);
    else if (count > 0) {
        uint32_t all[TAIL_LAUNCHES_MIN];
        for (size_t i = 0; i < count; i++)
            all[i] = (uint32_t)i;
        estimate.value = quantile_of(&tail, all, count);
        estimate.count = isfinite(estimate.value) ? count : 0;
    }
    free(tail.histograms);
    return estimate;
}
