/*
 * processes: a pool of `width` forked workers that take children from the arena's counter and leave
 * their results there. They are forked before the root's first step, as it may use TLS. A worker
 * that dies takes one task with it (`worker_lost`); another is forked in its place. How each
 * operation is performed is the blocking waiter's; the root runs in the parent, over a crew.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/futex.h"
#include "models/wait/blocking.h"
#include "models/wait/crew.h"

enum { LEAVE_WITHIN_S = 2 };

struct processes {
    struct crew crew; /* first: the crew's hooks get back to us through it */
    pid_t *workers;   /* 0: none in this place */
    uint32_t count;
};

/* The handler knows but one run at a time; a program has no more. */
static struct arena *_Atomic bell_of;
static _Atomic bool child_died;

static void on_sigchld(int number)
{
    (void)number;
    struct arena *arena = atomic_load(&bell_of);
    atomic_store(&child_died, true);
    if (arena == NULL)
        return;
    atomic_fetch_add(&arena->bell, 1);
    futex_wake(&arena->bell, 1);
}

/* ---- In the worker. ---- */

_Noreturn static void work(struct run *run, uint32_t place, pid_t parent)
{
    run_place(run, place);
    signal(SIGINT, SIG_IGN); /* the parent decides what an interruption means */
    signal(SIGTERM, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before that took hold */
        _exit(0);
    size_t size = task_size(run);
    struct task *task = malloc(size + RECV_BYTES_MAX);
    if (task == NULL)
        _exit(STATUS_ENVIRONMENT);
    struct blocking hands = {.fd = -1, .buffer = (uint8_t *)task + size};
    struct arena *arena = run->arena;
    uint32_t self = (uint32_t)getpid();
    for (;;) {
        uint32_t gate = atomic_load(&arena->gate);
        uint32_t index = child_take(run, self);
        if (index != CHILD_NONE) {
            hands.now_ns = clock_now_ns(); /* not before: it begins after it became eligible */
            blocking_run_child(&hands, task, run, index);
        } else if (atomic_load(&arena->closing)) {
            _exit(0);
        } else {
            futex_wait(&arena->gate, gate, 0);
        }
    }
}

static int start_worker(struct processes *processes, uint32_t place)
{
    sigset_t before;
    blocking_signals_hold(&before);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        blocking_signals_release(&before);
        work(processes->crew.run, place, parent);
    }
    int rc = pid < 0 ? -errno : 0;
    processes->workers[place] = pid < 0 ? 0 : pid;
    blocking_signals_release(&before);
    return rc;
}

/* ---- In the parent. ---- */

static void open_gate(struct arena *arena)
{
    atomic_fetch_add(&arena->gate, 1);
    futex_wake(&arena->gate, INT32_MAX);
}

/* When no worker is left and none can be had, nobody will take the children that wait. */
static void end_if_deserted(struct processes *processes)
{
    struct run *run = processes->crew.run;
    for (uint32_t i = 0; i < processes->count; i++)
        if (processes->workers[i] != 0)
            return;
    for (uint32_t i = 0; i < atomic_load(&run->arena->spawned); i++)
        child_end_waiting(run, i, OUTCOME_RESOURCE, EAGAIN, clock_now_ns());
}

static void on_spawned(struct crew *crew)
{
    open_gate(crew->run->arena);
    end_if_deserted((struct processes *)crew);
}

static void interrupt(struct crew *crew, uint32_t runner)
{
    (void)crew;
    kill((pid_t)runner, WAKING_SIGNAL);
}

static void kill_worker(struct crew *crew, uint32_t runner)
{
    struct processes *processes = (struct processes *)crew;
    for (uint32_t i = 0; i < processes->count; i++)
        if (processes->workers[i] == (pid_t)runner)
            kill((pid_t)runner, SIGKILL);
}

/* What a dead worker held: its task is lost, its locks are given back, children that it had counted
 * but not claimed become visible again. */
static void recover(struct run *run, pid_t worker, int signal_number)
{
    struct arena *arena = run->arena;
    atomic_store(&arena->recount, true);
    for (uint32_t i = 0; i < atomic_load(&arena->spawned); i++) {
        const struct child *child = &run->children[i];
        if (child_phase(child) == CHILD_RUNNING && child_runner(child) == (uint32_t)worker)
            child_end(run, i, OUTCOME_WORKER_LOST, signal_number, 0, clock_now_ns());
    }
    for (uint32_t i = 0; i < run->channel_count; i++)
        channel_recover(run->channels[i]);
    atomic_store(&arena->next, 0);
}

static void attend(struct crew *crew)
{
    struct processes *processes = (struct processes *)crew;
    if (!atomic_exchange(&child_died, false))
        return;
    for (uint32_t i = 0; i < processes->count; i++) {
        int status;
        if (processes->workers[i] == 0 ||
            waitpid(processes->workers[i], &status, WNOHANG) != processes->workers[i])
            continue;
        recover(crew->run, processes->workers[i], WIFSIGNALED(status) ? WTERMSIG(status) : 0);
        processes->workers[i] = 0;
        /* One that had no memory to begin with would only do the same again; one that is refused
         * leaves its children to the others. */
        bool barren = WIFEXITED(status) && WEXITSTATUS(status) == STATUS_ENVIRONMENT;
        if (!barren && !atomic_load(&crew->run->arena->closing))
            start_worker(processes, i);
        open_gate(crew->run->arena);
    }
    end_if_deserted(processes);
}

static void reap(struct processes *processes)
{
    struct arena *arena = processes->crew.run->arena;
    atomic_store(&arena->closing, true);
    open_gate(arena);
    uint64_t deadline = clock_now_ns() + LEAVE_WITHIN_S * NS_PER_S;
    for (bool all_gone = false; !all_gone;) {
        uint32_t seen = atomic_load(&arena->bell);
        bool late = clock_now_ns() >= deadline;
        all_gone = true;
        for (uint32_t i = 0; i < processes->count; i++) {
            pid_t pid = processes->workers[i];
            if (pid == 0)
                continue;
            if (late)
                kill(pid, SIGKILL);
            if (waitpid(pid, NULL, late ? 0 : WNOHANG) == pid)
                processes->workers[i] = 0;
            else
                all_gone = false;
        }
        if (!all_gone)
            futex_wait(&arena->bell, seen, deadline);
    }
}

static int start_pool(struct processes *processes)
{
    struct run *run = processes->crew.run;
    for (uint32_t i = 0; i < run->width; i++) {
        processes->count = i + 1;
        int rc = start_worker(processes, i);
        if (rc != 0) {
            problem_set(&run->problem, STATUS_ENVIRONMENT,
                        "%u worker processes asked for, %u got: %s; ask for a smaller --width or "
                        "raise the limit of processes",
                        run->width, i, strerror(-rc));
            return rc;
        }
    }
    return 0;
}

static int run_processes(struct run *run)
{
    struct processes processes = {
        .crew = {.run = run,
                 .spawned = on_spawned,
                 .interrupt = interrupt,
                 .attend = attend,
                 .kill = kill_worker},
        .workers = calloc(run->width, sizeof(pid_t)),
    };
    if (processes.workers == NULL)
        return -ENOMEM;
    struct sigaction waking_before, chld_before;
    struct sigaction on_chld = {.sa_handler = on_sigchld, .sa_flags = SA_NOCLDSTOP};
    sigemptyset(&on_chld.sa_mask);
    blocking_signal_install(&waking_before);
    atomic_store(&bell_of, run->arena);
    sigaction(SIGCHLD, &on_chld, &chld_before);

    int rc = start_pool(&processes);
    if (rc == 0)
        rc = crew_run(&processes.crew);

    reap(&processes);
    sigaction(SIGCHLD, &chld_before, NULL);
    atomic_store(&bell_of, NULL);
    blocking_signal_restore(&waking_before);
    free(processes.workers);
    return rc;
}

const struct model model_processes = {
    .summary = "a pool of forked worker processes",
    .capabilities = MODEL_CONCURRENT | MODEL_PARALLEL_COMPUTE | MODEL_ALL_LIVE_AT_ONCE |
                    MODEL_CAN_CANCEL | MODEL_CHANNELS | MODEL_PREEMPTIVE,
    .pool = true,
    .run = run_processes,
};
