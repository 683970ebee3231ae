/*
 * A loop in virtual time: what no task can go on without is waited for by setting the clock. Every
 * operation that is complete makes its task ready, and one that is ready after another is stepped;
 * when none is, the clock is set to what comes next: a deadline, which the loop keeps, or an event,
 * which is kept here. What it is told of the machine, the peer and the weather is
 * core/simulation.h's. sim.c is its turns and the time, sim_perform.c the machine and the network,
 * sim_omens.c what the weather makes of an operation.
 */
#ifndef MODELS_WAIT_SIM_H
#define MODELS_WAIT_SIM_H

#include "core/clock.h"
#include "models/wait/loop.h"

/* What a run's clock shows as it starts. */
#define SIM_EPOCH_NS UINT64_C(1000000000)

/* As struct model's run(). run->clock_start_ns is virtual from then on. A run that nobody will ever
 * go on in is stopped, and is a problem that says who waits for what. */
int sim_run(struct run *run);

/* ---- Between its files. ---- */

/* What a slot's operation waits for. */
struct sim_event {
    uint64_t due_ns; /* 0: none, and what the heap has of it is stale */
    bool decided;    /* then its result is there, else it is performed when it is due */
    int result;
    size_t recv_most; /* of an OP_RECV; 0: what there is */
};

struct sim {
    struct loop loop; /* first: both are one address */
    const struct simulation *told;
    struct heap heap;
    struct sim_event *events; /* by slot */
    uint64_t *cpu_free_ns;
    struct omen omen;              /* of the operation that begins */
    struct task *cancelled_behind; /* to be cancelled once its operation is under way */
    _Atomic bool poked;
};

static inline struct sim *sim_of(struct loop *loop)
{
    return (struct sim *)loop;
}

/* The operation completes then, as far as an event does it; 0: never. PENDING or -ENOMEM. */
int sim_wait_until(struct sim *sim, const struct task *task, uint64_t due_ns);
/* One that was waited for is due. */
void sim_come_true(struct sim *sim, struct heap_entry due);

/* The driver's. */
loop_perform_fn sim_compute, sim_use_network;
void sim_abandon(struct loop *loop, struct task *task);

/* Of an OP_SLEEP, before it begins: who holds needs a CPU for itself, which is all that it does
 * with it. */
void sim_prepare_sleep(struct sim *sim, struct task *task);

/* The virtual time of a step. */
static inline void sim_take_step(struct sim *sim)
{
    sim->loop.now_ns = clock_virtual_ns = clock_after(clock_virtual_ns, sim->told->step_ns);
}

/* What the weather makes of the operation that a step asked for. */
loop_intervene_fn sim_intervene;
/* Behind it, when it is under way. */
void sim_cancel_under_way(struct sim *sim);
/* Brings the one that the weather wants to the head of the line. */
void sim_choose(struct sim *sim);

#endif
