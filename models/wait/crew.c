/* The root over blocking workers: JOIN and CANCEL sleep on the arena's bell, workers that have
 * nothing to do at its gate. */
#include "models/wait/crew.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/futex.h"
#include "models/wait/blocking.h"

#define KILL_AFTER_NS (2 * NS_PER_S)

/* A task's steps, the lent buffer below them, and TLS handshakes (about 20 KB deep) with room for
 * sanitizers. Only pages that are touched count. */
enum { STACK_BYTES = 512 * 1024 };

/* When somebody is killed for being late: who was stopped with all of us gets the whole time. */
static uint64_t kill_at(const struct crew *crew, uint64_t deadline_ns)
{
    uint64_t spared_ns = crew->resumed_ns != 0 ? crew->resumed_ns + KILL_AFTER_NS : 0;
    return deadline_ns != 0 && deadline_ns < spared_ns ? spared_ns : deadline_ns;
}

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
        child_cancel(run, op->children.first, clock_real_ns());
    int result;
    bool killed = false;
    atomic_store(&arena->root_awaits, root_awaits(op));
    for (;;) {
        uint32_t seen = atomic_load(&arena->bell);
        uint64_t look_again = crew->attend != NULL ? crew->attend(crew) : 0;
        if (root_complete(run, op, &result))
            break;
        result = -ECANCELED;
        if (task_cancelled(root))
            break;
        uint64_t now = clock_real_ns();
        bool kills = cancels && crew->kill != NULL;
        uint64_t deadline = kills ? kill_at(crew, op->deadline_ns) : op->deadline_ns;
        bool late = deadline != 0 && now >= deadline;
        if (late && kills && !killed) {
            crew->kill(crew, op->children.first);
            killed = true;
            continue;
        }
        result = -ETIMEDOUT;
        if (late && !killed)
            break;
        uint64_t until = killed ? 0 : deadline;
        if (cancels && !killed) {
            tell(crew, op->children.first);
            until = deadline_min(until, now + NS_PER_MS);
        }
        futex_wait(&arena->bell, seen, deadline_min(until, look_again));
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
        root_spawn(run, &root->op, clock_real_ns());
        crew->spawned(crew);
    } else {
        result = root_wait(crew, root);
    }
    hands->now_ns = clock_real_ns();
    return result;
}

/* Cancels what is left when the root is done, and waits for it. */
static void finish(struct crew *crew)
{
    struct run *run = crew->run;
    struct arena *arena = run->arena;
    atomic_store(&arena->root_awaits, AWAITS_ANY);
    uint32_t spawned = atomic_load(&arena->spawned);
    uint64_t deadline = clock_real_ns() + KILL_AFTER_NS;
    for (uint32_t i = 0; i < spawned; i++)
        if (child_phase(&run->children[i]) != CHILD_ENDED)
            child_cancel(run, i, clock_real_ns());
    for (;;) {
        uint32_t seen = atomic_load(&arena->bell);
        uint64_t look_again = crew->attend != NULL ? crew->attend(crew) : 0;
        if (children_ended(run))
            break;
        uint64_t due = kill_at(crew, deadline);
        bool killing = crew->kill != NULL && clock_real_ns() >= due;
        bool again = killing;
        for (uint32_t i = 0; i < spawned; i++) {
            again |= tell(crew, i);
            if (killing && child_phase(&run->children[i]) == CHILD_RUNNING)
                crew->kill(crew, i);
        }
        uint64_t until = again ? clock_real_ns() + NS_PER_MS : crew->kill != NULL ? due : 0;
        futex_wait(&arena->bell, seen, deadline_min(until, look_again));
    }
    atomic_store(&arena->root_awaits, AWAITS_NOTHING);
}

int crew_run(struct crew *crew)
{
    struct run *run = crew->run;
    struct task *root = malloc(crew_worker_bytes(run));
    if (root == NULL)
        return -ENOMEM;
    struct blocking hands = {
        .fd = -1, .now_ns = clock_real_ns(), .buffer = (uint8_t *)root + task_size(run)};
    task_begin(root, run, TASK_ROOT, clock_real_ns());
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

/* ---- Workers that stay. ---- */

size_t crew_worker_bytes(const struct run *run)
{
    return task_size(run) + RECV_BYTES_MAX;
}

void crew_work(struct run *run, uint32_t runner, void *memory)
{
    struct arena *arena = run->arena;
    struct task *task = memory;
    struct blocking hands = {.fd = -1, .buffer = (uint8_t *)memory + task_size(run)};
    for (;;) {
        uint32_t gate = atomic_load(&arena->gate);
        uint32_t index = child_take(run, runner);
        if (index != CHILD_NONE) {
            hands.now_ns = clock_real_ns(); /* not before: it begins after it became eligible */
            blocking_run_child(&hands, task, run, index);
        } else if (atomic_load(&arena->closing)) {
            return;
        } else {
            futex_wait(&arena->gate, gate, 0);
        }
    }
}

void crew_open_gate(struct run *run)
{
    atomic_fetch_add(&run->arena->gate, 1);
    futex_wake(&run->arena->gate, INT32_MAX);
}

void crew_close(struct run *run)
{
    atomic_store(&run->arena->closing, true);
    crew_open_gate(run);
}

/* ---- Threads. ---- */

void crew_thread_attributes(pthread_attr_t *attributes)
{
    pthread_attr_init(attributes);
    pthread_attr_setstacksize(attributes, STACK_BYTES);
}

void crew_interrupt_thread(struct crew *crew, uint32_t runner)
{
    (void)crew;
    if (runner != 0)
        syscall(SYS_tgkill, getpid(), (pid_t)runner, WAKING_SIGNAL);
}
