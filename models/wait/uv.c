/*
 * A loop on libuv: one timer over the heap of deadlines, an idle handle while there is something to
 * step, an async handle for what comes from outside.
 */
#include "models/wait/uv.h"

#include <signal.h>
#include <stdlib.h>

#include "core/check.h"
#include "core/clock.h"

/* ---- Turns. ---- */

static void on_idle(uv_idle_t *idle)
{
    struct uv_waiter *waiter = idle->data;
    loop_turn(&waiter->loop);
    if (!waiter->loop.turning)
        uv_idle_stop(idle);
}

static void turn(struct loop *loop)
{
    uv_idle_start(&((struct uv_waiter *)loop)->idle, on_idle);
}

static void on_timer(uv_timer_t *timer)
{
    loop_expire(timer->data);
}

/* libuv counts whole milliseconds: fire in the first one that begins at or after the deadline. */
static void start_timer(struct loop *loop)
{
    struct uv_waiter *waiter = (struct uv_waiter *)loop;
    uint64_t due_ns = loop_due(loop);
    uint64_t due_ms = due_ns / NS_PER_MS + (due_ns % NS_PER_MS != 0);
    uint64_t now_ms = uv_now(&waiter->uv);
    uv_timer_start(&waiter->timer, on_timer, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

static void on_poked(uv_async_t *poked)
{
    loop_hear(poked->data);
}

static void poke(struct loop *loop)
{
    uv_async_send(&((struct uv_waiter *)loop)->poked);
}

static void leave(struct loop *loop)
{
    uv_stop(&((struct uv_waiter *)loop)->uv);
}

static void run_loop(struct loop *loop)
{
    struct uv_waiter *waiter = (struct uv_waiter *)loop;
    loop_watch_begin(loop);
    uv_run(&waiter->uv, UV_RUN_DEFAULT);
    if (run_is_watched(loop->run))
        uv_watch_end(waiter);
}

/* ---- Set-up and tear-down. ---- */

static int open_handles(struct uv_waiter *waiter)
{
    uv_timer_init(&waiter->uv, &waiter->timer); /* these three cannot fail */
    uv_idle_init(&waiter->uv, &waiter->idle);
    uv_prepare_init(&waiter->uv, &waiter->watch.prepare);
    waiter->timer.data = waiter->idle.data = waiter->watch.prepare.data = waiter;
    waiter->poked.data = waiter;
    waiter->open_handles = 3;
    int rc = uv_async_init(&waiter->uv, &waiter->poked, on_poked);
    waiter->open_handles += rc == 0;
    return rc;
}

static void on_handle_closed(uv_handle_t *handle)
{
    ((struct uv_waiter *)handle->data)->open_handles--;
}

/* Only what belongs to the run is waited for: a look-up that was given up may last for minutes, and
 * libuv's threads then still use the loop. */
static bool close_loop(struct loop *loop)
{
    struct uv_waiter *waiter = (struct uv_waiter *)loop;
    if (waiter->open_handles == 4)
        uv_close((uv_handle_t *)&waiter->poked, on_handle_closed);
    uv_close((uv_handle_t *)&waiter->timer, on_handle_closed);
    uv_close((uv_handle_t *)&waiter->idle, on_handle_closed);
    uv_close((uv_handle_t *)&waiter->watch.prepare, on_handle_closed);
    while (waiter->open_handles > 0)
        uv_run(&waiter->uv, UV_RUN_NOWAIT);
    if (uv_loop_close(&waiter->uv) != 0)
        return true;
    slab_free(&waiter->connections);
    uv_work_free(waiter);
    free(waiter);
    return false;
}

static int open_loop(struct loops *loops, struct loop **loop)
{
    struct uv_waiter *waiter = calloc(1, sizeof *waiter);
    int rc = waiter != NULL ? uv_loop_init(&waiter->uv) : UV_ENOMEM;
    if (rc != 0) {
        free(waiter);
        return rc;
    }
    rc = open_handles(waiter);
    if (rc == 0 && run_is_watched(loops->run))
        rc = uv_watch_begin(waiter);
    if (rc != 0)
        close_loop(&waiter->loop);
    *loop = &waiter->loop;
    return rc;
}

#define WHATEVER_COMPUTES                                                                          \
    .perform[OP_RESOLVE] = uv_net_resolve, .perform[OP_CONNECT] = uv_net_connect,                  \
    .perform[OP_SEND] = uv_net_send, .perform[OP_RECV] = uv_net_recv,                              \
    .perform[OP_CLOSE] = uv_net_close, .abandon = uv_net_abandon, .turn = turn,                    \
    .timer = start_timer, .poke = poke, .leave = leave, .open = open_loop, .run = run_loop,        \
    .close = close_loop

static const struct loop_driver drivers[] = {
    [UV_COMPUTES_INLINE] = {WHATEVER_COMPUTES, .perform[OP_COMPUTE] = loop_compute},
    [UV_HANDS_COMPUTE_OFF] = {WHATEVER_COMPUTES, .perform[OP_COMPUTE] = uv_work_submit},
};

int uv_waiter_run(struct run *run, enum uv_compute compute, uint32_t loops)
{
    struct sigaction before, ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, &before); /* libuv writes without MSG_NOSIGNAL */
    int rc = loops_run(run, &drivers[compute], loops);
    sigaction(SIGPIPE, &before, NULL);
    return rc;
}
