/* Computations on libuv's pool of threads. A request is taken from a list of used ones where there
 * is one. A computation under way cannot be taken away from its thread: a cancelled task's flag is
 * up, the function sees it when it polls, and only its end completes the operation. */
#include <errno.h>
#include <stdlib.h>

#include "core/clock.h"
#include "models/wait/uv.h"

struct uv_work {
    uv_work_t request;
    struct uv_waiter *waiter;
    struct task *task;
    struct uv_work *next; /* of those not in use */
    int result;
};

/* In a thread of the pool. */
static void on_work(uv_work_t *request)
{
    struct uv_work *work = request->data;
    const struct task *task = work->task;
    work->result = -ECANCELED;
    if (!task_cancelled(task))
        work->result = task->op.compute.fn(task->op.compute.arg, task);
}

static void on_worked(uv_work_t *request, int status)
{
    struct uv_work *work = request->data;
    struct uv_waiter *waiter = work->waiter;
    struct task *task = work->task;
    int result = status != 0 ? status : work->result;
    work->next = waiter->free_work;
    waiter->free_work = work;
    waiter->loop.now_ns = clock_real_ns();
    loop_complete(&waiter->loop, task, task_cancelled(task) ? -ECANCELED : result);
}

int uv_work_submit(struct loop *loop, struct task *task)
{
    struct uv_waiter *waiter = (struct uv_waiter *)loop;
    struct uv_work *work = waiter->free_work;
    if (work != NULL)
        waiter->free_work = work->next;
    else if ((work = malloc(sizeof *work)) == NULL)
        return -ENOMEM;
    work->request.data = work;
    work->waiter = waiter;
    work->task = task;
    int rc = uv_threads_hold(loop->run);
    if (rc == 0) {
        rc = uv_queue_work(&waiter->uv, &work->request, on_work, on_worked);
        uv_threads_release();
    }
    if (rc == 0)
        return PENDING;
    work->next = waiter->free_work;
    waiter->free_work = work;
    return rc;
}

void uv_work_free(struct uv_waiter *waiter)
{
    for (struct uv_work *next, *work = waiter->free_work; work != NULL; work = next) {
        next = work->next;
        free(work);
    }
}
