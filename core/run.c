/* A run's set-up, its clock, and its shared memory. */
#include "core/run.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/futex.h"
#include "core/limits.h"

void run_plan_channel(struct run *run, uint32_t capacity)
{
    run->channel_capacity[run->channel_count++] = capacity;
}

const char *run_not_applicable(const struct workload *workload, const struct model *model)
{
    uint32_t lacks = workload->needs & ~model->capabilities;
    if (lacks & MODEL_CONCURRENT)
        return "it runs one task at a time";
    if (lacks & MODEL_ALL_LIVE_AT_ONCE)
        return "it cannot have all tasks in progress at once";
    if (lacks & MODEL_CAN_CANCEL)
        return "it cannot cancel a task in progress";
    if (lacks & MODEL_CHANNELS)
        return "it has no channels between tasks";
    if (lacks != 0)
        return "it lacks what the workload needs";
    return NULL;
}

/* ---- The root of a workload that has none of its own: all children, to the end of each. ---- */

enum { ROOT_SPAWNS, ROOT_AWAITS_ARRIVAL, ROOT_JOINS };

/* The next child comes when it is due, whatever has become of those before: who is late spawns all
 * that are overdue. Until then the root joins rather than sleeps, as some models run their children
 * in that; when all have ended, it sleeps. */
static void spawn_when_due(struct task *root, uint32_t child, bool all_ended, uint64_t now_ns)
{
    const struct run *run = root->run;
    uint64_t due_ns = child > 0
                          ? clock_after(run->children[child - 1].intended_ns, run->interarrival_ns)
                          : now_ns;
    root->stage = ROOT_SPAWNS;
    if (due_ns <= now_ns) {
        yield_spawn_due(root, child, due_ns);
    } else if (all_ended) {
        yield_sleep(root, due_ns - now_ns, false, 0);
    } else {
        root->stage = ROOT_AWAITS_ARRIVAL;
        yield_join_all(root, due_ns);
    }
}

static void spawn_all_join_all(struct task *root, int result, uint64_t now_ns)
{
    const struct run *run = root->run;
    uint32_t spawned = atomic_load(&run->arena->spawned);
    bool awaited = root->stage == ROOT_AWAITS_ARRIVAL;
    if (result < 0 && !(awaited && result == -ETIMEDOUT)) {
        yield_done(root, outcome_of_errno(result), -result, 0);
    } else if (root->stage == ROOT_JOINS) {
        yield_done(root, OUTCOME_OK, 0, 0);
    } else if (spawned == run->tasks) {
        root->stage = ROOT_JOINS;
        yield_join_all(root, 0);
    } else if (run->interarrival_ns == 0) {
        yield_spawn(root, 0, run->tasks);
    } else {
        spawn_when_due(root, spawned, awaited && result == 0, now_ns);
    }
}

/* ---- Before and after the clock. ---- */

static int settle_width(struct run *run)
{
    uint32_t width = run->width_asked;
    if (width == 0)
        width = run->width_usual != 0 ? run->width_usual : run->width_needed;
    if (width == 0) {
        long cpus = sysconf(_SC_NPROCESSORS_ONLN);
        width = !run->model->pool ? run->tasks : cpus > 0 ? (uint32_t)cpus : 1;
    }
    if (run->width_asked == 0 && run->width_modest != 0 && width > run->width_modest)
        width = run->width_modest;
    if (width > run->tasks)
        width = run->tasks;
    if (!(run->model->capabilities & MODEL_CONCURRENT))
        width = 1;
    if (width > WIDTH_MAX)
        width = WIDTH_MAX;
    if (width < run->width_needed && (run->model->capabilities & MODEL_CONCURRENT))
        return problem_set(&run->problem, STATUS_USAGE,
                           "%s needs %u tasks in progress at once: give --width %u or more, or "
                           "leave it out",
                           run->workload_name, run->width_needed, run->width_needed);
    run->width = width;
    return 0;
}

static size_t aligned(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

static int map_arena(struct run *run)
{
    const struct workload *workload = run->workload;
    size_t tasks = run->tasks;
    if (run->tasks_asked != 0)
        run->note_capacity = 0;
    size_t children_at = aligned(sizeof(struct arena));
    size_t results_at = children_at + aligned(tasks * sizeof(struct child));
    size_t notes_at = results_at + aligned(tasks * workload->result_size);
    size_t total = notes_at + aligned(run->note_capacity * sizeof(struct note));
    size_t channel_at[CHANNELS_MAX];
    for (uint32_t i = 0; i < run->channel_count; i++) {
        channel_at[i] = total;
        total += aligned(channel_size(run->channel_capacity[i]));
    }
    unsigned char *base = mmap(NULL, total, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return problem_set(&run->problem, STATUS_ENVIRONMENT,
                           "%zu bytes of shared memory for %u tasks were refused: %s; ask for "
                           "fewer --tasks",
                           total, run->tasks, strerror(errno));
    run->mapped_bytes = total;
    run->arena = (struct arena *)base;
    run->children = (struct child *)(base + children_at);
    run->results = base + results_at;
    run->notes = (struct note *)(base + notes_at);
    for (uint32_t i = 0; i < run->channel_count; i++) {
        run->channels[i] = (struct channel *)(base + channel_at[i]);
        channel_init(run->channels[i], i, run->channel_capacity[i]);
    }
    atomic_store(&run->arena->root_awaits, AWAITS_NOTHING);
    return 0;
}

int run_open(struct run *run)
{
    const char *lacks = run_not_applicable(run->workload, run->model);
    if (lacks != NULL)
        return problem_set(&run->problem, STATUS_USAGE,
                           "it cannot run under model %s: %s; --model list names those that can",
                           run->model_name, lacks);
    if (run->tasks == 0 || run->tasks > TASKS_MAX)
        return problem_set(&run->problem, STATUS_USAGE,
                           "%u tasks asked for: a run has from 1 to %u", run->tasks, TASKS_MAX);
    run->root_step =
        run->workload->root_step != NULL ? run->workload->root_step : spawn_all_join_all;
    int status = settle_width(run);
    if (status == 0)
        status = map_arena(run);
    if (status == 0 && run->model->prepare != NULL)
        run->model->prepare(run);
    return status;
}

static bool all_ended(struct run *run)
{
    return !atomic_load(&run->arena->recount) && atomic_load(&run->arena->ended) == run->tasks;
}

/* When the root has seen the last end; taking threads, workers and loops down is not timed. */
static uint64_t last_end_ns(const struct run *run)
{
    uint64_t last = run->arena->root.ended_ns;
    for (uint32_t i = 0; i < run->tasks; i++)
        if (run->children[i].ended_ns > last)
            last = run->children[i].ended_ns;
    return last != 0 ? last : clock_now_ns();
}

int run_execute(struct run *run)
{
    run->clock_start_ns = clock_now_ns();
    int rc = run->model->run(run);
    run->clock_end_ns = last_end_ns(run);
    if (rc == 0 && run->tasks_at_most) {
        run->tasks = atomic_load(&run->arena->spawned);
        run->width = run->width < run->tasks ? run->width : run->tasks;
    }
    /* A root that was cancelled did not get to all of them; a model that could not be set up ran
     * none, and nothing may look as if it had. */
    for (uint32_t i = 0; i < run->tasks && !all_ended(run); i++)
        child_end_waiting(run, i, rc == 0 ? OUTCOME_CANCELLED : OUTCOME_RESOURCE, -rc,
                          run->clock_end_ns);
    if (rc == 0)
        return 0;
    return run->problem.status != 0
               ? (int)run->problem.status
               : problem_set(&run->problem, STATUS_ENVIRONMENT, "model %s could not be set up: %s",
                             run->model_name, strerror(-rc));
}

void run_close(struct run *run)
{
    if (run->arena == NULL)
        return;
    for (uint32_t i = 0; i < run->channel_count; i++)
        channel_destroy(run->channels[i]);
    munmap(run->arena, run->mapped_bytes);
    run->arena = NULL;
}

void run_place(const struct run *run, uint32_t at)
{
    if (run->cpu_count == 0)
        return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(run->cpus[at % run->cpu_count], &set);
    sched_setaffinity(0, sizeof set, &set); /* that the CPU is there was checked before the clock */
}

void run_stalled(struct run *run, uint64_t ns)
{
    _Atomic uint64_t *most = &run->arena->loop_stall_ns;
    uint64_t before = atomic_load(most);
    while (ns > before && !atomic_compare_exchange_weak(most, &before, ns))
        ;
}

void run_stop(struct run *run, enum stop why)
{
    uint8_t none = STOP_NONE;
    atomic_compare_exchange_strong(&run->arena->stop, &none, (uint8_t)why);
    void (*wake)(void *) = atomic_load(&run->wake);
    if (wake != NULL)
        wake(run->wake_argument);
    atomic_fetch_add(&run->arena->bell, 1);
    futex_wake(&run->arena->bell, 1);
}

void task_note(struct task *task, uint16_t event, uint64_t value)
{
    struct run *run = task->run;
    if (run->note_capacity == 0)
        return;
    uint32_t at = atomic_fetch_add(&run->arena->note_count, 1);
    if (at >= run->note_capacity)
        return;
    struct note *note = &run->notes[at];
    note->event = event;
    note->task = task->index;
    note->value = value;
    atomic_store_explicit(&note->complete, true, memory_order_release);
}

uint32_t run_note_count(const struct run *run)
{
    uint32_t count = atomic_load(&run->arena->note_count);
    return count < run->note_capacity ? count : run->note_capacity;
}

const struct note *run_note(const struct run *run, uint32_t at)
{
    return atomic_load(&run->notes[at].complete) ? &run->notes[at] : NULL;
}

double run_seconds(const struct run *run)
{
    return (double)(run->clock_end_ns - run->clock_start_ns) / 1e9;
}
