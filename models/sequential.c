/*
 * sequential: one thread, one task after another, each blocking call waited for. The baseline, and
 * the smallest real model: the skeleton for a new one. A JOIN runs the children that it waits for,
 * so a deadline of a JOIN is looked at between two of them. How each operation is performed is the
 * blocking waiter's.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/check.h"
#include "core/clock.h"
#include "models/wait/blocking.h"

struct sequential {
    struct run *run;
    struct blocking hands; /* the child's and the root's: each has its own connection */
    struct blocking root_hands;
    struct task *child;
};

/* Called by run_stop(), perhaps in a signal handler: the child in progress is to be cancelled too,
 * as the root waits for it. The signal itself has ended its blocking call. */
static void on_stop(void *argument)
{
    struct run *run = ((struct sequential *)argument)->run;
    uint32_t taken = atomic_load(&run->arena->next);
    if (taken > 0)
        child_ask_cancel(&run->children[taken - 1]);
}

static int join(struct sequential *self, struct task *root)
{
    int result;
    while (!root_complete(self->run, &root->op, &result)) {
        uint64_t now = clock_real_ns();
        if (root->op.deadline_ns != 0 && now >= root->op.deadline_ns)
            return -ETIMEDOUT;
        self->hands.now_ns = now;
        uint32_t index = child_take(self->run, 0);
        blocking_run_child(&self->hands, self->child, self->run, index);
        if (task_cancelled(root)) /* so was the child, on its account */
            return -ECANCELED;
    }
    return result;
}

static int root_perform(struct sequential *self, struct task *root)
{
    if (root->op.kind < OP_SPAWN)
        return blocking_perform(&self->root_hands, root);
    if (task_cancelled(root))
        return -ECANCELED;
    int result = 0;
    if (root->op.kind == OP_SPAWN)
        root_spawn(self->run, &root->op, clock_real_ns());
    else if (root->op.kind == OP_CANCEL) /* no child is ever in progress beside the root */
        child_cancel(self->run, root->op.children.first, clock_real_ns());
    else
        result = join(self, root);
    self->root_hands.now_ns = clock_real_ns();
    return result;
}

static int run_sequential(struct run *run)
{
    size_t size = task_size(run);
    unsigned char *memory = calloc(1, 2 * (size + RECV_BYTES_MAX));
    if (memory == NULL)
        return -ENOMEM;
    struct task *root = (struct task *)memory;
    uint64_t now = clock_real_ns();
    struct sequential self = {
        .run = run,
        .hands = {.fd = -1, .now_ns = now, .buffer = memory + 2 * size},
        .root_hands = {.fd = -1, .now_ns = now, .buffer = memory + 2 * size + RECV_BYTES_MAX},
        .child = (struct task *)(memory + size),
    };
    struct sigaction before;
    blocking_signal_install(&before);
    run->wake_argument = &self;
    atomic_store(&run->wake, on_stop);

    task_begin(root, run, TASK_ROOT, clock_real_ns());
    task_step(root, 0, now);
    while (!root->ended) {
        int result = root_perform(&self, root);
        task_step(root, result, self.root_hands.now_ns);
    }

    atomic_store(&run->wake, NULL);
    blocking_signal_restore(&before);
    free(memory);
    return 0;
}

const struct model model_sequential = {
    .summary = "one thread, one task after another",
    .colour = 0x666666,
    .capabilities = 0,
    .run = run_sequential,
};
