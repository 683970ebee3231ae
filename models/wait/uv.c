/*
 * The turn of a libuv loop: the ready list, one timer over a heap of deadlines, channels as wait
 * lists, and the root's joins. A task is stepped where its operation completes, but for what
 * another task's step completed: that waits in the ready list, and so does a task that has had many
 * operations complete at once in a row, or it would starve the rest.
 */
#include "models/wait/uv.h"

#include <errno.h>

#include "core/check.h"
#include "core/clock.h"
#include "models/wait/blocking.h"

/* In a heap entry's slot: its deadline is the end of a sleep. */
#define SLEEPER (UINT32_C(1) << 31)
_Static_assert(WIDTH_MAX < SLEEPER, "slots and the mark share a word");

enum {
    INLINE_IN_A_ROW = 32, /* completions of one task before others have a turn */
    STEPS_A_TURN = 1024,  /* from the ready list before the kernel is asked again */
    STEPS_A_CLOCK = 64,   /* before the clock is read again: it costs two of them */
};

static void on_idle(uv_idle_t *idle);
static void on_timer(uv_timer_t *timer);

/* ---- Lists and slots. ---- */

static void list_push(struct task_list *list, struct task *task)
{
    task->op.queue.link = NULL;
    if (list->head == NULL)
        list->head = task;
    else
        list->tail->op.queue.link = task;
    list->tail = task;
}

static struct task *list_pop(struct task_list *list)
{
    struct task *task = list->head;
    if (task != NULL)
        list->head = task->op.queue.link;
    return task;
}

static void list_remove(struct task_list *list, struct task *task)
{
    struct task *before = NULL;
    for (struct task *at = list->head; at != task; at = at->op.queue.link)
        before = at;
    if (before == NULL)
        list->head = task->op.queue.link;
    else
        before->op.queue.link = task->op.queue.link;
    if (list->tail == task)
        list->tail = before;
}

static uint32_t task_slot(const struct uv_waiter *waiter, const struct task *task)
{
    return (uint32_t)((size_t)((const unsigned char *)task - waiter->slots) / waiter->slot_bytes);
}

/* There is something to step: the loop does not wait for the kernel. */
static void turn(struct uv_waiter *waiter)
{
    if (!waiter->turning)
        uv_idle_start(&waiter->idle, on_idle);
    waiter->turning = true;
}

/* Completed, but not to be stepped from here. */
void uv_waiter_ready(struct uv_waiter *waiter, struct task *task, int result)
{
    task->op.result = result;
    task->op.flags |= OP_COMPLETE;
    list_push(&waiter->ready, task);
    turn(waiter);
}

/* ---- Deadlines. ---- */

/* libuv counts whole milliseconds: fire in the first one that begins at or after the deadline. */
static void start_timer(struct uv_waiter *waiter)
{
    uint64_t due_ns = waiter->heap.entries[0].due_ns;
    uint64_t due_ms = due_ns / NS_PER_MS + (due_ns % NS_PER_MS != 0);
    uint64_t now_ms = uv_now(&waiter->loop);
    uv_timer_start(&waiter->timer, on_timer, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

static inline int push(struct uv_waiter *waiter, uint64_t due_ns, uint32_t slot)
{
    if (!heap_push(&waiter->heap, due_ns, slot))
        return -ENOMEM;
    if (waiter->heap.entries[0].due_ns == due_ns)
        start_timer(waiter);
    return 0;
}

/* A slot has one valid entry in the heap for all deadlines of its operations. One that is too early
 * is left alone: it looks again when it comes up, so that an idle time-out that moves with every
 * read costs nothing. */
static int arm(struct uv_waiter *waiter, struct task *task)
{
    uint32_t slot = task_slot(waiter, task);
    uint64_t due_ns = task->op.deadline_ns;
    if (waiter->armed_ns[slot] != 0 && waiter->armed_ns[slot] <= due_ns)
        return 0;
    int rc = push(waiter, due_ns, slot);
    if (rc == 0)
        waiter->armed_ns[slot] = due_ns;
    return rc;
}

/* A sleep, which nearly always lasts until it is due, has an entry of its own: a million sleepers
 * touch no page of armed_ns. */
static int arm_sleep(struct uv_waiter *waiter, struct task *task)
{
    return push(waiter, task->op.deadline_ns, task_slot(waiter, task) | SLEEPER);
}

/* An entry of the heap has come up: for nothing, or too early, or its operation's time is over. */
static void come_due(struct uv_waiter *waiter, struct heap_entry due)
{
    bool sleeper = due.slot & SLEEPER;
    uint32_t slot = due.slot & ~SLEEPER;
    struct task *task = uv_waiter_task(waiter, slot);
    const struct op *op = &task->op;
    if (!sleeper && waiter->armed_ns[slot] != due.due_ns)
        return; /* an earlier one took its place */
    if (!sleeper)
        waiter->armed_ns[slot] = 0;
    if (op->flags & OP_COMPLETE || op->deadline_ns == 0 || sleeper != (op->kind == OP_SLEEP))
        return;
    if (op->deadline_ns <= waiter->now_ns)
        uv_waiter_give_up(waiter, task, op->result);
    else if (!sleeper)
        arm(waiter, task); /* an entry was just popped: there is room */
}

/* ---- Channels: the loop is alone with them. ---- */

/* Items, or room for some, may have come: those who wait are served in turn. */
static void serve(struct uv_waiter *waiter, struct task_list *line)
{
    int result;
    while (line->head != NULL && (result = channel_try(&line->head->op)) >= 0)
        uv_waiter_ready(waiter, list_pop(line), result);
}

static int submit_channel(struct uv_waiter *waiter, struct task *task)
{
    struct op *op = &task->op;
    struct channel *channel = op->channel.channel;
    struct channel_lines *lines = &waiter->lines[channel->index];
    bool puts = op->kind == OP_PUT;
    struct task_list *mine = puts ? &lines->putters : &lines->takers;
    struct task_list *theirs = puts ? &lines->takers : &lines->putters;
    struct task *first = theirs->head;
    /* The usual hand-off: who waits to take gets the item straight into its hands, as the channel
     * is empty. */
    if (puts && first != NULL && first->op.capacity + op->capacity == 0) {
        first->op.channel.value = op->channel.value;
        uv_waiter_ready(waiter, list_pop(theirs), 0);
        return 0;
    }
    /* One who needs less than the first in the line does not overtake it. */
    bool must_wait = mine->head != NULL || (!puts && channel_length(channel) == 0);
    int result = must_wait ? -EAGAIN : channel_try(op);
    if (result < 0) {
        list_push(mine, task);
        return PENDING;
    }
    serve(waiter, theirs);
    return result;
}

/* The line may have waited for its first. */
static void leave_line(struct uv_waiter *waiter, struct task *task)
{
    struct channel_lines *lines = &waiter->lines[task->op.channel.channel->index];
    struct task_list *line = task->op.kind == OP_PUT ? &lines->putters : &lines->takers;
    list_remove(line, task);
    serve(waiter, line);
}

/* ---- Giving up. ---- */

/* Takes an outstanding operation out of whatever it waits in, and completes it with `result`. */
void uv_waiter_give_up(struct uv_waiter *waiter, struct task *task, int result)
{
    switch (task->op.kind) {
    case OP_PUT:
    case OP_TAKE: leave_line(waiter, task); break;
    case OP_RESOLVE:
    case OP_CONNECT:
    case OP_SEND:
    case OP_RECV: uv_net_abandon(waiter, task); break;
    default: break;
    }
    uv_waiter_ready(waiter, task, result);
}

static void on_timer(uv_timer_t *timer)
{
    struct uv_waiter *waiter = timer->data;
    waiter->now_ns = clock_now_ns();
    while (waiter->heap.count > 0 && waiter->heap.entries[0].due_ns <= waiter->now_ns) {
        struct heap_entry due = heap_pop(&waiter->heap);
        come_due(waiter, due);
    }
    if (waiter->heap.count > 0)
        start_timer(waiter);
}

/* ---- The turn. ---- */

/* What keeps the loop from turning: a computation, or a sleep that does not give way. */
static int inline_work(struct uv_waiter *waiter, struct task *task)
{
    struct op *op = &task->op;
    atomic_store(&waiter->at_work, task->index);
    int result =
        op->kind == OP_SLEEP ? blocking_sleep(task) : op->compute.fn(op->compute.arg, task);
    atomic_store(&waiter->at_work, CHILD_NONE);
    waiter->now_ns = clock_now_ns();
    return task_cancelled(task) ? -ECANCELED : result;
}

static int submit(struct uv_waiter *waiter, struct task *task)
{
    struct op *op = &task->op;
    if (op->kind != OP_CLOSE && task_cancelled(task))
        return -ECANCELED;
    int result = PENDING;
    op->result = -ETIMEDOUT; /* should its deadline come */
    switch ((enum op_kind)op->kind) {
    case OP_SLEEP: {
        if (op->flags & OP_HOLD)
            return inline_work(waiter, task);
        uint64_t wake = clock_after(waiter->now_ns, op->sleep.duration_ns);
        if (op->deadline_ns == 0 || wake <= op->deadline_ns) {
            op->deadline_ns = wake;
            op->result = 0;
        }
        return arm_sleep(waiter, task) == 0 ? PENDING : -ENOMEM;
    }
    case OP_COMPUTE:
        return waiter->compute == UV_COMPUTES_INLINE ? inline_work(waiter, task)
                                                     : uv_work_submit(waiter, task);
    case OP_PUT:
    case OP_TAKE: result = submit_channel(waiter, task); break;
    case OP_YIELD: uv_waiter_ready(waiter, task, 0); return PENDING;
    case OP_RESOLVE: result = uv_net_resolve(waiter, task); break;
    case OP_CONNECT: result = uv_net_connect(waiter, task); break;
    case OP_SEND: result = uv_net_send(task); break;
    case OP_RECV: result = uv_net_recv(task); break;
    case OP_CLOSE: return uv_net_close(task);
    default: result = uv_root_submit(waiter, task); break;
    }
    if (result == PENDING && op->deadline_ns != 0 && arm(waiter, task) != 0) {
        uv_waiter_give_up(waiter, task, -ENOMEM);
        return PENDING;
    }
    return result;
}

static inline void look_for_children(struct uv_waiter *waiter)
{
    const struct arena *arena = waiter->run->arena;
    if (!waiter->turning && atomic_load(&arena->next) < atomic_load(&arena->spawned))
        turn(waiter);
}

void uv_waiter_look_for_children(struct uv_waiter *waiter)
{
    look_for_children(waiter);
}

static void retire(struct uv_waiter *waiter, struct task *task)
{
    if (task != waiter->root) {
        task->driver = waiter->free_slots;
        waiter->free_slots = task;
        waiter->slots_busy--;
        look_for_children(waiter);
    }
    uv_root_look(waiter);
}

static void drive(struct uv_waiter *waiter, struct task *task, int result)
{
    for (int in_a_row = 0; in_a_row < INLINE_IN_A_ROW; in_a_row++) {
        task_step(task, result, waiter->now_ns);
        if (task->ended) {
            retire(waiter, task);
            return;
        }
        if (task->saw_cancel)
            uv_root_look(waiter);
        result = submit(waiter, task);
        if (result == PENDING)
            return;
    }
    uv_waiter_ready(waiter, task, result);
}

void uv_waiter_complete(struct uv_waiter *waiter, struct task *task, int result)
{
    drive(waiter, task, result);
}

/* Begins the next child where the width has room. */
static bool start_child(struct uv_waiter *waiter)
{
    if (waiter->slots_busy == waiter->run->width ||
        atomic_load_explicit(&waiter->stopped, memory_order_relaxed))
        return false;
    struct task *task = waiter->free_slots;
    uint32_t slot = task != NULL ? task_slot(waiter, task) : waiter->slots_begun;
    uint32_t index = child_take(waiter->run, slot);
    if (index == CHILD_NONE)
        return false;
    if (task != NULL)
        waiter->free_slots = task->driver;
    else
        task = uv_waiter_task(waiter, waiter->slots_begun++);
    waiter->slots_busy++;
    task_begin(task, waiter->run, index, waiter->now_ns);
    drive(waiter, task, 0);
    return true;
}

static void on_idle(uv_idle_t *idle)
{
    struct uv_waiter *waiter = idle->data;
    for (int steps = 0; steps < STEPS_A_TURN; steps++) {
        if (steps % STEPS_A_CLOCK == 0)
            waiter->now_ns = clock_now_ns();
        /* Children first: those that have room were ready before whatever they make ready. */
        if (!start_child(waiter)) {
            struct task *task = list_pop(&waiter->ready);
            if (task == NULL) {
                uv_idle_stop(idle);
                waiter->turning = false;
                return;
            }
            task->op.deadline_ns = 0;
            drive(waiter, task, task->op.result);
        }
        if (atomic_load_explicit(&waiter->stopped,
                                 memory_order_relaxed)) /* the root is to hear of it soon */
            return;
    }
}
