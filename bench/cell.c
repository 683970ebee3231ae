/* Cells out of hyperfine's JSON and the programs' records. */
#include "bench/cell.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIDENCE 0.95

static json_t *load(const char *path, struct problem *problem)
{
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (root == NULL)
        problem_set(problem, STATUS_INCOMPARABLE, "'%s' cannot be read as JSON: %s", path,
                    error.text);
    return root;
}

static struct cell_model *add_model(struct cell *cell, const char *name)
{
    if (name == NULL || cell->count == CELL_MODELS_MAX)
        return NULL;
    struct cell_model *model = &cell->models[cell->count++];
    *model = (struct cell_model){0};
    snprintf(model->name, sizeof model->name, "%s", name);
    return model;
}

/* One entry of hyperfine's results: its name is the model's. */
static bool read_result(struct cell *cell, const json_t *result)
{
    struct cell_model *model =
        add_model(cell, json_string_value(json_object_get(result, "command")));
    const json_t *times = json_object_get(result, "times");
    const json_t *codes = json_object_get(result, "exit_codes");
    size_t count = json_array_size(times);
    if (model == NULL || count == 0)
        return false;
    model->values = calloc(count, sizeof *model->values);
    if (model->values == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        model->values[i] = json_number_value(json_array_get(times, i));
        model->failed |= model->values[i] <= 0 || json_integer_value(json_array_get(codes, i)) != 0;
    }
    model->median = median_of(model->values, count, CONFIDENCE);
    return true;
}

/* The record of a run that its --deadline may have stopped. One that came to its end all the same
 * is a figure from one launch; one that failed otherwise is none. */
static bool read_bound(struct cell *cell, const json_t *record)
{
    const char *name = json_string_value(json_object_get(record, "model"));
    if (name == NULL || cell_find(cell, name) != NULL)
        return name != NULL;
    if (add_model(cell, name) == NULL)
        return false;
    /* First, as it is the one that the others are compared with. */
    struct cell_model *model = &cell->models[0];
    memmove(model + 1, model, (size_t)(cell->count - 1) * sizeof *model);
    *model = (struct cell_model){.bound_s = json_number_value(json_object_get(record, "wall_s"))};
    snprintf(model->name, sizeof model->name, "%s", name);
    model->tasks = (unsigned)json_integer_value(json_object_get(record, "tasks"));
    model->done = (unsigned)json_integer_value(json_object_get(record, "ok"));
    const json_t *cancelled = json_object_get(json_object_get(record, "outcomes"), "cancelled");
    model->failed = model->done + (unsigned)json_integer_value(cancelled) != model->tasks ||
                    model->tasks == 0 || model->bound_s <= 0;
    model->bounded = model->done < model->tasks;
    if (model->bounded || model->failed)
        return true;
    model->values = malloc(sizeof *model->values);
    if (model->values == NULL)
        return false;
    model->values[0] = model->bound_s;
    model->median = median_of(model->values, 1, CONFIDENCE);
    return true;
}

static int read_bounds(struct cell *cell, const char *run, struct problem *problem)
{
    char path[4300], prefix[80];
    snprintf(path, sizeof path, "%s/hyperfine", run);
    snprintf(prefix, sizeof prefix, "%s.bound-", cell->name);
    DIR *folder = opendir(path);
    const struct dirent *entry;
    int status = 0;
    while (folder != NULL && status == 0 && (entry = readdir(folder)) != NULL) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
            continue;
        snprintf(path, sizeof path, "%s/hyperfine/%s", run, entry->d_name);
        json_t *record = load(path, problem);
        if (record == NULL)
            status = (int)problem->status;
        else if (!read_bound(cell, record))
            status = problem_set(problem, STATUS_INCOMPARABLE, "'%s' is not a run's record", path);
        json_decref(record);
    }
    if (folder != NULL)
        closedir(folder);
    return status;
}

int cell_read(struct cell *cell, const char *run, const char *name, struct problem *problem)
{
    char path[4300];
    *cell = (struct cell){0};
    snprintf(cell->name, sizeof cell->name, "%s", name);
    snprintf(path, sizeof path, "%s/hyperfine/%s.json", run, name);
    if (access(path, F_OK) != 0)
        return -ENOENT;
    json_t *root = load(path, problem);
    if (root == NULL)
        return (int)problem->status;
    const json_t *results = json_object_get(root, "results");
    bool good = json_array_size(results) > 0;
    for (size_t i = 0; i < json_array_size(results) && good; i++)
        good = read_result(cell, json_array_get(results, i));
    json_decref(root);
    int status = good ? read_bounds(cell, run, problem)
                      : problem_set(problem, STATUS_INCOMPARABLE,
                                    "'%s' is not what hyperfine exports", path);
    if (status != 0)
        cell_free(cell);
    return status;
}

/* ---- Figures out of records. ---- */

static bool add_value(struct cell_model *model, double value)
{
    double *values = realloc(model->values, (model->median.count + 1) * sizeof *values);
    if (values == NULL)
        return false;
    values[model->median.count++] = value;
    model->values = values;
    return true;
}

/* A record that failed, or did not verify, or lacks the figure, is none. */
static bool read_record(struct cell *cell, const json_t *record, const char *figure)
{
    const char *name = json_string_value(json_object_get(record, "model"));
    struct cell_model *model = name != NULL ? (struct cell_model *)cell_find(cell, name) : NULL;
    if (model == NULL)
        model = add_model(cell, name);
    if (model == NULL)
        return false;
    const json_t *value = json_object_get(json_object_get(record, "figures"), figure);
    bool good = json_integer_value(json_object_get(record, "failed")) == 0 &&
                !json_is_false(json_object_get(record, "verified")) && json_is_number(value);
    model->failed |= !good;
    return !good || add_value(model, json_number_value(value));
}

int cell_read_figure(struct cell *cell, const char *run, const char *name, const char *source,
                     const char *figure, enum quantity quantity, struct problem *problem)
{
    char path[4300];
    *cell = (struct cell){.quantity = quantity};
    snprintf(cell->name, sizeof cell->name, "%s", name);
    snprintf(path, sizeof path, "%s/records/%s.jsonl", run, source);
    if (access(path, F_OK) != 0)
        return -ENOENT;
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    bool good = file != NULL;
    while (good && getline(&line, &room, file) > 0) {
        json_t *record = json_loads(line, 0, NULL);
        good = record != NULL && read_record(cell, record, figure);
        json_decref(record);
    }
    free(line);
    if (file != NULL)
        fclose(file);
    for (int i = 0; i < cell->count && good; i++)
        if (cell->models[i].median.count > 0)
            cell->models[i].median =
                median_of(cell->models[i].values, cell->models[i].median.count, CONFIDENCE);
    if (good && cell->count > 0)
        return 0;
    cell_free(cell);
    if (good)
        return -ENOENT;
    return problem_set(problem, STATUS_INCOMPARABLE, "'%s' does not hold a record a line", path);
}

void cell_free(struct cell *cell)
{
    for (int i = 0; i < cell->count; i++)
        free(cell->models[i].values);
    cell->count = 0;
}

const struct cell_model *cell_find(const struct cell *cell, const char *model)
{
    for (int i = 0; i < cell->count; i++)
        if (strcmp(cell->models[i].name, model) == 0)
            return &cell->models[i];
    return NULL;
}

static bool has_figure(const struct cell_model *model)
{
    return !model->bounded && !model->failed;
}

bool cell_faster(const struct cell_model *a, const struct cell_model *b)
{
    if (!has_figure(a) || b->failed)
        return false;
    if (b->bounded)
        return a->median.high < b->bound_s;
    return median_separated(&a->median, &b->median) && a->median.value < b->median.value;
}

const struct cell_model *cell_best(const struct cell *cell)
{
    const struct cell_model *best = NULL;
    for (int i = 0; i < cell->count; i++)
        if (has_figure(&cell->models[i]) &&
            (best == NULL || cell->models[i].median.value < best->median.value))
            best = &cell->models[i];
    return best;
}

bool cell_wins(const struct cell *cell, const struct cell_model *model)
{
    const struct cell_model *best = cell_best(cell);
    if (best == NULL || model->failed)
        return false;
    if (model->bounded)
        return !cell_faster(best, model);
    return !cell_faster(best, model) || model->median.value <= CELL_WITHIN * best->median.value;
}

double cell_unit(const struct cell *cell, double value, const char **name)
{
    switch (cell->quantity) {
    case QUANTITY_PROCESS_S: *name = value < 0.1 ? "ms" : "s"; return value < 0.1 ? 1e3 : 1;
    case QUANTITY_NS: *name = value < 1e4 ? "ns" : "us"; return value < 1e4 ? 1 : 1e-3;
    default: *name = ""; return 1;
    }
}

void cell_number(const struct cell *cell, double value, char *text, size_t size)
{
    if (cell->quantity == QUANTITY_LOST_PER_MILLION && value > 0 && value < 10)
        snprintf(text, size, "%.2g", value); /* little is not nothing */
    else
        snprintf(text, size, value < 1000 ? "%.4g" : "%.0f", value);
}
