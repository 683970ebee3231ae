/* Launches of several arms in blocks, and when to stop. */
#include <math.h>
#include <string.h>

#include "bench/stats/median.h"
#include "bench/stats/paired.h"
#include "tests/simulation/claims.h"

enum { ARMS = 5, PAIRS = ARMS * (ARMS - 1) / 2, BLOCKS_LEAST = 9, BLOCKS_MOST = 50 };

#define CONFIDENCE 0.95

static bool holds(const struct estimate *estimate, double truth)
{
    return estimate->low <= truth && truth <= estimate->high;
}

/* The launches of some arms in up to BLOCKS_MOST blocks. */
struct run {
    double logs[2 * ARMS * BLOCKS_MOST];
    size_t arms, room;
};

static void run_make(struct run *run, const struct claim *claim, struct source *source, size_t arms,
                     size_t blocks)
{
    run->arms = arms;
    run->room = blocks;
    sample_blocks(source, claim->machine, arms, blocks, run->logs);
}

/* The mean logarithm of an arm in each of the first blocks. */
static void run_means(const struct run *run, size_t arm, size_t blocks, double *means)
{
    const double *logs = &run->logs[2 * arm * run->room];
    for (size_t i = 0; i < blocks; i++)
        means[i] = (logs[2 * i] + logs[2 * i + 1]) / 2;
}

static struct estimate run_ratio(const struct run *run, size_t a, size_t b, size_t blocks,
                                 double confidence)
{
    double of_a[BLOCKS_MOST], of_b[BLOCKS_MOST];
    run_means(run, a, blocks, of_a);
    run_means(run, b, blocks, of_b);
    return paired_ratio(of_a, of_b, blocks, confidence);
}

static struct estimate run_median(const struct run *run, size_t arm, size_t blocks)
{
    double values[2 * BLOCKS_MOST];
    memcpy(values, &run->logs[2 * arm * run->room], 2 * blocks * sizeof *values);
    return median_of(values, 2 * blocks, CONFIDENCE);
}

bool ratio_holds(const struct claim *claim, struct source *source, double *stated)
{
    struct run run;
    run_make(&run, claim, source, 2, claim->count);
    struct estimate ratio = run_ratio(&run, 1, 0, claim->count, CONFIDENCE);
    *stated = ratio.confidence;
    return holds(&ratio, exp(claim->machine->effect));
}

static bool each_ratio(const struct claim *claim, struct source *source,
                       bool (*good)(const struct estimate *ratio, double truth))
{
    struct run run;
    double confidence = paired_confidence(CONFIDENCE, PAIRS);
    bool all = true;
    run_make(&run, claim, source, ARMS, claim->count);
    for (size_t i = 0; i < ARMS; i++)
        for (size_t j = 0; j < i; j++) {
            struct estimate ratio = run_ratio(&run, i, j, claim->count, confidence);
            all = all && ratio.confidence >= confidence &&
                  good(&ratio, exp((double)(i - j) * claim->machine->effect));
        }
    return all;
}

bool all_ratios_hold(const struct claim *claim, struct source *source, double *stated)
{
    *stated = CONFIDENCE;
    return each_ratio(claim, source, holds);
}

static bool is_exact(const struct estimate *ratio, double truth)
{
    return fabs(ratio->low - truth) < 1e-9 && fabs(ratio->high - truth) < 1e-9;
}

bool ratios_are_exact(const struct claim *claim, struct source *source, double *stated)
{
    *stated = 1;
    return each_ratio(claim, source, is_exact);
}

bool launches_hold(const struct claim *claim, struct source *source, double *stated)
{
    struct run run;
    run_make(&run, claim, source, 2, claim->count);
    struct estimate median = run_median(&run, 0, claim->count);
    *stated = median.confidence;
    return holds(&median, 0);
}

bool block_means_hold(const struct claim *claim, struct source *source, double *stated)
{
    struct run run;
    double means[BLOCKS_MOST];
    run_make(&run, claim, source, 2, claim->count);
    run_means(&run, 0, claim->count, means);
    struct estimate median = median_of(means, claim->count, CONFIDENCE);
    *stated = median.confidence;
    return holds(&median, 0);
}

/* ---- Stopping. ---- */

/* All arms' own intervals lie within 2 % of their medians. */
static bool all_precise(const struct run *run, size_t blocks)
{
    for (size_t i = 0; i < run->arms; i++) {
        struct estimate median = run_median(run, i, blocks);
        if (median.high - median.value > log(1.02) || median.low - median.value < log(0.98))
            return false;
    }
    return true;
}

static size_t stop_at(const struct run *run)
{
    size_t blocks = BLOCKS_LEAST;
    while (blocks < run->room && !all_precise(run, blocks))
        blocks++;
    return blocks;
}

static bool any_separated(const struct run *run, size_t blocks)
{
    double confidence = paired_confidence(CONFIDENCE, PAIRS);
    for (size_t i = 0; i < run->arms; i++)
        for (size_t j = 0; j < i; j++) {
            struct estimate ratio = run_ratio(run, i, j, blocks, confidence);
            if (paired_separated(&ratio, confidence))
                return true;
        }
    return false;
}

bool stopped_arm_holds(const struct claim *claim, struct source *source, double *stated)
{
    struct run run;
    run_make(&run, claim, source, ARMS, claim->count);
    struct estimate median = run_median(&run, 0, stop_at(&run));
    *stated = median.confidence;
    return holds(&median, 0);
}

bool stopped_separate(const struct claim *claim, struct source *source, double *stated)
{
    struct run run;
    run_make(&run, claim, source, ARMS, claim->count);
    *stated = 1 - CONFIDENCE;
    return any_separated(&run, stop_at(&run));
}

bool peeking_separates(const struct claim *claim, struct source *source, double *stated)
{
    struct run run;
    size_t blocks = BLOCKS_LEAST;
    run_make(&run, claim, source, ARMS, claim->count);
    while (blocks < run.room && !any_separated(&run, blocks))
        blocks++;
    *stated = 1 - CONFIDENCE;
    return any_separated(&run, blocks);
}
