/* The root over blocking workers: JOIN and CANCEL sleep on the arena's bell. */
#include "models/wait/crew.h"

#include <errno.h>
#include <stdlib.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/futex.h"
#include "models/wait/blocking.h"

enum { KILL_AFTER_S = 2 };

/* A cancelled child's runner is told every millisecond until it has acknowledged: the one signal
 * may have come just before its blocking call. True when it was told. */
static bool tell(struct crew *crew, uint32_t index)
{
    struct child *child = &crew->run->children[index];
    if (child_phase(child) != CHILD_RUNNING || atomic_load(&child->cancel) != CANCEL_ASKED)
        return false;
    crew->interrupt(crew, child_runner(child));
    return true;
}

/* JOIN, JOIN_ALL, JOIN_ERROR, CANCEL. */
static int root_wait(struct crew *crew, struct task *root)
{
    struct run *run = crew->run;
    struct arena *arena = run->arena;
    struct op *op = &root->op;
    bool cancels = op->kind == OP_CANCEL;
    if (cancels)
        child_cancel(run, op->children.first, clock_now_ns());
    int result;
    bool killed = false;
    atomic_store(&arena->root_awaits, root_awaits(op));
    for (;;) {
        uint32_t seen = atomic_load(&arena->bell);
        if (crew->attend != NULL)
            crew->attend(crew);
        if (root_complete(run, op, &result))
            break;
        result = -ECANCELED;
        if (task_cancelled(root))
            break;
        uint64_t now = clock_now_ns();
        bool late = op->deadline_ns != 0 && now >= op->deadline_ns;
        if (late && cancels && crew->kill != NULL && !killed) {
            const struct child *child = &run->children[op->children.first];
            if (child_phase(child) == CHILD_RUNNING)
                crew->kill(crew, child_runner(child));
            killed = true;
            continue;
        }
        result = -ETIMEDOUT;
        if (late && !killed)
            break;
        uint64_t until = killed ? 0 : op->deadline_ns;
        if (cancels && !killed) {
            tell(crew, op->children.first);
            until = deadline_min(until, now + NS_PER_MS);
        }
        futex_wait(&arena->bell, seen, until);
    }
    atomic_store(&arena->root_awaits, AWAITS_NOTHING);
    return result;
}

static int root_perform(struct crew *crew, struct blocking *hands, struct task *root)
{
    struct run *run = crew->run;
    if (root->op.kind < OP_SPAWN)
        return blocking_perform(hands, root);
    if (task_cancelled(root))
        return -ECANCELED;
    int result = 0;
    if (root->op.kind == OP_SPAWN) {
        root_spawn(run, &root->op, clock_now_ns());
        crew->spawned(crew);
    } else {
        result = root_wait(crew, root);
    }
    hands->now_ns = clock_now_ns();
    return result;
}

/* Cancels what is left when the root is done, and waits for it. */
static void finish(struct crew *crew)
{
    struct run *run = crew->run;
    struct arena *arena = run->arena;
    atomic_store(&arena->root_awaits, AWAITS_ANY);
    uint32_t spawned = atomic_load(&arena->spawned);
    uint64_t kill_at = clock_now_ns() + KILL_AFTER_S * NS_PER_S;
    for (uint32_t i = 0; i < spawned; i++)
        if (child_phase(&run->children[i]) != CHILD_ENDED)
            child_cancel(run, i, clock_now_ns());
    for (;;) {
        uint32_t seen = atomic_load(&arena->bell);
        if (crew->attend != NULL)
            crew->attend(crew);
        if (children_ended(run))
            break;
        bool killing = crew->kill != NULL && clock_now_ns() >= kill_at;
        bool again = killing;
        for (uint32_t i = 0; i < spawned; i++) {
            again |= tell(crew, i);
            if (killing && child_phase(&run->children[i]) == CHILD_RUNNING)
                crew->kill(crew, child_runner(&run->children[i]));
        }
        uint64_t until = crew->kill != NULL ? kill_at : 0;
        futex_wait(&arena->bell, seen, again ? clock_now_ns() + NS_PER_MS : until);
    }
    atomic_store(&arena->root_awaits, AWAITS_NOTHING);
}

int crew_run(struct crew *crew)
{
    struct run *run = crew->run;
    struct task *root = malloc(task_size(run) + RECV_BYTES_MAX);
    if (root == NULL)
        return -ENOMEM;
    struct blocking hands = {
        .fd = -1, .now_ns = clock_now_ns(), .buffer = (uint8_t *)root + task_size(run)};
    task_begin(root, run, TASK_ROOT, clock_now_ns());
    task_step(root, 0, hands.now_ns);
    while (!root->ended) {
        int result = root_perform(crew, &hands, root);
        task_step(root, result, hands.now_ns);
    }
    free(root);
    if (!children_ended(run))
        finish(crew);
    return 0;
}
