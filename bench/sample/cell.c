/* Medians, ratios by blocks, and who wins. */
#include "bench/sample/cell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/sample/certificate.h"
#include "bench/stats/median.h"
#include "bench/stats/paired.h"

const char *metric_short(const char *metric)
{
    static const char *const prefixes[] = {"record.figures.", "figures.", "record.", "derived."};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (strncmp(metric, prefixes[i], strlen(prefixes[i])) == 0)
            return metric + strlen(prefixes[i]);
    return metric;
}

static const struct sample_column *column_of(const struct cell *cell)
{
    return sample_column(cell->sample, cell->metric);
}

/* ---- Figures. ---- */

static bool fill_model(struct cell *cell, size_t at, const char *other_work)
{
    struct cell_model *model = &cell->models[at];
    const struct sample_arm *arm = &cell->sample->arms[at];
    const struct sample_column *column = column_of(cell);
    size_t launches = cell->sample->launch_count;
    *model = (struct cell_model){.name = arm->label,
                                 .model = arm->model,
                                 .why = arm->not_applicable,
                                 .failure = arm->failure,
                                 .other_work = other_work[0] != 0 ? strdup(other_work) : NULL,
                                 .bounded = arm->bounded && other_work[0] == 0,
                                 .bound_s = arm->bound_s,
                                 .tasks = arm->bound_tasks,
                                 .done = arm->bound_done,
                                 .median = {0, NAN, NAN, NAN, 0}};
    model->values = malloc((launches + 1) * sizeof *model->values);
    model->blocks = malloc((cell->sample->block_count + 1U) * sizeof *model->blocks);
    if (model->values == NULL || model->blocks == NULL ||
        (other_work[0] != 0 && model->other_work == NULL))
        return false;
    model->launches = sample_values(cell->sample, at, LAUNCH_TIMED, column, model->values);
    sample_block_means(cell->sample, at, column, true, model->blocks);
    if (model->failure == NULL && model->other_work == NULL)
        model->median = sample_estimate(cell->sample, at, column, CELL_CONFIDENCE);
    model->floor = sample_median(cell->sample, at, LAUNCH_FLOOR, "record.wall_s");
    return true;
}

uint32_t cell_blocks_needed(size_t arms)
{
    size_t pairs = arms * (arms > 0 ? arms - 1 : 0) / 2;
    return (uint32_t)median_count_needed(paired_confidence(CELL_CONFIDENCE, pairs));
}

static bool fill_ratios(struct cell *cell)
{
    size_t figures = 0;
    for (size_t i = 0; i < cell->count; i++)
        figures += cell_has_figure(&cell->models[i]);
    size_t pairs = figures * (figures > 0 ? figures - 1 : 0) / 2;
    cell->ratio_confidence = paired_confidence(CELL_CONFIDENCE, pairs);
    cell->blocks_needed = cell_blocks_needed(figures);
    cell->ratios = calloc(cell->count * cell->count + 1, sizeof *cell->ratios);
    for (size_t i = 0; cell->ratios != NULL && i < cell->count; i++)
        for (size_t j = 0; j < cell->count; j++)
            if (i != j && cell_has_figure(&cell->models[i]) && cell_has_figure(&cell->models[j]))
                cell->ratios[i * cell->count + j] =
                    paired_ratio(cell->models[i].blocks, cell->models[j].blocks,
                                 cell->sample->block_count, cell->ratio_confidence);
    return cell->ratios != NULL;
}

int cell_judge(struct cell *cell, const struct sample_cell *sample, const char *metric,
               struct problem *problem)
{
    const char *usual = json_string_value(json_object_get(sample->header, "metric"));
    *cell = (struct cell){.sample = sample,
                          .metric = metric != NULL  ? metric
                                    : usual != NULL ? usual
                                                    : "process_s",
                          .count = sample->arm_count,
                          .blocks = sample_blocks(sample, BLOCK_WHOLE)};
    if (cell->sample->unfit)
        cell->blocks += sample_blocks(sample, BLOCK_DISTURBED);
    char other_work[SAMPLE_ARMS_MAX][WORK_WHY_BYTES];
    bool ran = sample->block_count > 0, good = true;
    if (column_of(cell) == NULL && ran)
        return problem_set(problem, STATUS_USAGE,
                           "no launch of cell '%s' has a figure '%s'; --export-csv shows which "
                           "there are",
                           sample->name, cell->metric);
    certificate_judge(sample, other_work);
    for (size_t i = 0; i < cell->count; i++)
        good = fill_model(cell, i, other_work[i]) && good;
    if (good && fill_ratios(cell))
        return 0;
    cell_free(cell);
    return problem_no_memory(problem);
}

void cell_free(struct cell *cell)
{
    for (size_t i = 0; i < cell->count; i++) {
        free(cell->models[i].values);
        free(cell->models[i].blocks);
        free(cell->models[i].other_work);
    }
    free(cell->ratios);
    cell->ratios = NULL;
    cell->count = 0;
}

/* ---- What follows. ---- */

const struct cell_model *cell_find(const struct cell *cell, const char *name)
{
    for (size_t i = 0; i < cell->count; i++)
        if (strcmp(cell->models[i].name, name) == 0)
            return &cell->models[i];
    return NULL;
}

bool cell_has_figure(const struct cell_model *model)
{
    return model->median.count > 0 && !model->bounded && model->failure == NULL;
}

struct estimate cell_ratio(const struct cell *cell, const struct cell_model *a,
                           const struct cell_model *b)
{
    return cell->ratios[(size_t)(a - cell->models) * cell->count + (size_t)(b - cell->models)];
}

bool cell_faster(const struct cell *cell, const struct cell_model *a, const struct cell_model *b)
{
    if (!cell_has_figure(a))
        return false;
    if (b->bounded)
        return a->median.high < b->bound_s;
    if (!cell_has_figure(b))
        return false;
    struct estimate ratio = cell_ratio(cell, a, b);
    if (ratio.count == 0) /* no ratio of nothing: the medians' intervals must do */
        return median_separated(&a->median, &b->median) && a->median.value < b->median.value;
    return paired_separated(&ratio, cell->ratio_confidence) && ratio.high < 1;
}

bool cell_has_ideal(const struct cell *cell)
{
    return strcmp(metric_short(cell->metric), "wall_s") == 0;
}

double cell_over_ideal(const struct cell *cell, const struct cell_model *model, const char **why)
{
    *why = !cell_has_ideal(cell)     ? "the ideal is of the time of the run, not of this figure"
           : !cell_has_figure(model) ? "there is no median"
                                     : NULL;
    return *why == NULL ? ideal_ratio(&cell->sample->ideal, model->median.value, why) : NAN;
}

size_t cell_sorted(const struct cell *cell, size_t *order)
{
    size_t count = 0;
    for (size_t i = 0; i < cell->count; i++) {
        if (!cell_has_figure(&cell->models[i]))
            continue;
        size_t at = count++;
        for (; at > 0 && cell->models[order[at - 1]].median.value > cell->models[i].median.value;
             at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return count;
}

const struct cell_model *cell_best(const struct cell *cell)
{
    size_t order[SAMPLE_ARMS_MAX];
    return cell_sorted(cell, order) > 0 ? &cell->models[order[0]] : NULL;
}

const struct cell_model *cell_second(const struct cell *cell)
{
    size_t order[SAMPLE_ARMS_MAX];
    return cell_sorted(cell, order) > 1 ? &cell->models[order[1]] : NULL;
}

bool cell_wins(const struct cell *cell, const struct cell_model *model)
{
    const struct cell_model *best = cell_best(cell);
    if (best == NULL || model->failure != NULL || model->why != NULL)
        return false;
    if (model->bounded || model == best)
        return !cell_faster(cell, best, model);
    if (!cell_has_figure(model))
        return false;
    return !cell_faster(cell, best, model) || cell_ratio(cell, model, best).value <= CELL_WITHIN;
}

/* ---- How figures are shown. ---- */

double metric_unit(const char *metric, double value, const char **name)
{
    static const struct {
        double from, factor;
        const char *name;
    } seconds[] = {{0.1, 1, "s"}, {1e-4, 1e3, "ms"}, {1e-7, 1e6, "us"}, {0, 1e9, "ns"}},
      bytes[] = {{1e9, 0x1p-30, "GiB"}, {1e6, 0x1p-20, "MiB"}, {1e4, 0x1p-10, "KiB"}, {0, 1, "B"}};
    double in_s = NAN;
    *name = "";
    if (strstr(metric, "_ns") != NULL)
        in_s = 1e-9;
    else if (strstr(metric, "_s.") != NULL ||
             (strlen(metric) > 2 && strcmp(metric + strlen(metric) - 2, "_s") == 0))
        in_s = 1;
    if (isfinite(in_s)) {
        size_t at = 0;
        while (value != 0 && seconds[at].from > fabs(value) * in_s)
            at++;
        *name = seconds[at].name;
        return seconds[at].factor * in_s;
    }
    if (strstr(metric, "bytes") != NULL) {
        size_t at = 0;
        while (bytes[at].from > fabs(value))
            at++;
        *name = bytes[at].name;
        return bytes[at].factor;
    }
    return 1;
}

void number_show(double value, char *text, size_t size)
{
    snprintf(text, size, fabs(value) < 1000 ? "%.4g" : "%.0f", value);
}
