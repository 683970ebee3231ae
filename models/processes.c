/*
 * processes: a pool of `width` forked workers that take children from the arena's counter and leave
 * their results there. They are forked before the root's first step, as it may use TLS. A worker
 * that dies takes one task with it (`worker_lost`); another is forked in its place. One that is
 * stopped and not continued within STOPPED_MAX_NS is killed, as its task would never end; but a ^Z
 * stops all of us, and whoever continues us continues them. How each operation is performed is the
 * blocking waiter's; the root runs in the parent, over a crew.
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
#define STOPPED_MAX_NS (2 * NS_PER_S)

struct worker {
    pid_t pid;           /* 0: none in this place */
    uint64_t stopped_ns; /* since when it is known to stand still; 0: it runs */
};

struct processes {
    struct crew crew; /* first: the crew's hooks get back to us through it */
    struct worker *workers;
    uint32_t count;
    uint32_t stopped; /* of the workers */
};

/* The handler knows but one run at a time; a program has no more. */
static struct arena *_Atomic bell_of;
static _Atomic bool child_changed, resumed;

static void on_signal(int number)
{
    struct arena *arena = atomic_load(&bell_of);
    atomic_store(number == SIGCONT ? &resumed : &child_changed, true);
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
    signal(SIGCONT, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before that took hold */
        _exit(0);
    void *memory = malloc(crew_worker_bytes(run));
    if (memory == NULL)
        _exit(STATUS_ENVIRONMENT);
    crew_work(run, (uint32_t)getpid(), memory);
    _exit(0);
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
    processes->workers[place] = (struct worker){.pid = pid < 0 ? 0 : pid};
    blocking_signals_release(&before);
    return rc;
}

/* ---- In the parent. ---- */

/* When no worker is left and none can be had, nobody will take the children that wait. */
static void end_if_deserted(struct processes *processes)
{
    struct run *run = processes->crew.run;
    for (uint32_t i = 0; i < processes->count; i++)
        if (processes->workers[i].pid != 0)
            return;
    for (uint32_t i = 0; i < atomic_load(&run->arena->spawned); i++)
        child_end_waiting(run, i, OUTCOME_RESOURCE, EAGAIN, clock_real_ns());
}

static void on_spawned(struct crew *crew)
{
    crew_open_gate(crew->run);
    end_if_deserted((struct processes *)crew);
}

static void interrupt(struct crew *crew, uint32_t runner)
{
    (void)crew;
    kill((pid_t)runner, WAKING_SIGNAL);
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
            child_end(run, i, OUTCOME_WORKER_LOST, signal_number, 0, clock_real_ns());
    }
    for (uint32_t i = 0; i < run->channel_count; i++)
        channel_recover(run->channels[i]);
    atomic_store(&arena->next, 0);
}

/* Told beside the results: the children had fewer workers than was asked for. */
static void tell_missing(struct processes *processes, int rc)
{
    struct run *run = processes->crew.run;
    uint32_t left = 0;
    for (uint32_t i = 0; i < processes->count; i++)
        left += processes->workers[i].pid != 0;
    problem_set(&run->shortage, STATUS_ENVIRONMENT,
                "%u worker processes asked for, %u left after one was lost: %s; raise the limit of "
                "processes or ask for a smaller --width",
                run->width, left, strerror(-rc));
}

static void set_stopped(struct processes *processes, struct worker *worker, uint64_t since_ns)
{
    processes->stopped += (since_ns != 0);
    processes->stopped -= (worker->stopped_ns != 0);
    worker->stopped_ns = since_ns;
}

static void bury(struct processes *processes, uint32_t place, int status)
{
    struct worker *worker = &processes->workers[place];
    set_stopped(processes, worker, 0);
    recover(processes->crew.run, worker->pid, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    worker->pid = 0;
    /* One that had no memory to begin with would only do the same again; one that is refused
     * leaves its children to the others. */
    bool barren = WIFEXITED(status) && WEXITSTATUS(status) == STATUS_ENVIRONMENT;
    int rc = 0;
    if (!barren && !atomic_load(&processes->crew.run->arena->closing))
        rc = start_worker(processes, place);
    if (barren || rc != 0)
        tell_missing(processes, barren ? -ENOMEM : rc);
    crew_open_gate(processes->crew.run);
}

/* What became of a worker since the last look, or, with `options` 0, what becomes of it next. */
static void look_at(struct processes *processes, uint32_t place, int options)
{
    struct worker *worker = &processes->workers[place];
    pid_t pid = worker->pid, rc;
    int status;
    if (pid == 0)
        return;
    do {
        rc = waitpid(pid, &status, options | WUNTRACED | WCONTINUED);
        if (rc == pid && WIFSTOPPED(status))
            set_stopped(processes, worker, clock_real_ns());
        else if (rc == pid && WIFCONTINUED(status))
            set_stopped(processes, worker, 0);
        else if (rc == pid)
            bury(processes, place, status);
    } while ((rc < 0 && errno == EINTR) || (rc == pid && worker->pid == pid && options != 0));
}

/* Between a look at what a worker runs and a signal to it, it can end that child and take another,
 * which would be lost in its place. So it has to stand still first. */
static void kill_worker(struct crew *crew, uint32_t index)
{
    struct processes *processes = (struct processes *)crew;
    const struct child *child = &crew->run->children[index];
    uint32_t runner = child_runner(child), i = 0;
    while (i < processes->count && processes->workers[i].pid != (pid_t)runner)
        i++;
    if (i == processes->count || child_phase(child) != CHILD_RUNNING)
        return;
    const struct worker *worker = &processes->workers[i];
    look_at(processes, i, WNOHANG);
    while (worker->pid == (pid_t)runner && worker->stopped_ns == 0) {
        kill(worker->pid, SIGSTOP);
        look_at(processes, i, 0);
    }
    if (worker->pid != (pid_t)runner)
        return; /* it died by itself */
    bool runs_it = child_phase(child) == CHILD_RUNNING && child_runner(child) == runner;
    kill(worker->pid, runs_it ? SIGKILL : SIGCONT);
}

/* We were stopped and continued, and so were they, or are now: no time has passed for anybody. */
static void resume(struct processes *processes)
{
    for (uint32_t i = 0; i < processes->count; i++) {
        if (processes->workers[i].pid != 0)
            kill(processes->workers[i].pid, SIGCONT);
        set_stopped(processes, &processes->workers[i], 0);
    }
    processes->crew.resumed_ns = clock_real_ns();
}

/* Kills who stands still for too long; when the next one will have. */
static uint64_t kill_stopped(struct processes *processes)
{
    uint64_t now = clock_real_ns(), next = 0;
    for (uint32_t i = 0; i < processes->count; i++) {
        const struct worker *worker = &processes->workers[i];
        uint64_t until = worker->stopped_ns + STOPPED_MAX_NS;
        if (worker->stopped_ns == 0)
            continue;
        if (until > now)
            next = deadline_min(next, until);
        else
            kill(worker->pid, SIGKILL);
    }
    return next;
}

static uint64_t attend(struct crew *crew)
{
    struct processes *processes = (struct processes *)crew;
    if (atomic_exchange(&child_changed, false)) {
        for (uint32_t i = 0; i < processes->count; i++)
            look_at(processes, i, WNOHANG);
        end_if_deserted(processes);
    }
    /* Behind the look: what that saw may have been before we were continued. */
    if (atomic_exchange(&resumed, false))
        resume(processes);
    return processes->stopped > 0 ? kill_stopped(processes) : 0;
}

static void reap(struct processes *processes)
{
    struct arena *arena = processes->crew.run->arena;
    crew_close(processes->crew.run);
    uint64_t deadline = clock_real_ns() + LEAVE_WITHIN_S * NS_PER_S;
    for (bool all_gone = false; !all_gone;) {
        uint32_t seen = atomic_load(&arena->bell);
        bool late = clock_real_ns() >= deadline;
        all_gone = true;
        for (uint32_t i = 0; i < processes->count; i++) {
            pid_t pid = processes->workers[i].pid;
            if (pid == 0)
                continue;
            if (late)
                kill(pid, SIGKILL);
            if (waitpid(pid, NULL, late ? 0 : WNOHANG) == pid)
                processes->workers[i].pid = 0;
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
        .workers = calloc(run->width, sizeof(struct worker)),
    };
    if (processes.workers == NULL)
        return -ENOMEM;
    struct sigaction waking_before, chld_before, cont_before;
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    blocking_signal_install(&waking_before);
    atomic_store(&bell_of, run->arena);
    atomic_store(&resumed, false);
    sigaction(SIGCHLD, &action, &chld_before);
    sigaction(SIGCONT, &action, &cont_before);

    int rc = start_pool(&processes);
    if (rc == 0)
        rc = crew_run(&processes.crew);

    reap(&processes);
    sigaction(SIGCONT, &cont_before, NULL);
    sigaction(SIGCHLD, &chld_before, NULL);
    atomic_store(&bell_of, NULL);
    blocking_signal_restore(&waking_before);
    free(processes.workers);
    return rc;
}

const struct model model_processes = {
    .summary = "a pool of forked worker processes",
    .colour = 0x009e73,
    .capabilities = MODEL_CONCURRENT | MODEL_PARALLEL_COMPUTE | MODEL_ALL_LIVE_AT_ONCE |
                    MODEL_CAN_CANCEL | MODEL_CHANNELS | MODEL_PREEMPTIVE | MODEL_PARALLEL_STEPS,
    .pool = true,
    .run = run_processes,
};
