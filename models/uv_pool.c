/*
 * uv-pool: one libuv loop in one thread, as uv; but OP_COMPUTE is handed to libuv's pool of threads
 * (uv_queue_work), so that the loop goes on turning. The pool has as many threads as there are
 * CPUs, at least libuv's own 4, as name look-ups share it; --workers sets another number. A sleep
 * that holds (OP_HOLD) still stops the loop: that is what it is for. How each operation is
 * performed is the uv waiter's.
 */
#include <unistd.h>

#include "models/wait/uv.h"

static void prepare_uv_pool(struct run *run)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    if (run->workers == 0)
        run->workers = cpus > 4 ? (uint32_t)cpus : 4;
    uv_threads_prepare(run->workers, run->workload->computes);
}

static int run_uv_pool(struct run *run)
{
    return uv_waiter_run(run, UV_HANDS_COMPUTE_OFF, 1);
}

const struct model model_uv_pool = {
    .summary = "one libuv event loop, computing in libuv's thread pool",
    .colour = 0x56b4e9,
    .capabilities = MODEL_CONCURRENT | MODEL_PARALLEL_COMPUTE | MODEL_ALL_LIVE_AT_ONCE |
                    MODEL_CAN_CANCEL | MODEL_CHANNELS,
    .prepare = prepare_uv_pool,
    .run = run_uv_pool,
};
