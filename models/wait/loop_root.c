/*
 * The root of a run on loops, a task beside its children on the first of them; and what comes to a
 * loop from outside: a stop, a cancellation, a task that another loop sent home, the end.
 */
#include <stdlib.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/futex.h"
#include "models/wait/loop.h"

/* ---- The root's operations. ---- */

static void cancel_task(struct loop *loop, struct task *task)
{
    if (task->op.kind == OP_CLOSE || task->op.kind == OP_NONE)
        return; /* its next operation finds the flag */
    if (task->op.kind == OP_COMPUTE && !loop->driver->abandons_computing)
        return; /* in a thread of a pool, which finds it */
    loop_give_up(loop, task, -ECANCELED);
}

/* Is told to another loop; a child that keeps it from turning looks up by itself. */
static void ask_others(struct loop *owner)
{
    atomic_store(&owner->has_cancels, true);
    atomic_fetch_add(&owner->hold, 1);
    futex_wake(&owner->hold, 1);
    owner->driver->poke(owner);
}

void loop_cancel_child(struct loop *loop, uint32_t index)
{
    if (!child_cancel(loop->run, index, loop->now_ns))
        return;
    struct task *task = loops_task(loop->loops, child_runner(&loop->run->children[index]));
    struct loop *owner = loops_owner(loop->loops, task);
    if (owner == loop)
        cancel_task(loop, task);
    else
        ask_others(owner);
}

static void poke_others(const struct loop *loop)
{
    for (uint32_t i = 1; i < loop->loops->count; i++)
        loop->driver->poke(loop->loops->all[i]);
}

int loop_submit_root(struct loop *loop, struct task *root)
{
    struct run *run = loop->run;
    if (root->op.kind == OP_SPAWN) {
        root_spawn(run, &root->op, loop->now_ns);
        loop_look_for_children(loop);
        poke_others(loop);
        return 0;
    }
    if (loop->loops->count > 1) /* before the look, or an end in between would not ring */
        atomic_store(&run->arena->root_awaits, root_awaits(&root->op));
    if (root->op.kind == OP_CANCEL)
        loop_cancel_child(loop, root->op.children.first);
    int result;
    return root_complete(run, &root->op, &result) ? result : PENDING;
}

static void cancel_left(struct loop *loop)
{
    struct run *run = loop->run;
    loop->left_cancelled = true;
    if (loop->loops->count > 1)
        atomic_store(&run->arena->root_awaits, AWAITS_ALL);
    for (uint32_t i = 0; i < atomic_load(&run->arena->spawned); i++)
        if (child_phase(&run->children[i]) != CHILD_ENDED)
            loop_cancel_child(loop, i);
}

static void leave(struct loop *loop)
{
    loop->over = true;
    if (loop->driver->leave != NULL)
        loop->driver->leave(loop);
}

void loop_look_at_root_closely(struct loop *loop)
{
    struct task *root = loop->root;
    int result;
    if (root->ended) {
        if (!loop->left_cancelled)
            cancel_left(loop);
        if (loop->over || !children_ended(loop->run))
            return;
        atomic_store(&loop->loops->closing, true);
        poke_others(loop);
        leave(loop);
    } else if (root->op.kind > OP_SPAWN && !(root->op.flags & OP_COMPLETE) &&
               root_complete(loop->run, &root->op, &result)) {
        loop_ready(loop, root, result);
    }
}

void loop_begin_root(struct loop *loop)
{
    struct run *run = loop->run;
    loop->now_ns = clock_now_ns();
    task_begin(loop->root, run, TASK_ROOT, loop->now_ns);
    loop_ready(loop, loop->root, 0);
    if (task_cancelled(loop->root)) /* it was stopped before there was somebody to wake */
        loops_stop(loop->loops);
}

/* ---- From outside. ---- */

void loops_ring(void *argument)
{
    struct loops *loops = argument;
    loops->driver->poke(loops->all[0]);
}

/* Perhaps in a signal handler. A task that keeps a loop from turning is told here, or the stop
 * would wait for it. */
void loops_stop(void *argument)
{
    struct loops *loops = argument;
    atomic_store(&loops->stopped, true);
    for (uint32_t i = 0; i < loops->count; i++) {
        struct loop *loop = loops->all[i];
        uint32_t at_work = atomic_load(&loop->at_work);
        if (at_work < loops->run->tasks)
            child_ask_cancel(&loops->run->children[at_work]);
        atomic_fetch_add(&loop->hold, 1);
        futex_wake(&loop->hold, 1);
    }
    loops_ring(loops);
}

/* They came one on top of the other: the oldest is to be the first. */
static void take_arrivals(struct loop *loop)
{
    struct task *newest = atomic_exchange(&loop->arrivals, NULL), *oldest = NULL;
    while (newest != NULL) {
        struct task *before = newest->op.queue.link;
        newest->op.queue.link = oldest;
        oldest = newest;
        newest = before;
    }
    while (oldest != NULL) {
        struct task *after = oldest->op.queue.link;
        loop_retry_channel(loop, oldest);
        oldest = after;
    }
}

static void look_for_cancels(struct loop *loop)
{
    if (!atomic_exchange(&loop->has_cancels, false))
        return;
    for (uint32_t i = 0; i < loop->slots_begun; i++) {
        struct task *task = loops_task(loop->loops, loop->first_slot + i);
        if (!task->ended && task_cancelled(task))
            cancel_task(loop, task);
    }
}

void loop_hear(struct loop *loop)
{
    struct task *root = loop->root;
    loop->now_ns = clock_now_ns();
    if (loop->over)
        return;
    take_arrivals(loop);
    loop_take_lookups(loop);
    look_for_cancels(loop);
    if (root != NULL && !root->ended && task_cancelled(root))
        cancel_task(loop, root);
    else
        loop_look_at_root(loop);
    loop_look_for_children(loop);
    if (root == NULL && atomic_load(&loop->loops->closing))
        leave(loop);
}
