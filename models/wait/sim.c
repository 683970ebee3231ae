/* The turns of a simulated loop, and the time in between. */
#include "models/wait/sim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool go_on(struct sim *sim)
{
    struct loop *loop = &sim->loop;
    int result;
    sim_choose(sim);
    loop->steps_left = STEPS_A_TURN;
    struct task *task = loop_next(loop, &result);
    if (task == NULL)
        return false;
    loop_complete(loop, task, result);
    if (task->ended)
        sim_take_step(sim);
    sim_cancel_under_way(sim);
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

static uint64_t next_due(const struct sim *sim)
{
    return deadline_min(stop_due(sim), deadline_min(loop_due(&sim->loop), event_due(sim)));
}

/* The steps of those that are ready have taken so long that something else has come due. */
static bool is_overdue(const struct sim *sim)
{
    uint64_t next_ns = sim->told->step_ns != 0 ? next_due(sim) : 0;
    return next_ns != 0 && next_ns <= clock_virtual_ns;
}

/* False: nothing will ever come. */
static bool let_time_pass(struct sim *sim)
{
    struct loop *loop = &sim->loop;
    uint64_t stop_ns = stop_due(sim), next_ns = next_due(sim);
    if (next_ns == 0)
        return false;
    if (next_ns > clock_virtual_ns)
        clock_virtual_ns = next_ns;
    loop_expire(loop);
    while (sim->heap.count > 0 && event_due(sim) <= clock_virtual_ns)
        sim_come_true(sim, heap_pop(&sim->heap));
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

static void end_time(struct run *run)
{
    problem_set(&run->problem, STATUS_USAGE,
                "simulated time ends after 584 years: make what takes so long shorter (sleeps, "
                "--interarrival, --simulate step)");
    run_stop(run, STOP_SIGNAL);
}

static void run_loop(struct loop *loop)
{
    struct sim *sim = sim_of(loop);
    while (!loop->over) {
        if (atomic_exchange(&sim->poked, false))
            loop_hear(loop);
        if (!loop->over && is_overdue(sim))
            let_time_pass(sim);
        if (clock_virtual_ns == UINT64_MAX && loop->run->problem.status == STATUS_OK)
            end_time(loop->run);
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
    sim->loop.intervene = sim_intervene;
    *loop = &sim->loop;
    if (sim->events != NULL && sim->cpu_free_ns != NULL)
        return 0;
    close_loop(&sim->loop);
    return -ENOMEM;
}

static const struct loop_driver driver = {
    .perform[OP_COMPUTE] = sim_compute,
    .perform[OP_RESOLVE] = sim_use_network,
    .perform[OP_CONNECT] = sim_use_network,
    .perform[OP_SEND] = sim_use_network,
    .perform[OP_RECV] = sim_use_network,
    .perform[OP_CLOSE] = sim_use_network,
    .abandon = sim_abandon,
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
