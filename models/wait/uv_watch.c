/*
 * When the loop waits for the kernel. libuv calls back all over its turn, and for I/O inside the
 * poll itself, so that there is no place where the waiting ends and the callbacks begin. What is
 * taken for a wait is therefore the time that libuv says it waited, from just before its poll; it
 * is told just before the next. Nothing of this is active unless it was asked for.
 */
#include "models/wait/uv.h"

/* The poll that was last, and the one that is next. */
static void look(struct uv_waiter *waiter)
{
    struct uv_watch *watch = &waiter->watch;
    uint64_t waited_ns = uv_metrics_idle_time(&waiter->uv);
    if (watch->asked_ns != 0)
        loop_watch_wait(&waiter->loop, watch->asked_ns,
                        watch->asked_ns + waited_ns - watch->waited_ns, watch->usage);
    watch->usage = loop_usage(&waiter->loop);
    watch->asked_ns = uv_hrtime(); /* libuv takes its waiting time by the same clock */
    watch->waited_ns = waited_ns;
}

static void on_prepare(uv_prepare_t *prepare)
{
    look(prepare->data);
}

int uv_watch_begin(struct uv_waiter *waiter)
{
    int rc = uv_loop_configure(&waiter->uv, UV_METRICS_IDLE_TIME);
    if (rc != 0)
        return rc;
    uv_prepare_start(&waiter->watch.prepare, on_prepare);
    uv_unref((uv_handle_t *)&waiter->watch.prepare);
    return 0;
}

void uv_watch_end(struct uv_waiter *waiter)
{
    look(waiter);
    loop_watch_end(&waiter->loop);
}
