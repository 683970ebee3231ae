/*
 * switch: two tasks hand a token to and fro through two channels. What a hand-off costs, half a
 * round trip, is what a model pays to go from one task to another: a futex and a context switch
 * under threads and processes, a place in the ready list on a loop. Then tasks that are done at
 * once are spawned by the thousand: what a task's beginning and end cost. On one core or on two is
 * the user's to choose (--cpus).
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/certificate.h"
#include "core/number.h"
#include "core/run.h"

enum { PING, PONG };

enum { PLAYERS = 2, ROUNDS_BEFORE = 100 }; /* both are awake and warm when the time begins */

struct settings {
    uint64_t handoffs;
    uint64_t spawns;
};

struct state {
    struct channel *to, *from;
    uint64_t rounds; /* to come */
    uint64_t token;
    uint64_t began_ns;
};

struct result {
    uint64_t took_ns; /* the first player's */
    uint64_t token;   /* as it was seen last */
};

/* ---- Settings. ---- */

static void *create(void)
{
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings != NULL)
        *settings = (struct settings){.handoffs = 20000, .spawns = 10000};
    return settings;
}

static const struct workload_option options[] = {
    {"handoffs", "N", "hand-offs that are timed; default 20000"},
    {"spawns", "N", "tasks spawned after that, done at once; default 10000, 0: none"},
    {0},
};

static int option(struct run *run, const char *name, const char *value)
{
    struct settings *settings = run->settings;
    if (strcmp(name, "handoffs") == 0)
        return option_number(name, value, 2, UINT64_C(1) << 40, &settings->handoffs, &run->problem);
    return option_number(name, value, 0, 1 << 23, &settings->spawns, &run->problem);
}

static int prepare(struct run *run, int argc, char **argv)
{
    const struct settings *settings = run->settings;
    (void)argc, (void)argv;
    run->tasks = PLAYERS + (uint32_t)settings->spawns;
    run->width_needed = PLAYERS;
    run_plan_channel(run, 1);
    run_plan_channel(run, 1);
    return 0;
}

static uint64_t rounds_of(const struct run *run)
{
    return ((const struct settings *)run->settings)->handoffs / 2;
}

/* ---- The tasks. Each takes what the other put, adds one and puts it back. ---- */

enum stage { BEGIN, HAS_PUT, HAS_TAKEN };

static void put(struct task *task, const struct state *state)
{
    task->stage = HAS_PUT;
    yield_put(task, state->to, state->token, 0);
}

static void take(struct task *task, const struct state *state)
{
    task->stage = HAS_TAKEN;
    yield_take(task, state->from, 0);
}

static void begin(struct task *task, struct state *state)
{
    struct channel *const *channels = task->run->channels;
    bool first = task->index == 0;
    state->rounds = ROUNDS_BEFORE + rounds_of(task->run);
    state->to = channels[first ? PING : PONG];
    state->from = channels[first ? PONG : PING];
    if (first)
        put(task, state);
    else
        take(task, state);
}

static void finish(struct task *task, const struct state *state, uint64_t now_ns)
{
    struct result *kept = task_result(task);
    *kept = (struct result){.took_ns = now_ns - state->began_ns, .token = state->token};
    yield_done(task, OUTCOME_OK, 0, 0);
}

static void step(struct task *task, int result, uint64_t now_ns)
{
    struct state *state = task_state(task);
    bool first = task->index == 0;
    if (result < 0 || task->index >= PLAYERS) {
        yield_done(task, outcome_of_errno(result), -result, 0);
        return;
    }
    switch ((enum stage)task->stage) {
    case BEGIN: begin(task, state); return;
    case HAS_PUT:
        if (!first && --state->rounds == 0)
            finish(task, state, now_ns);
        else
            take(task, state);
        return;
    case HAS_TAKEN:
        state->token = task->op.channel.value + 1;
        if (first && state->rounds-- == rounds_of(task->run) + 1)
            state->began_ns = now_ns;
        if (first && state->rounds == 0)
            finish(task, state, now_ns);
        else
            put(task, state);
        return;
    }
}

/* ---- The root: the two, then the crowd. ---- */

struct root_state {
    uint64_t began_ns;
};

static void root_step(struct task *root, int result, uint64_t now_ns)
{
    struct root_state *state = task_state(root);
    uint32_t crowd = root->run->tasks - PLAYERS;
    if (result < 0 && result != -ENOENT) {
        yield_done(root, outcome_of_errno(result), -result, 0);
        return;
    }
    switch (root->stage++) {
    case 0: yield_spawn(root, 0, PLAYERS); return;
    case 1: yield_join_error(root, 0); return;
    case 2:
        if (result >= 0) { /* one was lost, and the other would wait for it for ever */
            yield_done(root, OUTCOME_OK, 0, 0);
            return;
        }
        state->began_ns = now_ns;
        yield_spawn(root, PLAYERS, crowd);
        return;
    case 3: yield_join_all(root, 0); return;
    default: yield_done(root, OUTCOME_OK, 0, (int64_t)(now_ns - state->began_ns)); return;
    }
}

/* ---- After the clock. ---- */

static enum verified verify(const struct run *run)
{
    const struct result *first = run_result(run, 0), *second = run_result(run, 1);
    if (run->children[0].outcome != OUTCOME_OK || run->children[1].outcome != OUTCOME_OK)
        return VERIFIED_UNKNOWN;
    uint64_t increments = 2 * (ROUNDS_BEFORE + rounds_of(run));
    return first->token == increments && second->token == increments - 1 ? VERIFIED_YES
                                                                         : VERIFIED_NO;
}

/* The token says how often it was handed over: whoever took it added one. */
static void certify(const struct run *run, struct certificate *certificate)
{
    const struct result *first = run_result(run, PING), *second = run_result(run, PONG);
    uint64_t spawned = 0;
    for (uint32_t i = PLAYERS; i < run->tasks; i++)
        spawned += run->children[i].outcome == OUTCOME_OK;
    certificate_count(certificate, "handoffs", first->token);
    certificate_count(certificate, "spawns", spawned);
    certificate_number(certificate, second->token);
}

/* NAN where it did not come to that, or the model's clock did not move meanwhile. */
static double handoff_ns(const struct run *run)
{
    const struct result *first = run_result(run, 0);
    if (run->children[0].outcome != OUTCOME_OK || first->took_ns == 0)
        return NAN;
    return (double)first->took_ns / (double)(2 * rounds_of(run));
}

static double spawn_ns(const struct run *run)
{
    uint32_t crowd = run->tasks - PLAYERS;
    const struct child *root = &run->arena->root;
    return root->outcome == OUTCOME_OK && root->value > 0 ? (double)root->value / crowd : NAN;
}

static size_t figures(const struct run *run, struct figure *figures)
{
    static const char stopped[] = "it did not come to its end";
    static const char too_short[] = "too short for the model's clock";
    bool played = run->children[PING].outcome == OUTCOME_OK;
    bool spawned = run->children[run->tasks - 1].outcome == OUTCOME_OK;
    const char *why = run->tasks == PLAYERS ? "no task was to be spawned"
                      : spawned             ? too_short
                                            : stopped;
    figures[0] = (struct figure){"handoff_ns", handoff_ns(run), played ? too_short : stopped};
    figures[1] = (struct figure){"spawn_ns", spawn_ns(run), why};
    return 2;
}

static void print(const struct run *run, FILE *out)
{
    uint32_t crowd = run->tasks - PLAYERS;
    fprintf(out, "%llu hand-offs, ", (unsigned long long)(2 * rounds_of(run)));
    fprintf(out, isnan(handoff_ns(run)) ? "not measured\n" : "%.1f ns each\n", handoff_ns(run));
    if (crowd == 0)
        return;
    fprintf(out, "%u tasks spawned, ", crowd);
    fprintf(out, isnan(spawn_ns(run)) ? "not measured\n" : "%.1f ns each\n", spawn_ns(run));
}

const struct workload workload_switch = {
    .summary = "two tasks hand a token to and fro: what a switch costs, and a spawn",
    .needs = MODEL_CONCURRENT | MODEL_CHANNELS,
    .options = options,
    .state_size = sizeof(struct state),
    .root_state_size = sizeof(struct root_state),
    .result_size = sizeof(struct result),
    .step = step,
    .root_step = root_step,
    .create = create,
    .destroy = free,
    .option = option,
    .prepare = prepare,
    .verify = verify,
    .certify = certify,
    .figures = figures,
    .print = print,
};
