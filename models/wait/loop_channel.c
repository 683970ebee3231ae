/*
 * Channels on loops: who cannot go on waits in a line, and whoever makes room or brings items
 * serves the lines in turn. A single loop is alone with them. Several take a lock; a task of
 * another loop is not served but sent home to try again, and may then find that somebody was
 * quicker: to hand every item across would make all of them wait, each time, for another thread to
 * wake up.
 */
#include <errno.h>

#include "models/wait/loop.h"

static inline struct channel_lines *lines_of(const struct loop *loop, const struct task *task)
{
    return &loop->loops->lines[task->op.channel.channel->index];
}

/* So that what a single loop does not need is not there: a hand-off is so short that it shows. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

static inline bool is_alone(const struct loop *loop)
{
    return loop->loops->count == 1;
}

static void lock(struct loop *loop, struct channel_lines *lines)
{
    if (!is_alone(loop))
        pthread_mutex_lock(&lines->lock);
}

static void unlock(struct loop *loop, struct channel_lines *lines)
{
    if (!is_alone(loop))
        pthread_mutex_unlock(&lines->lock);
}

static void list_push_front(struct task_list *list, struct task *task)
{
    task->op.queue.link = list->head;
    list->head = task;
    if (task->op.queue.link == NULL)
        list->tail = task;
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

/* Takes the first of a line out of it, to try again on its own loop. */
static void send_home(struct loop *loop, struct loop *owner, struct task_list *line)
{
    struct task *task = list_pop(line);
    task->op.flags |= OP_COMPLETE; /* it waits no more */
    task->op.queue.link = atomic_load(&owner->arrivals);
    while (!atomic_compare_exchange_weak(&owner->arrivals, &task->op.queue.link, task))
        ;
    loop->driver->poke(owner);
}

static bool could_go_on(const struct op *op)
{
    const struct channel *channel = op->channel.channel;
    uint64_t length = channel_length(channel);
    uint32_t count = op->capacity > 0 ? op->capacity : 1;
    return op->kind == OP_PUT ? channel->capacity - length >= count : length > 0;
}

/* Items, or room for some, may have come: those who wait are served in turn. One who was sent home
 * looks after both lines when it has tried. True: somebody was served. */
ALWAYS_INLINE bool serve(struct loop *loop, struct task_list *line, bool alone)
{
    bool served = false;
    for (struct task *task; (task = line->head) != NULL; served = true) {
        struct loop *owner = alone ? loop : loops_owner(loop->loops, task);
        int result;
        if (owner != loop) {
            if (could_go_on(&task->op))
                send_home(loop, owner, line);
            break;
        }
        if ((result = channel_try(&task->op)) < 0)
            break;
        loop_ready(loop, list_pop(line), result);
    }
    return served;
}

/* What one side is served may be what the other one waits for. */
static void serve_both(struct loop *loop, struct channel_lines *lines)
{
    bool alone = is_alone(loop), served = true;
    while (served) {
        served = serve(loop, &lines->takers, alone);
        served |= serve(loop, &lines->putters, alone);
    }
}

ALWAYS_INLINE int submit(struct loop *loop, struct channel_lines *lines, struct task *task,
                         bool alone)
{
    struct op *op = &task->op;
    bool puts = op->kind == OP_PUT;
    struct task_list *mine = puts ? &lines->putters : &lines->takers;
    struct task_list *theirs = puts ? &lines->takers : &lines->putters;
    struct task *first = theirs->head;
    /* The usual hand-off: who waits to take gets the item straight into its hands, as the channel
     * is empty; but where an item lies there for one who was sent home. */
    if (puts && first != NULL && first->op.capacity + op->capacity == 0 &&
        (alone ||
         (loops_owner(loop->loops, first) == loop && channel_length(op->channel.channel) == 0))) {
        first->op.channel.value = op->channel.value;
        loop_ready(loop, list_pop(theirs), 0);
        return 0;
    }
    /* One who needs less than the first in the line does not overtake it. */
    bool must_wait = mine->head != NULL || (!puts && channel_length(op->channel.channel) == 0);
    int result = must_wait ? -EAGAIN : channel_try(op);
    if (result < 0) {
        list_push(mine, task);
        return PENDING;
    }
    serve(loop, theirs, alone);
    return result;
}

int loop_submit_channel(struct loop *loop, struct task *task)
{
    struct channel_lines *lines = lines_of(loop, task);
    if (is_alone(loop))
        return submit(loop, lines, task, true);
    lock(loop, lines);
    int result = submit(loop, lines, task, false);
    unlock(loop, lines);
    return result;
}

bool loop_leave_channel(struct loop *loop, struct task *task)
{
    struct channel_lines *lines = lines_of(loop, task);
    lock(loop, lines);
    bool waits = !(task->op.flags & OP_COMPLETE);
    if (waits) {
        struct task_list *line = task->op.kind == OP_PUT ? &lines->putters : &lines->takers;
        list_remove(line, task);
        serve_both(loop, lines); /* the line may have waited for its first */
    }
    unlock(loop, lines);
    return waits;
}

/* Tries before those who came later; what made it give up meanwhile is looked at only now. */
void loop_retry_channel(struct loop *loop, struct task *task)
{
    struct channel_lines *lines = lines_of(loop, task);
    struct op *op = &task->op;
    bool puts = op->kind == OP_PUT;
    struct task_list *mine = puts ? &lines->putters : &lines->takers;
    lock(loop, lines);
    int result = task_cancelled(task) ? -ECANCELED : channel_try(op);
    if (result == -EAGAIN && op->deadline_ns != 0 && op->deadline_ns <= loop->now_ns)
        result = -ETIMEDOUT;
    if (result == -EAGAIN) {
        op->flags &= (uint8_t)~OP_COMPLETE;
        list_push_front(mine, task);
    } else {
        serve_both(loop, lines);
    }
    unlock(loop, lines);
    if (result != -EAGAIN)
        loop_ready(loop, task, result);
    else if (op->deadline_ns != 0 && loop_arm(loop, task) != 0)
        loop_give_up(loop, task, -ENOMEM);
}
