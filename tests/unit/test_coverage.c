/*
 * Every interval that the statistics state, held against simulation: does it hold the truth as
 * often as it says? And the tests: how often do they ring for nothing?
 *
 * test_coverage --table prints the tables of docs/statistics.md, from 20 times as many samples;
 * --claims what the documented figures are.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/simulation/claims.h"

enum { SAMPLES = 2000, TABLE_TIMES = 20 };

#define SERIES(happens, sample, shape, count, found, short_of)                                     \
    {                                                                                              \
        sample, happens, count, found, short_of, 0, shape, NULL, 0, 0, 0                           \
    }
#define LAUNCHES(happens, sample, count, tasks, mood, found, short_of)                             \
    {                                                                                              \
        sample, happens, count, found, short_of, 0, SHAPE_NORMAL, NULL, tasks, mood, 0             \
    }
#define BOOTSTRAP(sample, count, quantile, tasks, mood, found, short_of)                           \
    {                                                                                              \
        sample, quantile_holds, count, found, short_of, 10, SHAPE_NORMAL, NULL, tasks, mood,       \
            quantile                                                                               \
    }
#define BLOCKS(happens, sample, machine, count, found, short_of)                                   \
    {                                                                                              \
        sample, happens, count, found, short_of, 0, SHAPE_NORMAL, &machine, 0, 0, 0                \
    }
#define STOPPED(happens, sample, machine, found, short_of)                                         \
    {                                                                                              \
        sample, happens, 50, found, short_of, 4, SHAPE_NORMAL, &machine, 0, 0, 0                   \
    }

static const struct claim medians[] = {
    SERIES(median_holds, "normal", SHAPE_NORMAL, 6, 0.968, false),
    SERIES(median_holds, "normal", SHAPE_NORMAL, 10, 0.979, false),
    SERIES(median_holds, "normal", SHAPE_NORMAL, 25, 0.956, false),
    SERIES(median_holds, "normal", SHAPE_NORMAL, 50, 0.967, false),
    SERIES(median_holds, "log-normal", SHAPE_LOG_NORMAL, 6, 0.969, false),
    SERIES(median_holds, "log-normal", SHAPE_LOG_NORMAL, 10, 0.979, false),
    SERIES(median_holds, "log-normal", SHAPE_LOG_NORMAL, 25, 0.956, false),
    SERIES(median_holds, "log-normal", SHAPE_LOG_NORMAL, 50, 0.967, false),
    SERIES(median_holds, "bimodal", SHAPE_BIMODAL, 6, 0.968, false),
    SERIES(median_holds, "bimodal", SHAPE_BIMODAL, 10, 0.979, false),
    SERIES(median_holds, "bimodal", SHAPE_BIMODAL, 25, 0.957, false),
    SERIES(median_holds, "bimodal", SHAPE_BIMODAL, 50, 0.968, false),
    SERIES(median_holds, "AR(1), φ = 0.5", SHAPE_CORRELATED, 6, 0.85, true),
    SERIES(median_holds, "AR(1), φ = 0.5", SHAPE_CORRELATED, 10, 0.873, true),
    SERIES(median_holds, "AR(1), φ = 0.5", SHAPE_CORRELATED, 25, 0.817, true),
    SERIES(median_holds, "AR(1), φ = 0.5", SHAPE_CORRELATED, 50, 0.839, true),
    LAUNCHES(repetitions_hold, "10 repetitions in each launch, taken one by one", 10, 10, 1, 0.701,
             true),
    LAUNCHES(launch_medians_hold, "10 repetitions in each launch, their medians", 10, 10, 1, 0.979,
             false),
};

/* ---- Blocks: each arm is 5 % slower than the one before it, or all are equal. ---- */

static const struct machine steady = {.spread = 0.03, .effect = 0.05};
static const struct machine drifting = {.spread = 0.03, .effect = 0.05, .drift = 0.02};
static const struct machine moody = {.spread = 0.03, .effect = 0.05, .mood = 0.2};
static const struct machine heavy = {.noise = SHAPE_HEAVY, .spread = 0.03, .effect = 0.05};
static const struct machine skewed = {.noise = SHAPE_LOG_NORMAL, .spread = 0.03, .effect = 0.05};
static const struct machine wandering = {.spread = 0.03, .effect = 0.05, .wander = 0.1};
static const struct machine all_at_once = {
    .noise = SHAPE_HEAVY, .spread = 0.03, .effect = 0.05, .drift = 0.02, .mood = 0.2};
static const struct machine cold = {.spread = 0.03, .effect = 0.05, .first = 0.03};
static const struct machine cold_unpermuted = {
    .spread = 0.03, .effect = 0.05, .first = 0.03, .unpermuted = true};
static const struct machine unmirrored = {
    .spread = 0.03, .effect = 0.05, .drift = 0.02, .unpermuted = true, .unmirrored = true};
static const struct machine quiet = {.effect = 0.05, .drift = 0.02, .mood = 0.2};
static const struct machine equal = {.spread = 0.03};
static const struct machine equal_noisy = {.spread = 0.05};
static const struct machine equal_heavy = {.noise = SHAPE_HEAVY, .spread = 0.03};
static const struct machine equal_moody = {.spread = 0.03, .mood = 0.03};

static const struct claim ratios[] = {
    BLOCKS(ratio_holds, "steady machine", steady, 10, 0.978, false),
    BLOCKS(ratio_holds, "steady machine", steady, 30, 0.958, false),
    BLOCKS(ratio_holds, "linear drift, 2 % a launch", drifting, 10, 0.979, false),
    BLOCKS(ratio_holds, "linear drift, 2 % a launch", drifting, 30, 0.958, false),
    BLOCKS(ratio_holds, "a mood of 20 % a block", moody, 10, 0.978, false),
    BLOCKS(ratio_holds, "a mood of 20 % a block", moody, 30, 0.956, false),
    BLOCKS(ratio_holds, "heavy tails (t, 2 degrees)", heavy, 10, 0.979, false),
    BLOCKS(ratio_holds, "heavy tails (t, 2 degrees)", heavy, 30, 0.956, false),
    BLOCKS(ratio_holds, "log-normal noise", skewed, 30, 0.958, false),
    BLOCKS(ratio_holds, "wandering machine, AR(1), φ = 0.9", wandering, 30, 0.958, false),
    BLOCKS(ratio_holds, "the first launch of a block 3 % slower", cold, 30, 0.958, false),
    BLOCKS(ratio_holds, "the same, always ABBA", cold_unpermuted, 30, 0.449, true),
    BLOCKS(ratio_holds, "linear drift, always ABAB", unmirrored, 10, 0.763, true),
    BLOCKS(ratio_holds, "linear drift, always ABAB", unmirrored, 30, 0.205, true),
};

static const struct claim families[] = {
    BLOCKS(all_ratios_hold, "steady machine", steady, 9, 0.962, false),
    BLOCKS(all_ratios_hold, "steady machine", steady, 30, 0.986, false),
    BLOCKS(all_ratios_hold, "drift, moods, heavy tails", all_at_once, 9, 0.964, false),
    BLOCKS(all_ratios_hold, "drift, moods, heavy tails", all_at_once, 30, 0.986, false),
    BLOCKS(all_ratios_hold, "wandering machine, AR(1), φ = 0.9", wandering, 30, 0.986, false),
    BLOCKS(ratios_are_exact, "drift and moods without noise: low = high = truth", quiet, 9, 1,
           false),
};

static const struct claim arms[] = {
    BLOCKS(launches_hold, "its launches, steady machine", equal, 15, 0.956, false),
    BLOCKS(launches_hold, "its launches, moods as large as the noise", equal_moody, 15, 0.919,
           true),
    BLOCKS(block_means_hold, "means of its blocks, the same moods", equal_moody, 15, 0.965, false),
    STOPPED(stopped_arm_holds, "its launches, stopped by precision", equal, 0.963, false),
    STOPPED(stopped_arm_holds, "the same, noise 5 %", equal_noisy, 0.959, false),
    STOPPED(stopped_arm_holds, "the same, noise 3 %, moods 3 %", equal_moody, 0.917, true),
};

/* ---- Slopes, quantiles. ---- */

static const struct claim slopes[] = {
    SERIES(slope_holds, "normal", SHAPE_NORMAL, 5, 0.983, false),
    SERIES(slope_holds, "normal", SHAPE_NORMAL, 10, 0.953, false),
    SERIES(slope_holds, "normal", SHAPE_NORMAL, 25, 0.952, false),
    SERIES(slope_holds, "normal", SHAPE_NORMAL, 50, 0.951, false),
    SERIES(slope_holds, "heavy tails (t, 2 degrees)", SHAPE_HEAVY, 25, 0.955, false),
    SERIES(slope_holds, "bimodal", SHAPE_BIMODAL, 25, 0.953, false),
    SERIES(slope_holds, "AR(1), φ = 0.5", SHAPE_CORRELATED, 25, 0.781, true),
};

static const struct claim bootstraps[] = {
    BOOTSTRAP("median of single values", 6, 0.5, 1, 0, 0.867, true),
    BOOTSTRAP("median of single values", 10, 0.5, 1, 0, 0.928, true),
    BOOTSTRAP("median of single values", 25, 0.5, 1, 0, 0.951, false),
    BOOTSTRAP("median of single values", 50, 0.5, 1, 0, 0.952, false),
    BOOTSTRAP("p99, 12 tasks a launch", 10, 0.99, 12, 0, 0.715, true),
    BOOTSTRAP("p99, 12 tasks a launch", 50, 0.99, 12, 0, 0.924, true),
    BOOTSTRAP("p99, 100 tasks a launch", 10, 0.99, 100, 0, 0.871, true),
    BOOTSTRAP("p99, 100 tasks a launch", 25, 0.99, 100, 0, 0.925, true),
    BOOTSTRAP("p99, 100 tasks a launch", 50, 0.99, 100, 0, 0.933, true),
    BOOTSTRAP("p99, 100 tasks that share a mood, half their spread", 10, 0.99, 100, 0.5, 0.786,
              true),
    BOOTSTRAP("p99, 100 tasks that share a mood, half their spread", 25, 0.99, 100, 0.5, 0.865,
              true),
    BOOTSTRAP("p99, 100 tasks that share a mood, half their spread", 50, 0.99, 100, 0.5, 0.902,
              true),
    BOOTSTRAP("p99, 100 tasks that share a mood, all their spread", 10, 0.99, 100, 1, 0.604, true),
    BOOTSTRAP("p99, 100 tasks that share a mood, all their spread", 25, 0.99, 100, 1, 0.752, true),
};

/* ---- Alarms. ---- */

static const struct claim trends[] = {
    SERIES(trend_rings, "normal", SHAPE_NORMAL, 6, 0.055, true),
    SERIES(trend_rings, "normal", SHAPE_NORMAL, 8, 0.063, true),
    SERIES(trend_rings, "normal", SHAPE_NORMAL, 10, 0.046, false),
    SERIES(trend_rings, "normal", SHAPE_NORMAL, 25, 0.05, false),
    SERIES(trend_rings, "normal", SHAPE_NORMAL, 50, 0.05, false),
    SERIES(trend_rings, "bimodal", SHAPE_BIMODAL, 25, 0.049, false),
    SERIES(trend_rings, "AR(1), φ = 0.5", SHAPE_CORRELATED, 25, 0.232, true),
};

static const struct claim correlations[] = {
    SERIES(correlation_rings, "normal", SHAPE_NORMAL, 10, 0.021, false),
    SERIES(correlation_rings, "normal", SHAPE_NORMAL, 25, 0.039, false),
    SERIES(correlation_rings, "normal", SHAPE_NORMAL, 50, 0.046, false),
    SERIES(correlation_rings, "log-normal", SHAPE_LOG_NORMAL, 25, 0.018, false),
};

static const struct claim outliers[] = {
    SERIES(value_is_outlier, "a normal value is marked", SHAPE_NORMAL, 10, 0.016, false),
    SERIES(value_is_outlier, "a normal value is marked", SHAPE_NORMAL, 25, 0.006, false),
    SERIES(value_is_outlier, "a normal value is marked", SHAPE_NORMAL, 50, 0.002, false),
    SERIES(some_are_outliers, "some normal value is marked", SHAPE_NORMAL, 10, 0.125, false),
    SERIES(some_are_outliers, "some normal value is marked", SHAPE_NORMAL, 25, 0.099, false),
    SERIES(some_are_outliers, "some normal value is marked", SHAPE_NORMAL, 50, 0.087, false),
    SERIES(value_is_outlier, "a log-normal value is marked", SHAPE_LOG_NORMAL, 25, 0.083, false),
};

static const struct claim separated[] = {
    BLOCKS(stopped_separate, "9 blocks, noise 3 %", equal, 9, 0.037, false),
    STOPPED(stopped_separate, "stopped by precision, noise 3 %", equal, 0.02, false),
    STOPPED(stopped_separate, "stopped by precision, noise 5 %", equal_noisy, 0.026, false),
    STOPPED(stopped_separate, "stopped by precision, noise 3 %, moods 3 %", equal_moody, 0.027,
            false),
    STOPPED(stopped_separate, "stopped by precision, heavy tails", equal_heavy, 0.027, false),
    STOPPED(peeking_separates, "stopped when two are separated", equal, 0.166, true),
};

#define TOPIC(name, alarms, claims)                                                                \
    {                                                                                              \
        name, alarms, claims, sizeof(claims) / sizeof(claims)[0]                                   \
    }

static const struct topic topics[] = {
    TOPIC("median", false, medians),
    TOPIC("ratio of two arms", false, ratios),
    TOPIC("all 10 ratios of five arms", false, families),
    TOPIC("median of an arm", false, arms),
    TOPIC("slope", false, slopes),
    TOPIC("bootstrap", false, bootstraps),
    TOPIC("trend, p < 0.05", true, trends),
    TOPIC("serial correlation beyond 1.96/√n", true, correlations),
    TOPIC("outliers", true, outliers),
    TOPIC("two of five equal arms separated", true, separated),
};

static void claim_holds(void **state)
{
    const struct topic *topic = *state;
    assert_int_equal(topic_check(topic, (uint64_t)(topic - topics), SAMPLES), 0);
}

static void print_table(bool alarms, unsigned samples)
{
    if (samples > 0)
        printf("\n| %s | sample | n | %s | simulated |\n| --- | --- | --- | --- | --- |\n",
               alarms ? "alarm" : "interval", alarms ? "at most" : "stated");
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
        if (topics[i].alarms == alarms)
            topic_print(&topics[i], i, samples);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        unsigned samples = strcmp(argv[1], "--table") == 0 ? SAMPLES * TABLE_TIMES : 0;
        print_table(false, samples);
        print_table(true, samples);
        return 0;
    }
    struct CMUnitTest tests[sizeof topics / sizeof topics[0]];
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
        tests[i] = (struct CMUnitTest){
            .name = topics[i].name, .test_func = claim_holds, .initial_state = (void *)&topics[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
