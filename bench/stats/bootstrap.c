/* The percentile bootstrap. */
#include "bench/stats/bootstrap.h"

#include <stdlib.h>

#include "bench/stats/median.h"
#include "core/random.h"

/* The statistic of each round's draw, where it has a value; returns how many have. */
static size_t draw_rounds(bootstrap_fn *statistic, const void *data, uint32_t *drawn, size_t count,
                          uint64_t seed, double *values)
{
    size_t kept = 0;
    uint64_t place = 0;
    for (int round = 0; round < BOOTSTRAP_ROUNDS; round++) {
        for (size_t i = 0; i < count; i++)
            drawn[i] = (uint32_t)(random_at(seed, place++) % count);
        double value = statistic(data, drawn, count);
        if (isfinite(value))
            values[kept++] = value;
    }
    return kept;
}

/* From the k-th least to the k-th greatest of all rounds: those without a value may lie anywhere.
 */
static void set_interval(struct estimate *estimate, const double *sorted, size_t kept,
                         double confidence)
{
    size_t missing = BOOTSTRAP_ROUNDS - kept;
    size_t rank = (size_t)((BOOTSTRAP_ROUNDS + 1) * ((1 - confidence) / 2));
    bool enough = estimate->count >= median_count_needed(confidence) && rank > missing;
    size_t skipped = enough ? rank - missing - 1 : 0;
    estimate->low = kept > 0 ? sorted[skipped] : estimate->value;
    estimate->high = kept > 0 ? sorted[kept - 1 - skipped] : estimate->value;
    estimate->confidence = enough ? confidence : 0;
}

struct estimate bootstrap_of(bootstrap_fn *statistic, const void *data, size_t count,
                             double confidence, uint64_t seed)
{
    struct estimate estimate = estimate_none();
    bool fits = count > 0 && count <= UINT32_MAX;
    uint32_t *drawn = fits ? malloc(count * sizeof *drawn) : NULL;
    double *values = fits ? malloc(BOOTSTRAP_ROUNDS * sizeof *values) : NULL;
    if (drawn != NULL && values != NULL) {
        for (size_t i = 0; i < count; i++)
            drawn[i] = (uint32_t)i;
        double value = statistic(data, drawn, count);
        if (isfinite(value)) {
            estimate.count = count;
            estimate.value = value;
            size_t kept = draw_rounds(statistic, data, drawn, count, seed, values);
            stats_sort(values, kept);
            set_interval(&estimate, values, kept, confidence);
        }
    }
    free(drawn);
    free(values);
    return estimate;
}
