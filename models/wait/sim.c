/*
 * The driver of a simulated loop. Every operation that is complete makes its task ready, and one
 * that is ready after another is stepped; when none is, the clock is set to what comes next: a
 * deadline, which the loop keeps, or an event, which is kept here.
 */
#include "models/wait/sim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/clock.h"
#include "models/wait/loop.h"

/* What a slot's operation waits for. */
struct event {
    uint64_t due_ns; /* 0: none, and what the heap has of it is stale */
    bool decided;    /* then its result is there, else it is performed when it is due */
    int result;
    size_t recv_most; /* of an OP_RECV; 0: what there is */
};

struct sim {
    struct loop loop;
    const struct simulation *told;
    struct heap heap;
    struct event *events; /* by slot */
    uint64_t *cpu_free_ns;
    struct omen omen;              /* of the operation that begins */
    struct task *cancelled_behind; /* to be cancelled once its operation is under way */
    _Atomic bool poked;
};

static inline struct sim *sim_of(struct loop *loop)
{
    return (struct sim *)loop;
}

/* ---- Events. ---- */

static struct event *event_of(struct sim *sim, const struct task *task)
{
    return &sim->events[loops_slot(sim->loop.loops, task)];
}

/* due_ns 0: for ever, as far as this is concerned. */
static int wait_until(struct sim *sim, const struct task *task, uint64_t due_ns)
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

static void abandon(struct loop *loop, struct task *task)
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

static int compute(struct loop *loop, struct task *task)
{
    struct sim *sim = sim_of(loop);
    const struct op *op = &task->op;
    uint64_t began_ns = sim->told->measured ? cpu_time_ns() : 0;
    int result = op->compute.fn(op->compute.arg, task);
    uint64_t cost_ns = sim->told->measured ? cpu_time_ns() - began_ns : op->compute.cost_ns;
    loop->run->computed_ns = clock_after(loop->run->computed_ns, cost_ns);
    uint64_t due_ns = occupy_cpu(sim, clock_after(cost_ns, take_delay(sim)));
    if (loop->run->trace != NULL)
        trace_computation(task, due_ns - cost_ns, due_ns);
    *event_of(sim, task) = (struct event){.decided = true, .result = result};
    return wait_until(sim, task, due_ns);
}

/* Who holds needs a CPU for itself, which is all that it does with it. */
static void prepare_sleep(struct sim *sim, struct task *task)
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
    return result == -EAGAIN ? wait_until(sim, task, when_ns) : result;
}

static int ask_peer(struct sim *sim, struct task *task)
{
    const struct op *op = &task->op;
    struct peer *peer = sim->told->peer;
    if (peer == NULL && op->kind != OP_CLOSE)
        return op->kind == OP_RESOLVE ? -ENOENT : -ENETUNREACH;
    switch (op->kind) {
    case OP_RESOLVE:
        return peer->resolve(peer, op->resolve.host, op->resolve.port, op->resolve.addresses,
                             op->capacity);
    case OP_CONNECT:
        task->driver = peer->connect(peer, op->connect.address);
        return task->driver != NULL ? 0 : -ENOMEM;
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

static int use_network(struct loop *loop, struct task *task)
{
    struct sim *sim = sim_of(loop);
    uint64_t delay_ns = take_delay(sim);
    *event_of(sim, task) = (struct event){.recv_most = sim->omen.recv_most};
    if (delay_ns == 0)
        return ask_peer(sim, task);
    int result = wait_until(sim, task, clock_after(clock_now_ns(), delay_ns));
    return result == -ENOMEM && task->op.kind == OP_CLOSE ? ask_peer(sim, task) : result;
}

/* ---- Whose turn it is, and what becomes of it. ---- */

static void take_step(struct sim *sim)
{
    sim->loop.now_ns = clock_virtual_ns += sim->told->step_ns;
}

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
    wait_until(sim_of(loop), task, 0);
    return loop_arm(loop, task) != 0 ? -ENOMEM : PENDING;
}

static void cancel_under_way(struct sim *sim)
{
    struct task *task = sim->cancelled_behind;
    sim->cancelled_behind = NULL;
    if (task == NULL || task->ended || task->index == TASK_ROOT)
        return;
    cancel(task);
    if (task->op.kind != OP_CLOSE)
        loop_give_up(&sim->loop, task, -ECANCELED);
}

static bool intervene(struct loop *loop, struct task *task, int *result)
{
    struct sim *sim = sim_of(loop);
    const struct omen *omen = &sim->omen;
    take_step(sim);
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
    if (task->op.kind == OP_SLEEP)
        prepare_sleep(sim, task);
    if (omen->fail_with == OMEN_GOOD || task->op.kind == OP_CLOSE || task_cancelled(task))
        return false;
    *result = fail(loop, task, omen->fail_with);
    return true;
}

/* Brings the one that the weather wants to the head of the line. */
static void choose(struct sim *sim)
{
    struct task_list *ready = &sim->loop.ready;
    struct weather *weather = sim->told->weather;
    uint32_t count = 0;
    if (weather == NULL || weather->pick == NULL)
        return;
    for (struct task *task = ready->head; task != NULL; task = task->op.queue.link)
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

static bool go_on(struct sim *sim)
{
    struct loop *loop = &sim->loop;
    int result;
    choose(sim);
    loop->steps_left = STEPS_A_TURN;
    struct task *task = loop_next(loop, &result);
    if (task == NULL)
        return false;
    loop_complete(loop, task, result);
    if (task->ended)
        take_step(sim);
    cancel_under_way(sim);
    return true;
}

/* ---- Time. ---- */

static uint64_t stop_due(const struct sim *sim)
{
    const struct run *run = sim->loop.run;
    bool stopped = atomic_load(&run->arena->stop) != STOP_NONE;
    return sim->told->deadline_ns != 0 && !stopped
               ? clock_after(run->clock_start_ns, sim->told->deadline_ns)
               : 0;
}

static uint64_t event_due(const struct sim *sim)
{
    return sim->heap.count > 0 ? sim->heap.entries[0].due_ns : 0;
}

static void come_true(struct sim *sim, struct heap_entry due)
{
    struct event *event = &sim->events[due.slot];
    struct task *task = loops_task(sim->loop.loops, due.slot);
    if (event->due_ns != due.due_ns)
        return;
    event->due_ns = 0;
    int result = event->decided ? event->result : ask_peer(sim, task);
    if (result != PENDING)
        loop_ready(&sim->loop, task, result);
}

/* False: nothing will ever come. */
static bool let_time_pass(struct sim *sim)
{
    struct loop *loop = &sim->loop;
    uint64_t stop_ns = stop_due(sim);
    uint64_t next_ns = deadline_min(stop_ns, deadline_min(loop_due(loop), event_due(sim)));
    if (next_ns == 0)
        return false;
    if (next_ns > clock_virtual_ns)
        clock_virtual_ns = next_ns;
    loop_expire(loop);
    while (sim->heap.count > 0 && event_due(sim) <= clock_virtual_ns)
        come_true(sim, heap_pop(&sim->heap));
    if (stop_ns != 0 && stop_ns <= clock_virtual_ns)
        run_stop(loop->run, STOP_DEADLINE);
    return true;
}

/* ---- Where nobody goes on. ---- */

static void append_waiting(const struct task *task, char *text, size_t size)
{
    size_t used = strlen(text);
    char name[20] = "the root";
    if (task->index != TASK_ROOT)
        snprintf(name, sizeof name, "task %u", task->index);
    snprintf(text + used, size - used, "%s%s in %s, stage %u", used > 0 ? "; " : "", name,
             op_kind_name(task->op.kind), task->stage);
}

static void despair(struct sim *sim)
{
    enum { TOLD = 4 };
    struct loop *loop = &sim->loop;
    char waiting[300] = "";
    uint32_t count = 0;
    for (uint32_t i = 0; i <= loop->slots_begun; i++) {
        const struct task *task =
            i < loop->slots_begun ? loops_task(loop->loops, loop->first_slot + i) : loop->root;
        if (!task->ended && ++count <= TOLD)
            append_waiting(task, waiting, sizeof waiting);
    }
    problem_set(&loop->run->problem, STATUS_FAILED,
                "after %.6f simulated seconds nobody will ever go on; %u wait: %s%s",
                (double)(clock_virtual_ns - SIM_EPOCH_NS) / 1e9, count, waiting,
                count > TOLD ? "; …" : "");
}

static void run_loop(struct loop *loop)
{
    struct sim *sim = sim_of(loop);
    while (!loop->over) {
        if (atomic_exchange(&sim->poked, false))
            loop_hear(loop);
        if (loop->over || go_on(sim) || let_time_pass(sim) || atomic_load(&sim->poked))
            continue;
        if (loop->run->problem.status != STATUS_OK)
            abort(); /* who is cancelled goes on: that is the loop's promise */
        despair(sim);
        run_stop(loop->run, STOP_SIGNAL);
    }
}

/* ---- The loop. ---- */

static void poke(struct loop *loop)
{
    atomic_store(&sim_of(loop)->poked, true);
}

static bool close_loop(struct loop *loop)
{
    struct sim *sim = sim_of(loop);
    free(sim->heap.entries);
    free(sim->events);
    free(sim->cpu_free_ns);
    free(sim);
    return false;
}

static int open_loop(struct loops *loops, struct loop **loop)
{
    static const struct simulation ideal;
    const struct run *run = loops->run;
    struct sim *sim = calloc(1, sizeof *sim);
    if (sim == NULL)
        return -ENOMEM;
    sim->told = run->simulation != NULL ? run->simulation : &ideal;
    sim->events = calloc(run->width + (size_t)1, sizeof *sim->events);
    sim->cpu_free_ns = calloc(sim->told->cpus + (size_t)1, sizeof *sim->cpu_free_ns);
    sim->loop.intervene = intervene;
    *loop = &sim->loop;
    if (sim->events != NULL && sim->cpu_free_ns != NULL)
        return 0;
    close_loop(&sim->loop);
    return -ENOMEM;
}

static const struct loop_driver driver = {
    .perform[OP_COMPUTE] = compute,
    .perform[OP_RESOLVE] = use_network,
    .perform[OP_CONNECT] = use_network,
    .perform[OP_SEND] = use_network,
    .perform[OP_RECV] = use_network,
    .perform[OP_CLOSE] = use_network,
    .abandon = abandon,
    .abandons_computing = true,
    .poke = poke,
    .open = open_loop,
    .run = run_loop,
    .close = close_loop,
};

int sim_run(struct run *run)
{
    clock_virtual_ns = run->clock_start_ns = SIM_EPOCH_NS;
    int rc = loops_run(run, &driver, 1);
    clock_virtual_ns = 0;
    return rc != 0 ? rc : run->problem.status != STATUS_OK ? -EDEADLK : 0;
}
