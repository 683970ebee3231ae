/*
 * uring: one loop on io_uring in one thread. Operations are handed to the kernel many at a time,
 * and their completions come the same way, so that a request costs a fraction of a system call.
 * OP_COMPUTE runs inline, so that the loop does not turn meanwhile. How each operation is performed
 * is the uring waiter's.
 */
#include "models/wait/uring.h"

static int run_uring(struct run *run)
{
    return uring_waiter_run(run, 1);
}

const struct model model_uring = {
    .summary = "one io_uring event loop",
    .capabilities = MODEL_CONCURRENT | MODEL_ALL_LIVE_AT_ONCE | MODEL_CAN_CANCEL | MODEL_CHANNELS,
    .colour = 0x661100,
    .available = uring_available,
    .run = run_uring,
};
