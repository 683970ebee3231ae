/* Histograms as rows of blocks, and the far quantiles. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/sample/tail.h"
#include "bench/tell.h"

enum { BINS = 50 };

static const char *block(double share, const struct tone *tone)
{
    static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const marks[] = {" ", ".", ".", ":", "-", "=", "+", "*", "#"};
    int at = share <= 0 ? 0 : 1 + (int)(share * 7.999);
    return tone->unicode ? blocks[at > 8 ? 8 : at] : marks[at > 8 ? 8 : at];
}

static void tell_bins(const char *name, const double *bins, int width, const struct tone *tone,
                      FILE *out)
{
    double most = 0;
    for (int i = 0; i < BINS; i++)
        most = fmax(most, bins[i]);
    fprintf(out, "  %-*s ", width, name);
    for (int i = 0; i < BINS; i++)
        fprintf(out, "%s", block(most > 0 ? bins[i] / most : 0, tone));
    fprintf(out, "\n");
}

static void tell_scale(const char *metric, int width, double low, double high, FILE *out)
{
    char from[32], to[32];
    const char *unit_low, *unit_high;
    number_show(low * metric_unit(metric, low, &unit_low), from, sizeof from);
    number_show(high * metric_unit(metric, high, &unit_high), to, sizeof to);
    char left[48], right[48];
    snprintf(left, sizeof left, "%s %s", from, unit_low);
    snprintf(right, sizeof right, "%s %s", to, unit_high);
    fprintf(out, "  %-*s %-*s%s\n", width, "", BINS - (int)strlen(right), left, right);
}

/* Where a value lies from low to high; by its logarithm, as times are. */
static int bin_of(double value, double low, double high)
{
    double at = high > low && low > 0 ? log(value / low) / log(high / low) : 0;
    /* What is no number, as the logarithm of nothing, must not become one. */
    return !(at > 0) ? 0 : at >= 1 ? BINS - 1 : (int)(at * BINS);
}

static void tell_launches(const struct cell *cell, const struct tone *tone, FILE *out)
{
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < cell->count; i++)
        for (size_t j = 0; j < cell->models[i].launches; j++) {
            double value = cell->models[i].values[j];
            low = value > 0 ? fmin(low, value) : low;
            high = fmax(high, value);
        }
    if (!(low <= high))
        return;
    fprintf(out, "\n  Launches by %s, logarithmic, each row by its own height\n",
            metric_short(cell->metric));
    for (size_t i = 0; i < cell->count; i++) {
        double bins[BINS] = {0};
        for (size_t j = 0; j < cell->models[i].launches; j++)
            bins[bin_of(cell->models[i].values[j], low, high)]++;
        if (cell_has_figure(&cell->models[i]))
            tell_bins(cell->models[i].name, bins, tell_name_width(cell), tone, out);
    }
    tell_scale(cell->metric, tell_name_width(cell), low, high, out);
}

/* Of an arm's tasks, by bucket. */
static uint64_t count_in(const struct cell *cell, size_t arm, uint32_t bucket)
{
    const struct histogram *histogram = cell->sample->arms[arm].latency_intended;
    return histogram != NULL ? histogram->counts[bucket] : 0;
}

static void tell_latencies(const struct cell *cell, const struct tone *tone, FILE *out)
{
    uint32_t first = HISTOGRAM_BUCKETS, last = 0;
    for (size_t i = 0; i < cell->count; i++)
        for (uint32_t j = 0; j < HISTOGRAM_BUCKETS; j++)
            if (count_in(cell, i, j) > 0) {
                first = j < first ? j : first;
                last = j > last ? j : last;
            }
    if (first > last)
        return;
    double low = (double)histogram_upper_ns(first) + 1, high = (double)histogram_upper_ns(last) + 1;
    fprintf(out, "\n  Tasks by latency since they could have begun, logarithmic\n");
    for (size_t i = 0; i < cell->count; i++) {
        double bins[BINS] = {0};
        for (uint32_t j = first; j <= last; j++)
            bins[bin_of((double)histogram_upper_ns(j) + 1, low, high)] +=
                (double)count_in(cell, i, j);
        if (cell_has_figure(&cell->models[i]))
            tell_bins(cell->models[i].name, bins, tell_name_width(cell), tone, out);
    }
    tell_scale("_ns", tell_name_width(cell), low, high, out);
}

/* The far quantiles, which few launches do not tell. */
static void tell_tails(const struct cell *cell, FILE *out)
{
    static const struct {
        const char *name;
        double share;
    } tails[] = {{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}};
    enum { TAILS = sizeof tails / sizeof tails[0] };
    fprintf(out, "\n  %-*s", tell_name_width(cell), "");
    for (size_t i = 0; i < TAILS; i++)
        fprintf(out, " %-26s", tails[i].name);
    fprintf(out, "\n");
    for (size_t i = 0; i < cell->count; i++) {
        if (!cell_has_figure(&cell->models[i]))
            continue;
        fprintf(out, "  %-*s", tell_name_width(cell), cell->models[i].name);
        for (size_t j = 0; j < TAILS; j++) {
            struct estimate tail = tail_estimate(cell->sample, i, tails[j].share, CELL_CONFIDENCE);
            const char *unit;
            double scale = metric_unit("latency_s", tail.value, &unit);
            char text[80];
            if (tail.count == 0)
                snprintf(text, sizeof text, "-");
            else if (tail.confidence > 0)
                snprintf(text, sizeof text, "%.3g %s (%.3g to %.3g)", tail.value * scale, unit,
                         tail.low * scale, tail.high * scale);
            else
                snprintf(text, sizeof text, "%.3g %s", tail.value * scale, unit);
            fprintf(out, " %-26s", text);
        }
        fprintf(out, "\n");
    }
    fprintf(out, "  The 95 %% interval is over launches, and shown from %d launches on.\n",
            TAIL_LAUNCHES_MIN);
}

void tell_spread(const struct cell *cell, const struct tone *tone, FILE *out)
{
    tell_launches(cell, tone, out);
    tell_latencies(cell, tone, out);
    tell_tails(cell, out);
}
