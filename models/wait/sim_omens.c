/* The weather of a simulation: whose turn it is, and what becomes of an operation. */
#include <errno.h>

#include "core/check.h"
#include "models/wait/sim.h"

static void ask_weather(struct sim *sim, const struct task *task)
{
    struct weather *weather = sim->told->weather;
    sim->omen = (struct omen){.fail_with = OMEN_GOOD};
    if (weather != NULL)
        weather->ask(weather, task, &sim->omen);
}

static void cancel(const struct task *task)
{
    if (task->index != TASK_ROOT)
        child_ask_cancel(&task->run->children[task->index]);
}

static void cancel_other(struct loop *loop, const struct task *task, uint32_t index)
{
    if (index == task->index)
        cancel(task); /* there is nothing yet that it could give up */
    else
        loop_cancel_child(loop, index);
    if (task->index != TASK_ROOT) /* which looks itself */
        loop_look_at_root(loop);
}

static int fail(struct loop *loop, struct task *task, int error)
{
    if (error != -ETIMEDOUT)
        return error;
    sim_wait_until(sim_of(loop), task, 0);
    return loop_arm(loop, task) != 0 ? -ENOMEM : PENDING;
}

void sim_cancel_under_way(struct sim *sim)
{
    struct task *task = sim->cancelled_behind;
    sim->cancelled_behind = NULL;
    if (task == NULL || task->ended || task->index == TASK_ROOT)
        return;
    cancel(task);
    if (task->op.kind != OP_CLOSE)
        loop_give_up(&sim->loop, task, -ECANCELED);
}

bool sim_intervene(struct loop *loop, struct task *task, int *result)
{
    struct sim *sim = sim_of(loop);
    const struct omen *omen = &sim->omen;
    sim_take_step(sim);
    if (sim->cancelled_behind != NULL) { /* it was under way for no time */
        cancel(sim->cancelled_behind);
        sim->cancelled_behind = NULL;
    }
    ask_weather(sim, task);
    if (omen->stop)
        run_stop(loop->run, STOP_SIGNAL);
    if (omen->cancel)
        cancel(task);
    if (omen->cancel_other != 0)
        cancel_other(loop, task, omen->cancel_other - 1);
    if (omen->cancel_behind)
        sim->cancelled_behind = task;
    if (task->op.kind == OP_SLEEP && !task_cancelled(task))
        sim_prepare_sleep(sim, task);
    if (omen->fail_with == OMEN_GOOD || task->op.kind == OP_CLOSE || task_cancelled(task))
        return false;
    *result = fail(loop, task, omen->fail_with);
    return true;
}

/* A long line is not counted to its end at each step. */
enum { PICK_AMONG = 1024 };

/* Brings the one that the weather wants to the head of the line. */
void sim_choose(struct sim *sim)
{
    struct task_list *ready = &sim->loop.ready;
    struct weather *weather = sim->told->weather;
    uint32_t count = 0;
    if (weather == NULL || weather->pick == NULL)
        return;
    for (struct task *task = ready->head; task != NULL && count < PICK_AMONG;
         task = task->op.queue.link)
        count++;
    uint32_t at = count > 1 ? weather->pick(weather, count) : 0;
    if (at == 0)
        return;
    struct task *before = ready->head;
    while (--at > 0)
        before = before->op.queue.link;
    struct task *chosen = before->op.queue.link;
    before->op.queue.link = chosen->op.queue.link;
    if (ready->tail == chosen)
        ready->tail = before;
    chosen->op.queue.link = ready->head;
    ready->head = chosen;
}
