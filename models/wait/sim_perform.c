/* The machine and the network of a simulation: what an operation waits for, and what comes of it.
 */
#include <errno.h>

#include "core/check.h"
#include "models/wait/sim.h"

/* ---- Events. ---- */

static struct sim_event *event_of(struct sim *sim, const struct task *task)
{
    return &sim->events[loops_slot(sim->loop.loops, task)];
}

/* due_ns 0: for ever, as far as this is concerned. */
int sim_wait_until(struct sim *sim, const struct task *task, uint64_t due_ns)
{
    if (due_ns != 0 && !heap_push(&sim->heap, due_ns, loops_slot(sim->loop.loops, task)))
        return -ENOMEM;
    event_of(sim, task)->due_ns = due_ns;
    return PENDING;
}

/* Once: those that follow from it are not late as well. */
static uint64_t take_delay(struct sim *sim)
{
    uint64_t delay_ns = sim->omen.delay_ns;
    sim->omen.delay_ns = 0;
    return delay_ns;
}

void sim_abandon(struct loop *loop, struct task *task)
{
    event_of(sim_of(loop), task)->due_ns = 0;
}

/* ---- The CPUs. ---- */

/* When a CPU will have done so much more; the first that is free takes it. */
static uint64_t occupy_cpu(struct sim *sim, uint64_t ns)
{
    uint64_t now_ns = clock_now_ns();
    if (sim->told->cpus == 0)
        return clock_after(now_ns, ns);
    uint64_t *first = sim->cpu_free_ns;
    for (uint32_t i = 1; i < sim->told->cpus; i++)
        if (sim->cpu_free_ns[i] < *first)
            first = &sim->cpu_free_ns[i];
    *first = clock_after(*first > now_ns ? *first : now_ns, ns);
    return *first;
}

static uint64_t cpu_time_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

int sim_compute(struct loop *loop, struct task *task)
{
    struct sim *sim = sim_of(loop);
    const struct op *op = &task->op;
    uint64_t began_ns = sim->told->measured ? cpu_time_ns() : 0;
    atomic_store(&loop->at_work, task->index); /* so that a stop is told to it */
    int result = op->compute.fn(op->compute.arg, task);
    atomic_store(&loop->at_work, CHILD_NONE);
    if (task_cancelled(task))
        return -ECANCELED;
    uint64_t cost_ns = sim->told->measured ? cpu_time_ns() - began_ns : op->compute.cost_ns;
    loop->run->computed_ns = clock_after(loop->run->computed_ns, cost_ns);
    uint64_t due_ns = occupy_cpu(sim, clock_after(cost_ns, take_delay(sim)));
    if (loop->run->trace != NULL)
        trace_computation(task, due_ns - cost_ns, due_ns);
    *event_of(sim, task) = (struct sim_event){.decided = true, .result = result};
    return sim_wait_until(sim, task, due_ns);
}

/* Who holds needs a CPU for itself, which is all that it does with it. */
void sim_prepare_sleep(struct sim *sim, struct task *task)
{
    struct op *op = &task->op;
    op->sleep.duration_ns = clock_after(op->sleep.duration_ns, take_delay(sim));
    if (op->flags & OP_HOLD)
        op->sleep.duration_ns = occupy_cpu(sim, op->sleep.duration_ns) - clock_now_ns();
    op->flags &= (uint8_t)~OP_HOLD;
}

/* ---- The network. ---- */

static int receive(struct sim *sim, struct task *task)
{
    struct peer *peer = sim->told->peer;
    size_t told = event_of(sim, task)->recv_most, most = told != 0 ? told : RECV_BYTES_MAX;
    uint64_t when_ns = 0;
    int result =
        peer->recv(peer, task->driver, most, clock_now_ns(), &task->op.recv.bytes, &when_ns);
    return result == -EAGAIN ? sim_wait_until(sim, task, when_ns) : result;
}

static int ask_peer(struct sim *sim, struct task *task)
{
    const struct op *op = &task->op;
    struct peer *peer = sim->told->peer;
    int result;
    if (peer == NULL && op->kind != OP_CLOSE)
        return op->kind == OP_RESOLVE ? -ENOENT : -ENETUNREACH;
    switch (op->kind) {
    case OP_RESOLVE:
        return peer->resolve(peer, op->resolve.host, op->resolve.port, op->resolve.addresses,
                             op->capacity);
    case OP_CONNECT:
        result = peer->connect(peer, op->connect.address, &task->driver);
        return result == -EAGAIN ? sim_wait_until(sim, task, 0) : result;
    case OP_SEND:
        return peer->send(peer, task->driver, op->send.bytes, op->send.length, clock_now_ns());
    case OP_RECV: return receive(sim, task);
    default:
        if (task->driver != NULL)
            peer->close(peer, task->driver);
        task->driver = NULL;
        return 0;
    }
}

int sim_use_network(struct loop *loop, struct task *task)
{
    struct sim *sim = sim_of(loop);
    uint64_t delay_ns = take_delay(sim);
    *event_of(sim, task) = (struct sim_event){.recv_most = sim->omen.recv_most};
    if (delay_ns == 0)
        return ask_peer(sim, task);
    int result = sim_wait_until(sim, task, clock_after(clock_now_ns(), delay_ns));
    return result == -ENOMEM && task->op.kind == OP_CLOSE ? ask_peer(sim, task) : result;
}

/* ---- When it is due. ---- */

void sim_come_true(struct sim *sim, struct heap_entry due)
{
    struct sim_event *event = &sim->events[due.slot];
    struct task *task = loops_task(sim->loop.loops, due.slot);
    if (event->due_ns != due.due_ns)
        return;
    event->due_ns = 0;
    int result = event->decided ? event->result : ask_peer(sim, task);
    if (result != PENDING)
        loop_ready(&sim->loop, task, result);
}
