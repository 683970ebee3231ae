/* Series of single values, and of launches with tasks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/bootstrap.h"
#include "bench/stats/median.h"
#include "bench/stats/normal.h"
#include "bench/stats/spread.h"
#include "bench/stats/trend.h"
#include "core/random.h"
#include "tests/simulation/claims.h"

#define CONFIDENCE 0.95
#define SLOPE      0.25

static bool holds(const struct estimate *estimate, double truth)
{
    return estimate->low <= truth && truth <= estimate->high;
}

bool median_holds(const struct claim *claim, struct source *source, double *stated)
{
    double values[SAMPLE_MOST];
    sample_fill(source, claim->shape, values, claim->count);
    struct estimate median = median_of(values, claim->count, CONFIDENCE);
    *stated = median.confidence;
    return holds(&median, sample_median(claim->shape));
}

/* ---- Repetitions in a launch, which share its mood. ---- */

static void launch_fill(const struct claim *claim, struct source *source, double *values)
{
    double mood = claim->mood * source_normal(source);
    for (size_t i = 0; i < claim->tasks; i++)
        values[i] = mood + source_normal(source);
}

bool repetitions_hold(const struct claim *claim, struct source *source, double *stated)
{
    double values[SAMPLE_MOST];
    for (size_t i = 0; i < claim->count; i++)
        launch_fill(claim, source, &values[i * claim->tasks]);
    struct estimate median = median_of(values, claim->count * claim->tasks, CONFIDENCE);
    *stated = median.confidence;
    return holds(&median, 0);
}

bool launch_medians_hold(const struct claim *claim, struct source *source, double *stated)
{
    double values[SAMPLE_MOST], medians[SAMPLE_MOST];
    for (size_t i = 0; i < claim->count; i++) {
        launch_fill(claim, source, values);
        medians[i] = median_value(values, claim->tasks);
    }
    struct estimate median = median_of(medians, claim->count, CONFIDENCE);
    *stated = median.confidence;
    return holds(&median, 0);
}

/* ---- Trends. ---- */

static struct trend trend_with(const struct claim *claim, struct source *source, double slope)
{
    double times[SAMPLE_MOST], values[SAMPLE_MOST];
    sample_fill(source, claim->shape, values, claim->count);
    for (size_t i = 0; i < claim->count; i++) {
        times[i] = (double)i + 0.5 * source_uniform(source);
        values[i] += slope * times[i];
    }
    return trend_of(times, values, claim->count, CONFIDENCE);
}

bool slope_holds(const struct claim *claim, struct source *source, double *stated)
{
    struct trend trend = trend_with(claim, source, SLOPE);
    *stated = trend.slope.confidence;
    return holds(&trend.slope, SLOPE);
}

bool trend_rings(const struct claim *claim, struct source *source, double *stated)
{
    *stated = 1 - CONFIDENCE;
    return trend_with(claim, source, 0).p < *stated;
}

bool correlation_rings(const struct claim *claim, struct source *source, double *stated)
{
    double values[SAMPLE_MOST];
    sample_fill(source, claim->shape, values, claim->count);
    *stated = 1 - CONFIDENCE;
    return fabs(serial_correlation(values, claim->count)) > 1.96 / sqrt((double)claim->count);
}

/* ---- Outliers. ---- */

static size_t mark(const struct claim *claim, struct source *source, bool *out, double *stated)
{
    double values[SAMPLE_MOST];
    sample_fill(source, claim->shape, values, claim->count);
    *stated = NAN;
    return outliers_of(values, claim->count, out);
}

bool value_is_outlier(const struct claim *claim, struct source *source, double *stated)
{
    bool out[SAMPLE_MOST];
    mark(claim, source, out, stated);
    return out[0];
}

bool some_are_outliers(const struct claim *claim, struct source *source, double *stated)
{
    bool out[SAMPLE_MOST];
    return mark(claim, source, out, stated) > 0;
}

/* ---- The quantile of all tasks of some launches. ---- */

struct task {
    double value;
    size_t launch;
};

struct launches {
    struct task *tasks; /* of all launches, descending */
    unsigned *times;    /* how often each launch was drawn */
    size_t count, tasks_each;
    double quantile;
};

static int descending(const void *a, const void *b)
{
    const struct task *x = a, *y = b;
    return (x->value < y->value) - (x->value > y->value);
}

/* The value at rank ceil(quantile · n). */
static double quantile(const void *data, const uint32_t *drawn, size_t count)
{
    const struct launches *launches = data;
    memset(launches->times, 0, launches->count * sizeof *launches->times);
    for (size_t i = 0; i < count; i++)
        launches->times[drawn[i]]++;
    size_t all = count * launches->tasks_each, seen = 0, i = 0;
    size_t wanted = all - (size_t)ceil(launches->quantile * (double)all) + 1;
    while ((seen += launches->times[launches->tasks[i].launch]) < wanted)
        i++;
    return launches->tasks[i].value;
}

bool quantile_holds(const struct claim *claim, struct source *source, double *stated)
{
    size_t all = claim->count * claim->tasks;
    struct launches launches = {.tasks = malloc(all * sizeof *launches.tasks),
                                .times = malloc(claim->count * sizeof *launches.times),
                                .count = claim->count,
                                .tasks_each = claim->tasks,
                                .quantile = claim->quantile};
    if (launches.tasks == NULL || launches.times == NULL)
        abort();
    double mood = 0;
    for (size_t i = 0; i < all; i++) {
        if (i % claim->tasks == 0)
            mood = claim->mood * source_normal(source);
        launches.tasks[i] = (struct task){mood + source_normal(source), i / claim->tasks};
    }
    qsort(launches.tasks, all, sizeof *launches.tasks, descending);
    double truth = normal_quantile(claim->quantile) * sqrt(1 + claim->mood * claim->mood);
    struct estimate estimate = bootstrap_of(quantile, &launches, claim->count, CONFIDENCE,
                                            random_at(source->seed, source->place));
    free(launches.tasks);
    free(launches.times);
    *stated = estimate.confidence;
    return holds(&estimate, truth);
}
