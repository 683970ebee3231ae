/*
 * race: tasks increment one counter, from the notes' fifth and seventh sections. Four ways: a plain
 * read and write; the same with a turn given away between the two; under a lock; with one atomic
 * instruction. Which model loses updates in which way is the result. Threads lose with the first, a
 * loop only with the second, as nobody interrupts it elsewhere. With --memory private the counter
 * is an ordinary variable: forked workers then have each a copy of their own, and the root sees
 * none of their updates. The lock is a channel of capacity 1, as a mutex held across a turn would
 * stop a loop for good. Nothing here is undefined: the unsynchronised read and write are relaxed
 * atomics. Where the model simulates, one task is stepped after the other: nothing ever comes
 * between a plain read and write, so that this way is left out.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/certificate.h"
#include "core/number.h"
#include "core/run.h"

enum way { PLAIN, YIELDING, LOCKED, ATOMIC, WAYS };

static const char *const way_names[WAYS] = {"plain", "yield", "lock", "atomic"};

enum { POLL_EVERY = 1 << 16 }; /* how often a computation looks at the stop flag */

typedef _Atomic uint64_t counter;

struct settings {
    uint64_t increments; /* of each task; 0: the way's own number */
    enum way ways[WAYS];
    uint32_t way_count;
    bool ways_given;
    bool plain_left_out;
    uint32_t crowd; /* tasks at once, all in the same way */
    bool private;
    counter *counters; /* private: one a way. Written to by tasks, which is the experiment */
};

/* Shared between workers whatever they are. */
struct result {
    counter counter;   /* of the way whose first child this is */
    uint64_t done;     /* increments of this child */
    uint64_t took_ns;  /* like `counter`, by the root */
    uint64_t spare[5]; /* a cache line each */
};

struct state {
    counter *counter;
    uint64_t left;
    uint64_t seen; /* read, not yet written */
};

/* ---- Settings. ---- */

static void *create(void)
{
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings != NULL)
        *settings = (struct settings){.ways = {PLAIN, YIELDING, LOCKED, ATOMIC},
                                      .way_count = WAYS,
                                      .counters = calloc(WAYS, 64)};
    return settings;
}

static void destroy(void *pointer)
{
    struct settings *settings = pointer;
    free(settings->counters);
    free(settings);
}

static const struct workload_option options[] = {
    {"increments", "N", "of each task; default 1000000, plain and atomic 20000000: time to meet"},
    {"ways", "WAY[,WAY]", "plain, yield, lock, atomic; default all of them, in turn"},
    {"memory", "WHICH", "shared between all workers (the default), or private: a plain variable"},
    {0},
};

static int read_ways(struct run *run, const char *value)
{
    struct settings *settings = run->settings;
    settings->ways_given = true;
    settings->way_count = 0;
    for (const char *at = value;; at++) {
        size_t length = strcspn(at, ",");
        uint32_t way = 0;
        while (way < WAYS &&
               (strlen(way_names[way]) != length || strncmp(at, way_names[way], length) != 0))
            way++;
        for (uint32_t i = 0; i < settings->way_count && way < WAYS; i++)
            if (settings->ways[i] == way)
                way = WAYS;
        if (way == WAYS)
            return problem_set(&run->problem, STATUS_USAGE,
                               "--ways takes plain, yield, lock and atomic, each once, with commas "
                               "between them, not '%s'",
                               value);
        settings->ways[settings->way_count++] = (enum way)way;
        at += length;
        if (*at == 0)
            return 0;
    }
}

static int option(struct run *run, const char *name, const char *value)
{
    struct settings *settings = run->settings;
    if (strcmp(name, "increments") == 0)
        return option_number(name, value, 1, UINT64_C(1) << 40, &settings->increments,
                             &run->problem);
    if (strcmp(name, "ways") == 0)
        return read_ways(run, value);
    settings->private = strcmp(value, "private") == 0;
    if (!settings->private && strcmp(value, "shared") != 0)
        return problem_set(&run->problem, STATUS_USAGE,
                           "--memory takes shared or private, not '%s'", value);
    return 0;
}

static int leave_plain_out(struct run *run)
{
    struct settings *settings = run->settings;
    uint32_t count = 0;
    for (uint32_t i = 0; i < settings->way_count; i++)
        if (settings->ways[i] != PLAIN)
            settings->ways[count++] = settings->ways[i];
    settings->plain_left_out = count < settings->way_count;
    settings->way_count = count;
    if (!settings->plain_left_out || !settings->ways_given)
        return 0;
    return problem_set(
        &run->problem, STATUS_USAGE,
        "--ways plain says nothing under %s: in simulated time nothing comes between "
        "a plain read and write; leave it out, or take another model",
        run->model_name);
}

static int prepare(struct run *run, int argc, char **argv)
{
    struct settings *settings = run->settings;
    (void)argc, (void)argv;
    if (settings->counters == NULL)
        return problem_no_memory(&run->problem);
    int status = run->model->simulated ? leave_plain_out(run) : 0;
    if (status != 0)
        return status;
    settings->crowd = run->tasks_asked != 0 ? run->tasks_asked : 2;
    run->width_needed = settings->crowd;
    run->tasks = settings->crowd * settings->way_count;
    run_plan_channel(run, 1);
    return 0;
}

/* Those that need no turn are so fast that the first task would be done before the second begins.
 */
static uint64_t increments_each(const struct run *run, uint32_t round)
{
    const struct settings *settings = run->settings;
    bool fast = settings->ways[round] == PLAIN || settings->ways[round] == ATOMIC;
    return settings->increments != 0 ? settings->increments : fast ? 20000000 : 1000000;
}

static struct result *first_of(const struct run *run, uint32_t round)
{
    const struct settings *settings = run->settings;
    return run_result(run, round * settings->crowd);
}

static counter *counter_of(const struct run *run, uint32_t round)
{
    const struct settings *settings = run->settings;
    return settings->private ? &settings->counters[round * (64 / sizeof(counter))]
                             : &first_of(run, round)->counter;
}

/* ---- Increments that need no turn: computed, as many as there are. ---- */

static int add_plainly(void *argument, const struct task *task)
{
    struct state *state = argument;
    for (; state->left > 0; state->left--) {
        if (state->left % POLL_EVERY == 0 && task_cancelled(task))
            break;
        uint64_t seen = atomic_load_explicit(state->counter, memory_order_relaxed);
        atomic_store_explicit(state->counter, seen + 1, memory_order_relaxed);
    }
    return 0;
}

static int add_atomically(void *argument, const struct task *task)
{
    struct state *state = argument;
    for (; state->left > 0; state->left--) {
        if (state->left % POLL_EVERY == 0 && task_cancelled(task))
            break;
        atomic_fetch_add_explicit(state->counter, 1, memory_order_relaxed);
    }
    return 0;
}

/* ---- The task. ---- */

enum stage { BEGIN, COMPUTED, TURNED, HAS_LOCK, GAVE_LOCK };

static void finish(struct task *task, enum outcome outcome, int detail)
{
    const struct settings *settings = task->run->settings;
    const struct state *state = task_state(task);
    struct result *kept = task_result(task);
    kept->done = increments_each(task->run, task->index / settings->crowd) - state->left;
    yield_done(task, outcome, detail, (int64_t)kept->done);
}

static void read_and_turn(struct task *task, struct state *state)
{
    state->seen = atomic_load_explicit(state->counter, memory_order_relaxed);
    task->stage = TURNED;
    yield_turn(task);
}

static void write_back(struct state *state)
{
    atomic_store_explicit(state->counter, state->seen + 1, memory_order_relaxed);
    state->left--;
}

/* A full channel is a held lock: to put into it is to take it. */
static void acquire(struct task *task)
{
    task->stage = HAS_LOCK;
    yield_put(task, task->run->channels[0], task->index, 0);
}

static void release(struct task *task)
{
    task->stage = GAVE_LOCK;
    yield_take(task, task->run->channels[0], 0);
}

static void begin(struct task *task, struct state *state)
{
    const struct settings *settings = task->run->settings;
    uint32_t round = task->index / settings->crowd;
    state->left = increments_each(task->run, round);
    state->counter = counter_of(task->run, round);
    task->stage = COMPUTED;
    switch (settings->ways[round]) {
    case PLAIN: yield_compute(task, add_plainly, state, state->left); return;
    case YIELDING: read_and_turn(task, state); return;
    case LOCKED: acquire(task); return;
    default: yield_compute(task, add_atomically, state, 5 * state->left); return;
    }
}

static void step(struct task *task, int result, uint64_t now_ns)
{
    struct state *state = task_state(task);
    (void)now_ns;
    if (result < 0) {
        finish(task, outcome_of_errno(result), -result);
        return;
    }
    switch ((enum stage)task->stage) {
    case BEGIN: begin(task, state); return;
    case COMPUTED: break;
    case TURNED:
        write_back(state);
        if (state->left > 0) {
            read_and_turn(task, state);
            return;
        }
        break;
    case HAS_LOCK:
        state->seen = atomic_load_explicit(state->counter, memory_order_relaxed);
        write_back(state);
        release(task);
        return;
    case GAVE_LOCK:
        if (state->left > 0) {
            acquire(task);
            return;
        }
        break;
    }
    finish(task, OUTCOME_OK, 0);
}

/* ---- The root: one way after another. ---- */

struct root_state {
    uint32_t round;
    uint64_t began_ns;
};

enum root_stage { ROUND, SPAWNED, JOINED };

static void root_step(struct task *root, int result, uint64_t now_ns)
{
    struct root_state *state = task_state(root);
    const struct settings *settings = root->run->settings;
    if (result < 0 && result != -ENOENT) {
        yield_done(root, outcome_of_errno(result), -result, 0);
        return;
    }
    if (root->stage == SPAWNED) {
        root->stage = JOINED;
        yield_join_error(root, 0);
        return;
    }
    if (root->stage == JOINED && result >= 0) { /* one was lost, perhaps with the lock */
        yield_done(root, OUTCOME_OK, 0, 0);
        return;
    }
    if (root->stage == JOINED)
        first_of(root->run, state->round++)->took_ns = now_ns - state->began_ns;
    if (state->round == settings->way_count) {
        yield_done(root, OUTCOME_OK, 0, 0);
        return;
    }
    root->stage = SPAWNED;
    state->began_ns = now_ns;
    yield_spawn(root, state->round * settings->crowd, settings->crowd);
}

/* ---- After the clock. ---- */

static uint64_t increments_of(const struct run *run, uint32_t round)
{
    const struct settings *settings = run->settings;
    uint64_t done = 0;
    for (uint32_t i = 0; i < settings->crowd; i++)
        done += ((const struct result *)run_result(run, round * settings->crowd + i))->done;
    return done;
}

static uint64_t lost_in(const struct run *run, uint32_t round)
{
    return increments_of(run, round) - atomic_load(counter_of(run, round));
}

/* No way counts more than there was; the two that are safe lose nothing, where the counter is the
 * same for all. */
static enum verified verify(const struct run *run)
{
    const struct settings *settings = run->settings;
    for (uint32_t i = 0; i < run->tasks; i++)
        if (run->children[i].outcome != OUTCOME_OK)
            return VERIFIED_UNKNOWN;
    for (uint32_t round = 0; round < settings->way_count; round++) {
        bool safe = settings->ways[round] == LOCKED || settings->ways[round] == ATOMIC;
        uint64_t lost = lost_in(run, round);
        if (lost > increments_of(run, round) || (safe && !settings->private && lost > 0))
            return VERIFIED_NO;
    }
    return VERIFIED_YES;
}

/* How many updates are lost is the model's; where none may be, the counter is a result. */
static void certify(const struct run *run, struct certificate *certificate)
{
    static const char *const names[WAYS] = {"plain_increments", "yield_increments",
                                            "lock_increments", "atomic_increments"};
    const struct settings *settings = run->settings;
    for (uint32_t round = 0; round < settings->way_count; round++) {
        enum way way = settings->ways[round];
        certificate_count(certificate, names[way], increments_of(run, round));
        if ((way == LOCKED || way == ATOMIC) && !settings->private)
            certificate_number(certificate, atomic_load(counter_of(run, round)));
    }
}

/* Whether all tasks of a round came to its end. */
static bool is_complete(const struct run *run, uint32_t round)
{
    const struct settings *settings = run->settings;
    for (uint32_t i = 0; i < settings->crowd; i++)
        if (run->children[round * settings->crowd + i].outcome != OUTCOME_OK)
            return false;
    return true;
}

/* Both NAN for a round that is not complete, … */
static double lost_per_million(const struct run *run, uint32_t round)
{
    return is_complete(run, round)
               ? (double)lost_in(run, round) * 1e6 / (double)increments_of(run, round)
               : NAN;
}

/* … and this where the root was stopped, or the model's clock did not move meanwhile. */
static double increment_ns(const struct run *run, uint32_t round)
{
    uint64_t took_ns = first_of(run, round)->took_ns;
    return is_complete(run, round) && took_ns != 0
               ? (double)took_ns / (double)increments_of(run, round)
               : NAN;
}

static size_t figures(const struct run *run, struct figure *figures)
{
    static const char *const lost_names[WAYS] = {"plain_lost_per_million", "yield_lost_per_million",
                                                 "lock_lost_per_million",
                                                 "atomic_lost_per_million"};
    static const char *const time_names[WAYS] = {"plain_increment_ns", "yield_increment_ns",
                                                 "lock_increment_ns", "atomic_increment_ns"};
    static const char stopped[] = "not all of its tasks came to their end";
    static const char too_short[] = "stopped, or too short for the model's clock";
    static const char simulated[] = "in simulated time nothing comes between a read and a write";
    const struct settings *settings = run->settings;
    size_t count = 0;
    for (uint32_t round = 0; round < settings->way_count; round++) {
        enum way way = settings->ways[round];
        const char *why = is_complete(run, round) ? too_short : stopped;
        figures[count++] = (struct figure){lost_names[way], lost_per_million(run, round), why};
        figures[count++] = (struct figure){time_names[way], increment_ns(run, round), why};
    }
    if (settings->plain_left_out) {
        figures[count++] = (struct figure){lost_names[PLAIN], NAN, simulated};
        figures[count++] = (struct figure){time_names[PLAIN], NAN, simulated};
    }
    return count;
}

static void print_round(const struct run *run, uint32_t round, FILE *out)
{
    if (!is_complete(run, round)) {
        fprintf(out, "not measured\n");
        return;
    }
    double took_ns = increment_ns(run, round);
    fprintf(out, "%llu of %llu lost (%.4g per million), ", (unsigned long long)lost_in(run, round),
            (unsigned long long)increments_of(run, round), lost_per_million(run, round));
    fprintf(out, isnan(took_ns) ? "too short for the clock\n" : "%.2f ns an increment\n", took_ns);
}

static void print(const struct run *run, FILE *out)
{
    const struct settings *settings = run->settings;
    fprintf(out, "%u tasks and a counter in %s memory\n", settings->crowd,
            settings->private ? "private" : "shared");
    for (uint32_t round = 0; round < settings->way_count; round++) {
        fprintf(out, "%-7s %9llu increments each: ", way_names[settings->ways[round]],
                (unsigned long long)increments_each(run, round));
        print_round(run, round, out);
    }
    if (settings->plain_left_out)
        fprintf(out,
                "plain   not tried: in simulated time nothing comes between a read and a write\n");
}

const struct workload workload_race = {
    .summary = "tasks increment one counter: which model loses updates in which way",
    .sized = true,
    .options = options,
    .computes = true,
    .state_size = sizeof(struct state),
    .root_state_size = sizeof(struct root_state),
    .result_size = sizeof(struct result),
    .step = step,
    .root_step = root_step,
    .create = create,
    .destroy = destroy,
    .option = option,
    .prepare = prepare,
    .verify = verify,
    .certify = certify,
    .figures = figures,
    .print = print,
};
