/* The measures and their values. */
#include "bench/sample/cost.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct measure usual[] = {
    {"noop beside it: the floor", "floor_wall_s", "record.wall_s", LAUNCH_FLOOR, MEASURE_MEDIAN, 0},
    {"from exec to the run's clock", "start_process_s", "start_process_s", LAUNCH_TIMED,
     MEASURE_MEDIAN, 0},
    {"start-up: to the first task's step", "startup_s", "record.startup_s", LAUNCH_TIMED,
     MEASURE_MEDIAN, 0},
    {"whole process", "process_s", "process_s", LAUNCH_TIMED, MEASURE_MEDIAN, 0},
    {"CPU, user", "user_s", "record.user_s", LAUNCH_TIMED, MEASURE_MEDIAN, 0},
    {"CPU, system", "sys_s", "record.sys_s", LAUNCH_TIMED, MEASURE_MEDIAN, 0},
    {"CPU of the process tree", "cpu_s", "cpu_s", LAUNCH_TIMED, MEASURE_MEDIAN, 0},
    {"CPU a task", "cpu_per_task_s", "derived.cpu_per_task_s", LAUNCH_TIMED, MEASURE_MEDIAN, 0},
    {"CPU of the origin", "origin_cpu_s", "machine.origin_cpu_s", LAUNCH_TIMED, MEASURE_MEDIAN, 0},
    {"latency of a task, p50", "latency_p50_s", "", LAUNCH_TIMED, MEASURE_LATENCY, 0.5},
    {"latency of a task, p90", "latency_p90_s", "", LAUNCH_TIMED, MEASURE_LATENCY, 0.9},
    {"latency of a task, p99", "latency_p99_s", "", LAUNCH_TIMED, MEASURE_LATENCY, 0.99},
    {"latency of a task, p99.9", "latency_p99_9_s", "", LAUNCH_TIMED, MEASURE_LATENCY, 0.999},
    {"latency of a task, longest", "latency_max_s", "record.latency_s.max", LAUNCH_TIMED,
     MEASURE_LATENCY, 1},
    {"from its intended start, p50", "latency_intended_p50_s", "", LAUNCH_TIMED, MEASURE_INTENDED,
     0.5},
    {"from its intended start, p90", "latency_intended_p90_s", "", LAUNCH_TIMED, MEASURE_INTENDED,
     0.9},
    {"from its intended start, p99", "latency_intended_p99_s", "", LAUNCH_TIMED, MEASURE_INTENDED,
     0.99},
    {"from its intended start, p99.9", "latency_intended_p99_9_s", "", LAUNCH_TIMED,
     MEASURE_INTENDED, 0.999},
    {"from its intended start, longest", "latency_intended_max_s", "record.latency_intended_s.max",
     LAUNCH_TIMED, MEASURE_INTENDED, 1},
    {"the loop stood still at most", "loop_stall_s", "record.loop_stall_s", LAUNCH_OBSERVED,
     MEASURE_MEDIAN, 0},
    {"cancellation until it is seen", "cancel_latency_s", "record.cancel_latency_s.max",
     LAUNCH_TIMED, MEASURE_MEDIAN, 0},
    {"switches a task, voluntary", "voluntary_switches_per_task", "derived.voluntary_per_task",
     LAUNCH_TIMED, MEASURE_MEDIAN, 0},
    {"switches a task, involuntary", "involuntary_switches_per_task",
     "derived.involuntary_per_task", LAUNCH_TIMED, MEASURE_MEDIAN, 0},
    {"page faults, minor", "minor_faults", "faults.minor", LAUNCH_TIMED, MEASURE_MEDIAN, 0},
    {"page faults, major", "major_faults", "faults.major", LAUNCH_TIMED, MEASURE_MEDIAN, 0},
    {"system calls a task", "syscalls_per_task", "syscalls", LAUNCH_TRACED, MEASURE_SLOPE, 0},
    {"system calls, whole process", "syscalls", "syscalls", LAUNCH_TRACED, MEASURE_MEDIAN, 0},
    {"peak memory of the tree, PSS", "peak_pss_bytes", "tree.pss_bytes", LAUNCH_OBSERVED,
     MEASURE_MEDIAN, 0},
    {"peak memory of the tree, RSS", "peak_rss_bytes", "tree.rss_bytes", LAUNCH_OBSERVED,
     MEASURE_MEDIAN, 0},
    {"memory a task (PSS, slope)", "pss_per_task_bytes", "tree.pss_bytes", LAUNCH_OBSERVED,
     MEASURE_SLOPE, 0},
    {"processes at once", "peak_processes", "tree.processes", LAUNCH_OBSERVED, MEASURE_MEDIAN, 0},
    {"threads at once", "peak_threads", "tree.threads", LAUNCH_OBSERVED, MEASURE_MEDIAN, 0},
    {"descriptors at once", "peak_descriptors", "tree.descriptors", LAUNCH_OBSERVED, MEASURE_MEDIAN,
     0},
    {"tasks in progress at once", "peak_live_tasks", "record.peak_live_tasks", LAUNCH_TIMED,
     MEASURE_MEDIAN, 0},
};
enum { USUAL_COUNT = sizeof usual / sizeof usual[0] };

/* The median of each phase, found by the columns that there are. */
static size_t add_phases(const struct sample_cell *cell, struct measure *measures, size_t count)
{
    static const char prefix[] = "record.phases_s.", ending[] = ".p50";
    for (size_t i = 0; i < cell->column_count && count < MEASURES_MAX; i++) {
        const char *name = cell->columns[i].name;
        size_t length = strlen(name);
        if (strncmp(name, prefix, sizeof prefix - 1) != 0 ||
            length < sizeof prefix + sizeof ending ||
            strcmp(name + length - (sizeof ending - 1), ending) != 0)
            continue;
        struct measure *measure = &measures[count++];
        int phase = (int)(length - (sizeof prefix - 1) - (sizeof ending - 1));
        *measure = (struct measure){.kind = LAUNCH_TIMED, .how = MEASURE_MEDIAN};
        snprintf(measure->title, sizeof measure->title, "phase %.*s, p50", phase,
                 name + sizeof prefix - 1);
        snprintf(measure->name, sizeof measure->name, "phase_%.*s_p50_s", phase,
                 name + sizeof prefix - 1);
        snprintf(measure->column, sizeof measure->column, "%s", name);
    }
    return count;
}

size_t cost_measures(const struct sample_cell *cell, struct measure *measures)
{
    memcpy(measures, usual, sizeof usual);
    return add_phases(cell, measures, USUAL_COUNT);
}

static enum launch_kind half_of(enum launch_kind kind)
{
    return kind == LAUNCH_TRACED ? LAUNCH_TRACED_HALF : LAUNCH_OBSERVED_HALF;
}

static const char *default_reason(const struct sample_cell *cell, size_t arm,
                                  const struct measure *measure)
{
    if (cell->arms[arm].not_applicable != NULL)
        return cell->arms[arm].not_applicable;
    if (cell->arms[arm].bounded)
        return "it was stopped before its end";
    if (cell->arms[arm].failure != NULL)
        return "it failed";
    if (cell->arms[arm].model[0] == 0)
        return "it is another program: only its process is seen";
    if (measure->how == MEASURE_SLOPE &&
        isfinite(sample_median(cell, arm, half_of(measure->kind), measure->column)))
        return "it drowns in the differences from launch to launch";
    if (measure->how == MEASURE_SLOPE)
        return "a slope takes 64 tasks or more, and a number that can be halved";
    if (measure->kind == LAUNCH_OBSERVED || measure->kind == LAUNCH_TRACED)
        return "no such launch was asked for";
    return "not measured";
}

static double slope(const struct sample_cell *cell, size_t arm, const struct measure *measure)
{
    enum launch_kind half = half_of(measure->kind);
    double tasks = sample_median(cell, arm, measure->kind, "record.tasks") -
                   sample_median(cell, arm, half, "record.tasks");
    return (sample_median(cell, arm, measure->kind, measure->column) -
            sample_median(cell, arm, half, measure->column)) /
           tasks;
}

static double quantile(const struct histogram *histogram, double share)
{
    return histogram != NULL ? histogram_quantile_ns(histogram, share) / 1e9 : NAN;
}

/* Exactly, where it is the greatest of all launches. */
static double greatest(const struct sample_cell *cell, size_t arm, const char *name)
{
    const struct sample_column *column = sample_column(cell, name);
    double most = NAN;
    for (size_t i = 0; i < cell->launch_count && column != NULL; i++)
        if (cell->launches[i].arm == arm && cell->launches[i].kind == LAUNCH_TIMED &&
            sample_counts(cell, &cell->launches[i]))
            most = fmax(most, column->values[i]);
    return most;
}

double cost_of(const struct sample_cell *cell, size_t arm, const struct measure *measure,
               char reason[REASON_BYTES])
{
    const struct sample_arm *of = &cell->arms[arm];
    double value = NAN;
    reason[0] = 0;
    if (measure->how == MEASURE_SLOPE)
        value = slope(cell, arm, measure);
    else if (measure->how == MEASURE_MEDIAN)
        value = sample_median(cell, arm, measure->kind, measure->column);
    else if (measure->share >= 1)
        value = greatest(cell, arm, measure->column);
    else
        value = quantile(measure->how == MEASURE_LATENCY ? of->latency : of->latency_intended,
                         measure->share);
    if (isfinite(value) && measure->how == MEASURE_SLOPE && value <= 0)
        value = NAN; /* less than from launch to launch */
    if (isfinite(value))
        return value;
    const char *why = sample_missing(
        cell, arm, measure->kind, measure->column[0] != 0 ? measure->column : "record.latency_s");
    text_escape(why != NULL ? why : default_reason(cell, arm, measure), reason, REASON_BYTES);
    return NAN;
}
