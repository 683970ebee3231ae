/*
 * coroutines: a coroutine for each task in progress, with a stack of its own, all in one thread.
 * Where a task has to wait, its coroutine is suspended and the next one that can go on is resumed;
 * OP_COMPUTE runs on the thread's own stack, and nobody else meanwhile. How each operation is
 * performed is the fiber waiter's.
 */
#include "models/wait/fiber.h"

static int run_coroutines(struct run *run)
{
    return fiber_waiter_run(run, 1);
}

const struct model model_coroutines = {
    .summary = "a coroutine for each task, in one thread",
    .capabilities = MODEL_CONCURRENT | MODEL_ALL_LIVE_AT_ONCE | MODEL_CAN_CANCEL | MODEL_CHANNELS,
    .colour = 0xcc79a7,
    .available = fiber_available,
    .run = run_coroutines,
};
