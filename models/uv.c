/*
 * uv: one libuv loop in one thread; every task is stepped from its callbacks, and OP_COMPUTE runs
 * inline, so that the loop does not turn meanwhile. How each operation is performed is the uv
 * waiter's.
 */
#include "models/wait/uv.h"

/* What it computes, it computes inline. */
static void prepare_uv(struct run *run)
{
    uv_threads_prepare(run->workers, false);
}

static int run_uv(struct run *run)
{
    return uv_waiter_run(run, UV_COMPUTES_INLINE, 1);
}

const struct model model_uv = {
    .summary = "one libuv event loop",
    .colour = 0x0072b2,
    .capabilities = MODEL_CONCURRENT | MODEL_ALL_LIVE_AT_ONCE | MODEL_CAN_CANCEL | MODEL_CHANNELS,
    .prepare = prepare_uv,
    .run = run_uv,
};
