/* How long tasks took, their phases and their cancellations, as exact quantiles and as histograms.
 * The stamps of all workers' tasks lie in the shared arena, so all of this is made of them after
 * the clock: no worker keeps a histogram of its own that would have to be merged. Those of several
 * launches are merged by adding the counts of equal buckets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/program/record.h"
#include "core/histogram.h"

static const char nobody[] = "no task ended well";

/* ---- Exact quantiles. ---- */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Nearest rank: the smallest value that at least so many in a thousand do not exceed. */
static double quantile(const double *sorted, size_t count, size_t permille)
{
    return sorted[(count * permille + 999) / 1000 - 1];
}

static json_t *quantiles(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_doubles);
    return json_pack("{s:I, s:f, s:f, s:f, s:f, s:f}", "count", (json_int_t)count, "p50",
                     quantile(values, count, 500), "p90", quantile(values, count, 900), "p99",
                     quantile(values, count, 990), "p99_9", quantile(values, count, 999), "max",
                     values[count - 1]);
}

/* ---- Latency. ---- */

/* From when a task became eligible, which tells of its time in a queue too, or from its first step;
 * to its last one. */
enum since { SINCE_INTENDED, SINCE_STARTED };

/* False: it did not end well, or had no such beginning. */
static bool took(const struct child *child, enum since since, uint64_t *ns)
{
    uint64_t from_ns = since == SINCE_INTENDED ? child->intended_ns : child->started_ns;
    *ns = child->ended_ns - from_ns;
    return child->outcome == OUTCOME_OK && child->started_ns != 0 && from_ns != 0;
}

static void set_latency(struct record *record, const char *key, const struct run *run,
                        enum since since, double *values)
{
    size_t count = 0;
    uint64_t ns;
    for (uint32_t i = 0; i < run->tasks; i++)
        if (took(&run->children[i], since, &ns))
            values[count++] = (double)ns / 1e9;
    record_set(record, key,
               count > 0 ? quantiles(values, count) : record_null(record, key, nobody));
}

/* The buckets that are not empty, each by its upper end. */
static json_t *histogram(struct record *record, const struct run *run, enum since since)
{
    struct histogram all = {0};
    uint64_t ns;
    for (uint32_t i = 0; i < run->tasks; i++)
        if (took(&run->children[i], since, &ns))
            histogram_add(&all, ns);
    json_t *buckets = json_array();
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        if (all.counts[i] > 0 &&
            json_array_append_new(buckets, json_pack("[I, I]", (json_int_t)histogram_upper_ns(i),
                                                     (json_int_t)all.counts[i])) != 0)
            record->failed = true;
    return buckets;
}

/* ---- Phases and cancellations. ---- */

static json_t *phases(struct record *record, const struct run *run, double *values)
{
    const struct workload *workload = run->workload;
    if (workload->phases == NULL)
        return record_null(record, "phases_s", "its tasks have no phases");
    json_t *all = json_object();
    for (int phase = 0; workload->phase_names[phase] != NULL; phase++) {
        size_t count = 0;
        double parts[PHASES_MAX];
        for (uint32_t i = 0; i < run->tasks; i++)
            if (workload->phases(run, i, parts))
                values[count++] = parts[phase];
        if (count == 0) { /* then there is none of any phase */
            json_decref(all);
            return record_null(record, "phases_s", "no task came to the end of its phases");
        }
        record_set_in(record, all, workload->phase_names[phase], quantiles(values, count));
    }
    return all;
}

static json_t *cancel_latency(struct record *record, const struct arena *arena)
{
    uint32_t count = atomic_load(&arena->cancels_observed);
    if (count == 0)
        return record_null(record, "cancel_latency_s", "no task in progress was cancelled");
    return json_pack("{s:I, s:f, s:f}", "count", (json_int_t)count, "mean",
                     (double)atomic_load(&arena->cancel_ns_sum) / count / 1e9, "max",
                     (double)atomic_load(&arena->cancel_ns_max) / 1e9);
}

void record_durations(struct record *record, const struct run *run)
{
    double *values = malloc((run->tasks + (size_t)1) * sizeof *values);
    if (values == NULL) {
        record->failed = true;
        return;
    }
    set_latency(record, "latency_s", run, SINCE_STARTED, values);
    set_latency(record, "latency_intended_s", run, SINCE_INTENDED, values);
    record_set(record, "histograms",
               json_pack("{s:o, s:o}", "latency", histogram(record, run, SINCE_STARTED),
                         "latency_intended", histogram(record, run, SINCE_INTENDED)));
    record_set(record, "phases_s", phases(record, run, values));
    record_set(record, "cancel_latency_s", cancel_latency(record, run->arena));
    free(values);
}
