/* Outliers, drift, moods, company. */
#include "bench/sample/warn.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/median.h"
#include "bench/stats/spread.h"
#include "bench/stats/trend.h"

/* A drift is told when it is surely there and matters. */
#define DRIFT_P      0.01
#define DRIFT_SHARE  0.02
#define MOOD         0.3  /* correlation of neighbouring blocks */
#define SATURATED    0.85 /* of the time the origin was busy */
#define MATTERS      0.02 /* of the median: what is nearer is no outlier to anybody */
#define OUTLIERS_MAX 0.05 /* of the launches */

static void __attribute__((format(printf, 2, 3)))
warn(struct warnings *warnings, const char *format, ...)
{
    va_list arguments;
    if (warnings->count == WARNINGS_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(warnings->texts[warnings->count++], WARNING_BYTES, format, arguments);
    va_end(arguments);
}

/* ---- Launches that lie far out. ---- */

/* What can make a launch slow, by the columns that tell it, and what to do about it. */
static const struct {
    const char *column, *what, *next;
} causes[] = {
    {"machine.steal_s", "the hypervisor took CPU time then", "measure on a machine of your own"},
    {"machine.foreign_cpu_s", "other programs ran then", "stop other programs"},
    {"faults.major", "pages were read from the disk then", "give it more --warmup"},
    {"switches.involuntary", "they were put off their CPU more often",
     "stop other programs, or take CPUs that they do not use (taskset)"},
    {"switches.voluntary", "they waited more often than the others",
     "look at the latencies with --histogram"},
    {"cpu_s", "they computed longer, as on a slower clock",
     "fix the clock frequency (governor performance), or raise --time-budget"},
};

/* The cause whose column lies higher in the outliers than in the others, by its medians. */
static size_t find_cause(const struct cell *cell, const size_t *rows, const bool *out, size_t count,
                         double *values)
{
    size_t found = sizeof causes / sizeof causes[0];
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        const struct sample_column *column = sample_column(cell->sample, causes[i].column);
        double medians[2];
        for (int far = 0; far < 2 && column != NULL; far++) {
            size_t kept = 0;
            for (size_t j = 0; j < count; j++)
                if (out[j] == (far == 1) && isfinite(column->values[rows[j]]))
                    values[kept++] = column->values[rows[j]];
            medians[far] = median_value(values, kept);
        }
        if (column != NULL && medians[1] > 1.5 * medians[0] + 1e-9) {
            found = i;
            break;
        }
    }
    return found;
}

struct rows {
    double *values;
    size_t *rows; /* of the sample */
    bool *out;
};

/* How many of an arm's launches lie far out; `cause` is what they have in common. */
static size_t count_outliers(const struct cell *cell, size_t at, struct rows *rows, size_t *cause)
{
    const struct sample_column *column = sample_column(cell->sample, cell->metric);
    size_t count = 0, far = 0;
    for (size_t i = 0; i < cell->sample->launch_count && column != NULL; i++) {
        const struct sample_launch *launch = &cell->sample->launches[i];
        if (launch->arm == at && launch->kind == LAUNCH_TIMED && column->values[i] > 0 &&
            sample_counts(cell->sample, launch)) {
            rows->values[count] = log(column->values[i]);
            rows->rows[count++] = i;
        }
    }
    outliers_of(rows->values, count, rows->out);
    double median = log(cell->models[at].median.value);
    for (size_t i = 0; i < count; i++) {
        rows->out[i] = rows->out[i] && fabs(rows->values[i] - median) > MATTERS;
        far += rows->out[i];
    }
    if (far < 2 || (double)far <= OUTLIERS_MAX * (double)count)
        return 0;
    *cause = find_cause(cell, rows->rows, rows->out, count, rows->values);
    return far;
}

/* One warning for each cause, with the arms that have it. */
static void warn_outliers(struct warnings *warnings, const struct cell *cell, struct rows *rows)
{
    enum { CAUSES = sizeof causes / sizeof causes[0] };
    size_t far[SAMPLE_ARMS_MAX] = {0}, cause[SAMPLE_ARMS_MAX] = {0};
    for (size_t i = 0; i < cell->count; i++)
        if (cell_has_figure(&cell->models[i]))
            far[i] = count_outliers(cell, i, rows, &cause[i]);
    for (size_t which = 0; which <= CAUSES; which++) {
        char arms[200] = "";
        size_t used = 0;
        for (size_t i = 0; i < cell->count && used < sizeof arms; i++)
            if (far[i] > 0 && cause[i] == which)
                used += (size_t)snprintf(arms + used, sizeof arms - used, "%s%s %zu of %zu",
                                         used > 0 ? ", " : "", cell->models[i].name, far[i],
                                         cell->models[i].launches);
        if (used > 0)
            warn(warnings, "launches lie far from the median (%s): %s. Next: %s. All are kept.",
                 arms, which < CAUSES ? causes[which].what : "no counter tells why",
                 which < CAUSES ? causes[which].next
                                : "raise --time-budget, and see whether it stays");
    }
}

/* ---- The machine over time. ---- */

struct series {
    double *times, *values;
    size_t count;
};

/* How far each block lies from what is usual, by the mean over its arms, in time. */
static void make_series(struct series *series, const struct cell *cell)
{
    series->count = 0;
    for (uint32_t block = 0; block < cell->sample->block_count; block++) {
        double sum = 0;
        size_t arms = 0;
        for (size_t i = 0; i < cell->count; i++) {
            const struct cell_model *model = &cell->models[i];
            if (!cell_has_figure(model) || !isfinite(model->blocks[block]) ||
                model->median.value <= 0)
                continue;
            sum += model->blocks[block] - log(model->median.value);
            arms++;
        }
        if (arms == 0)
            continue;
        series->times[series->count] = block;
        series->values[series->count++] = sum / (double)arms;
    }
}

static void warn_machine(struct warnings *warnings, const struct cell *cell)
{
    size_t room = cell->sample->block_count + 1U;
    struct series series = {.times = malloc(room * sizeof(double)),
                            .values = malloc(room * sizeof(double))};
    if (series.times != NULL && series.values != NULL) {
        make_series(&series, cell);
        struct trend trend = trend_of(series.times, series.values, series.count, CELL_CONFIDENCE);
        double span = series.count > 1 ? series.times[series.count - 1] - series.times[0] : 0;
        double drift = exp(trend.slope.value * span) - 1;
        double mood = serial_correlation(series.values, series.count);
        if (trend.p < DRIFT_P && fabs(drift) > DRIFT_SHARE)
            warn(warnings,
                 "the machine became %.1f %% %s while this was measured (a clock that changes, or "
                 "heat). Ratios are by blocks and hardly feel it; medians do. Next: let it come to "
                 "rest, or fix the clock frequency (governor performance).",
                 fabs(drift) * 100, drift > 0 ? "slower" : "faster");
        else if (series.count >= 12 && mood > MOOD)
            warn(warnings,
                 "neighbouring blocks resemble each other (correlation %.2f): the machine is fast "
                 "or "
                 "slow for a while. The medians' intervals are narrower than they should be; go by "
                 "the ratios. Next: raise --time-budget.",
                 mood);
    }
    free(series.times);
    free(series.values);
}

static void warn_company(struct warnings *warnings, const struct cell *cell)
{
    uint32_t disturbed = sample_blocks(cell->sample, BLOCK_DISTURBED);
    uint32_t blocks = disturbed + sample_blocks(cell->sample, BLOCK_WHOLE);
    if (cell->sample->unfit)
        warn(warnings,
             "THE MACHINE WAS UNFIT: others used its CPUs in %u of %u blocks. The figures are of "
             "all "
             "blocks and decide nothing. Next: stop other programs, or take CPUs that they do not "
             "use (taskset).",
             disturbed, blocks);
    else if (disturbed > 0)
        warn(warnings,
             "others used the CPUs in %u of %u blocks; these are kept but do not count, and were "
             "made up for.",
             disturbed, blocks);
}

/* ---- What the figures cannot tell. ---- */

static void warn_work(struct warnings *warnings, const struct cell *cell)
{
    for (size_t i = 0; i < cell->count; i++)
        if (cell->models[i].other_work != NULL)
            warn(warnings,
                 "%s %s. It is not compared. Next: look at the certificates in its records.",
                 cell->models[i].name, cell->models[i].other_work);
}

static void warn_origin(struct warnings *warnings, const struct cell *cell)
{
    double busiest = 0;
    const char *name = NULL;
    for (size_t i = 0; i < cell->count; i++) {
        double busy = sample_median(cell->sample, i, LAUNCH_TIMED, "machine.origin_cpu_s") /
                      sample_median(cell->sample, i, LAUNCH_TIMED, "record.wall_s");
        if (busy > busiest) {
            busiest = busy;
            name = cell->models[i].name;
        }
    }
    if (busiest > SATURATED)
        warn(warnings,
             "the origin was busy %.0f %% of the time under %s: how fast it answers is measured, "
             "not how fast the models ask. Next: more latency, fewer tasks at once, or look at the "
             "CPU time a task.",
             busiest * 100 > 100 ? 100 : busiest * 100, name);
}

static double fastest_s(const struct cell_model *model)
{
    double least = INFINITY;
    for (size_t i = 0; i < model->launches; i++)
        least = fmin(least, model->values[i]);
    return least;
}

/* One of the two is wrong then; which of them, no figure tells. */
static void warn_ideal(struct warnings *warnings, const struct cell *cell)
{
    const struct ideal *ideal = &cell->sample->ideal;
    char arms[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < cell->count && used < sizeof arms; i++) {
        double fastest = fastest_s(&cell->models[i]);
        if (ideal_beaten(ideal, fastest))
            used += (size_t)snprintf(arms + used, sizeof arms - used, "%s%s %.6g s",
                                     used > 0 ? ", " : "", cell->models[i].name, fastest);
    }
    if (used > 0)
        warn(warnings,
             "FASTER THAN THE IDEAL: the fastest launches took less than the %.6g s that are the "
             "least there can be: %s. Either these do not do all of the work, or the ideal is "
             "wrong. Next: look at their records in launches.jsonl.",
             ideal_seconds(ideal), arms);
}

/* Which parts an account has too much or too little of, it cannot tell. */
static void warn_accounts(struct warnings *warnings, const struct cell *cell)
{
    char arms[160] = "", why[ACCOUNT_WHY_BYTES];
    size_t used = 0;
    bool knows_delays = true;
    for (size_t i = 0; i < cell->count && used < sizeof arms; i++) {
        const struct arm_account *account = account_of(cell->sample, i, why);
        if (account == NULL || !account_unexplained(account))
            continue;
        knows_delays &= account->knows_delays;
        used +=
            (size_t)snprintf(arms + used, sizeof arms - used, "%s%s %.3g %%", used > 0 ? ", " : "",
                             cell->models[i].name, account_share(account, ACCOUNT_RESIDUAL) * 100);
    }
    if (used > 0)
        warn(warnings,
             "TIME UNEXPLAINED: over %g %% of the tasks' lives: %s. %s. Next: stop other programs, "
             "give it more tasks, and look at one launch with --account --trace.",
             ACCOUNT_UNEXPLAINED_MAX * 100, arms,
             knows_delays
                 ? "Perhaps pages were read from the disk, or the hypervisor had something "
                   "else to do; of short lives it is the clocks' grain"
                 : "The kernel does not tell how long a thread waits for a CPU "
                   "(/proc/self/schedstat)");
}

void warn_of(struct warnings *warnings, const struct cell *cell)
{
    size_t room = cell->sample->launch_count + 1;
    struct rows rows = {.values = malloc(room * sizeof *rows.values),
                        .rows = malloc(room * sizeof *rows.rows),
                        .out = malloc(room * sizeof *rows.out)};
    const char *unit;
    metric_unit(cell->metric, 1, &unit);
    bool is_time = unit[0] != 0 && strcmp(unit, "B") != 0;
    *warnings = (struct warnings){0};
    warn_work(warnings, cell);
    warn_company(warnings, cell);
    if (cell->blocks > 0 && is_time)
        warn_machine(warnings, cell);
    if (cell->blocks > 0)
        warn_origin(warnings, cell);
    if (cell_has_ideal(cell))
        warn_ideal(warnings, cell);
    warn_accounts(warnings, cell);
    if (cell->blocks > 0 && rows.values != NULL && rows.rows != NULL && rows.out != NULL)
        warn_outliers(warnings, cell, &rows);
    free(rows.values);
    free(rows.rows);
    free(rows.out);
}
