/* The life of a task, and the contract's checks around each step. */
#include "core/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/futex.h"

/* Out of the way of the usual step, whose every instruction counts. */
#define RARE __attribute__((cold, noinline))

RARE _Noreturn static void breach(const struct task *task, const char *what)
{
    fprintf(stderr, "%s: contract broken by task %d under %s in stage %d, operation %d: %s\n",
            task->run->workload_name, (int)task->index, task->run->model_name, (int)task->stage,
            (int)task->op.kind, what);
    abort();
}

static struct child *record(const struct task *task)
{
    return task->index == TASK_ROOT ? &task->run->arena->root : &task->run->children[task->index];
}

size_t task_size(const struct run *run)
{
    size_t state = run->workload->state_size > run->workload->root_state_size
                       ? run->workload->state_size
                       : run->workload->root_state_size;
    return (sizeof(struct task) + state + 15) / 16 * 16;
}

/* ---- Children: taken, ended. ---- */

static void ring(struct run *run)
{
    void (*ring_elsewhere)(void *) = atomic_load(&run->ring);
    if (ring_elsewhere != NULL) {
        ring_elsewhere(run->wake_argument);
        return;
    }
    atomic_fetch_add(&run->arena->bell, 1);
    futex_wake(&run->arena->bell, 1);
}

/* The root's side stores root_awaits before it looks at the records; a child stores its record
 * before it looks at root_awaits: one of them sees the other. */
static void ring_if_awaited(struct run *run, uint32_t index, bool failed, uint32_t ended)
{
    int64_t awaits = atomic_load(&run->arena->root_awaits);
    if (awaits == AWAITS_NOTHING)
        return;
    bool all = ended >= atomic_load(&run->arena->spawned);
    if (awaits == AWAITS_ANY || awaits == (int64_t)index || all ||
        (awaits == AWAITS_ERROR && failed) || atomic_load(&run->arena->recount))
        ring(run);
}

static bool claim(struct child *child, uint32_t runner)
{
    uint32_t waiting = CHILD_WAITING;
    return atomic_compare_exchange_strong(&child->state, &waiting, CHILD_RUNNING | runner << 2);
}

uint32_t child_take(struct run *run, uint32_t runner)
{
    struct arena *arena = run->arena;
    for (;;) {
        uint32_t index = atomic_load(&arena->next);
        if (index >= atomic_load(&arena->spawned))
            return CHILD_NONE;
        /* `next` is a hint, swapping the record's state is the claim: a worker killed between the
         * two loses nothing, as the hint can be set back. */
        if (!atomic_compare_exchange_strong(&arena->next, &index, index + 1) ||
            !claim(&run->children[index], runner))
            continue;
        return index;
    }
}

void child_end(struct run *run, uint32_t index, enum outcome outcome, int detail, int64_t value,
               uint64_t now_ns)
{
    struct arena *arena = run->arena;
    struct child *child = &run->children[index];
    child->outcome = (uint8_t)outcome;
    child->detail = (int16_t)detail;
    child->value = value;
    atomic_store_explicit(&child->ended_ns, now_ns, memory_order_relaxed);
    if (child->started_ns != 0)
        atomic_fetch_sub(&arena->live, 1);
    atomic_store(&child->state, (atomic_load(&child->state) & ~3U) | CHILD_ENDED);
    if (outcome != OUTCOME_OK) {
        uint32_t none = 0;
        atomic_compare_exchange_strong(&arena->first_failed, &none, index + 1);
    }
    uint32_t ended = atomic_fetch_add(&arena->ended, 1) + 1;
    ring_if_awaited(run, index, outcome != OUTCOME_OK, ended);
}

bool child_end_waiting(struct run *run, uint32_t index, enum outcome outcome, int detail,
                       uint64_t now_ns)
{
    if (!claim(&run->children[index], 0))
        return false;
    child_end(run, index, outcome, detail, 0, now_ns);
    return true;
}

void child_ask_cancel(struct child *child)
{
    uint64_t not_ended = 0;
    atomic_compare_exchange_strong(&child->ended_ns, &not_ended, clock_now_ns());
    uint8_t none = CANCEL_NONE;
    atomic_compare_exchange_strong(&child->cancel, &none, CANCEL_ASKED);
}

bool child_cancel(struct run *run, uint32_t index, uint64_t now_ns)
{
    if (child_end_waiting(run, index, OUTCOME_CANCELLED, 0, now_ns))
        return false;
    child_ask_cancel(&run->children[index]);
    return child_phase(&run->children[index]) == CHILD_RUNNING;
}

/* ---- The root's operations. ---- */

void root_spawn(struct run *run, const struct op *op, uint64_t now_ns)
{
    uint64_t intended_ns = op->children.due_ns != 0 ? op->children.due_ns : now_ns;
    for (uint32_t i = 0; i < op->children.count; i++)
        run->children[op->children.first + i].intended_ns = intended_ns;
    atomic_store(&run->arena->spawned, op->children.first + op->children.count);
}

bool children_ended(struct run *run)
{
    uint32_t spawned = atomic_load(&run->arena->spawned);
    if (!atomic_load(&run->arena->recount))
        return atomic_load(&run->arena->ended) == spawned;
    for (uint32_t i = 0; i < spawned; i++)
        if (child_phase(&run->children[i]) != CHILD_ENDED)
            return false;
    return true;
}

bool root_complete(struct run *run, const struct op *op, int *result)
{
    const struct child *child = &run->children[op->children.first];
    switch (op->kind) {
    case OP_JOIN:
        if (child_phase(child) != CHILD_ENDED) /* only then its record may be read */
            return false;
        *result = child->outcome;
        return true;
    case OP_JOIN_ALL: *result = 0; return children_ended(run);
    case OP_JOIN_ERROR: {
        /* All ended first: a failure stored before the last end is then seen. */
        bool all = children_ended(run);
        uint32_t failed = atomic_load(&run->arena->first_failed);
        *result = failed != 0 ? (int)(failed - 1) : -ENOENT;
        return failed != 0 || all;
    }
    case OP_CANCEL:
        *result = 0;
        return child_phase(child) == CHILD_ENDED || atomic_load(&child->cancel) == CANCEL_OBSERVED;
    default: abort();
    }
}

int64_t root_awaits(const struct op *op)
{
    switch (op->kind) {
    case OP_JOIN:
    case OP_CANCEL: return op->children.first;
    case OP_JOIN_ALL: return AWAITS_ALL;
    case OP_JOIN_ERROR: return AWAITS_ERROR;
    default: abort();
    }
}

/* ---- The checked step. ---- */

void task_begin(struct task *task, struct run *run, uint32_t index, uint64_t now_ns)
{
    size_t state = index == TASK_ROOT ? run->workload->root_state_size : run->workload->state_size;
    memset(task, 0, sizeof *task + state);
    task->run = run;
    task->index = index;
    record(task)->started_ns = now_ns;
    if (index == TASK_ROOT)
        return;
    struct arena *arena = run->arena;
    uint64_t none = 0;
    atomic_compare_exchange_strong(&arena->first_start_ns, &none, now_ns);
    uint32_t live = atomic_fetch_add(&arena->live, 1) + 1;
    uint32_t peak = atomic_load(&arena->live_peak);
    /* A worker killed in the middle of this can leave `live` below 0: that is no peak. */
    while (live > peak && live <= run->tasks &&
           !atomic_compare_exchange_weak(&arena->live_peak, &peak, live))
        ;
}

/* The tables of the usual step, and what it calls for everything else: check.h. */

const uint32_t task_plain_results[OP_KIND_COUNT] = {
    [OP_NONE] = 1,
    [OP_SLEEP] = 1,
    [OP_COMPUTE] = TASK_ANY_VALUE,
    [OP_SEND] = 1,
    [OP_RECV] = TASK_ANY_VALUE,
    [OP_PUT] = 1,
    [OP_TAKE] = 1,
    [OP_YIELD] = 1,
};

enum {
    WITHOUT = 1 << CONNECTION_NONE,
    OPEN = 1 << CONNECTION_OPEN,
    BROKEN = 1 << CONNECTION_BROKEN,
    ANY = WITHOUT | OPEN | BROKEN
};

const uint8_t task_plain_operations[UINT8_MAX + 1] = {
    [OP_SLEEP] = ANY, [OP_COMPUTE] = ANY, [OP_RESOLVE] = WITHOUT,     [OP_CONNECT] = WITHOUT,
    [OP_SEND] = OPEN, [OP_RECV] = OPEN,   [OP_CLOSE] = OPEN | BROKEN, [OP_PUT] = ANY,
    [OP_TAKE] = ANY,  [OP_YIELD] = ANY,
};

static void count_cancel(struct arena *arena, uint64_t took_ns)
{
    atomic_fetch_add(&arena->cancels_observed, 1);
    atomic_fetch_add(&arena->cancel_ns_sum, took_ns);
    uint64_t max = atomic_load(&arena->cancel_ns_max);
    while (took_ns > max && !atomic_compare_exchange_weak(&arena->cancel_ns_max, &max, took_ns))
        ;
}

RARE static void observe_cancel(struct task *task)
{
    task->saw_cancel = true;
    if (task->index == TASK_ROOT)
        return;
    atomic_store(&record(task)->cancel, CANCEL_OBSERVED);
    count_cancel(task->run->arena, clock_now_ns() - record(task)->ended_ns);
    int64_t awaits = atomic_load(&task->run->arena->root_awaits);
    if (awaits == AWAITS_ANY || awaits == (int64_t)task->index)
        ring(task->run);
}

void task_check_result(struct task *task, int result)
{
    const struct op *op = &task->op;
    bool valued = false;
    switch ((enum op_kind)op->kind) {
    case OP_CONNECT:
    case OP_SEND:
    case OP_RECV:
        task->connection = result >= 0 ? CONNECTION_OPEN : CONNECTION_BROKEN;
        valued = op->kind == OP_RECV;
        break;
    case OP_CLOSE: task->connection = result == 0 ? CONNECTION_NONE : CONNECTION_BROKEN; break;
    case OP_RESOLVE:
        if (result == 0 || result > op->capacity)
            breach(task, "the model returned a wrong number of addresses");
        valued = true;
        break;
    case OP_TAKE:
        if (result > op->capacity)
            breach(task, "the model took more items than there was room for");
        valued = true;
        break;
    case OP_COMPUTE:
    case OP_JOIN:
    case OP_JOIN_ERROR: valued = true; break;
    case OP_DONE: breach(task, "stepped after it was done");
    default: break;
    }
    if (result > 0 && !valued)
        breach(task, "the model returned a value where there is none");
    if (result == -ECANCELED && !task->saw_cancel)
        observe_cancel(task);
}

RARE static void check_root_operation(const struct task *task)
{
    const struct op *op = &task->op;
    uint32_t spawned = atomic_load(&task->run->arena->spawned);
    if (task->index != TASK_ROOT)
        breach(task, "only the root spawns, joins and cancels");
    if (op->kind == OP_SPAWN &&
        (op->children.first != spawned || op->children.count > task->run->tasks - spawned))
        breach(task, "spawns children out of order or beyond the run's");
    if ((op->kind == OP_JOIN || op->kind == OP_CANCEL) && op->children.first >= spawned)
        breach(task, "names a child that was not spawned");
}

static void finish(struct task *task, uint64_t now_ns)
{
    const struct op *op = &task->op;
    if (op->done.outcome >= OUTCOME_COUNT)
        breach(task, "ended in no known outcome");
    if (task->saw_cancel && op->done.outcome != OUTCOME_CANCELLED)
        breach(task, "was cancelled but says otherwise");
    task->ended = true;
    if (task->index != TASK_ROOT) {
        child_end(task->run, task->index, op->done.outcome, op->done.detail, op->done.value,
                  now_ns);
        return;
    }
    struct child *root = &task->run->arena->root;
    root->outcome = op->done.outcome;
    root->detail = op->done.detail;
    root->value = op->done.value;
    root->ended_ns = now_ns;
}

void task_check_operation(struct task *task, uint64_t now_ns)
{
    enum op_kind kind = task->op.kind;
    if (kind == OP_DONE) { /* once for each task, and usual */
        if (task->connection != CONNECTION_NONE)
            breach(task, "is done before it has closed");
        finish(task, now_ns);
        return;
    }
    if (kind == OP_NONE || kind >= OP_KIND_COUNT)
        breach(task, "yielded no operation");
    if (kind >= OP_SPAWN)
        check_root_operation(task);
    if ((kind == OP_PUT || kind == OP_TAKE) && task->index == TASK_ROOT)
        breach(task, "the root has no channels: while it waited there, nobody would look after the "
                     "workers");
    if ((kind == OP_SEND || kind == OP_RECV) && task->connection != CONNECTION_OPEN)
        breach(task, "uses a connection that is not open");
    if ((kind == OP_CONNECT || kind == OP_RESOLVE) && task->connection != CONNECTION_NONE)
        breach(task, "resolves or connects before it has closed");
    if (kind == OP_CLOSE && task->connection == CONNECTION_NONE)
        breach(task, "closes what is not open");
    if (task->saw_cancel && kind != OP_CLOSE)
        breach(task, "goes on after its cancellation");
}
