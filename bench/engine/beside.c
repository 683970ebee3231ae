/* Launches that are not timed, in the order of a run. */
#include "bench/engine/beside.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "bench/engine/alone.h"

/* Slopes over fewer tasks than these drown in what a process needs anyway. */
enum { SLOPE_TASKS_MIN = 64 };

/* ---- The ideal. ---- */

/* Records a line, unless its launch counts for nothing. */
static int keep(struct course *course, json_t *line, bool interrupted)
{
    if (!interrupted)
        return course_record(course, line);
    json_decref(line);
    return -EINTR;
}

int beside_ideal(struct course *course, const struct course_cell *cell)
{
    const struct plan *plan = course->plan;
    const struct arm *arm = &cell->plan->ideal;
    int status = 0;
    while (status == 0 && (arm->argc > 0 || arm->not_applicable[0] != 0)) {
        const struct ideal *ideal = &course_sample(course, cell)->ideal;
        bool interrupted = false;
        if (ideal->missing != NULL || ideal->launches >= cell->plan->ideal_launches)
            break;
        if (plan->progress != NULL)
            plan->progress(plan->data, cell->plan->name, "the ideal", course_to_go_s(course));
        json_t *line = alone_simulate(arm, &plan->stage, cell->plan->name, &interrupted);
        status = keep(course, line, interrupted);
    }
    return status;
}

/* ---- Before the blocks. ---- */

static uint32_t warm_figure(const struct sample_cell *cell, size_t arm, const char *name)
{
    double value = sample_median(cell, arm, LAUNCH_WARM_UP, name);
    return value >= 1 ? (uint32_t)value : 0;
}

static int repeat(struct course *course, const struct course_cell *cell, size_t arm,
                  struct order order, uint32_t times)
{
    int status = 0;
    struct presence presence;
    while (status == 0 && course_is_active(course_sample(course, cell), arm) &&
           course_count(course_sample(course, cell), arm, order.kind) < times)
        status = course_launch(course, cell, &cell->plan->arms[arm], order, &presence);
    return status;
}

int beside_introduce(struct course *course, const struct course_cell *cell, size_t arm)
{
    const struct rule *rule = &course->plan->rule;
    int status = repeat(course, cell, arm, (struct order){.kind = LAUNCH_WARM_UP}, rule->warm_ups);
    uint32_t tasks = warm_figure(course_sample(course, cell), arm, "record.tasks");
    uint32_t half = cell->plan->sized && tasks >= SLOPE_TASKS_MIN ? tasks / 2 : 0;
    if (status == 0)
        status = repeat(course, cell, arm, (struct order){.kind = LAUNCH_OBSERVED}, rule->observed);
    if (status == 0 && half > 0)
        status =
            repeat(course, cell, arm, (struct order){.kind = LAUNCH_OBSERVED_HALF, .tasks = half},
                   rule->observed);
    if (status == 0 && rule->traced)
        status = repeat(course, cell, arm, (struct order){.kind = LAUNCH_TRACED}, 1);
    if (status == 0 && rule->traced && half > 0)
        status =
            repeat(course, cell, arm, (struct order){.kind = LAUNCH_TRACED_HALF, .tasks = half}, 1);
    return status;
}

/* ---- After a block. ---- */

int beside_floors(struct course *course, struct course_cell *cell)
{
    int status = 0;
    struct presence presence;
    for (size_t i = 0; i < cell->plan->arm_count && status == 0; i++) {
        const struct sample_cell *sample = course_sample(course, cell);
        struct order order = {.kind = LAUNCH_FLOOR,
                              .block = cell->next_block,
                              .tasks = warm_figure(sample, i, "record.tasks"),
                              .width = warm_figure(sample, i, "record.width")};
        if (course_is_active(sample, i) && cell->plan->floors[i].argc > 0 && order.tasks > 0)
            status = course_launch(course, cell, &cell->plan->floors[i], order, &presence);
    }
    cell->floors++;
    return status;
}

/* ---- Behind all else. ---- */

/* It is known from a timed launch that it works, and that it comes to its end. */
static bool wants_account(const struct sample_cell *cell, size_t arm)
{
    bool timed = false;
    for (size_t i = 0; i < cell->launch_count; i++)
        timed |= cell->launches[i].arm == arm && cell->launches[i].kind == LAUNCH_TIMED &&
                 !cell->launches[i].failed;
    return timed && course_is_active(cell, arm) && cell->arms[arm].model[0] != 0 &&
           !cell->arms[arm].account.told;
}

int beside_accounts(struct course *course, const struct course_cell *cell)
{
    const struct plan *plan = course->plan;
    int status = 0;
    for (size_t i = 0; i < cell->plan->arm_count && plan->rule.accounts && status == 0; i++) {
        const struct arm *arm = &cell->plan->arms[i];
        char what[160];
        bool interrupted = false;
        if (!wants_account(course_sample(course, cell), i))
            continue;
        snprintf(what, sizeof what, "the account, %s", arm->label);
        if (plan->progress != NULL) /* the budget is none of its */
            plan->progress(plan->data, cell->plan->name, what, INFINITY);
        json_t *line = alone_account(arm, &plan->stage, cell->plan->name, &interrupted);
        status = keep(course, line, interrupted);
    }
    return status;
}
