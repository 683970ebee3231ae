/* Files for other programs. */
#include "bench/export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/program/whole_file.h"
#include "bench/stats/median.h"
#include "bench/tell.h"

json_t *export_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
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
        "stddev", count > 1 ? export_real(sqrt(squares / (double)(count - 1))) : json_null(),
        "median", median, "user", export_real(sample_median(cell, arm, LAUNCH_TIMED, "user_s")),
        "system", export_real(sample_median(cell, arm, LAUNCH_TIMED, "sys_s")), "min", values[0],
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
