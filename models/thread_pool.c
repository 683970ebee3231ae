/*
 * thread-pool: `width` threads that stay, take children from the arena's counter, and sleep at its
 * gate while there are none. They are started before the root's first step, within the clock. How
 * each operation is performed is the blocking waiter's; the root runs in the main thread, over a
 * crew.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "models/wait/blocking.h"
#include "models/wait/crew.h"

struct worker {
    struct thread_pool *pool;
    pthread_t thread;
};

struct thread_pool {
    struct crew crew; /* first: a worker's run is found through it */
    struct worker *workers;
    uint32_t count; /* of those that were started */
    unsigned char *memory;
    size_t worker_bytes;
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct thread_pool *pool = worker->pool;
    size_t place = (size_t)(worker - pool->workers);
    run_place(pool->crew.run, (uint32_t)place);
    crew_work(pool->crew.run, (uint32_t)gettid(), pool->memory + place * pool->worker_bytes);
    return NULL;
}

/* With fewer threads than were asked for it goes on, and tells; not with none, nor with too few for
 * a workload whose tasks wait for one another. */
static int start(struct thread_pool *pool)
{
    struct run *run = pool->crew.run;
    pthread_attr_t attributes;
    sigset_t before;
    int rc = 0;
    crew_thread_attributes(&attributes);
    blocking_signals_hold(&before);
    while (pool->count < run->width && rc == 0) {
        struct worker *worker = &pool->workers[pool->count];
        worker->pool = pool;
        rc = pthread_create(&worker->thread, &attributes, work, worker);
        pool->count += rc == 0;
    }
    blocking_signals_release(&before);
    pthread_attr_destroy(&attributes);
    if (rc == 0)
        return 0;
    bool enough = pool->count > 0 && pool->count >= run->width_needed;
    problem_set(enough ? &run->shortage : &run->problem, STATUS_ENVIRONMENT,
                "%u threads asked for, %u got: %s; ask for a smaller --width or raise the limit of "
                "threads",
                run->width, pool->count, strerror(rc));
    return enough ? 0 : -rc;
}

static void on_spawned(struct crew *crew)
{
    crew_open_gate(crew->run);
}

/* Without a signal handler in the middle of a join, as in threads. */
static void join(struct thread_pool *pool)
{
    sigset_t before;
    blocking_signals_hold(&before);
    crew_close(pool->crew.run);
    for (uint32_t i = 0; i < pool->count; i++)
        pthread_join(pool->workers[i].thread, NULL);
    blocking_signals_release(&before);
}

static int run_thread_pool(struct run *run)
{
    struct thread_pool pool = {
        .crew = {.run = run, .spawned = on_spawned, .interrupt = crew_interrupt_thread},
        .worker_bytes = crew_worker_bytes(run),
    };
    size_t memory_bytes = run->width * pool.worker_bytes;
    size_t total = memory_bytes + run->width * sizeof *pool.workers;
    pool.memory = mmap(NULL, total, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pool.memory == MAP_FAILED)
        return -errno;
    pool.workers = (struct worker *)(void *)(pool.memory + memory_bytes);
    struct sigaction before;
    blocking_signal_install(&before);

    int rc = start(&pool);
    if (rc == 0)
        rc = crew_run(&pool.crew);

    join(&pool);
    blocking_signal_restore(&before);
    munmap(pool.memory, total);
    return rc;
}

const struct model model_thread_pool = {
    .summary = "a pool of threads",
    .colour = 0xd55e00,
    .capabilities = MODEL_CONCURRENT | MODEL_PARALLEL_COMPUTE | MODEL_ALL_LIVE_AT_ONCE |
                    MODEL_CAN_CANCEL | MODEL_CHANNELS | MODEL_PREEMPTIVE | MODEL_PARALLEL_STEPS,
    .pool = true,
    .run = run_thread_pool,
};
