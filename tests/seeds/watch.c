/* The engine's weather, and the steps that it watches. */
#include "tests/seeds/watch.h"

#include <errno.h>
#include <string.h>

#include "core/clock.h"
#include "core/random.h"
#include "tests/seeds/trial.h"

/* A step function knows no more than its task: there is one watch at a time. */
static struct watch *watching;

static struct watched *of(struct watch *watch, uint32_t task)
{
    return &watch->tasks[task == TASK_ROOT ? watch->count : task];
}

const struct watched *watch_of(const struct watch *watch, uint32_t task)
{
    return &watch->tasks[task == TASK_ROOT ? watch->count : task];
}

void watch_digest(struct watch *watch, uint64_t value)
{
    watch->digest = random_at(watch->digest ^ value, 0);
}

/* ---- Told. ---- */

static void tell(const struct watch *watch, uint32_t task)
{
    char name[24] = "root";
    if (task != TASK_ROOT)
        snprintf(name, sizeof name, "task %u", task);
    printf("# %14.9f s  %-8s ", (double)(clock_now_ns() - watch->run->clock_start_ns) / 1e9, name);
}

static void tell_beginning(const struct watch *watch, const struct task *task,
                           const struct omen *omen)
{
    tell(watch, task->index);
    printf("%s begins", op_kind_name(task->op.kind));
    if (omen->delay_ns != 0)
        printf("; %.9f s late", (double)omen->delay_ns / 1e9);
    if (omen->recv_most != 0)
        printf("; at most %zu bytes", omen->recv_most);
    if (omen->fail_with != OMEN_GOOD)
        printf("; comes to %d (%s)", omen->fail_with,
               omen->fail_with == 0 ? "the stream's end" : strerror(-omen->fail_with));
    if (omen->cancel_other != 0)
        printf("; task %u is cancelled before it", omen->cancel_other - 1);
    printf("%s%s%s\n", omen->stop ? "; the run is stopped before it" : "",
           omen->cancel ? "; cancelled before it" : "",
           omen->cancel_behind ? "; cancelled behind it" : "");
}

static void tell_result(const struct watch *watch, const struct task *task, enum op_kind kind,
                        int result)
{
    tell(watch, task->index);
    printf("%s: %d%s%s%s\n", op_kind_name(kind), result, result < 0 ? " (" : "",
           result < 0 ? strerror(-result) : "", result < 0 ? ")" : "");
}

static void tell_end(const struct watch *watch, const struct task *task)
{
    tell(watch, task->index);
    printf("done: %s, %d\n", outcome_name(task->op.done.outcome), task->op.done.detail);
}

/* ---- Nobody waits for what is there. ---- */

static bool waits_for(const struct watched *watched, enum op_kind kind,
                      const struct channel *channel)
{
    return watched->task != NULL && watched->kind == kind &&
           !(watched->task->op.flags & OP_COMPLETE) && watched->task->op.channel.channel == channel;
}

static void check_first(const struct watch *watch, const struct channel *channel, enum op_kind kind)
{
    const struct watched *first = NULL;
    for (uint32_t i = 0; i < watch->count; i++)
        if (waits_for(&watch->tasks[i], kind, channel) &&
            (first == NULL || watch->tasks[i].number < first->number))
            first = &watch->tasks[i];
    if (first == NULL)
        return;
    uint64_t length = channel_length(channel), count = first->task->op.capacity;
    bool could =
        kind == OP_TAKE ? length > 0 : channel->capacity - length >= (count > 0 ? count : 1);
    if (could)
        trial_fail("task %u waits in %s though it could go on: %llu of %u items are in the channel",
                   first->task->index, op_kind_name(kind), (unsigned long long)length,
                   channel->capacity);
}

static void check_channels(const struct watch *watch)
{
    for (uint32_t i = 0; i < watch->run->channel_count; i++) {
        check_first(watch, watch->run->channels[i], OP_TAKE);
        check_first(watch, watch->run->channels[i], OP_PUT);
    }
}

/* ---- The weather. ---- */

static void ask(struct weather *weather, const struct task *task, struct omen *omen)
{
    struct watch *watch = (struct watch *)weather;
    struct watched *watched = of(watch, task->index);
    check_channels(watch);
    if (++watch->operations > OPERATIONS_MAX)
        trial_fail("it does not end: there have been %d operations", OPERATIONS_MAX);
    if (!watch->is_fair)
        watch->rough.weather.ask(&watch->rough.weather, task, omen);
    watched->task = task;
    watched->kind = task->op.kind;
    watched->number = watch->operations;
    watched->omen = *omen;
    watched->was_cut |= omen->recv_most != 0;
    watched->was_cancelled |= omen->cancel || omen->cancel_behind;
    watch->is_troubled |= omen->cancel_other != 0 || omen->stop || omen->cancel ||
                          omen->cancel_behind || omen->fail_with != OMEN_GOOD;
    watch_digest(watch, (uint64_t)task->index << 8 | task->op.kind);
    watch_digest(watch, clock_now_ns());
    if (watch->tells)
        tell_beginning(watch, task, omen);
}

static uint32_t pick(struct weather *weather, uint32_t count)
{
    struct watch *watch = (struct watch *)weather;
    return watch->is_fair ? 0 : watch->rough.weather.pick(&watch->rough.weather, count);
}

/* ---- The steps. ---- */

/* What a computation finds is its own; the root hears that all ended well, or that it may look
 * again. */
static bool is_no_failure(const struct task *task, enum op_kind kind, int result)
{
    if (kind == OP_COMPUTE)
        return result != -ECANCELED;
    return (result == -ENOENT && kind == OP_JOIN_ERROR) ||
           (result == -ETIMEDOUT && task->index == TASK_ROOT && kind >= OP_SPAWN);
}

static void hear(struct watch *watch, const struct task *task, int result)
{
    struct watched *watched = of(watch, task->index);
    watch_digest(watch, (uint64_t)task->index << 32 | (uint32_t)result);
    if (watched->task == NULL)
        return; /* its first step */
    bool ended = result == 0 && watched->kind == OP_RECV;
    if ((result < 0 || ended) && !is_no_failure(task, watched->kind, result)) {
        watched->had_failure = true;
        watched->failed_kind = watched->kind;
        watched->failure = result;
    }
    watched->task = NULL;
    if (watch->tells)
        tell_result(watch, task, watched->kind, result);
}

static void watch_step(struct task *task, int result, uint64_t now_ns, step_fn *step)
{
    struct watch *watch = watching;
    hear(watch, task, result);
    step(task, result, now_ns);
    if (watch->tells && task->op.kind == OP_DONE)
        tell_end(watch, task);
}

static void step_child(struct task *task, int result, uint64_t now_ns)
{
    watch_step(task, result, now_ns, watching->step);
}

static void step_root(struct task *task, int result, uint64_t now_ns)
{
    watch_step(task, result, now_ns, watching->root_step);
}

/* ---- Around a run. ---- */

void watch_begin(struct watch *watch, struct run *run, uint64_t seed)
{
    watching = watch;
    watch->weather = (struct weather){.ask = ask, .pick = pick};
    watch->run = run;
    watch->workload = *run->workload;
    watch->step = run->workload->step;
    watch->workload.step = step_child;
    watch->operations = watch->digest = 0;
    watch->is_troubled = false;
    rough_weather_begin(&watch->rough, seed);
    run->workload = &watch->workload;
}

void watch_opened(struct watch *watch, struct run *run)
{
    if (run->tasks >= WATCHED_MAX)
        trial_fail("%u tasks are more than are watched: give the workload a command line",
                   run->tasks);
    watch->count = run->tasks;
    memset(watch->tasks, 0, (run->tasks + (size_t)1) * sizeof *watch->tasks);
    watch->root_step = run->root_step;
    run->root_step = step_root;
}
