/* The table of what a launch costs, and why figures are not in it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/sample/cost.h"
#include "bench/tell.h"

enum { REASONS_MAX = 40, COSTS_COLUMNS = 78 };

struct reasons {
    char texts[REASONS_MAX][REASON_BYTES];
    size_t count;
};

static int cost_width(const struct cell *cell)
{
    int width = 12;
    for (size_t i = 0; i < cell->count; i++) {
        int length = (int)strlen(cell->models[i].name);
        width = length > width ? length : width;
    }
    return width < 25 ? width : 25;
}

static size_t note_reason(struct reasons *reasons, const char *reason)
{
    size_t at = 0;
    while (at < reasons->count && strcmp(reasons->texts[at], reason) != 0)
        at++;
    if (at == reasons->count && at < REASONS_MAX)
        snprintf(reasons->texts[reasons->count++], REASON_BYTES, "%s", reason);
    return at + 1;
}

static void show_cost(const struct measure *measure, double value, char *text, size_t size)
{
    char number[32];
    const char *unit;
    number_show(value * metric_unit(measure->name, value, &unit), number, sizeof number);
    snprintf(text, size, "%s%s%s", number, unit[0] != 0 ? " " : "", unit);
}

static void tell_measure(const struct cell *cell, const struct measure *measure, size_t from,
                         size_t to, struct reasons *reasons, FILE *out)
{
    char texts[SAMPLE_ARMS_MAX][48], why[SAMPLE_ARMS_MAX][REASON_BYTES];
    bool any = false;
    for (size_t i = from; i < to; i++) {
        double value = cost_of(cell->sample, i, measure, why[i]);
        any |= isfinite(value);
        if (isfinite(value))
            show_cost(measure, value, texts[i], sizeof texts[i]);
    }
    if (!any)
        return;
    fprintf(out, "  %-34s", measure->title);
    int width = cost_width(cell);
    for (size_t i = from; i < to; i++) {
        if (why[i][0] != 0)
            snprintf(texts[i], sizeof texts[i], "- (%zu)", note_reason(reasons, why[i]));
        fprintf(out, " %*s", width, texts[i]);
    }
    fprintf(out, "\n");
}

/* The measures that no model has a figure of, by their reasons. */
static void tell_absent(const struct cell *cell, const struct measure *measures, size_t count,
                        FILE *out)
{
    struct reasons seen = {.count = 0};
    char why[REASON_BYTES];
    bool absent[MEASURES_MAX];
    for (size_t i = 0; i < count; i++) {
        absent[i] = true;
        for (size_t j = 0; j < cell->count; j++)
            absent[i] &= !isfinite(cost_of(cell->sample, j, &measures[i], why));
    }
    for (size_t i = 0; i < count; i++) {
        size_t before = seen.count;
        if (!absent[i])
            continue;
        cost_of(cell->sample, 0, &measures[i], why);
        note_reason(&seen, why);
        if (seen.count == before)
            continue; /* told with the first of this reason */
        const char *comma = "  Not had: ";
        for (size_t j = i; j < count; j++) {
            char other[REASON_BYTES];
            cost_of(cell->sample, 0, &measures[j], other);
            if (!absent[j] || strcmp(other, why) != 0)
                continue;
            fprintf(out, "%s%s", comma, measures[j].name);
            comma = ", ";
        }
        fprintf(out, ": %s\n", why);
    }
}

void tell_costs(const struct cell *cell, FILE *out)
{
    struct measure measures[MEASURES_MAX];
    size_t count = cost_measures(cell->sample, measures);
    struct reasons reasons = {.count = 0};
    int width = cost_width(cell);
    size_t wide = (size_t)(COSTS_COLUMNS / (width + 1));
    for (size_t from = 0; from < cell->count; from += wide) {
        size_t to = from + wide < cell->count ? from + wide : cell->count;
        fprintf(out, "\n  %-34s", "What a launch costs (medians)");
        for (size_t i = from; i < to; i++)
            fprintf(out, " %*.*s", width, width, cell->models[i].name);
        fprintf(out, "\n");
        for (size_t i = 0; i < count; i++)
            tell_measure(cell, &measures[i], from, to, &reasons, out);
    }
    for (size_t i = 0; i < reasons.count; i++)
        fprintf(out, "  (%zu) %s\n", i + 1, reasons.texts[i]);
    tell_absent(cell, measures, count, out);
}
