/* Lines and launches. */
#include "bench/engine/course.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/random.h"

enum { PADDING_MAX = 4096 };

struct sample_cell *course_sample(const struct course *course, const struct course_cell *cell)
{
    return sample_find(course->sample, cell->plan->name);
}

int course_record(struct course *course, json_t *line)
{
    json_incref(line);
    int status = journal_append(course->journal, line, course->problem);
    if (status == 0)
        status = sample_add(course->sample, line, course->problem);
    json_decref(line);
    return status;
}

double course_to_go_s(const struct course *course)
{
    uint64_t now_ns = clock_now_ns();
    if (course->plan->rule.budget_s <= 0)
        return INFINITY;
    return now_ns < course->end_ns ? (double)(course->end_ns - now_ns) / 1e9 : 0;
}

static void describe_launch(const struct rule *rule, const struct arm *arm,
                            const struct order *order, char *text, size_t size)
{
    if (order->kind != LAUNCH_TIMED)
        snprintf(text, size, "%s, %s", launch_kind_name(order->kind), arm->label);
    else if (rule->blocks_max > 0)
        snprintf(text, size, "block %u of %u", order->block + 1, rule->blocks_max);
    else
        snprintf(text, size, "block %u", order->block + 1);
}

int course_launch(struct course *course, const struct course_cell *cell, const struct arm *arm,
                  struct order order, struct presence *presence)
{
    const struct plan *plan = course->plan;
    char what[160];
    bool interrupted = false;
    if (plan->progress != NULL) {
        describe_launch(&plan->rule, arm, &order, what, sizeof what);
        plan->progress(plan->data, cell->plan->name, what, course_to_go_s(course));
    }
    order.cell = cell->plan->name;
    order.padding = (uint32_t)(random_at(~plan->rule.seed, course->launches++) % PADDING_MAX);
    json_t *line = perform(arm, &plan->stage, &order, presence, &interrupted);
    if (!interrupted)
        return course_record(course, line);
    json_decref(line);
    return -EINTR;
}

uint32_t course_count(const struct sample_cell *cell, size_t arm, enum launch_kind kind)
{
    uint32_t count = 0;
    for (size_t i = 0; i < cell->launch_count; i++)
        count += cell->launches[i].arm == arm && cell->launches[i].kind == kind;
    return count;
}

bool course_is_active(const struct sample_cell *cell, size_t arm)
{
    const struct sample_arm *of = &cell->arms[arm];
    return of->not_applicable == NULL && of->failure == NULL && !of->bounded;
}
