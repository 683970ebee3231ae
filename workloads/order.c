/*
 * order: in which order a program and its two tasks are switched, from the notes' second section.
 * The transcript is the result. Under a loop it is the same every time; where tasks run beside the
 * root, --runs shows the distribution of orders. What must hold under every model is the order of
 * each task's own lines and that nobody is awaited before it is done.
 */
#include <stdlib.h>
#include <string.h>

#include "core/certificate.h"
#include "workloads/unit.h"

/* In the order of the notes' transcript. */
enum line { BEFORE_AWAIT, START_1, START_2, DONE_1, AWAITED_1, DONE_2, AWAITED_2, LINES };

static const char *const lines[LINES] = {
    [BEFORE_AWAIT] = "before await",  [START_1] = "worker_1 start",
    [START_2] = "worker_2 start",     [DONE_1] = "worker_1 done",
    [AWAITED_1] = "awaited worker_1", [DONE_2] = "worker_2 done",
    [AWAITED_2] = "awaited worker_2",
};

/* Which line must stand before which, under every model. */
static const enum line before[][2] = {
    {START_1, DONE_1},   {START_2, DONE_2},      {DONE_1, AWAITED_1},
    {DONE_2, AWAITED_2}, {AWAITED_1, AWAITED_2}, {BEFORE_AWAIT, AWAITED_1},
};

enum { WORKERS = 2, RUNS_MAX = 1000000 };

/* A kind of order, and how often it was seen. */
struct seen {
    char order[LINES + 1]; /* a line's number, plus one, in each place */
    uint32_t count;
};

struct settings {
    uint64_t unit_ns;
    uint64_t runs;
    struct seen *seen; /* room to tell the orders of several runs apart, after the clock */
};

/* ---- Settings. ---- */

static void *create(void)
{
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings != NULL)
        *settings = (struct settings){.unit_ns = UNIT_NS_DEFAULT, .runs = 1};
    return settings;
}

static void destroy(void *pointer)
{
    struct settings *settings = pointer;
    free(settings->seen);
    free(settings);
}

static const struct workload_option options[] = {
    UNIT_OPTION,
    {"runs", "N", "repeat in this process and print each order seen with its count; default 1"},
    {0},
};

static int option(struct run *run, const char *name, const char *value)
{
    struct settings *settings = run->settings;
    if (strcmp(name, "unit") == 0)
        return option_duration(name, value, 1, &settings->unit_ns, &run->problem);
    return option_number(name, value, 1, RUNS_MAX, &settings->runs, &run->problem);
}

static int prepare(struct run *run, int argc, char **argv)
{
    struct settings *settings = run->settings;
    (void)argc, (void)argv;
    if (settings->runs > 1) {
        settings->seen = calloc(settings->runs, sizeof *settings->seen);
        if (settings->seen == NULL)
            return problem_set(&run->problem, STATUS_ENVIRONMENT, "%s", memory_is_short);
    }
    run->tasks = (uint32_t)settings->runs * WORKERS;
    run->note_capacity = (uint32_t)settings->runs * LINES;
    run->width_needed = WORKERS;
    return 0;
}

/* ---- The tasks. ---- */

static uint64_t wait_ns(const struct run *run, uint32_t child)
{
    return (child % WORKERS + 1) * ((const struct settings *)run->settings)->unit_ns;
}

static void step(struct task *task, int result, uint64_t now_ns)
{
    uint32_t worker = task->index % WORKERS, repetition = task->index / WORKERS;
    (void)now_ns;
    if (task->stage++ == 0) {
        task_note(task, worker == 0 ? START_1 : START_2, repetition);
        yield_sleep(task, wait_ns(task->run, task->index), false, 0);
        return;
    }
    if (result == 0)
        task_note(task, worker == 0 ? DONE_1 : DONE_2, repetition);
    yield_done(task, outcome_of_errno(result), -result, 0);
}

struct root_state {
    uint32_t first; /* of this repetition's children */
};

static void root_step(struct task *root, int result, uint64_t now_ns)
{
    struct root_state *state = task_state(root);
    (void)now_ns;
    if (result < 0) {
        yield_done(root, outcome_of_errno(result), -result, 0);
        return;
    }
    switch (root->stage) {
    case 0: yield_spawn(root, state->first, WORKERS); break;
    case 1:
        task_note(root, BEFORE_AWAIT, state->first / WORKERS);
        yield_join(root, state->first, 0);
        break;
    case 2:
        task_note(root, AWAITED_1, state->first / WORKERS);
        yield_join(root, state->first + 1, 0);
        break;
    default:
        task_note(root, AWAITED_2, state->first / WORKERS);
        state->first += WORKERS;
        root->stage = 0;
        if (state->first == root->run->tasks)
            yield_done(root, OUTCOME_OK, 0, 0);
        else
            yield_spawn(root, state->first, WORKERS);
    }
    root->stage++;
}

/* ---- After the clock. Nobody begins a repetition before all of the one before have been awaited:
 * its notes stand together. ---- */

/* The repetition whose notes begin at *at, which is moved behind them. False when some are missing:
 * somebody was killed, or the run was stopped. */
static bool read_order(const struct run *run, uint32_t repetition, uint32_t *at, char *order)
{
    int count = 0;
    memset(order, 0, LINES + 1);
    for (; *at < run_note_count(run); (*at)++) {
        const struct note *note = run_note(run, *at);
        if (note != NULL && note->value != repetition)
            break;
        if (note != NULL && count < LINES)
            order[count++] = (char)(note->event + 1);
    }
    return count == LINES;
}

static bool is_possible(const char *order)
{
    for (int line = 0; line < LINES; line++)
        if (strchr(order, line + 1) == NULL)
            return false;
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++)
        if (strchr(order, (int)before[i][0] + 1) > strchr(order, (int)before[i][1] + 1))
            return false;
    return true;
}

static enum verified verify(const struct run *run)
{
    char order[LINES + 1];
    uint32_t ended_well = 0, at = 0;
    for (uint32_t i = 0; i < run->tasks; i++)
        ended_well += run->children[i].outcome == OUTCOME_OK;
    if (ended_well < run->tasks || run->arena->root.outcome != OUTCOME_OK)
        return VERIFIED_UNKNOWN; /* the last lines are missing */
    for (uint32_t i = 0; i < run->tasks / WORKERS; i++)
        if (!read_order(run, i, &at, order) || !is_possible(order))
            return VERIFIED_NO;
    return VERIFIED_YES;
}

/* What each said, in its own order: who comes between is the model's. */
static void certify(const struct run *run, struct certificate *certificate)
{
    static const uint8_t speakers[LINES] = {
        [START_1] = 1, [DONE_1] = 1, [START_2] = 2, [DONE_2] = 2}; /* the others: 0, the root */
    char order[LINES + 1];
    for (uint32_t i = 0, at = 0; i < run->tasks / WORKERS; i++) {
        read_order(run, i, &at, order);
        certificate_count(certificate, "lines", strlen(order));
        for (uint8_t speaker = 0; speaker <= WORKERS; speaker++)
            for (const char *line = order; *line != 0; line++)
                if (speakers[*line - 1] == speaker)
                    certificate_text(certificate, lines[*line - 1]);
    }
    for (uint32_t i = 0; i < run->tasks; i++)
        certificate_sleep(certificate, &run->children[i], wait_ns(run, i));
}

static int by_order(const void *a, const void *b)
{
    return memcmp(((const struct seen *)a)->order, ((const struct seen *)b)->order, LINES);
}

static int by_count(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : by_order(a, b);
}

/* Those of the same order become one, the most frequent first. Returns how many differ. */
static size_t tally(struct seen *seen, size_t count)
{
    size_t kinds = 0;
    qsort(seen, count, sizeof *seen, by_order);
    for (size_t i = 0; i < count; i++) {
        if (kinds > 0 && by_order(&seen[kinds - 1], &seen[i]) == 0)
            seen[kinds - 1].count++;
        else
            seen[kinds++] = seen[i];
    }
    qsort(seen, kinds, sizeof *seen, by_count);
    return kinds;
}

static void print_order(const char *order, FILE *out)
{
    for (int i = 0; i < LINES; i++)
        fprintf(out, "%s\n", lines[order[i] - 1]);
}

static void print_orders(const struct run *run, uint32_t runs, FILE *out)
{
    struct seen *seen = ((const struct settings *)run->settings)->seen;
    size_t count = 0;
    uint32_t at = 0;
    memset(seen, 0, runs * sizeof *seen);
    for (uint32_t i = 0; i < runs; i++) {
        seen[count].count = 1;
        count += read_order(run, i, &at, seen[count].order);
    }
    size_t kinds = tally(seen, count);
    for (size_t i = 0; i < kinds; i++) {
        fprintf(out, "%u of %u:\n", seen[i].count, runs);
        print_order(seen[i].order, out);
        fprintf(out, "\n");
    }
}

static void print(const struct run *run, FILE *out)
{
    const struct settings *settings = run->settings;
    if (settings->runs > 1) {
        print_orders(run, (uint32_t)settings->runs, out);
    } else {
        for (uint32_t i = 0; i < run_note_count(run); i++) {
            const struct note *note = run_note(run, i);
            if (note != NULL)
                fprintf(out, "%s\n", lines[note->event]);
        }
    }
    print_wall(run, settings->unit_ns, out);
}

const struct workload workload_order = {
    .summary = "two tasks and the order in which they are switched",
    .options = options,
    .root_state_size = sizeof(struct root_state),
    .step = step,
    .root_step = root_step,
    .create = create,
    .destroy = destroy,
    .option = option,
    .prepare = prepare,
    .verify = verify,
    .certify = certify,
    .print = print,
};
