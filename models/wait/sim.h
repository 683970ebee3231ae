/*
 * A loop in virtual time: what no task can go on without is waited for by setting the clock. What
 * it is told of the machine, the peer and the weather is core/simulation.h's. One that nobody will
 * ever go on in is stopped, and is a problem of the run that says who waits for what.
 */
#ifndef MODELS_WAIT_SIM_H
#define MODELS_WAIT_SIM_H

#include "core/run.h"

/* What a run's clock shows as it starts. */
#define SIM_EPOCH_NS UINT64_C(1000000000)

/* As struct model's run(). run->clock_start_ns is virtual from then on. */
int sim_run(struct run *run);

#endif
