/*
 * The charts' data: numbers in .dat files, and a .gp file a chart with its title, unit and labels,
 * for the scripts in plots/. Names in it are checked: gnuplot would run what stands in backticks.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/program/whole_file.h"
#include "bench/rules.h"
#include "bench/show.h"
#include "core/registry.h"

/* Black: no model, or one that this program has never heard of. Its row is named all the same. */
static uint32_t colour_of(const struct cell_model *model)
{
    const struct model_entry *entry = model_find(model->model);
    if (entry == NULL)
        return 0x000000;
    return entry->model != NULL ? entry->model->colour : entry->colour;
}

static bool is_plain(const char *name)
{
    return name[0] != 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

static int open_data(struct whole_file *whole, const char *run, const char *name,
                     const char *ending, struct problem *problem)
{
    char path[4300];
    snprintf(path, sizeof path, "%s/data/%s.%s", run, name, ending);
    return whole_file_open(whole, path, problem);
}

/* The greatest and the least median. */
static void extremes(const struct cell *cell, double *least, double *most)
{
    *least = *most = 0;
    for (size_t i = 0; i < cell->count; i++) {
        const struct cell_model *model = &cell->models[i];
        if (!cell_has_figure(model))
            continue;
        *most = model->median.value > *most ? model->median.value : *most;
        *least = model->median.value < *least || *least <= 0 ? model->median.value : *least;
    }
}

/* One unit for all rows: in which the least is read best, unless the greatest gets too long. */
static double unit_of(const struct cell *cell, const char **name)
{
    double least, most;
    extremes(cell, &least, &most);
    double unit = metric_unit(cell->metric, least, name);
    return most * unit < 1e4 || strstr(cell->metric, "_ns") != NULL
               ? unit
               : metric_unit(cell->metric, most, name);
}

/* Where figures other than the time of a run are more than a hundredfold apart, lengths would show
 * but the longest. */
static bool is_logarithmic(const struct cell *cell)
{
    double least, most;
    extremes(cell, &least, &most);
    return strstr(cell->metric, "_ns") != NULL && most > 100 * least;
}

static void describe_axis(const struct cell *cell, char *text, size_t size)
{
    const char *unit, *name = metric_short(cell->metric);
    unit_of(cell, &unit);
    if (strcmp(name, "wall_s") == 0)
        snprintf(text, size, "time of the run, %s", unit);
    else if (strstr(name, "lost_per_million") != NULL)
        snprintf(text, size, "updates lost per million");
    else
        snprintf(text, size, "%s%s", unit, is_logarithmic(cell) ? ", logarithmic" : "");
}

/* The first model is drawn at the top. */
static int row_of(const struct cell *cell, size_t model)
{
    return (int)(cell->count - model);
}

static int write_points(const char *run, const struct shown_cell *shown, const struct cell *cell,
                        double unit, struct problem *problem)
{
    struct whole_file whole;
    int status = open_data(&whole, run, shown->name, "points.dat", problem);
    if (status != 0)
        return status;
    FILE *file = whole.file;
    fprintf(file, "# time, row, colour: every launch\n");
    for (size_t i = 0; i < cell->count; i++) {
        const struct cell_model *model = &cell->models[i];
        for (size_t j = 0; j < model->launches && cell_has_figure(model);
             j++) /* spread over the row, to be seen */
            fprintf(file, "%.9g %.3f %u\n", model->values[j] * unit,
                    row_of(cell, i) - 0.20 - 0.16 * (double)(j * 7 % 11) / 10, colour_of(model));
    }
    return whole_file_close(&whole, problem);
}

static int write_medians(const char *run, const struct shown_cell *shown, const struct cell *cell,
                         double unit, struct problem *problem)
{
    struct whole_file whole;
    int status = open_data(&whole, run, shown->name, "medians.dat", problem);
    if (status != 0)
        return status;
    FILE *file = whole.file;
    fprintf(file, "# median, row, low, high, colour, text\n");
    for (size_t i = 0; i < cell->count; i++) {
        const struct cell_model *model = &cell->models[i];
        char text[32];
        if (!cell_has_figure(model))
            continue;
        number_show(model->median.value * unit, text, sizeof text);
        fprintf(file, "%.9g %d %.9g %.9g %u \"%s\"\n", model->median.value * unit, row_of(cell, i),
                model->median.low * unit, model->median.high * unit, colour_of(model), text);
    }
    return whole_file_close(&whole, problem);
}

/* Why there is nothing in a row. In a data file, as it may say anything. */
static int write_reasons(const char *run, const struct shown_cell *shown, const struct cell *cell,
                         struct problem *problem)
{
    struct whole_file whole;
    int status = open_data(&whole, run, shown->name, "reasons.dat", problem);
    if (status != 0)
        return status;
    FILE *file = whole.file;
    fprintf(file, "# row, text; 0: no row, as gnuplot complains of a file without any\n0 \"\"\n");
    for (size_t i = 0; i < cell->count; i++) {
        const struct cell_model *model = &cell->models[i];
        const char *why = model->why != NULL ? model->why : model->other_work;
        if (why == NULL)
            continue;
        fprintf(file, "%d \"n/a: ", row_of(cell, i));
        for (; *why != 0; why++)
            fputc(*why == '"' ? '\'' : *why, file);
        fprintf(file, "\"\n");
    }
    return whole_file_close(&whole, problem);
}

static void write_rule(FILE *file, const struct shown_cell *shown, const struct cell *cell,
                       double unit)
{
    for (int i = 0; i < rule_count; i++) {
        char why[600];
        if (strcmp(rules[i].cell, shown->name) != 0)
            continue;
        enum verdict verdict = rule_judge(&rules[i], cell, why, sizeof why);
        const struct cell_model *best = cell_best(cell);
        fprintf(file, "rule = '“%s”: %s'\n", rules[i].text, verdict_name(verdict));
        if (best != NULL)
            fprintf(file, "best = %.9g\nwithin = %.9g\n", best->median.value * unit,
                    best->median.value * unit * CELL_WITHIN);
    }
}

static int write_title(const char *run, const struct shown_cell *shown, const struct cell *cell,
                       double unit, struct problem *problem)
{
    struct whole_file whole;
    int status = open_data(&whole, run, shown->name, "gp", problem);
    if (status != 0)
        return status;
    FILE *file = whole.file;
    const struct cell_model *best = cell_best(cell);
    char axis[80];
    describe_axis(cell, axis, sizeof axis);
    double ideal = cell_has_ideal(cell) ? ideal_seconds(&cell->sample->ideal) : NAN;
    if (ideal > 0)
        fprintf(file, "ideal = %.9g\n", ideal * unit);
    fprintf(file, "chart_title = '%s'\naxis = '%s'\nlogarithmic = %d\nrows = %zu\nleast = %.9g\n",
            shown->head, axis, is_logarithmic(cell), cell->count,
            best != NULL ? best->median.value * unit : 1);
    fprintf(file, "set ytics (");
    const char *comma = "";
    for (size_t i = 0; i < cell->count; i++) {
        fprintf(file, "%s'%s' %d", comma, cell->models[i].name, row_of(cell, i));
        comma = ", ";
    }
    fprintf(file, ")\n");
    for (size_t i = 0; i < cell->count; i++) {
        const struct cell_model *model = &cell->models[i];
        if (model->bounded)
            fprintf(file,
                    "set label 'over %.3g s: stopped with %u of %u done' at graph 0.98, first %d "
                    "right tc rgb %u\n",
                    model->bound_s, model->done, model->tasks, row_of(cell, i), colour_of(model));
        else if (model->failure != NULL)
            fprintf(file, "set label 'failed: no figure' at graph 0.98, first %d right\n",
                    row_of(cell, i));
    }
    write_rule(file, shown, cell, unit);
    return whole_file_close(&whole, problem);
}

static int write_speedups(const char *run, const struct shown_cell *shown, const struct cell *cell,
                          struct problem *problem)
{
    char name[100];
    snprintf(name, sizeof name, "speedup-%s", shown->name);
    struct whole_file whole;
    int status = open_data(&whole, run, name, "dat", problem);
    if (status != 0)
        return status;
    FILE *file = whole.file;
    fprintf(file, "# times as fast as sequential, row, low, high, colour, text\n");
    for (size_t i = 0; i < cell->count; i++) {
        double times, low, high;
        if (show_speedup(cell, &cell->models[i], &times, &low, &high))
            fprintf(file, "%.9g %d %.9g %.9g %u \"%.2f×\"\n", times, row_of(cell, i), low, high,
                    colour_of(&cell->models[i]), times);
    }
    return whole_file_close(&whole, problem);
}

int show_write_data(const char *run, const struct cell *cells, struct problem *problem)
{
    char path[4300];
    snprintf(path, sizeof path, "%s/data", run);
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return problem_set(problem, STATUS_OUTPUT, "'%s' cannot be made: %s", path,
                           strerror(errno));
    int status = 0;
    for (int i = 0; i < shown_cell_count && status == 0; i++) {
        const struct cell *cell = &cells[i];
        const char *unit_name;
        if (cell_best(cell) == NULL)
            continue;
        double unit = unit_of(cell, &unit_name);
        for (size_t j = 0; j < cell->count && status == 0; j++)
            if (!is_plain(cell->models[j].name))
                status = problem_set(problem, STATUS_INCOMPARABLE, "'%s' is not a model's name",
                                     cell->models[j].name);
        if (status == 0)
            status = write_points(run, &shown_cells[i], cell, unit, problem);
        if (status == 0)
            status = write_medians(run, &shown_cells[i], cell, unit, problem);
        if (status == 0)
            status = write_reasons(run, &shown_cells[i], cell, problem);
        if (status == 0)
            status = write_title(run, &shown_cells[i], cell, unit, problem);
        if (status == 0)
            status = write_speedups(run, &shown_cells[i], cell, problem);
    }
    return status;
}
