/*
 * The turn of a loop: the ready list, a heap of deadlines, and each operation handed to whoever
 * performs it. A task is stepped where its operation completes, but for what another task's step
 * completed: that waits in the ready list, and so does a task that has had many operations complete
 * at once in a row, or it would starve the rest.
 */
#include "models/wait/loop.h"

#include <errno.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/futex.h"

/* In a heap entry's slot: its deadline is the end of a sleep. */
#define SLEEPER (UINT32_C(1) << 31)
_Static_assert(2 * WIDTH_MAX < SLEEPER, "slots and the mark share a word");

/* ---- Deadlines. ---- */

static inline int push(struct loop *loop, uint64_t due_ns, uint32_t slot)
{
    if (!heap_push(&loop->heap, due_ns, slot))
        return -ENOMEM;
    if (loop->driver->timer != NULL && loop->heap.entries[0].due_ns == due_ns)
        loop->driver->timer(loop);
    return 0;
}

/* A slot has one valid entry in the heap for all deadlines of its operations. One that is too early
 * is left alone: it looks again when it comes up, so that an idle time-out that moves with every
 * read costs nothing. */
static inline int arm(struct loop *loop, struct task *task)
{
    uint32_t slot = loops_slot(loop->loops, task);
    uint64_t *armed_ns = &loop->loops->armed_ns[slot], due_ns = task->op.deadline_ns;
    if (*armed_ns - 1 < due_ns) /* less one, so that 0, none, is the latest */
        return 0;
    int rc = push(loop, due_ns, slot);
    if (rc == 0)
        *armed_ns = due_ns;
    return rc;
}

int loop_arm(struct loop *loop, struct task *task)
{
    return arm(loop, task);
}

/* A sleep, which nearly always lasts until it is due, has an entry of its own: a million sleepers
 * touch no page of armed_ns. */
static int sleep_until_due(struct loop *loop, struct task *task)
{
    struct op *op = &task->op;
    uint64_t wake = clock_after(loop->now_ns, op->sleep.duration_ns);
    bool late = op->deadline_ns != 0 && op->deadline_ns < wake;
    op->result = late ? -ETIMEDOUT : 0;
    if (!late)
        op->deadline_ns = wake;
    int rc = push(loop, op->deadline_ns, loops_slot(loop->loops, task) | SLEEPER);
    return rc == 0 ? PENDING : rc;
}

/* An entry of the heap has come up: for nothing, or too early, or its operation's time is over. */
static void come_due(struct loop *loop, struct heap_entry due)
{
    bool sleeper = due.slot & SLEEPER;
    uint32_t slot = due.slot & ~SLEEPER;
    uint64_t *armed_ns = &loop->loops->armed_ns[slot];
    struct task *task = loops_task(loop->loops, slot);
    const struct op *op = &task->op;
    if (!sleeper && *armed_ns != due.due_ns)
        return; /* an earlier one took its place */
    if (!sleeper)
        *armed_ns = 0;
    if (op->deadline_ns == 0 || sleeper != (op->kind == OP_SLEEP))
        return;
    if (op->deadline_ns <= loop->now_ns)
        loop_give_up(loop, task, sleeper ? op->result : -ETIMEDOUT);
    else if (!sleeper)
        arm(loop, task); /* an entry was just popped: there is room */
}

void loop_expire(struct loop *loop)
{
    loop->now_ns = clock_now_ns();
    while (loop->heap.count > 0 && loop->heap.entries[0].due_ns <= loop->now_ns) {
        struct heap_entry due = heap_pop(&loop->heap);
        come_due(loop, due);
    }
    if (loop->driver->timer != NULL && loop->heap.count > 0)
        loop->driver->timer(loop);
}

void loop_give_up(struct loop *loop, struct task *task, int result)
{
    enum op_kind kind = task->op.kind;
    if (kind == OP_PUT || kind == OP_TAKE) {
        if (!loop_leave_channel(loop, task))
            return;
    } else if (task->op.flags & OP_COMPLETE) {
        return;
    } else if (kind >= OP_COMPUTE && kind <= OP_RECV) {
        loop->driver->abandon(loop, task);
    }
    loop_ready(loop, task, result);
}

/* ---- What keeps the loop from turning. ---- */

/* Does not give way, but to a cancellation. */
static int hold(struct loop *loop, const struct task *task)
{
    const struct op *op = &task->op;
    uint64_t wake = clock_after(clock_now_ns(), op->sleep.duration_ns);
    bool late = op->deadline_ns != 0 && op->deadline_ns < wake;
    for (;;) {
        uint32_t seen = atomic_load(&loop->hold);
        if (task_cancelled(task))
            return -ECANCELED;
        if (futex_wait(&loop->hold, seen, late ? op->deadline_ns : wake) == -ETIMEDOUT)
            return late ? -ETIMEDOUT : 0;
    }
}

static int stand_still(struct loop *loop, struct task *task)
{
    const struct op *op = &task->op;
    atomic_store(&loop->at_work, task->index);
    int result = op->kind == OP_SLEEP ? hold(loop, task) : op->compute.fn(op->compute.arg, task);
    atomic_store(&loop->at_work, CHILD_NONE);
    loop->now_ns = clock_now_ns();
    return task_cancelled(task) ? -ECANCELED : result;
}

int loop_compute(struct loop *loop, struct task *task)
{
    return stand_still(loop, task);
}

/* ---- The turn. ---- */

static inline int submit(struct loop *loop, struct task *task)
{
    struct op *op = &task->op;
    if (op->kind != OP_CLOSE && task_cancelled(task))
        return -ECANCELED;
    int result;
    switch ((enum op_kind)op->kind) {
    case OP_SLEEP:
        return op->flags & OP_HOLD ? stand_still(loop, task) : sleep_until_due(loop, task);
    case OP_YIELD: loop_ready(loop, task, 0); return PENDING;
    case OP_PUT:
    case OP_TAKE: result = loop_submit_channel(loop, task); break;
    case OP_COMPUTE:
    case OP_RESOLVE:
    case OP_CONNECT:
    case OP_SEND:
    case OP_RECV:
    case OP_CLOSE: result = loop->driver->perform[op->kind](loop, task); break;
    default: result = loop_submit_root(loop, task); break;
    }
    if (result == PENDING && op->deadline_ns != 0 && arm(loop, task) != 0) {
        loop_give_up(loop, task, -ENOMEM);
        return PENDING;
    }
    return result;
}

static void retire(struct loop *loop, struct task *task)
{
    if (task != loop->root) {
        task->driver = loop->free_slots;
        loop->free_slots = task;
        loop->slots_busy--;
        loop_look_for_children(loop);
    }
    loop_look_at_root(loop);
}

static inline int advance(struct loop *loop, struct task *task, int result)
{
    task_step(task, result, loop->now_ns);
    if (task->ended) {
        retire(loop, task);
        return ENDED;
    }
    if (task->saw_cancel)
        loop_look_at_root(loop);
    if (loop->intervene != NULL && loop->intervene(loop, task, &result))
        return result;
    return submit(loop, task);
}

/* Bytes that were lent do not keep until a later turn. */
static inline void drive(struct loop *loop, struct task *task, int result)
{
    int in_a_row = 0;
    do {
        result = advance(loop, task, result);
        if (result <= ENDED)
            return;
    } while (++in_a_row < INLINE_IN_A_ROW || task->op.kind == OP_RECV);
    loop_ready(loop, task, result);
}

void loop_complete(struct loop *loop, struct task *task, int result)
{
    drive(loop, task, result);
}

static inline bool stopped(const struct loop *loop)
{
    return atomic_load_explicit(&loop->loops->stopped, memory_order_relaxed);
}

/* Those that there is nothing to run on for end here. */
static uint32_t take_child(struct loop *loop, uint32_t slot)
{
    for (;;) {
        uint32_t index = child_take(loop->run, slot);
        if (index == CHILD_NONE || loop->driver->begin == NULL)
            return index;
        int rc = loop->driver->begin(loop);
        if (rc == 0)
            return index;
        child_end(loop->run, index, OUTCOME_RESOURCE, -rc, 0, loop->now_ns);
        loop_look_at_root(loop);
    }
}

/* There is room for it. NULL: none waits. */
static struct task *begin_child(struct loop *loop)
{
    struct loops *loops = loop->loops;
    struct task *task = loop->free_slots;
    uint32_t slot = task != NULL ? loops_slot(loops, task) : loop->first_slot + loop->slots_begun;
    uint32_t index = take_child(loop, slot);
    if (index == CHILD_NONE)
        return NULL;
    if (task != NULL)
        loop->free_slots = task->driver;
    else
        loop->slots_begun++;
    task = loops_task(loops, slot);
    loop->slots_busy++;
    if (loops->count > 1) /* it may have been spawned since this loop has read the clock */
        loop->now_ns = clock_now_ns();
    task_begin(task, loop->run, index, loop->now_ns);
    return task;
}

/* NULL: the turn is over, or there is nothing to step. `left` of its steps are left. */
static inline struct task *next(struct loop *loop, uint32_t left, int *result)
{
    if (left % STEPS_A_CLOCK == 0)
        loop->now_ns = clock_now_ns();
    /* Children first: those that have room were ready before whatever they make ready. */
    if (loop->slots_busy < loop->width && !stopped(loop)) {
        struct task *begun = begin_child(loop);
        *result = 0;
        if (begun != NULL)
            return begun;
    }
    struct task *task = list_pop(&loop->ready);
    if (task == NULL) {
        loop->turning = false;
        return NULL;
    }
    task->op.deadline_ns = 0;
    *result = task->op.result;
    return task;
}

struct task *loop_next(struct loop *loop, int *result)
{
    uint32_t left = loop->steps_left;
    if (left == 0 || (left < STEPS_A_TURN && stopped(loop))) /* of that the root is to hear soon */
        return NULL;
    loop->steps_left = left - 1;
    return next(loop, left, result);
}

void loop_turn(struct loop *loop)
{
    for (uint32_t left = STEPS_A_TURN; left > 0; left--) {
        int result;
        struct task *task = next(loop, left, &result);
        if (task == NULL)
            return;
        drive(loop, task, result);
        if (stopped(loop))
            return; /* the root is to hear of it soon */
    }
}
