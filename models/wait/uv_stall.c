/*
 * How long the loop did not turn, at most: it handled events, stepped tasks, computed, and nobody
 * else had a turn. libuv calls back all over its turn, and for I/O inside the poll itself, so that
 * there is no place where the callbacks end and the waiting begins. What is measured is therefore
 * the whole of a turn, from just before one poll to just before the next, less the time that libuv
 * says it waited in between. Nothing of this is active unless it was asked for.
 */
#include "models/wait/uv.h"

static void look(struct uv_waiter *waiter)
{
    struct uv_stall *stall = &waiter->stall;
    uint64_t now_ns = uv_hrtime(); /* libuv takes its waiting time by the same clock */
    uint64_t polled_ns = uv_metrics_idle_time(&waiter->uv);
    uint64_t busy_ns = now_ns - stall->looked_ns - (polled_ns - stall->polled_ns);
    if (busy_ns > stall->most_ns)
        stall->most_ns = busy_ns;
    stall->looked_ns = now_ns;
    stall->polled_ns = polled_ns;
}

static void on_prepare(uv_prepare_t *prepare)
{
    look(prepare->data);
}

int uv_stall_watch(struct uv_waiter *waiter)
{
    int rc = uv_loop_configure(&waiter->uv, UV_METRICS_IDLE_TIME);
    if (rc != 0)
        return rc;
    waiter->stall.looked_ns = uv_hrtime();
    uv_prepare_start(&waiter->stall.prepare, on_prepare);
    uv_unref((uv_handle_t *)&waiter->stall.prepare);
    return 0;
}

void uv_stall_tell(struct uv_waiter *waiter)
{
    look(waiter);
    run_stalled(waiter->loop.run, waiter->stall.most_ns);
}
