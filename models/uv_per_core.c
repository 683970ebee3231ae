/*
 * uv-per-core: a libuv loop for each CPU, each in a thread of its own with its part of the width;
 * --workers sets another number. A task is taken by whichever loop has room for it and stays there;
 * OP_COMPUTE runs inline, so that it stops one loop and not the others. The root is on the first
 * loop, in the main thread. How each operation is performed is the uv waiter's.
 */
#include <unistd.h>

#include "models/wait/uv.h"

static void prepare_uv_per_core(struct run *run)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    if (run->workers == 0)
        run->workers = cpus > 0 ? (uint32_t)cpus : 1;
    uv_threads_prepare(0, false);
}

static int run_uv_per_core(struct run *run)
{
    return uv_waiter_run(run, UV_COMPUTES_INLINE, run->workers);
}

const struct model model_uv_per_core = {
    .summary = "a libuv event loop for each CPU",
    .capabilities = MODEL_CONCURRENT | MODEL_ALL_LIVE_AT_ONCE | MODEL_CAN_CANCEL | MODEL_CHANNELS |
                    MODEL_PARALLEL_STEPS,
    .colour = 0x332288,
    .prepare = prepare_uv_per_core,
    .run = run_uv_per_core,
};
