/* Mirrored blocks, and the rule that ends them. */
#include "bench/engine/protocol.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/engine/beside.h"
#include "bench/engine/host.h"
#include "bench/sample/cell.h"
#include "core/clock.h"
#include "core/random.h"

/* CPU time is told in ticks of 10 ms: what others used is judged over so long at least. */
#define STRETCH_S      1.0
#define STRETCH_LAST_S 0.2

/* Time that the hypervisor gave to others, at most. */
#define STEAL_MAX 0.05

struct protocol {
    struct course course;
    /* Blocks not yet judged. */
    struct {
        double elapsed_s, foreign_s, steal_s;
        double others_s; /* host_others_s() when it began, at this time */
        uint64_t begin_ns;
        size_t count;
        struct {
            size_t cell;
            uint32_t block;
        } blocks[4096];
    } stretch;
};

void rule_describe(const struct plan *plan, char *text, size_t size)
{
    const struct rule *rule = &plan->rule;
    const struct plan_cell *cell = &plan->cells[0]; /* all have the same arms */
    size_t arms = 0;
    for (size_t i = 0; i < cell->arm_count; i++)
        arms += cell->arms[i].not_applicable[0] == 0;
    if (rule->blocks_max > 0)
        snprintf(text, size, "Rule: %u block%s, each of them twice every model.", rule->blocks_max,
                 rule->blocks_max == 1 ? "" : "s");
    else
        snprintf(text, size,
                 "Rule: blocks of twice every model, at least %u, until the %.0f %% interval of "
                 "each median is within ±%.3g %%, or %.4g s are spent.",
                 cell_blocks_needed(arms), rule->confidence * 100, rule->precision * 100,
                 rule->budget_s);
}

/* A figure that no launch tells would never be precise enough, or always. */
static int check_metric(const struct protocol *protocol, const struct course_cell *state)
{
    const struct sample_cell *cell = course_sample(&protocol->course, state);
    const char *metric = protocol->course.plan->rule.metric;
    size_t active = 0;
    for (size_t i = 0; i < cell->arm_count; i++) {
        if (course_is_active(cell, i) && isfinite(sample_median(cell, i, LAUNCH_WARM_UP, metric)))
            return 0;
        active += course_is_active(cell, i);
    }
    if (active == 0)
        return 0;
    return problem_set(protocol->course.problem, STATUS_USAGE,
                       "no launch of cell '%s' has a figure '%s'; --export-csv shows which there "
                       "are",
                       cell->name, metric);
}

/* ---- Blocks. ---- */

/* A random order of the active arms; the same for the same seed, cell and block. */
static size_t permute(const struct protocol *protocol, const struct course_cell *state,
                      size_t *order)
{
    const struct sample_cell *cell = course_sample(&protocol->course, state);
    uint64_t seed =
        protocol->course.plan->rule.seed + random_at((size_t)(state - protocol->course.cells), 0);
    size_t count = 0;
    for (size_t i = 0; i < cell->arm_count; i++)
        if (course_is_active(cell, i))
            order[count++] = i;
    for (size_t i = count; i > 1; i--) {
        size_t j = random_at(seed, state->next_block * (uint64_t)SAMPLE_ARMS_MAX + i) % i;
        size_t kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
    return count;
}

static void begin_stretch(struct protocol *protocol)
{
    memset(&protocol->stretch, 0, sizeof protocol->stretch);
    protocol->stretch.begin_ns = clock_now_ns();
    protocol->stretch.others_s = host_others_s(protocol->course.plan->stage.origin_pid);
}

/* How many CPUs others used on average: no more than other processes had, wherever they ran, and no
 * more than was used of our CPUs beside us. (The latter alone would count the kernel's work for
 * many short threads, and the way in and out of idle.) */
static double foreign_cpus(const struct protocol *protocol)
{
    double beside = protocol->stretch.foreign_s / protocol->stretch.elapsed_s;
    double had_s =
        host_others_s(protocol->course.plan->stage.origin_pid) - protocol->stretch.others_s;
    double had = had_s / ((double)(clock_now_ns() - protocol->stretch.begin_ns) / 1e9);
    return had < beside ? had : beside; /* NAN: they cannot be seen */
}

/* What others did while the blocks since the last look ran; those blocks then count or do not. */
static int judge_stretch(struct protocol *protocol)
{
    double elapsed_s = protocol->stretch.elapsed_s;
    double foreign = foreign_cpus(protocol);
    double steal = protocol->stretch.steal_s / elapsed_s;
    bool foreigners = foreign > protocol->course.plan->rule.foreign_max;
    int status = 0;
    for (size_t i = 0; i < protocol->stretch.count && status == 0; i++) {
        if (!foreigners && !(steal > STEAL_MAX))
            break;
        const struct course_cell *state = &protocol->course.cells[protocol->stretch.blocks[i].cell];
        status = course_record(&protocol->course,
                               json_pack("{s:s, s:s, s:i, s:s, s:f}", "type", "disturbed", "cell",
                                         state->plan->name, "block",
                                         (int)protocol->stretch.blocks[i].block, "by",
                                         foreigners ? "others on the CPUs" : "the hypervisor",
                                         "cpus", foreigners ? foreign : steal));
    }
    begin_stretch(protocol);
    return status;
}

static json_t *tell_block(const struct course_cell *state, double elapsed_s, double foreign_s,
                          double steal_s)
{
    static const char untold[] = "the system does not tell";
    json_t *line = json_pack("{s:s, s:s, s:i, s:f}", "type", "block", "cell", state->plan->name,
                             "block", (int)state->next_block, "elapsed_s", elapsed_s);
    json_object_set_new(line, "foreign_cpu_s",
                        journal_real(line, "foreign_cpu_s", foreign_s, untold));
    json_object_set_new(line, "steal_s", journal_real(line, "steal_s", steal_s, untold));
    return line;
}

static int run_block(struct protocol *protocol, struct course_cell *state)
{
    size_t order[SAMPLE_ARMS_MAX], count = permute(protocol, state, order);
    double elapsed_s = 0, foreign_s = 0, steal_s = 0;
    uint64_t begin_ns = clock_now_ns();
    int status = 0;
    for (size_t i = 0; i < 2 * count && status == 0; i++) {
        size_t arm = order[i < count ? i : 2 * count - 1 - i];
        struct presence presence = {0};
        if (!course_is_active(course_sample(&protocol->course, state), arm))
            continue; /* it failed in this block */
        status = course_launch(&protocol->course, state, &state->plan->arms[arm],
                               (struct order){.kind = LAUNCH_TIMED,
                                              .block = state->next_block,
                                              .position = (uint32_t)i},
                               &presence);
        elapsed_s += presence.elapsed_s;
        foreign_s += presence.foreign_s;
        steal_s += presence.steal_s;
    }
    if (status == 0)
        status = course_record(&protocol->course, tell_block(state, elapsed_s, foreign_s, steal_s));
    if (status != 0)
        return status;
    size_t at = protocol->stretch.count++;
    protocol->stretch.blocks[at].cell = (size_t)(state - protocol->course.cells);
    protocol->stretch.blocks[at].block = state->next_block;
    protocol->stretch.elapsed_s += elapsed_s;
    protocol->stretch.foreign_s += foreign_s;
    protocol->stretch.steal_s += steal_s;
    if (protocol->stretch.elapsed_s >= STRETCH_S ||
        protocol->stretch.count ==
            sizeof protocol->stretch.blocks / sizeof protocol->stretch.blocks[0])
        status = judge_stretch(protocol);
    if (status == 0 && state->floors < protocol->course.plan->rule.floors)
        status = beside_floors(&protocol->course, state);
    state->block_ns = clock_now_ns() - begin_ns;
    state->next_block++;
    return status;
}

/* ---- When it is enough. ---- */

static bool precise_enough(const struct protocol *protocol, const struct sample_cell *cell)
{
    const struct rule *rule = &protocol->course.plan->rule;
    const struct sample_column *column = sample_column(cell, rule->metric);
    for (size_t i = 0; i < cell->arm_count; i++) {
        if (!course_is_active(cell, i))
            continue;
        struct estimate median = sample_estimate(cell, i, column, rule->confidence);
        if (median.count > 0 &&
            (median.high - median.low) / 2 > rule->precision * fabs(median.value))
            return false;
    }
    return true;
}

/* NULL: it goes on. */
static const char *reason_to_end(const struct protocol *protocol, const struct course_cell *state)
{
    const struct rule *rule = &protocol->course.plan->rule;
    const struct sample_cell *cell = course_sample(&protocol->course, state);
    uint32_t blocks = sample_blocks(cell, BLOCK_WHOLE);
    size_t active = 0;
    for (size_t i = 0; i < cell->arm_count; i++)
        active += course_is_active(cell, i);
    if (active == 0)
        return "nothing to launch";
    /* A block is begun when half of it fits, so that budgets are kept on the average. */
    bool over = rule->budget_s > 0 && state->next_block > 0 &&
                clock_now_ns() + state->block_ns / 2 >= protocol->course.end_ns;
    if (rule->blocks_max > 0 && blocks >= rule->blocks_max)
        return "runs";
    if (rule->blocks_max > 0 && sample_blocks(cell, BLOCK_DISTURBED) > rule->blocks_max)
        return "disturbance"; /* it could go on for ever */
    if (rule->blocks_max == 0 && blocks >= cell_blocks_needed(cell->arms_possible) &&
        precise_enough(protocol, cell))
        return "precision";
    return over ? "budget" : NULL;
}

static int end_cell(struct protocol *protocol, struct course_cell *state, const char *why)
{
    const struct sample_cell *cell = course_sample(&protocol->course, state);
    uint32_t whole = sample_blocks(cell, BLOCK_WHOLE);
    uint32_t disturbed = sample_blocks(cell, BLOCK_DISTURBED);
    state->done = true;
    if (cell->end != NULL && json_integer_value(json_object_get(cell->end, "blocks")) == whole &&
        strcmp(json_string_value(json_object_get(cell->end, "why")), why) == 0)
        return 0; /* as it was before */
    return course_record(&protocol->course,
                         json_pack("{s:s, s:s, s:s, s:i, s:i}", "type", "end", "cell",
                                   state->plan->name, "why", why, "blocks", (int)whole, "disturbed",
                                   (int)disturbed));
}

/* ---- The whole. ---- */

/* Seconds that launches of these cells took in earlier sessions. */
static double spent_s(const struct protocol *protocol)
{
    double spent = 0;
    for (size_t i = 0; i < protocol->course.plan->count; i++) {
        const struct sample_cell *cell =
            course_sample(&protocol->course, &protocol->course.cells[i]);
        const struct sample_column *took = sample_column(cell, "process_s");
        for (size_t j = 0; j < cell->launch_count && took != NULL; j++)
            spent += isfinite(took->values[j]) ? took->values[j] : 0;
    }
    return spent;
}

/* The cell's line where it is new; where it goes on, its next block. */
static int take_up(struct protocol *protocol, struct course_cell *state)
{
    int status = 0;
    if (sample_find(protocol->course.sample, state->plan->name) == NULL)
        status = course_record(&protocol->course, json_incref(state->plan->header));
    if (status != 0)
        return status;
    const struct sample_cell *cell = course_sample(&protocol->course, state);
    state->next_block = cell->block_count;
    for (size_t i = 0; i < cell->launch_count; i++) {
        uint32_t block = cell->launches[i].block;
        if (cell->launches[i].kind == LAUNCH_TIMED && block >= state->next_block)
            state->next_block = block + 1;
    }
    for (size_t i = 0; i < cell->arm_count; i++) {
        uint32_t floors = course_count(cell, i, LAUNCH_FLOOR);
        state->floors = floors > state->floors ? floors : state->floors;
    }
    return 0;
}

static int run_all_blocks(struct protocol *protocol)
{
    int status = 0;
    for (bool going = true; going && status == 0;) {
        going = false;
        for (size_t i = 0; i < protocol->course.plan->count && status == 0; i++) {
            struct course_cell *state = &protocol->course.cells[i];
            const char *why = state->done ? NULL : reason_to_end(protocol, state);
            if (why != NULL && protocol->stretch.elapsed_s >= STRETCH_LAST_S) {
                status = judge_stretch(protocol); /* it may not be enough after all */
                why = status == 0 ? reason_to_end(protocol, state) : NULL;
            }
            if (status != 0 || state->done)
                continue;
            status = why != NULL ? end_cell(protocol, state, why) : run_block(protocol, state);
            going = true;
        }
    }
    return status;
}

int protocol_run(const struct plan *plan, struct journal *journal, struct sample *sample,
                 struct problem *problem)
{
    struct protocol *protocol = calloc(1, sizeof *protocol);
    if (protocol == NULL ||
        (protocol->course.cells = calloc(plan->count, sizeof *protocol->course.cells)) == NULL) {
        free(protocol);
        return problem_no_memory(problem);
    }
    protocol->course.plan = plan;
    protocol->course.journal = journal;
    protocol->course.sample = sample;
    protocol->course.problem = problem;
    int status = 0;
    for (size_t i = 0; i < plan->count && status == 0; i++) {
        protocol->course.cells[i].plan = &plan->cells[i];
        status = take_up(protocol, &protocol->course.cells[i]);
        if (status == 0)
            status = beside_ideal(&protocol->course, &protocol->course.cells[i]);
    }
    if (status == 0) {
        double left_s = plan->rule.budget_s - spent_s(protocol);
        protocol->course.end_ns = clock_now_ns() + (uint64_t)(left_s > 0 ? left_s * 1e9 : 0);
    }
    for (size_t i = 0; i < plan->count && status == 0; i++) {
        for (size_t j = 0; j < plan->cells[i].arm_count && status == 0; j++)
            status = beside_introduce(&protocol->course, &protocol->course.cells[i], j);
        if (status == 0)
            status = check_metric(protocol, &protocol->course.cells[i]);
    }
    begin_stretch(protocol);
    if (status == 0)
        status = run_all_blocks(protocol);
    for (size_t i = 0; i < plan->count && status == 0; i++)
        status = beside_accounts(&protocol->course, &protocol->course.cells[i]);
    free(protocol->course.cells);
    free(protocol);
    return status;
}
