/*
 * sim: no model of this machine but the ideal that the others are held against, and the engine of
 * tests. The same tasks in virtual time, the same way every time: as many at once as the width
 * allows, each step for nothing, a computation for what it is said to cost, the peer in memory. How
 * each operation is performed is the sim waiter's.
 */
#include "models/wait/sim.h"

const struct model model_sim = {
    .summary = "a simulation in virtual time: the ideal, and what tests replay from a seed",
    .capabilities = MODEL_CONCURRENT | MODEL_PARALLEL_COMPUTE | MODEL_ALL_LIVE_AT_ONCE |
                    MODEL_CAN_CANCEL | MODEL_CHANNELS,
    .simulated = true,
    .colour = 0x000000,
    .run = sim_run,
};
