/* The JSON record of a run. What was not measured is null, never 0. */
#include <jansson.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "bench/program/program.h"
#include "core/check.h"
#include "core/clock.h"

enum { SCHEMA_VERSION = 1 };

static double seconds(uint64_t from_ns, uint64_t to_ns)
{
    return (double)(to_ns - from_ns) / 1e9;
}

static double timeval_s(struct timeval value)
{
    return (double)value.tv_sec + (double)value.tv_usec / 1e6;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Nearest rank: the smallest value that at least `share` of all do not exceed. */
static double quantile(const double *sorted, size_t count, double share)
{
    double exact = share * (double)count;
    size_t rank = (size_t)exact;
    rank += (double)rank < exact;
    return sorted[rank > 0 ? rank - 1 : 0];
}

static json_t *quantiles(double *values, size_t count)
{
    if (count == 0)
        return json_null();
    qsort(values, count, sizeof *values, compare_doubles);
    return json_pack("{s:f, s:f, s:f, s:f}", "p50", quantile(values, count, 0.5), "p90",
                     quantile(values, count, 0.9), "p99", quantile(values, count, 0.99), "max",
                     values[count - 1]);
}

/* From a task's first step to its last, of those that ended well. */
static json_t *latencies(const struct run *run, double *values)
{
    size_t count = 0;
    for (uint32_t i = 0; i < run->tasks; i++)
        if (run->children[i].outcome == OUTCOME_OK && run->children[i].started_ns != 0)
            values[count++] = seconds(run->children[i].started_ns, run->children[i].ended_ns);
    return quantiles(values, count);
}

static json_t *phases(const struct run *run, double *values)
{
    const struct workload *workload = run->workload;
    if (workload->phases == NULL)
        return json_null();
    json_t *all = json_object();
    for (int phase = 0; workload->phase_names[phase] != NULL; phase++) {
        size_t count = 0;
        double parts[PHASES_MAX];
        for (uint32_t i = 0; i < run->tasks; i++)
            if (workload->phases(run, i, parts))
                values[count++] = parts[phase];
        json_object_set_new(all, workload->phase_names[phase], quantiles(values, count));
    }
    return all;
}

/* What the workload itself measures. */
static json_t *figures(const struct run *run)
{
    if (run->workload->figures == NULL)
        return json_null();
    struct figure list[FIGURES_MAX];
    size_t count = run->workload->figures(run, list);
    json_t *all = json_object();
    for (size_t i = 0; i < count; i++)
        json_object_set_new(all, list[i].name,
                            isfinite(list[i].value) ? json_real(list[i].value) : json_null());
    return all;
}

/* Null when no task in progress was cancelled. */
static json_t *cancel_latency(const struct arena *arena)
{
    uint32_t count = atomic_load(&arena->cancels_observed);
    if (count == 0)
        return json_null();
    return json_pack("{s:i, s:f, s:f}", "count", (int)count, "mean",
                     (double)atomic_load(&arena->cancel_ns_sum) / count / 1e9, "max",
                     (double)atomic_load(&arena->cancel_ns_max) / 1e9);
}

static json_t *outcomes(const struct run *run, uint32_t *ok, uint32_t *failed)
{
    uint32_t counts[OUTCOME_COUNT] = {0};
    *failed = 0;
    for (uint32_t i = 0; i < run->tasks; i++) {
        counts[run->children[i].outcome]++;
        *failed += !child_expected(run, i);
    }
    *ok = run->tasks - *failed;
    json_t *all = json_object();
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (counts[i] > 0)
            json_object_set_new(all, outcome_name((enum outcome)i), json_integer(counts[i]));
    return all;
}

static json_t *cpus(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &set))
            json_array_append_new(list, json_integer((json_int_t)i));
    return list;
}

static json_t *arguments(const struct invocation *invocation)
{
    json_t *list = json_array();
    for (int i = 1; i < invocation->full_argc; i++) {
        json_t *text = json_string(invocation->full_argv[i]);
        json_array_append_new(list, text != NULL ? text : json_string("(not UTF-8)"));
    }
    return list;
}

static json_t *verified(const struct run *run)
{
    switch (run->workload->verify != NULL ? run->workload->verify(run) : VERIFIED_UNKNOWN) {
    case VERIFIED_YES: return json_true();
    case VERIFIED_NO: return json_false();
    default: return json_null();
    }
}

static void add_usage(json_t *record, const struct usage *usage)
{
    const struct rusage *self = &usage->self, *children = &usage->children;
    json_object_set_new(record, "user_s",
                        json_real(timeval_s(self->ru_utime) + timeval_s(children->ru_utime)));
    json_object_set_new(record, "sys_s",
                        json_real(timeval_s(self->ru_stime) + timeval_s(children->ru_stime)));
    json_object_set_new(record, "memory_bytes",
                        json_pack("{s:I, s:o}", "peak_rss_main", (json_int_t)self->ru_maxrss * 1024,
                                  "peak_rss_largest_worker",
                                  children->ru_maxrss > 0
                                      ? json_integer((json_int_t)children->ru_maxrss * 1024)
                                      : json_null()));
    json_object_set_new(record, "context_switches",
                        json_pack("{s:I, s:I}", "voluntary",
                                  (json_int_t)(self->ru_nvcsw + children->ru_nvcsw), "involuntary",
                                  (json_int_t)(self->ru_nivcsw + children->ru_nivcsw)));
    json_object_set_new(record, "page_faults",
                        json_pack("{s:I, s:I}", "minor",
                                  (json_int_t)(self->ru_minflt + children->ru_minflt), "major",
                                  (json_int_t)(self->ru_majflt + children->ru_majflt)));
}

bool record_print(const struct invocation *invocation, const struct usage *usage, FILE *out)
{
    const struct run *run = &invocation->run;
    const struct arena *arena = run->arena;
    double *values = malloc((run->tasks + (size_t)1) * sizeof *values);
    json_t *record = json_object();
    if (values == NULL || record == NULL) {
        free(values);
        json_decref(record);
        return false;
    }
    uint32_t ok, failed;
    json_t *classes = outcomes(run, &ok, &failed);
    uint64_t first = atomic_load(&arena->first_start_ns);
    json_object_set_new(record, "schema_version", json_integer(SCHEMA_VERSION));
    json_object_set_new(record, "workload", json_string(run->workload_name));
    json_object_set_new(record, "model", json_string(run->model_name));
    json_object_set_new(record, "arguments", arguments(invocation));
    json_object_set_new(record, "width", json_integer(run->width));
    json_object_set_new(record, "tasks", json_integer(run->tasks));
    json_object_set_new(record, "ok", json_integer(ok));
    json_object_set_new(record, "failed", json_integer(failed));
    json_object_set_new(record, "outcomes", classes);
    json_object_set_new(record, "root", json_string(outcome_name(arena->root.outcome)));
    json_object_set_new(record, "verified", verified(run));
    json_object_set_new(record, "complete", json_boolean(atomic_load(&arena->stop) == STOP_NONE));
    json_object_set_new(record, "wall_s",
                        json_real(seconds(run->clock_start_ns, run->clock_end_ns)));
    json_object_set_new(record, "startup_s",
                        first != 0 ? json_real(seconds(run->clock_start_ns, first)) : json_null());
    add_usage(record, usage);
    json_object_set_new(record, "latency_s", latencies(run, values));
    json_object_set_new(record, "phases_s", phases(run, values));
    json_object_set_new(record, "figures", figures(run));
    json_object_set_new(record, "cancel_latency_s", cancel_latency(arena));
    json_object_set_new(record, "peak_live_tasks", json_integer(atomic_load(&arena->live_peak)));
    json_object_set_new(record, "bytes_received",
                        run->workload->bytes_received != NULL
                            ? json_integer((json_int_t)run->workload->bytes_received(run))
                            : json_null());
    json_object_set_new(record, "cpus", cpus());
    json_object_set_new(record, "placed", json_boolean(run->cpu_count > 0));
    json_object_set_new(record, "seed", json_integer((json_int_t)run->seed));
    int rc = json_dumpf(record, out, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(record);
    free(values);
    return rc == 0 && fputc('\n', out) != EOF;
}
