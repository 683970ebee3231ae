/*
 * threads: a thread for each task, at most `width` of them at a time. A thread that has ended its
 * task starts the next task's thread before it leaves, so that nobody has to stand by: as many
 * chains of threads as the width. How each operation is performed is the blocking waiter's; the
 * root runs in the main thread, over a crew.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/futex.h"
#include "models/wait/blocking.h"
#include "models/wait/crew.h"

/* Threads that follow one another; the task's memory goes from hand to hand. */
struct chain {
    struct threads *threads;
    struct task *task;
    uint32_t child;
    bool has_previous; /* the thread before, to be joined */
    pthread_t previous;
};

struct threads {
    struct crew crew; /* first: the crew's hooks get back to us through it */
    pthread_attr_t attributes;
    _Atomic uint32_t chains_active; /* those that have a thread; futex */
    _Atomic uint32_t refusal;       /* errno of the first thread that was refused; 0: none was */
    uint32_t active_then;           /* by whom that was: chains that had a thread */
    uint32_t chain_count;           /* chains begun so far; a chain's memory is used once */
    struct chain *chains;
    unsigned char *tasks;
    size_t task_bytes;
};

static void *run_link(void *argument);

/* Counts one more chain in, where the width has room for it. */
static bool enter(struct threads *threads)
{
    uint32_t active = atomic_load(&threads->chains_active);
    while (active < threads->crew.run->width)
        if (atomic_compare_exchange_weak(&threads->chains_active, &active, active + 1))
            return true;
    return false;
}

static bool children_wait(const struct run *run)
{
    return atomic_load(&run->arena->next) < atomic_load(&run->arena->spawned);
}

/* Takes a child for a chain that is counted in; when there is none it is counted out. The root
 * spawns and then looks for room, a chain makes room and then looks for children again: one of them
 * sees the other. */
static uint32_t take(struct threads *threads)
{
    for (;;) {
        uint32_t index = child_take(threads->crew.run, 0);
        if (index != CHILD_NONE)
            return index;
        atomic_fetch_sub(&threads->chains_active, 1);
        if (!children_wait(threads->crew.run) || !enter(threads))
            return CHILD_NONE;
    }
}

static void note_refusal(struct threads *threads, int error)
{
    uint32_t none = 0, active = atomic_load(&threads->chains_active);
    if (atomic_compare_exchange_strong(&threads->refusal, &none, (uint32_t)error))
        threads->active_then = active - 1;
}

/* Starts a thread for the chain's next child. Children for which the system has no thread end as
 * `resource`. */
static void go_on(struct chain *chain, uint32_t index)
{
    struct threads *threads = chain->threads;
    while (index != CHILD_NONE) {
        chain->child = index;
        pthread_t thread;
        int rc = pthread_create(&thread, &threads->attributes, run_link, chain);
        if (rc == 0)
            return;
        note_refusal(threads, rc);
        child_end(threads->crew.run, index, OUTCOME_RESOURCE, rc, 0, clock_real_ns());
        index = take(threads);
    }
    futex_wake(&threads->chains_active, 1);
}

static void *run_link(void *argument)
{
    struct chain *chain = argument;
    struct threads *threads = chain->threads;
    struct run *run = threads->crew.run;
    run_place(run, (uint32_t)(chain - threads->chains));
    uint8_t buffer[RECV_BYTES_MAX];
    struct blocking hands = {.fd = -1, .now_ns = clock_real_ns(), .buffer = buffer};
    uint32_t tid = (uint32_t)gettid();
    struct child *child = &run->children[chain->child];
    atomic_store(&child->state, CHILD_RUNNING | tid << 2);
    blocking_run_child(&hands, chain->task, run, chain->child);

    if (chain->has_previous)
        pthread_join(chain->previous, NULL);
    chain->has_previous = true;
    chain->previous = pthread_self();
    go_on(chain, take(threads));
    return NULL;
}

static void on_spawned(struct crew *crew)
{
    struct threads *threads = (struct threads *)crew;
    sigset_t before;
    blocking_signals_hold(&before);
    while (children_wait(crew->run) && enter(threads)) {
        uint32_t index = take(threads);
        if (index == CHILD_NONE)
            break;
        uint32_t at = threads->chain_count++;
        struct chain *chain = &threads->chains[at];
        chain->threads = threads;
        chain->task = (struct task *)(threads->tasks + at * threads->task_bytes);
        go_on(chain, index);
    }
    blocking_signals_release(&before);
}

/* There is nobody left to stop; and a handler in the middle of a join, which frees memory, is what
 * ThreadSanitizer's runtime hangs in. */
static void join_chains(struct threads *threads)
{
    sigset_t before;
    uint32_t active;
    blocking_signals_hold(&before);
    while ((active = atomic_load(&threads->chains_active)) > 0)
        futex_wait(&threads->chains_active, active, 0);
    for (uint32_t i = 0; i < threads->chain_count; i++)
        if (threads->chains[i].has_previous)
            pthread_join(threads->chains[i].previous, NULL);
    blocking_signals_release(&before);
}

static int run_threads(struct run *run)
{
    struct threads threads = {
        .crew = {.run = run, .spawned = on_spawned, .interrupt = crew_interrupt_thread},
        .task_bytes = task_size(run),
    };
    /* A root may spawn again and again: at the worst a chain for each child. */
    size_t chain_bytes = run->tasks * sizeof *threads.chains;
    size_t total = chain_bytes + run->tasks * threads.task_bytes;
    void *memory = mmap(NULL, total, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return -errno;
    threads.chains = memory;
    threads.tasks = (unsigned char *)memory + chain_bytes;
    crew_thread_attributes(&threads.attributes);
    struct sigaction before;
    blocking_signal_install(&before);

    int rc = crew_run(&threads.crew);

    join_chains(&threads);
    if (threads.refusal != 0)
        problem_set(&run->shortage, STATUS_ENVIRONMENT,
                    "%u threads asked for, %u got when the next one was refused: %s; ask for a "
                    "smaller --width or raise the limit of threads",
                    run->width, threads.active_then, strerror((int)threads.refusal));
    blocking_signal_restore(&before);
    pthread_attr_destroy(&threads.attributes);
    munmap(memory, total);
    return rc;
}

const struct model model_threads = {
    .summary = "a thread for each task",
    .colour = 0xe69f00,
    .capabilities = MODEL_CONCURRENT | MODEL_PARALLEL_COMPUTE | MODEL_ALL_LIVE_AT_ONCE |
                    MODEL_CAN_CANCEL | MODEL_CHANNELS | MODEL_PREEMPTIVE | MODEL_PARALLEL_STEPS,
    .run = run_threads,
};
