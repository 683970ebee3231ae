/* The rules and their verdicts. */
#include "bench/rules.h"

#include <stdio.h>
#include <string.h>

const struct rule rules[] = {
    {"slow-io", "slow I/O, many tasks: event loop", "rule-slow-io",
     "1,000 fresh plain requests of 50 ms, all at once", "uv"},
    {"fast-io", "fast I/O, few tasks: threads", "rule-fast-io",
     "8 fresh plain requests of 0 ms, all at once", "threads"},
    {"cpu", "CPU-bound: processes", "squares", "ten sums of squares, as many at once as CPUs",
     "processes"},
};
const int rule_count = sizeof rules / sizeof rules[0];

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {"confirmed", "refuted", "undecided", "not measured"};
    return names[verdict];
}

/* "uv 0.1503 s", or what is known instead; the intervals are in the table. */
static void describe(const struct cell_model *model, char *text, size_t size)
{
    if (model->failure != NULL)
        snprintf(text, size, "%s failed", model->name);
    else if (model->bounded)
        snprintf(text, size, "%s over %.3g s (stopped with %u of %u done)", model->name,
                 model->bound_s, model->done, model->tasks);
    else if (model->median.value < 0.1)
        snprintf(text, size, "%s %.4g ms", model->name, model->median.value * 1e3);
    else
        snprintf(text, size, "%s %.4g s", model->name, model->median.value);
}

/* Another model that is separated from the rule's and more than 5 % faster; the fastest of them. */
static const struct cell_model *refuter(const struct cell *cell, const struct cell_model *of_rule)
{
    const struct cell_model *found = NULL;
    for (size_t i = 0; i < cell->count; i++) {
        const struct cell_model *other = &cell->models[i];
        if (other == of_rule || !cell_faster(cell, other, of_rule))
            continue;
        double times = of_rule->bounded ? of_rule->bound_s / other->median.value
                                        : cell_ratio(cell, of_rule, other).value;
        if (times > CELL_WITHIN && (found == NULL || other->median.value < found->median.value))
            found = other;
    }
    return found;
}

static bool is_measured(const struct cell_model *model)
{
    return cell_has_figure(model) || (model->bounded && model->failure == NULL);
}

enum verdict rule_judge(const struct rule *rule, const struct cell *cell, char *why,
                        unsigned long size)
{
    const struct cell_model *of_rule = cell_find(cell, rule->model);
    const struct cell_model *sequential = cell_find(cell, "sequential");
    if (of_rule == NULL || sequential == NULL || !is_measured(of_rule) ||
        !is_measured(sequential)) {
        snprintf(why, size,
                 "it takes %s and sequential, both without failures and with the same work",
                 rule->model);
        return NOT_MEASURED;
    }
    char of_rule_text[200], other_text[200];
    const struct cell_model *faster = refuter(cell, of_rule);
    const struct cell_model *other = faster;
    for (size_t i = 0; i < cell->count && faster == NULL; i++) /* the best beside the rule's */
        if (&cell->models[i] != of_rule && cell_has_figure(&cell->models[i]) &&
            (other == NULL || cell->models[i].median.value < other->median.value))
            other = &cell->models[i];
    if (other == NULL && of_rule != sequential)
        other = sequential;
    describe(of_rule, of_rule_text, sizeof of_rule_text);
    describe(other, other_text, sizeof other_text);
    snprintf(why, size, "%s; %s %s", of_rule_text,
             faster != NULL                      ? "faster is"
             : cell_faster(cell, of_rule, other) ? "then comes"
                                                 : "not separated from",
             other_text);
    if (faster != NULL)
        return REFUTED;
    return cell_wins(cell, of_rule) && !cell_wins(cell, sequential) ? CONFIRMED : UNDECIDED;
}
