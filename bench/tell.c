/* Tables, verdicts and histograms as text. */
#include "bench/tell.h"

#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/sample/warn.h"

struct tone tone_of(FILE *out)
{
    const char *no_colour = getenv("NO_COLOR");
    setlocale(LC_CTYPE, "");
    return (struct tone){.colour = isatty(fileno(out)) && (no_colour == NULL || no_colour[0] == 0),
                         .unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0};
}

const char *tone_paint(const struct tone *tone, const char *code)
{
    return tone->colour ? code : "";
}

/* ---- Figures. ---- */

int tell_name_width(const struct cell *cell)
{
    int width = 14;
    for (size_t i = 0; i < cell->count; i++) {
        int length = (int)strlen(cell->models[i].name);
        width = length > width ? length : width;
    }
    return width < 30 ? width : 30;
}

/* Whether there are ratios to the ideal. */
static bool shows_ideal(const struct cell *cell)
{
    return cell_has_ideal(cell) && ideal_seconds(&cell->sample->ideal) > 0;
}

static void tell_ideal(const struct cell *cell, FILE *out)
{
    const struct ideal *ideal = &cell->sample->ideal;
    double seconds = ideal_seconds(ideal);
    char value[32];
    const char *unit;
    if (!cell_has_ideal(cell) || (ideal->launches == 0 && ideal->missing == NULL))
        return;
    if (ideal->missing != NULL) {
        fprintf(out, "  No ideal: %s\n", ideal->missing);
        return;
    }
    number_show(seconds * metric_unit(cell->metric, seconds, &unit), value, sizeof value);
    fprintf(out, "  The ideal: %s %s, ", value, unit);
    if (seconds > ideal->critical_path_s)
        fprintf(out, "all computing shared out over %u CPU%s\n", ideal->cpus,
                ideal->cpus == 1 ? "" : "s");
    else
        fprintf(out, "the critical path at width %u\n", ideal->width);
}

static void tell_head(const struct cell *cell, FILE *out)
{
    fprintf(out, "  %-*s %14s   %-24s %s%s\n", tell_name_width(cell), "",
            metric_short(cell->metric), "95 % interval", shows_ideal(cell) ? "ideal    " : "",
            "times the least, with its interval");
}

/* 1.003, 12.35, 904. */
static const char *ratio_show(double ratio, char text[32])
{
    snprintf(text, 32, ratio < 10 ? "%.3f" : ratio < 100 ? "%.2f" : "%.0f", ratio);
    return text;
}

static const char *interval_show(const struct estimate *ratio, char text[80])
{
    char low[32], high[32];
    snprintf(text, 80, "%s to %s", ratio_show(ratio->low, low), ratio_show(ratio->high, high));
    return text;
}

static void tell_row(const struct cell *cell, const struct cell_model *model,
                     const struct tone *tone, FILE *out)
{
    const struct cell_model *best = cell_best(cell);
    char value[32], low[32], high[32], times[40], interval[80];
    const char *unit;
    double scale = metric_unit(cell->metric, model->median.value, &unit);
    number_show(model->median.value * scale, value, sizeof value);
    number_show(model->median.low * scale, low, sizeof low);
    number_show(model->median.high * scale, high, sizeof high);
    if (model->median.confidence >= CELL_CONFIDENCE)
        snprintf(interval, sizeof interval, "%s to %s", low, high);
    else
        snprintf(interval, sizeof interval, "(%s to %s: all)", low, high);
    const char *why;
    double over = cell_over_ideal(cell, model, &why);
    fprintf(out, "  %s%-*s %10s %-3s   %-24s",
            tone_paint(tone, cell_wins(cell, model) ? GREEN : ""), tell_name_width(cell),
            model->name, value, unit, interval);
    if (shows_ideal(cell)) {
        snprintf(times, sizeof times, "%sx", ratio_show(over, value));
        fprintf(out, " %-8s", times);
    }
    if (model == best) {
        fprintf(out, " 1");
    } else if (best != NULL) {
        struct estimate ratio = cell_ratio(cell, model, best);
        if (ratio.count > 0 && ratio.confidence >= cell->ratio_confidence)
            fprintf(out, " %s  (%s)", ratio_show(ratio.value, value),
                    interval_show(&ratio, interval));
        else if (ratio.count > 0)
            fprintf(out, " %s", ratio_show(ratio.value, value));
    }
    fprintf(out, "%s\n", tone_paint(tone, PLAIN));
}

static void tell_figures(const struct cell *cell, const struct tone *tone, FILE *out)
{
    int width = tell_name_width(cell);
    size_t order[SAMPLE_ARMS_MAX], count = cell_sorted(cell, order);
    for (size_t i = 0; i < count; i++)
        tell_row(cell, &cell->models[order[i]], tone, out);
    for (size_t i = 0; i < cell->count; i++) {
        const struct cell_model *model = &cell->models[i];
        if (model->bounded)
            fprintf(out, "  %-*s over %.3g s: stopped with %u of %u done\n", width, model->name,
                    model->bound_s, model->done, model->tasks);
        else if (model->failure != NULL)
            fprintf(out, "  %-*s failed: %s\n", width, model->name, model->failure);
        else if (model->why != NULL || model->other_work != NULL)
            fprintf(out, "  %-*s n/a: %s\n", width, model->name,
                    model->why != NULL ? model->why : model->other_work);
    }
}

/* ---- The verdict. ---- */

/* Runs of models, sorted by median, in which no two are separated; one that lies within another is
 * left out. */
void tell_groups(const struct cell *cell, char *text, size_t size)
{
    size_t order[SAMPLE_ARMS_MAX], count = cell_sorted(cell, order), end_before = 0, used = 0;
    text[0] = 0;
    for (size_t begin = 0; begin < count; begin++) {
        size_t end = begin + 1;
        for (; end < count; end++) {
            bool apart = false;
            for (size_t i = begin; i < end; i++)
                apart |= cell_faster(cell, &cell->models[order[i]], &cell->models[order[end]]);
            if (apart)
                break;
        }
        if (end - begin < 2 || end <= end_before)
            continue;
        end_before = end;
        for (size_t i = begin; i < end && used < size; i++)
            used += (size_t)snprintf(text + used, size - used, "%s%s",
                                     i > begin  ? ", "
                                     : used > 0 ? " | "
                                                : "",
                                     cell->models[order[i]].name);
    }
}

void tell_verdict(const struct cell *cell, const struct tone *tone, FILE *out)
{
    const struct cell_model *best = cell_best(cell), *second = cell_second(cell);
    char value[32], groups[600];
    const char *unit;
    if (best == NULL)
        return;
    double scale = metric_unit(cell->metric, best->median.value, &unit);
    number_show(best->median.value * scale, value, sizeof value);
    fprintf(out, "  %sLeast: %s, %s%s%s.%s", tone_paint(tone, GREEN), best->name, value,
            unit[0] != 0 ? " " : "", unit, tone_paint(tone, PLAIN));
    if (cell->blocks < cell->blocks_needed)
        fprintf(
            out,
            " No two can be separated yet: that takes %u blocks; raise --time-budget or --runs.",
            cell->blocks_needed);
    else if (second != NULL) {
        struct estimate ratio = cell_ratio(cell, second, best);
        fprintf(out, " Next: %s", second->name);
        if (ratio.count > 0)
            fprintf(out, ", %s times that (%s)", ratio_show(ratio.value, value),
                    interval_show(&ratio, groups));
        fprintf(out, ": %s.", cell_faster(cell, best, second) ? "separated" : "not separated");
    }
    fprintf(out, "\n");
    tell_groups(cell, groups, sizeof groups);
    if (groups[0] != 0 && cell->blocks >= cell->blocks_needed)
        fprintf(out, "  Not separated: %s.\n", groups);
}

/* ---- All of it. ---- */

/* Broken into lines at blanks. */
static void tell_warning(const char *text, const struct tone *tone, FILE *out)
{
    enum { WIDE = 88 };
    fprintf(out, "  %sWarning:%s ", tone_paint(tone, YELLOW), tone_paint(tone, PLAIN));
    while (strlen(text) > WIDE) {
        size_t length = WIDE;
        while (length > 0 && text[length] != ' ')
            length--;
        if (length == 0)
            break;
        fprintf(out, "%.*s\n           ", (int)length, text);
        text += length + 1;
    }
    fprintf(out, "%s\n", text);
}

static void tell_title(const struct cell *cell, FILE *out)
{
    const json_t *header = cell->sample->header, *options = json_object_get(header, "options");
    char option[300];
    fprintf(out, "%s", cell->sample->name);
    for (size_t i = 0; i < json_array_size(options); i++) {
        const char *text = json_string_value(json_array_get(options, i));
        fprintf(out, "%s%s", i == 0 ? ": " : " ",
                text_escape(text != NULL ? text : "", option, sizeof option));
    }
}

void tell_cell(const struct cell *cell, const char *title, const struct tone *tone, FILE *out)
{
    struct warnings warnings;
    warn_of(&warnings, cell);
    if (title != NULL)
        fprintf(out, "%s", title);
    else
        tell_title(cell, out);
    const char *end = json_string_value(json_object_get(cell->sample->end, "why"));
    fprintf(out, "%s  (%u block%s; %s%s)%s\n", tone_paint(tone, DIM), cell->blocks,
            cell->blocks == 1 ? "" : "s", end != NULL ? "ended by " : "not at its end",
            end != NULL ? end : "", tone_paint(tone, PLAIN));
    tell_ideal(cell, out);
    tell_head(cell, out);
    tell_figures(cell, tone, out);
    if (cell->sample->unfit)
        fprintf(out, "  %sNo verdict: the machine was unfit.%s\n", tone_paint(tone, YELLOW),
                tone_paint(tone, PLAIN));
    else
        tell_verdict(cell, tone, out);
    tell_accounts(cell, tone, out);
    if (tone->costs)
        tell_costs(cell, out);
    if (tone->histogram) {
        tell_spread(cell, tone, out);
    }
    for (size_t i = 0; i < warnings.count; i++)
        tell_warning(warnings.texts[i], tone, out);
}
