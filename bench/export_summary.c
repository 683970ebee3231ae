/* The summary in JSON of our own: what was judged, cell by cell. */
#include "bench/export.h"

#include <math.h>
#include <string.h>

#include "bench/sample/cost.h"
#include "bench/sample/warn.h"
#include "bench/tell.h"

/* A text, even if a character at its end was cut through where it was made. */
static json_t *text_or_cut(const char *text)
{
    size_t length = strlen(text), least = length > 3 ? length - 3 : 0;
    json_t *string = json_stringn(text, length);
    while (string == NULL && length > least)
        string = json_stringn(text, --length);
    return string;
}

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

static void add_share(json_t *seconds, json_t *shares, json_t *missing,
                      const struct arm_account *account, enum account_part part)
{
    static const char together[] = "the launch used too little of the CPU to tell user and system "
                                   "apart";
    const char *name = account_part_name(part);
    char key[24], path[60];
    snprintf(key, sizeof key, "%s_s", name);
    json_object_set_new(seconds, key, export_real(account->seconds[part]));
    json_object_set_new(shares, name, export_real(account_share(account, part)));
    if (isfinite(account->seconds[part]))
        return;
    snprintf(path, sizeof path, "account.%s", key);
    json_object_set_new(missing, path, json_string(together));
    snprintf(path, sizeof path, "account.shares.%s", name);
    json_object_set_new(missing, path, json_string(together));
}

/* Where the tasks' time went; null, with the reason, where there is no account. */
static json_t *summary_of_account(const struct cell *cell, size_t at, json_t *missing)
{
    char why[ACCOUNT_WHY_BYTES];
    const struct arm_account *account = account_of(cell->sample, at, why);
    if (account == NULL) {
        json_object_set_new(missing, "account", text_or_cut(why));
        return json_null();
    }
    json_t *shares = json_object();
    json_t *told = json_pack("{s:f, s:I, s:b, s:b}", "life_s", account->life_s, "tasks",
                             (json_int_t)account->tasks, "knows_delays", account->knows_delays,
                             "explained", !account_unexplained(account));
    for (int part = 0; part < ACCOUNT_PARTS; part++)
        add_share(told, shares, missing, account, (enum account_part)part);
    json_object_set_new(told, "shares", shares);
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
        json_object_set_new(costs, measures[i].name, export_real(value));
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
    json_t *arm =
        json_pack("{s:s, s:o, s:b, s:o, s:o, s:o, s:o, s:o}", "label", model->name, "median",
                  cell_has_figure(model) ? estimate_of(&model->median) : json_null(), "wins",
                  cell_wins(cell, model), "ratio_to_least", estimate_of(&ratio), "over_ideal",
                  export_real(over), "account", summary_of_account(cell, at, missing), "costs",
                  costs, "missing", missing);
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
