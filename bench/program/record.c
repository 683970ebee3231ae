/* The JSON record of a run. What was not measured is null, never 0, and `missing` says why. */
#include "bench/program/record.h"
#include "bench/program/accounts.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/clock.h"

enum { SCHEMA_VERSION = 3 };

static const char of_the_simulation[] =
    "the model simulates: it would be the simulation's, not the tasks'";

/* ---- Making it. ---- */

void record_set_in(struct record *record, json_t *object, const char *key, json_t *value)
{
    record->failed |= json_object_set_new(object, key, value) != 0;
}

void record_set(struct record *record, const char *key, json_t *value)
{
    record_set_in(record, record->all, key, value);
}

json_t *record_null(struct record *record, const char *path, const char *why)
{
    record_set_in(record, record->missing, path, json_string(why));
    return json_null();
}

/* ---- What it was. ---- */

static void append(struct record *record, json_t *list, json_t *value)
{
    record->failed |= json_array_append_new(list, value) != 0;
}

static json_t *arguments(struct record *record, const struct invocation *invocation)
{
    json_t *list = json_array();
    for (int i = 1; i < invocation->full_argc; i++) {
        errno = 0;
        json_t *text = json_string(invocation->full_argv[i]);
        if (text == NULL && errno != ENOMEM)
            text = json_string("(not UTF-8)");
        append(record, list, text);
    }
    return list;
}

static json_t *cpus(struct record *record)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return record_null(record, "cpus", strerror(errno));
    json_t *list = json_array();
    for (size_t i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &set))
            append(record, list, json_integer((json_int_t)i));
    return list;
}

/* ---- How it ended. ---- */

static json_t *outcomes(struct record *record, const struct run *run, uint32_t *ok,
                        uint32_t *failed)
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
            record_set_in(record, all, outcome_name((enum outcome)i), json_integer(counts[i]));
    return all;
}

static json_t *verified(struct record *record, const struct run *run)
{
    switch (run->workload->verify != NULL ? run->workload->verify(run) : VERIFIED_UNKNOWN) {
    case VERIFIED_YES: return json_true();
    case VERIFIED_NO: return json_false();
    default: return record_null(record, "verified", "there is nothing to hold the results against");
    }
}

static void set_ends(struct record *record, const struct run *run)
{
    uint32_t ok, failed;
    json_t *classes = outcomes(record, run, &ok, &failed);
    record_set(record, "ok", json_integer(ok));
    record_set(record, "failed", json_integer(failed));
    record_set(record, "outcomes", classes);
    record_set(record, "root", json_string(outcome_name(run->arena->root.outcome)));
    record_set(record, "verified", verified(record, run));
    record_set(record, "complete", json_boolean(atomic_load(&run->arena->stop) == STOP_NONE));
    record_set(record, "certificate",
               record_certificate(record, run, json_object_get(record->all, "outcomes")));
}

/* ---- What it took. ---- */

static double seconds(uint64_t from_ns, uint64_t to_ns)
{
    return (double)(to_ns - from_ns) / 1e9;
}

static double timeval_s(struct timeval value)
{
    return (double)value.tv_sec + (double)value.tv_usec / 1e6;
}

static void set_clock(struct record *record, const struct run *run)
{
    uint64_t first_ns = atomic_load(&run->arena->first_start_ns);
    record_set(record, "clock_start_ns", json_integer((json_int_t)run->clock_start_ns));
    record_set(record, "wall_s", json_real(seconds(run->clock_start_ns, run->clock_end_ns)));
    record_set(record, "startup_s",
               first_ns != 0 ? json_real(seconds(run->clock_start_ns, first_ns))
                             : record_null(record, "startup_s", "no task was begun"));
}

static void set_no_usage(struct record *record)
{
    static const char *const keys[] = {"user_s", "sys_s", "memory_bytes", "context_switches",
                                       "page_faults"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        record_set(record, keys[i], record_null(record, keys[i], of_the_simulation));
}

double usage_user_s(const struct usage *usage)
{
    return timeval_s(usage->self.ru_utime) + timeval_s(usage->children.ru_utime);
}

double usage_system_s(const struct usage *usage)
{
    return timeval_s(usage->self.ru_stime) + timeval_s(usage->children.ru_stime);
}

static void set_usage(struct record *record, const struct usage *usage)
{
    const struct rusage *self = &usage->self, *children = &usage->children;
    json_t *own = usage->peak_rss_bytes > 0 ? json_integer((json_int_t)usage->peak_rss_bytes)
                                            : record_null(record, "memory_bytes.peak_rss_main",
                                                          "the system did not tell");
    json_t *worker = children->ru_maxrss > 0
                         ? json_integer((json_int_t)children->ru_maxrss * 1024)
                         : record_null(record, "memory_bytes.peak_rss_largest_worker",
                                       "there was no worker process");
    record_set(record, "user_s", json_real(usage_user_s(usage)));
    record_set(record, "sys_s", json_real(usage_system_s(usage)));
    record_set(record, "memory_bytes",
               json_pack("{s:o, s:o}", "peak_rss_main", own, "peak_rss_largest_worker", worker));
    record_set(record, "context_switches",
               json_pack("{s:I, s:I}", "voluntary",
                         (json_int_t)(self->ru_nvcsw + children->ru_nvcsw), "involuntary",
                         (json_int_t)(self->ru_nivcsw + children->ru_nivcsw)));
    record_set(record, "page_faults",
               json_pack("{s:I, s:I}", "minor", (json_int_t)(self->ru_minflt + children->ru_minflt),
                         "major", (json_int_t)(self->ru_majflt + children->ru_majflt)));
}

/* What the workload itself measures. */
static json_t *figures(struct record *record, const struct run *run)
{
    struct figure list[FIGURES_MAX];
    size_t count = run->workload->figures != NULL ? run->workload->figures(run, list) : 0;
    if (count == 0)
        return record_null(record, "figures",
                           run->workload->figures != NULL ? "there was nothing for them to measure"
                                                          : "the workload has none of its own");
    json_t *all = json_object();
    for (size_t i = 0; i < count; i++) {
        const char *why = list[i].missing != NULL ? list[i].missing : "the workload does not say";
        char path[80];
        snprintf(path, sizeof path, "figures.%s", list[i].name);
        record_set_in(record, all, list[i].name,
                      isfinite(list[i].value) ? json_real(list[i].value)
                                              : record_null(record, path, why));
    }
    return all;
}

static json_t *loop_stall(struct record *record, const struct run *run)
{
    uint64_t ns = atomic_load(&run->arena->loop_stall_ns);
    if (ns != 0)
        return json_real((double)ns / 1e9);
    if (run->model->simulated && run->watch_stall)
        return record_null(record, "loop_stall_s", of_the_simulation);
    return record_null(record, "loop_stall_s",
                       run->watch_stall ? "the model has no loop" : "not asked for: --loop-stall");
}

static json_t *computed(struct record *record, const struct run *run)
{
    if (run->model->simulated)
        return json_real((double)run->computed_ns / 1e9);
    return record_null(record, "computed_s", "the model does not simulate");
}

static json_t *bytes_received(struct record *record, const struct run *run)
{
    if (run->workload->bytes_received == NULL)
        return record_null(record, "bytes_received", "the workload receives none");
    return json_integer((json_int_t)run->workload->bytes_received(run));
}

static void fill(struct record *record, const struct invocation *invocation,
                 const struct usage *usage)
{
    const struct run *run = &invocation->run;
    record_set(record, "schema_version", json_integer(SCHEMA_VERSION));
    record_set(record, "workload", json_string(run->workload_name));
    record_set(record, "model", json_string(run->model_name));
    record_set(record, "simulated", json_boolean(run->model->simulated));
    record_set(record, "arguments", arguments(record, invocation));
    record_set(record, "width", json_integer(run->width));
    record_set(record, "tasks", json_integer(run->tasks));
    set_ends(record, run);
    set_clock(record, run);
    if (run->model->simulated)
        set_no_usage(record);
    else
        set_usage(record, usage);
    record_durations(record, run);
    record_set(record, "figures", figures(record, run));
    record_set(record, "loop_stall_s", loop_stall(record, run));
    record_set(record, "computed_s", computed(record, run));
    record_set(record, "peak_live_tasks", json_integer(atomic_load(&run->arena->live_peak)));
    record_set(
        record, "account",
        accounts_record(record, &invocation->tracing, usage_user_s(usage), usage_system_s(usage)));
    record_set(record, "bytes_received", bytes_received(record, run));
    record_set(record, "cpus", cpus(record));
    record_set(record, "placed", json_boolean(run->cpu_count > 0));
    record_set(record, "seed", json_integer((json_int_t)run->seed));
}

bool record_print(const struct invocation *invocation, const struct usage *usage, FILE *out)
{
    struct record record = {.all = json_object(), .missing = json_object()};
    fill(&record, invocation, usage);
    record_set(&record, "missing", record.missing);
    bool good =
        !record.failed && json_dumpf(record.all, out, JSON_COMPACT | JSON_REAL_PRECISION(9)) == 0;
    json_decref(record.all);
    return good && fputc('\n', out) != EOF;
}
