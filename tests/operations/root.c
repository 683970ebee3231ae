/*
 * The root's operations (SPAWN, JOIN, JOIN_ALL, JOIN_ERROR, CANCEL) × how they end × every
 * registered model, and what a run promises as a whole: the width is kept, children that are left
 * are cancelled, a killed worker loses its own task only.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/registry.h"
#include "tests/support/isolate.h"
#include "tests/support/models.h"

#define MOMENT_NS  (40 * NS_PER_MS)
#define FOREVER_NS (20 * NS_PER_S)

/* What a child does, chosen by its index. */
enum deed { ENDS, FAILS, SLEEPS, SLEEPS_FOR_EVER, WORKS_DEAF, DIES };

enum { CHILDREN_MAX = 64 };

struct settings {
    enum deed deeds[CHILDREN_MAX];
    step_fn *root;
};

static int work_deaf(void *argument, const struct task *task)
{
    (void)task;
    for (uint64_t until = clock_now_ns() + *(uint64_t *)argument; clock_now_ns() < until;)
        ;
    return 0;
}

static int die(void *argument, const struct task *task)
{
    (void)argument;
    (void)task;
    kill(getpid(), SIGKILL);
    return 0;
}

static void step(struct task *task, int result, uint64_t now_ns)
{
    static uint64_t a_while = 3 * NS_PER_S;
    const struct settings *with = task->run->settings;
    (void)now_ns;
    if (task->stage++ > 0) {
        yield_done(task, result == -ECANCELED ? OUTCOME_CANCELLED : OUTCOME_OK, 0, task->index);
        return;
    }
    switch (with->deeds[task->index]) {
    case ENDS: yield_turn(task); return;
    case FAILS: yield_done(task, OUTCOME_TASK_ERROR, 42, 0); return;
    case SLEEPS: yield_sleep(task, MOMENT_NS, false, 0); return;
    case SLEEPS_FOR_EVER: yield_sleep(task, FOREVER_NS, false, 0); return;
    case WORKS_DEAF: yield_compute(task, work_deaf, &a_while, 0); return;
    case DIES: yield_compute(task, die, NULL, 0); return;
    }
}

/* What the root found: only it writes here. */
static struct {
    int result;
    uint64_t took_ns;
} found;

static uint64_t began_ns;

static void note_result(struct task *root, int result)
{
    found.result = result;
    found.took_ns = clock_now_ns() - began_ns;
    if (root->saw_cancel)
        yield_done(root, OUTCOME_CANCELLED, 0, 0);
    else
        yield_done(root, OUTCOME_OK, 0, 0);
}

static void root_step(struct task *root, int result, uint64_t now_ns)
{
    const struct settings *with = root->run->settings;
    if (root->stage == 0)
        began_ns = clock_now_ns();
    with->root(root, result, now_ns);
}

static const struct workload workload_rooted = {.step = step, .root_step = root_step};

/* ---- Roots. ---- */

#define ROOT(NAME, ...)                                                                            \
    static void NAME(struct task *root, int result, uint64_t now_ns)                               \
    {                                                                                              \
        (void)now_ns;                                                                              \
        uint32_t all = root->run->tasks;                                                           \
        (void)all;                                                                                 \
        switch (root->stage++) {                                                                   \
        case 0:                                                                                    \
            yield_spawn(root, 0, all);                                                             \
            return;                                                                                \
            __VA_ARGS__                                                                            \
        default: note_result(root, result);                                                        \
        }                                                                                          \
    }

ROOT(root_join_last, case 1 : yield_join(root, all - 1, 0); return;)
ROOT(root_join_last_soon, case 1 : yield_join(root, all - 1, now_ns + MOMENT_NS); return;)
ROOT(root_join_all, case 1 : yield_join_all(root, 0); return;)
ROOT(root_join_all_soon, case 1 : yield_join_all(root, now_ns + MOMENT_NS); return;)
ROOT(root_join_error, case 1 : yield_join_error(root, 0); return;)
ROOT(root_join_error_soon, case 1 : yield_join_error(root, now_ns + MOMENT_NS); return;)
ROOT(root_leave, case 1 : yield_sleep(root, MOMENT_NS, false, 0); return;)
ROOT(root_cancel_last, case 1
     : yield_sleep(root, MOMENT_NS, false, 0);
     return; case 2
     : yield_cancel(root, all - 1, now_ns + FOREVER_NS);
     return;)
ROOT(root_cancel_last_soon, case 1
     : yield_sleep(root, MOMENT_NS, false, 0);
     return; case 2
     : yield_cancel(root, all - 1, now_ns + MOMENT_NS);
     return;)
ROOT(root_cancel_at_once, case 1 : yield_cancel(root, all - 1, 0); return;)

static void root_spawn_twice(struct task *root, int result, uint64_t now_ns)
{
    (void)now_ns;
    uint32_t half = root->run->tasks / 2;
    switch (root->stage++) {
    case 0: yield_spawn(root, 0, half); return;
    case 1: yield_join_all(root, 0); return;
    case 2: yield_spawn(root, half, root->run->tasks - half); return;
    case 3: yield_join_all(root, 0); return;
    default: note_result(root, result);
    }
}

/* ---- Cases: a root, its children, what it must find. ---- */

enum when { ALWAYS, CONCURRENT, CANCELS, PARALLEL };

struct expectation {
    const char *name;
    step_fn *root;
    uint32_t tasks;
    uint32_t width;
    enum deed first, others, last; /* of child 0, of those between, of the last */
    enum when when;
    bool stopped;
    int result;
    enum outcome last_outcome;
    bool last_unstepped;
    uint64_t at_least_ns;
};

static const struct expectation expectations[] = {
    {.name = "JOIN of a child that ends", .root = root_join_last, .tasks = 4},
    {.name = "JOIN of a child that sleeps",
     .root = root_join_last,
     .tasks = 4,
     .last = SLEEPS,
     .at_least_ns = MOMENT_NS - 2 * NS_PER_MS},
    {.name = "JOIN of a child that fails",
     .root = root_join_last,
     .tasks = 4,
     .last = FAILS,
     .result = OUTCOME_TASK_ERROR,
     .last_outcome = OUTCOME_TASK_ERROR},
    {.name = "JOIN times out",
     .root = root_join_last_soon,
     .tasks = 4,
     .when = CONCURRENT,
     .last = SLEEPS_FOR_EVER,
     .result = -ETIMEDOUT,
     .last_outcome = OUTCOME_CANCELLED,
     .at_least_ns = MOMENT_NS - 2 * NS_PER_MS},
    {.name = "JOIN is stopped",
     .root = root_join_last,
     .tasks = 4,
     .last = SLEEPS_FOR_EVER,
     .stopped = true,
     .result = -ECANCELED,
     .last_outcome = OUTCOME_CANCELLED},
    {.name = "JOIN_ALL of children that end", .root = root_join_all, .tasks = 20},
    {.name = "JOIN_ALL of children that sleep",
     .root = root_join_all,
     .tasks = 6,
     .others = SLEEPS,
     .at_least_ns = MOMENT_NS - 2 * NS_PER_MS},
    {.name = "JOIN_ALL times out",
     .root = root_join_all_soon,
     .tasks = 4,
     .when = CONCURRENT,
     .last = SLEEPS_FOR_EVER,
     .result = -ETIMEDOUT,
     .last_outcome = OUTCOME_CANCELLED},
    {.name = "JOIN_ALL times out between two children",
     .root = root_join_all_soon,
     .tasks = 4,
     .width = 1,
     .first = SLEEPS,
     .others = SLEEPS,
     .result = -ETIMEDOUT,
     .last_outcome = OUTCOME_CANCELLED,
     .last_unstepped = true},
    {.name = "JOIN_ALL is stopped",
     .root = root_join_all,
     .tasks = 4,
     .others = SLEEPS_FOR_EVER,
     .stopped = true,
     .result = -ECANCELED,
     .last_outcome = OUTCOME_CANCELLED,
     .width = 1,
     .last_unstepped = true},
    {.name = "JOIN_ERROR finds the one that fails",
     .root = root_join_error,
     .tasks = 5,
     .last = FAILS,
     .result = 4,
     .last_outcome = OUTCOME_TASK_ERROR},
    {.name = "JOIN_ERROR does not wait for the others",
     .root = root_join_error,
     .tasks = 5,
     .first = FAILS,
     .others = SLEEPS_FOR_EVER,
     .last = SLEEPS_FOR_EVER,
     .result = 0,
     .last_outcome = OUTCOME_CANCELLED},
    {.name = "JOIN_ERROR of children that end well",
     .root = root_join_error,
     .tasks = 5,
     .result = -ENOENT},
    {.name = "JOIN_ERROR times out",
     .root = root_join_error_soon,
     .tasks = 3,
     .when = CONCURRENT,
     .last = SLEEPS_FOR_EVER,
     .result = -ETIMEDOUT,
     .last_outcome = OUTCOME_CANCELLED},
    {.name = "CANCEL of a child in progress",
     .root = root_cancel_last,
     .tasks = 3,
     .when = CANCELS,
     .last = SLEEPS_FOR_EVER,
     .last_outcome = OUTCOME_CANCELLED},
    {.name = "CANCEL of a child that has ended",
     .root = root_cancel_last,
     .tasks = 3,
     .when = CONCURRENT},
    {.name = "CANCEL of a child that has not begun",
     .root = root_cancel_last,
     .tasks = 3,
     .width = 1,
     .first = SLEEPS_FOR_EVER,
     .when = CANCELS,
     .last_outcome = OUTCOME_CANCELLED,
     .last_unstepped = true},
    {.name = "CANCEL at once",
     .root = root_cancel_at_once,
     .tasks = 2,
     .last = SLEEPS_FOR_EVER,
     .last_outcome = OUTCOME_CANCELLED},
    {.name = "what the root leaves is cancelled",
     .root = root_leave,
     .tasks = 8,
     .width = 4,
     .first = SLEEPS_FOR_EVER,
     .others = SLEEPS_FOR_EVER,
     .last = SLEEPS_FOR_EVER,
     .last_outcome = OUTCOME_CANCELLED,
     .last_unstepped = true},
    {.name = "SPAWN in two portions",
     .root = root_spawn_twice,
     .tasks = 30,
     .width = 3,
     .others = SLEEPS},
    {.name = "the width is kept", .root = root_join_all, .tasks = 40, .width = 3, .others = SLEEPS},
};

struct one_case {
    const struct model_entry *entry;
    const struct expectation *expects;
};

static struct run *stopped_run;

static void on_alarm(int number)
{
    (void)number;
    run_stop(stopped_run, STOP_SIGNAL);
}

/* Until the timer is taken back. */
static void stop_soon(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval timer = {.it_value = {.tv_usec = 60000}, .it_interval = {.tv_usec = 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void run_rooted(struct run *run, struct settings *with, const struct model_entry *entry)
{
    *run = (struct run){.workload = &workload_rooted,
                        .model = entry->model,
                        .workload_name = "rooted",
                        .model_name = entry->name,
                        .settings = with,
                        .tasks = run->tasks,
                        .width_asked = run->width_asked != 0 ? run->width_asked : run->tasks};
    CHECK(run_open(run) == 0, "%s", run->problem.text);
}

static void check_all_ended_once(const struct run *run)
{
    for (uint32_t i = 0; i < run->tasks; i++)
        CHECK(child_phase(&run->children[i]) == CHILD_ENDED, "child %u has not ended", i);
    CHECK(run->arena->ended == run->tasks || run->arena->recount, "%u ends of %u children",
          run->arena->ended, run->tasks);
    CHECK(run->arena->live == 0 || run->arena->recount, "%u children are live", run->arena->live);
}

static void run_case(const void *argument)
{
    const struct one_case *this = argument;
    const struct expectation *expects = this->expects;
    run_nothing(this->entry);
    struct held before = held_now();
    struct settings with = {.root = expects->root};
    struct run run = {.tasks = expects->tasks, .width_asked = expects->width};
    for (uint32_t i = 1; i + 1 < expects->tasks; i++)
        with.deeds[i] = expects->others;
    with.deeds[0] = expects->first;
    with.deeds[expects->tasks - 1] = expects->last;
    run_rooted(&run, &with, this->entry);
    stopped_run = &run;
    if (expects->stopped)
        stop_soon();
    CHECK(run_execute(&run) == 0, "%s", run.problem.text);
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);

    const struct child *last = &run.children[expects->tasks - 1];
    CHECK(found.result == expects->result, "got %d, expected %d", found.result, expects->result);
    CHECK(found.took_ns >= expects->at_least_ns, "after %.1f ms", (double)found.took_ns / 1e6);
    CHECK(found.took_ns < FOREVER_NS / 2, "it lasted for ever");
    CHECK(last->outcome == expects->last_outcome, "the last child's outcome is %s",
          outcome_name(last->outcome));
    CHECK(!expects->last_unstepped || last->started_ns == 0, "the last child was begun");
    uint32_t peak = run.arena->live_peak;
    CHECK(peak <= run.width, "%u at once, the width is %u", peak, run.width);
    if (expects->width > 0 && expects->others == SLEEPS)
        CHECK(peak == run.width, "only %u at once, the width is %u", peak, run.width);
    check_all_ended_once(&run);
    run_close(&run);
    check_given_back(before);
}

/* Children that come one by one, each at its time, under the root that a workload has that brings
 * none of its own. They sleep longer than the time between two: those behind do not wait for them.
 */
enum { ARRIVALS = 8 };

static void open_arrivals(struct run *run, struct settings *with, const struct model_entry *entry)
{
    static const struct workload rootless = {.step = step};
    *run = (struct run){.workload = &rootless,
                        .model = entry->model,
                        .workload_name = "rootless",
                        .model_name = entry->name,
                        .settings = with,
                        .tasks = ARRIVALS,
                        .width_asked = ARRIVALS,
                        .interarrival_ns = MOMENT_NS / 4};
    CHECK(run_open(run) == 0, "%s", run->problem.text);
}

static void run_arrivals(const void *argument)
{
    const struct model_entry *entry = argument;
    struct settings with = {.deeds = {ENDS, SLEEPS, SLEEPS, SLEEPS, SLEEPS, SLEEPS, SLEEPS, ENDS}};
    struct run run;
    open_arrivals(&run, &with, entry);
    CHECK(run_execute(&run) == 0, "%s", run.problem.text);
    for (uint32_t i = 0; i < ARRIVALS; i++) {
        const struct child *child = &run.children[i];
        CHECK(child->outcome == OUTCOME_OK, "child %u is %s", i, outcome_name(child->outcome));
        CHECK(child->intended_ns == run.children[0].intended_ns + i * run.interarrival_ns,
              "child %u came %.2f ms after the first", i,
              (double)(child->intended_ns - run.children[0].intended_ns) / 1e6);
        CHECK(child->started_ns >= child->intended_ns, "child %u began before it came", i);
    }
    if (run.model->capabilities & MODEL_CONCURRENT)
        CHECK(run.arena->live_peak > 1, "each waited for the one before");
    check_all_ended_once(&run);
    run_close(&run);
}

/* Who has not come when the run is stopped does not come any more. */
static void run_arrivals_stopped(const void *argument)
{
    const struct model_entry *entry = argument;
    struct settings with = {.deeds = {ENDS}};
    struct run run;
    open_arrivals(&run, &with, entry);
    run.interarrival_ns = FOREVER_NS;
    stopped_run = &run;
    stop_soon();
    CHECK(run_execute(&run) == 0, "%s", run.problem.text);
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    CHECK(run.children[0].outcome == OUTCOME_OK, "the first child did not end well");
    for (uint32_t i = 1; i < ARRIVALS; i++)
        CHECK(run.children[i].outcome == OUTCOME_CANCELLED && run.children[i].started_ns == 0,
              "child %u is %s", i, outcome_name(run.children[i].outcome));
    CHECK(run.arena->root.outcome == OUTCOME_CANCELLED, "the root was not cancelled");
    run_close(&run);
}

/* A deaf computation keeps a thread until it is over; a process is killed at the deadline. */
static void run_deaf(const void *argument)
{
    const struct model_entry *entry = argument;
    struct settings with = {.root = root_cancel_last_soon, .deeds = {ENDS, WORKS_DEAF}};
    struct run run = {.tasks = 2};
    run_rooted(&run, &with, entry);
    CHECK(run_execute(&run) == 0, "%s", run.problem.text);
    if (run.children[1].outcome == OUTCOME_WORKER_LOST)
        CHECK(found.result == 0, "the worker was killed, but CANCEL gave %d", found.result);
    else
        CHECK(found.result == -ETIMEDOUT && run.children[1].outcome == OUTCOME_CANCELLED,
              "CANCEL gave %d, the child %s", found.result, outcome_name(run.children[1].outcome));
    check_all_ended_once(&run);
    run_close(&run);
}

/* Each of some children kills its worker. Only for a model whose workers can die alone. */
static void run_killed(const void *argument)
{
    const struct model_entry *entry = argument;
    struct held before = held_now();
    struct settings with = {.root = root_join_all};
    struct run run = {.tasks = 40, .width_asked = 2};
    for (uint32_t i = 0; i < run.tasks; i++)
        with.deeds[i] = i % 5 == 2 ? DIES : ENDS;
    run_rooted(&run, &with, entry);
    CHECK(run_execute(&run) == 0, "%s", run.problem.text);
    for (uint32_t i = 0; i < run.tasks; i++)
        CHECK(run.children[i].outcome == (i % 5 == 2 ? OUTCOME_WORKER_LOST : OUTCOME_OK),
              "child %u is %s", i, outcome_name(run.children[i].outcome));
    CHECK(run.children[2].detail == SIGKILL, "the signal is not told");
    check_all_ended_once(&run);
    run_close(&run);
    check_given_back(before);
}

static bool applies(const struct expectation *expects, const struct model *model)
{
    uint32_t has = model->capabilities;
    if (expects->stopped && model->simulated) /* by a signal, in real time */
        return false;
    return expects->when == ALWAYS || (expects->when == CONCURRENT && has & MODEL_CONCURRENT) ||
           (expects->when == CANCELS && has & MODEL_CAN_CANCEL) ||
           (expects->when == PARALLEL && has & MODEL_PARALLEL_COMPUTE);
}

int main(void)
{
    char name[120];
    for (const struct model_entry *entry = models_from(model_registry); entry->name != NULL;
         entry = models_from(entry + 1)) {
        for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++) {
            struct one_case this = {entry, &expectations[i]};
            snprintf(name, sizeof name, "%s: %s", entry->name, expectations[i].name);
            bool sequential_error =
                !(entry->model->capabilities & MODEL_CONCURRENT) && expectations[i].first == FAILS;
            if (applies(&expectations[i], entry->model) && !sequential_error)
                isolate(name, run_case, &this);
        }
        snprintf(name, sizeof name, "%s: children come one by one", entry->name);
        isolate(name, run_arrivals, entry);
        if (entry->model->simulated) /* signals and deaf computations are of real time */
            continue;
        snprintf(name, sizeof name, "%s: stopped before all have come", entry->name);
        isolate(name, run_arrivals_stopped, entry);
        snprintf(name, sizeof name, "%s: CANCEL of a child that does not listen", entry->name);
        if (entry->model->capabilities & MODEL_PARALLEL_COMPUTE)
            isolate(name, run_deaf, entry);
        snprintf(name, sizeof name, "%s: workers are killed", entry->name);
        if (strcmp(entry->name, "processes") == 0)
            isolate(name, run_killed, entry);
    }
    return isolate_summary();
}
