/*
 * Claims about statistics, held against simulation: an interval holds the truth as often as it
 * says, a test gives no more false alarms than it says. Where one falls short, by how much is part
 * of the claim. A claim is one row of a table.
 */
#ifndef TESTS_SIMULATION_CLAIMS_H
#define TESTS_SIMULATION_CLAIMS_H

#include "tests/simulation/samples.h"

struct claim;

/* Makes one sample and says whether its interval holds the truth, or the alarm rings. Sets the rate
 * that is stated for that, NAN for none. */
typedef bool happens_fn(const struct claim *claim, struct source *source, double *stated);

struct claim {
    const char *sample; /* as the table says it */
    happens_fn *happens;
    size_t count;     /* values, blocks or launches in the sample; at most SAMPLE_MOST */
    double found;     /* how often it happens, as documented */
    bool short_of;    /* … which is less often than stated, or for an alarm more often */
    unsigned cost;    /* so many times as few samples are made; 0: 1 */
    enum shape shape; /* of single values */
    const struct machine *machine; /* of blocks */
    size_t tasks;                  /* of launches: how many in each */
    double mood;                   /* … and what they share: its deviation, their own being 1 */
    double quantile;
};

enum { SAMPLE_MOST = 100 };

struct topic {
    const char *name;
    bool alarms;
    const struct claim *claims;
    size_t count;
};

/* Simulates each claim of the topic on `samples` samples and prints which do not hold; returns how
 * many. The seed tells topics apart. */
int topic_check(const struct topic *topic, uint64_t seed, unsigned samples);

/* The topic's rows of a Markdown table: name, sample, count, stated, simulated. With 0 samples it
 * is not simulated: the documented figure is last, and what is stated is left out. */
void topic_print(const struct topic *topic, uint64_t seed, unsigned samples);

/* ---- What happens in a sample: series.c. Intervals are of 95 %, tests at 5 %. ---- */

happens_fn median_holds, slope_holds, quantile_holds;
happens_fn repetitions_hold;    /* the median of all tasks, as if each were a launch of its own */
happens_fn launch_medians_hold; /* the median of the launches' medians */
happens_fn trend_rings, correlation_rings;
happens_fn value_is_outlier; /* the first one: the share of values */
happens_fn some_are_outliers;

/* ---- … in blocks: blocks.c. ---- */

happens_fn ratio_holds;       /* of the second of two arms to the first */
happens_fn all_ratios_hold;   /* of all pairs of five arms */
happens_fn ratios_are_exact;  /* … and both ends of their intervals are the truth */
happens_fn launches_hold;     /* an arm's own median, over its launches */
happens_fn block_means_hold;  /* … over the means of its blocks */
happens_fn stopped_arm_holds; /* the former, when all five arms are precise enough to stop */
happens_fn stopped_separate;  /* two of five equal arms are told apart then */
happens_fn peeking_separates; /* … when the rule is to stop as soon as two are told apart */

#endif
