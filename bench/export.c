/* Files for other programs. */
#include "bench/export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/sample/cost.h"
#include "bench/sample/warn.h"
#include "bench/stats/median.h"
#include "bench/tell.h"
#include "bench/whole_file.h"

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* A text, even if a character at its end was cut through where it was made. */
static json_t *text_or_cut(const char *text)
{
    size_t length = strlen(text), least = length > 3 ? length - 3 : 0;
    json_t *string = json_stringn(text, length);
    while (string == NULL && length > least)
        string = json_stringn(text, --length);
    return string;
}

/* ---- hyperfine's shape: whole processes. ---- */

static json_t *times_of(const struct sample_cell *cell, size_t arm, double *values, size_t *count)
{
    *count = sample_values(cell, arm, LAUNCH_TIMED, sample_column(cell, "process_s"), values);
    json_t *times = json_array();
    for (size_t i = 0; i < *count; i++)
        json_array_append_new(times, json_real(values[i]));
    return times;
}

static json_t *hyperfine_result(const struct sample_cell *cell, size_t arm, bool several,
                                double *values)
{
    size_t count;
    json_t *times = times_of(cell, arm, values, &count), *codes = json_array();
    if (count == 0) {
        json_decref(times);
        json_decref(codes);
        return NULL;
    }
    double mean = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        mean += values[i] / (double)count;
        json_array_append_new(codes, json_integer(0)); /* one that failed does not count */
    }
    for (size_t i = 0; i < count; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    double median = median_value(values, count); /* sorts */
    char name[2 * SAMPLE_NAME_BYTES + 4];
    snprintf(name, sizeof name, "%s%s%s", several ? cell->name : "", several ? ": " : "",
             cell->arms[arm].label);
    json_t *result = json_pack(
        "{s:s, s:f, s:o, s:f, s:o, s:o, s:f, s:f, s:o, s:o}", "command", name, "mean", mean,
        "stddev", count > 1 ? real_or_null(sqrt(squares / (double)(count - 1))) : json_null(),
        "median", median, "user", real_or_null(sample_median(cell, arm, LAUNCH_TIMED, "user_s")),
        "system", real_or_null(sample_median(cell, arm, LAUNCH_TIMED, "sys_s")), "min", values[0],
        "max", values[count - 1], "times", times, "exit_codes", codes);
    json_t *parameters = json_object_get(cell->header, "parameters");
    if (result != NULL && json_object_size(parameters) > 0)
        json_object_set(result, "parameters", parameters);
    return result;
}

int export_hyperfine(const struct cell *cells, size_t count, const char *path,
                     struct problem *problem)
{
    json_t *results = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct sample_cell *cell = cells[i].sample;
        double *values = malloc((cell->launch_count + 1) * sizeof *values);
        for (size_t j = 0; j < cell->arm_count && values != NULL; j++) {
            json_t *result = hyperfine_result(cell, j, count > 1, values);
            if (result != NULL)
                json_array_append_new(results, result);
        }
        free(values);
    }
    json_t *all = json_pack("{s:o}", "results", results);
    struct whole_file whole;
    int status = all != NULL ? whole_file_open(&whole, path, problem) : problem_no_memory(problem);
    if (status == 0) {
        json_dumpf(all, whole.file, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
        fputc('\n', whole.file);
        status = whole_file_close(&whole, problem);
    }
    json_decref(all);
    return status;
}

/* ---- CSV: a row a launch, a column a number. ---- */

static void put_text(FILE *file, const char *text)
{
    if (strpbrk(text, ",\"\n") == NULL) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text != 0; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of all cells' columns, each once, sorted; NULL when memory is short. */
static const char **all_columns(const struct cell *cells, size_t count, size_t *columns)
{
    size_t room = 1, kept = 0;
    for (size_t i = 0; i < count; i++)
        room += cells[i].sample->column_count;
    const char **names = malloc(room * sizeof *names);
    *columns = 0;
    for (size_t i = 0; i < count && names != NULL; i++)
        for (size_t j = 0; j < cells[i].sample->column_count; j++)
            names[(*columns)++] = cells[i].sample->columns[j].name;
    if (names != NULL)
        qsort(names, *columns, sizeof *names, compare_names);
    for (size_t i = 0; i < *columns; i++)
        if (kept == 0 || strcmp(names[kept - 1], names[i]) != 0)
            names[kept++] = names[i];
    *columns = kept;
    return names;
}

static void put_launch(FILE *file, const struct sample_cell *cell, size_t at,
                       const char *const *names, size_t columns)
{
    const struct sample_launch *launch = &cell->launches[at];
    put_text(file, cell->name);
    fputc(',', file);
    put_text(file, cell->arms[launch->arm].label);
    fprintf(file, ",%s,%d", launch_kind_name((enum launch_kind)launch->kind),
            sample_counts(cell, launch));
    for (size_t i = 0; i < columns; i++) {
        const struct sample_column *column = sample_column(cell, names[i]);
        if (column != NULL && isfinite(column->values[at]))
            fprintf(file, ",%.15g", column->values[at]);
        else
            fputc(',', file); /* not measured */
    }
    fputc('\n', file);
}

int export_csv(const struct cell *cells, size_t count, const char *path, struct problem *problem)
{
    size_t columns;
    const char **names = all_columns(cells, count, &columns);
    if (names == NULL)
        return problem_no_memory(problem);
    struct whole_file whole;
    int status = whole_file_open(&whole, path, problem);
    if (status == 0) {
        FILE *file = whole.file;
        fprintf(file, "cell,arm,kind,counts");
        for (size_t i = 0; i < columns; i++) {
            fputc(',', file);
            put_text(file, names[i]);
        }
        fputc('\n', file);
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < cells[i].sample->launch_count; j++)
                put_launch(file, cells[i].sample, j, names, columns);
        status = whole_file_close(&whole, problem);
    }
    free(names);
    return status;
}

/* ---- Markdown. ---- */

/* A bar would end the table's field, also within a code span. */
static void put_in_table(FILE *file, const char *text)
{
    for (; *text != 0; text++)
        fprintf(file, *text == '|' ? "\\%c" : "%c", *text);
}

static void put_markdown(FILE *file, const struct cell *cell)
{
    const struct tone plain = {0};
    size_t order[SAMPLE_ARMS_MAX], count = cell_sorted(cell, order);
    const struct cell_model *best = cell_best(cell);
    const char *unit = "";
    double scale = best != NULL ? metric_unit(cell->metric, best->median.value, &unit) : 1;
    fprintf(file,
            "### %s\n\n| model | %s%s%s | 95 %% interval | times the ideal | times the least | "
            "launches |\n|:---|---:|:---:|---:|---:|---:|\n",
            cell->sample->name, metric_short(cell->metric), unit[0] != 0 ? ", " : "", unit);
    for (size_t i = 0; i < count; i++) {
        const struct cell_model *model = &cell->models[order[i]];
        char value[32], low[32], high[32];
        const char *why;
        double over = cell_over_ideal(cell, model, &why);
        number_show(model->median.value * scale, value, sizeof value);
        number_show(model->median.low * scale, low, sizeof low);
        number_show(model->median.high * scale, high, sizeof high);
        fprintf(file, "| `");
        put_in_table(file, model->name);
        fprintf(file, "` | %s | %s to %s | ", value, low, high);
        if (isfinite(over))
            fprintf(file, "%.3f", over);
        fprintf(file, " | ");
        struct estimate ratio = cell_ratio(cell, model, best);
        if (model == best)
            fprintf(file, "1");
        else if (ratio.count > 0)
            fprintf(file, "%.3g (%.3f to %.3f)", ratio.value, ratio.low, ratio.high);
        fprintf(file, " | %zu |\n", model->launches);
    }
    fputc('\n', file);
    tell_verdict(cell, &plain, file);
    fputc('\n', file);
}

int export_markdown(const struct cell *cells, size_t count, const char *path,
                    struct problem *problem)
{
    struct whole_file whole;
    int status = whole_file_open(&whole, path, problem);
    if (status != 0)
        return status;
    for (size_t i = 0; i < count; i++)
        put_markdown(whole.file, &cells[i]);
    return whole_file_close(&whole, problem);
}

/* ---- Our own summary. ---- */

/* JSON has no infinity, which ratios of the greatest and the least numbers come to. */
static bool can_be_told(const struct estimate *estimate)
{
    return estimate->count > 0 && isfinite(estimate->value) && isfinite(estimate->low) &&
           isfinite(estimate->high);
}

static json_t *estimate_of(const struct estimate *estimate)
{
    if (!can_be_told(estimate))
        return json_null();
    return json_pack("{s:f, s:f, s:f, s:f, s:I}", "value", estimate->value, "low", estimate->low,
                     "high", estimate->high, "confidence", estimate->confidence, "count",
                     (json_int_t)estimate->count);
}

static const char *why_no_figure(const struct cell_model *model)
{
    return model->why != NULL          ? model->why
           : model->failure != NULL    ? "it failed"
           : model->other_work != NULL ? model->other_work
           : model->bounded            ? "it was stopped before its end"
                                       : "no launch that counts has this figure";
}

/* The cell's bound, and the two that it is the greater of. */
static json_t *summary_of_ideal(const struct ideal *ideal)
{
    const char *missing = ideal_missing(ideal);
    if (missing != NULL)
        return json_pack("{s:n, s:{s:o}}", "seconds", "missing", "seconds", text_or_cut(missing));
    json_t *cpus = ideal->cpus > 0 ? json_integer(ideal->cpus) : json_null();
    json_t *told = json_pack(
        "{s:f, s:f, s:f, s:o, s:I, s:I, s:{}}", "seconds", ideal_seconds(ideal), "critical_path_s",
        ideal->critical_path_s, "computed_s", ideal->computed_s, "cpus", cpus, "width",
        (json_int_t)ideal->width, "launches", (json_int_t)ideal->launches, "missing");
    if (ideal->cpus == 0)
        json_object_set_new(json_object_get(told, "missing"), "cpus",
                            json_string("the system does not tell"));
    return told;
}

static json_t *summary_of_arm(const struct cell *cell, size_t at, const struct measure *measures,
                              size_t measure_count)
{
    const struct cell_model *model = &cell->models[at], *best = cell_best(cell);
    json_t *costs = json_object(), *missing = json_object();
    for (size_t i = 0; i < measure_count; i++) {
        char reason[REASON_BYTES];
        double value = cost_of(cell->sample, at, &measures[i], reason);
        json_object_set_new(costs, measures[i].name, real_or_null(value));
        char path[120];
        snprintf(path, sizeof path, "costs.%s", measures[i].name);
        if (!isfinite(value))
            json_object_set_new(missing, path, text_or_cut(reason));
    }
    struct estimate none = {0},
                    ratio = best != NULL && best != model ? cell_ratio(cell, model, best) : none;
    if (!cell_has_figure(model))
        json_object_set_new(missing, "median", json_string(why_no_figure(model)));
    if (!can_be_told(&ratio))
        json_object_set_new(missing, "ratio_to_least",
                            json_string(model == best             ? "it is the least itself"
                                        : !cell_has_figure(model) ? why_no_figure(model)
                                                                  : "no block has both above 0"));
    const char *why;
    double over = cell_over_ideal(cell, model, &why);
    if (!isfinite(over))
        json_object_set_new(missing, "over_ideal", text_or_cut(why));
    json_t *arm = json_pack("{s:s, s:o, s:b, s:o, s:o, s:o, s:o}", "label", model->name, "median",
                            cell_has_figure(model) ? estimate_of(&model->median) : json_null(),
                            "wins", cell_wins(cell, model), "ratio_to_least", estimate_of(&ratio),
                            "over_ideal", real_or_null(over), "costs", costs, "missing", missing);
    if (model->why != NULL)
        json_object_set_new(arm, "not_applicable", json_string(model->why));
    if (model->failure != NULL)
        json_object_set_new(arm, "failed", json_string(model->failure));
    if (model->other_work != NULL)
        json_object_set_new(arm, "other_work", json_string(model->other_work));
    if (model->bounded)
        json_object_set_new(arm, "at_least_s", json_real(model->bound_s));
    return arm;
}

static json_t *summary_of(const struct cell *cell)
{
    struct measure measures[MEASURES_MAX];
    size_t measure_count = cost_measures(cell->sample, measures);
    struct warnings warnings;
    warn_of(&warnings, cell);
    json_t *arms = json_array(), *texts = json_array();
    for (size_t i = 0; i < cell->count; i++)
        json_array_append_new(arms, summary_of_arm(cell, i, measures, measure_count));
    for (size_t i = 0; i < warnings.count; i++)
        json_array_append_new(texts, text_or_cut(warnings.texts[i]));
    const struct cell_model *best = cell_best(cell), *second = cell_second(cell);
    char groups[600];
    tell_groups(cell, groups, sizeof groups);
    return json_pack(
        "{s:s, s:O?, s:O?, s:s, s:i, s:o, s:s?, s:s?, s:o, s:o, s:b, s:o, s:o}", "cell",
        cell->sample->name, "workload", json_object_get(cell->sample->header, "workload"),
        "parameters", json_object_get(cell->sample->header, "parameters"), "metric", cell->metric,
        "blocks", (int)cell->blocks, "ideal", summary_of_ideal(&cell->sample->ideal), "least",
        best != NULL ? best->name : NULL, "next", second != NULL ? second->name : NULL, "separated",
        second != NULL ? json_boolean(cell_faster(cell, best, second)) : json_null(),
        "not_separated", text_or_cut(groups), "unfit", cell->sample->unfit, "warnings", texts,
        "arms", arms);
}

int export_summary(const struct cell *cells, size_t count, FILE *out, struct problem *problem)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, summary_of(&cells[i]));
    json_t *all = json_pack("{s:i, s:o}", "schema_version", 1, "cells", list);
    if (all == NULL)
        return problem_no_memory(problem);
    int rc = json_dumpf(all, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    json_decref(all);
    fputc('\n', out);
    return rc == 0 || ferror(out) ? 0 : problem_no_memory(problem); /* who flushes it tells */
}
