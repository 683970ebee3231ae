/*
 * A run on one libuv loop: the root's operations (it is a task beside its children), how a run is
 * stopped, and the loop's set-up and tear-down. The turn itself is uv.c's.
 */
#include "models/wait/uv.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "core/check.h"
#include "core/clock.h"

/* ---- The root's operations. ---- */

static void cancel_task(struct uv_waiter *waiter, struct task *task)
{
    if (task->op.flags & OP_COMPLETE || task->op.kind == OP_CLOSE || task->op.kind == OP_NONE)
        return; /* its next operation finds the flag */
    if (task->op.kind == OP_COMPUTE)
        return; /* in a thread of the pool, which finds it */
    uv_waiter_give_up(waiter, task, -ECANCELED);
}

static void cancel_child(struct uv_waiter *waiter, uint32_t index)
{
    if (child_cancel(waiter->run, index, waiter->now_ns))
        cancel_task(waiter, uv_waiter_task(waiter, child_runner(&waiter->run->children[index])));
}

int uv_root_submit(struct uv_waiter *waiter, struct task *root)
{
    if (root->op.kind == OP_SPAWN) {
        root_spawn(waiter->run, &root->op, waiter->now_ns);
        uv_waiter_look_for_children(waiter);
        return 0;
    }
    if (root->op.kind == OP_CANCEL)
        cancel_child(waiter, root->op.children.first);
    int result;
    return root_complete(waiter->run, &root->op, &result) ? result : PENDING;
}

static void cancel_left(struct uv_waiter *waiter)
{
    for (uint32_t i = 0; i < atomic_load(&waiter->run->arena->spawned); i++)
        if (child_phase(&waiter->run->children[i]) != CHILD_ENDED)
            cancel_child(waiter, i);
}

void uv_root_look(struct uv_waiter *waiter)
{
    struct task *root = waiter->root;
    int result;
    if (root->ended) {
        if (!waiter->cancelled_left)
            cancel_left(waiter);
        waiter->cancelled_left = true;
        if (waiter->slots_busy == 0)
            uv_stop(&waiter->loop);
    } else if (root->op.kind == OP_JOIN_ALL && waiter->slots_busy > 0) {
        return; /* the usual case, told apart cheaply */
    } else if (root->op.kind > OP_SPAWN && !(root->op.flags & OP_COMPLETE) &&
               root_complete(waiter->run, &root->op, &result)) {
        uv_waiter_ready(waiter, root, result);
    }
}

/* ---- Being stopped. ---- */

/* run_stop() was called, perhaps by a signal handler. */
static void on_stop(uv_async_t *async)
{
    struct uv_waiter *waiter = async->data;
    waiter->now_ns = clock_now_ns();
    if (!waiter->root->ended && task_cancelled(waiter->root))
        cancel_task(waiter, waiter->root);
}

/* Perhaps in a signal handler. A task that keeps the loop from turning is told here, or the stop
 * would wait for it. */
static void wake(void *argument)
{
    struct uv_waiter *waiter = argument;
    uint32_t at_work = atomic_load(&waiter->at_work);
    atomic_store(&waiter->stopped, true);
    if (at_work < waiter->run->tasks)
        child_ask_cancel(&waiter->run->children[at_work]);
    uv_async_send(&waiter->stop);
}

/* ---- Set-up and tear-down. ---- */

static int open_handles(struct uv_waiter *waiter)
{
    uv_timer_init(&waiter->loop, &waiter->timer); /* these three cannot fail */
    uv_idle_init(&waiter->loop, &waiter->idle);
    uv_prepare_init(&waiter->loop, &waiter->stall.prepare);
    waiter->timer.data = waiter->idle.data = waiter->stall.prepare.data = waiter;
    waiter->stop.data = waiter;
    waiter->open_handles = 3;
    int rc = uv_async_init(&waiter->loop, &waiter->stop, on_stop);
    waiter->open_handles += rc == 0;
    return rc;
}

static void on_handle_closed(uv_handle_t *handle)
{
    ((struct uv_waiter *)handle->data)->open_handles--;
}

/* Only what belongs to the run is waited for: an abandoned look-up may last for minutes. */
static void close_loop(struct uv_waiter *waiter)
{
    if (waiter->open_handles == 4)
        uv_close((uv_handle_t *)&waiter->stop, on_handle_closed);
    uv_close((uv_handle_t *)&waiter->timer, on_handle_closed);
    uv_close((uv_handle_t *)&waiter->idle, on_handle_closed);
    uv_close((uv_handle_t *)&waiter->stall.prepare, on_handle_closed);
    while (waiter->open_handles > 0)
        uv_run(&waiter->loop, UV_RUN_NOWAIT);
    if (uv_loop_close(&waiter->loop) == 0)
        atomic_store(&waiter->run->abandoned, false);
}

static void *map(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

static void free_waiter(struct uv_waiter *waiter)
{
    uv_net_free(waiter);
    uv_work_free(waiter);
    free(waiter->heap.entries);
    if (waiter->slots != NULL)
        munmap(waiter->slots, waiter->slot_count * waiter->slot_bytes);
    if (waiter->armed_ns != NULL)
        munmap(waiter->armed_ns, waiter->slot_count * sizeof *waiter->armed_ns);
    free(waiter);
}

static void run_root(struct uv_waiter *waiter)
{
    struct run *run = waiter->run;
    waiter->root = uv_waiter_task(waiter, waiter->slot_count - 1);
    run->wake_argument = waiter;
    atomic_store(&run->wake, wake);
    waiter->now_ns = clock_now_ns();
    task_begin(waiter->root, run, TASK_ROOT, waiter->now_ns);
    uv_waiter_complete(waiter, waiter->root, 0);
    if (task_cancelled(waiter->root)) /* it was stopped before there was somebody to wake */
        wake(waiter);
    if (!waiter->root->ended || waiter->slots_busy > 0)
        uv_run(&waiter->loop, UV_RUN_DEFAULT);
    if (run->watch_stall)
        uv_stall_tell(waiter);
    atomic_store(&run->wake, NULL);
}

int uv_waiter_run(struct run *run, enum uv_compute compute)
{
    struct uv_waiter *waiter = calloc(1, sizeof *waiter);
    if (waiter == NULL)
        return -ENOMEM;
    waiter->run = run;
    waiter->compute = compute;
    waiter->slot_bytes = task_size(run);
    waiter->slot_count = run->width + 1;
    atomic_store(&waiter->at_work, CHILD_NONE);
    waiter->slots = map(waiter->slot_count * waiter->slot_bytes);
    waiter->armed_ns = map(waiter->slot_count * sizeof *waiter->armed_ns);
    int rc = waiter->slots == NULL || waiter->armed_ns == NULL ? -ENOMEM : 0;
    if (rc == 0)
        rc = uv_loop_init(&waiter->loop);
    if (rc != 0) {
        free_waiter(waiter);
        return rc;
    }
    struct sigaction pipe_before, ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, &pipe_before); /* libuv writes without MSG_NOSIGNAL */
    rc = open_handles(waiter);
    if (rc == 0 && run->watch_stall)
        rc = uv_stall_watch(waiter);
    if (rc == 0)
        run_root(waiter);
    close_loop(waiter);
    sigaction(SIGPIPE, &pipe_before, NULL);
    if (!atomic_load(&run->abandoned)) /* else libuv's threads still use the loop */
        free_waiter(waiter);
    return rc;
}
