/*
 * The loops of a run: made, given their part of the width, run and taken down. The first runs in
 * the calling thread, each other one in a thread of its own, which opens it, as some kernels'
 * objects belong to the thread that made them. Loops that the system has no thread for are done
 * without.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/futex.h"
#include "models/wait/blocking.h"
#include "models/wait/loop.h"

enum go { GO_WAIT, GO_RUN, GO_HOME };

struct crew_of_loops {
    struct loops loops;
    _Atomic uint32_t opened; /* threads that have tried; futex */
    _Atomic uint32_t go;     /* enum go; futex */
};

/* A loop and, but for the first, its thread. */
struct member {
    struct crew_of_loops *crew;
    struct loop *loop;
    pthread_t thread;
    uint32_t place;
    int rc;
    bool outlived;
};

static void open_loop(struct member *member)
{
    struct loops *loops = &member->crew->loops;
    member->rc = loops->driver->open(loops, &member->loop);
    if (member->rc != 0)
        return;
    member->loop->driver = loops->driver;
    member->loop->loops = loops;
    member->loop->run = loops->run;
    atomic_store(&member->loop->at_work, CHILD_NONE);
}

static void close_loop(struct member *member)
{
    if (member->rc != 0)
        return;
    free(member->loop->heap.entries);
    member->outlived = member->crew->loops.driver->close(member->loop);
}

static void wait_while(struct crew_of_loops *crew, enum go where)
{
    while (atomic_load(&crew->go) == where)
        futex_wait(&crew->go, where, 0);
}

static void *run_member(void *argument)
{
    struct member *member = argument;
    struct crew_of_loops *crew = member->crew;
    run_place(crew->loops.run, member->place);
    open_loop(member);
    atomic_fetch_add(&crew->opened, 1);
    futex_wake(&crew->opened, 1);
    wait_while(crew, GO_WAIT);
    if (atomic_load(&crew->go) == GO_RUN && member->rc == 0)
        crew->loops.driver->run(member->loop);
    wait_while(crew, GO_RUN); /* a stop may still be telling every loop */
    close_loop(member);
    return NULL;
}

/* As many as there can be; what refused the next one, 0: nothing. They inherit that signals to the
 * process are the first loop's. */
static int start_threads(struct member *members, uint32_t count, uint32_t *started)
{
    struct crew_of_loops *crew = members->crew;
    sigset_t before;
    int rc = 0;
    blocking_signals_hold(&before);
    for (; *started < count && rc == 0; *started += rc == 0) {
        struct member *member = &members[*started];
        *member = (struct member){.crew = crew, .place = *started};
        rc = -pthread_create(&member->thread, NULL, run_member, member);
    }
    blocking_signals_release(&before);
    for (uint32_t opened; (opened = atomic_load(&crew->opened)) < *started - 1;)
        futex_wait(&crew->opened, opened, 0);
    for (uint32_t i = 1; i < *started && rc == 0; i++)
        rc = members[i].rc;
    return rc;
}

/* There is nobody left to stop; and a handler in the middle of a join, which frees memory, is what
 * ThreadSanitizer's runtime hangs in. */
static void join_threads(const struct member *members, uint32_t started)
{
    sigset_t before;
    blocking_signals_hold(&before);
    for (uint32_t i = 1; i < started; i++)
        pthread_join(members[i].thread, NULL);
    blocking_signals_release(&before);
}

static void *map(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

static size_t slot_count(const struct loops *loops)
{
    return (size_t)loops->count * loops->stride + 1;
}

/* Those loops that there are, and each one's part of the width. */
static int settle(struct loops *loops, const struct member *members, uint32_t started)
{
    for (uint32_t i = 0; i < started; i++)
        if (members[i].rc == 0)
            loops->all[loops->count++] = members[i].loop;
    uint32_t width = loops->run->width, rest = width % loops->count;
    loops->stride = width / loops->count + (rest != 0);
    for (uint32_t i = 0; i < loops->count; i++) {
        loops->all[i]->first_slot = i * loops->stride;
        loops->all[i]->width = width / loops->count + (i < rest);
    }
    loops->slot_bytes = task_size(loops->run);
    loops->slots = map(slot_count(loops) * loops->slot_bytes);
    loops->armed_ns = map(slot_count(loops) * sizeof *loops->armed_ns);
    if (loops->slots == NULL || loops->armed_ns == NULL)
        return -ENOMEM;
    loops->all[0]->root = loops_task(loops, (uint32_t)slot_count(loops) - 1);
    return 0;
}

static void run_all(struct loops *loops)
{
    struct run *run = loops->run;
    run->wake_argument = loops;
    atomic_store(&run->ring, loops->count > 1 ? loops_ring : NULL);
    atomic_store(&run->wake, loops_stop);
    loop_begin_root(loops->all[0]);
    loops->driver->run(loops->all[0]);
    atomic_store(&run->wake, NULL);
    atomic_store(&run->ring, NULL);
}

static void send(struct crew_of_loops *crew, enum go where)
{
    atomic_store(&crew->go, where);
    futex_wake(&crew->go, INT_MAX);
}

/* The first member's loop is open. */
static int run_members(struct crew_of_loops *crew, struct member *members, uint32_t count)
{
    struct loops *loops = &crew->loops;
    struct run *run = loops->run;
    uint32_t started = 1;
    int refusal = count > 1 ? start_threads(members, count, &started) : 0;
    int rc = settle(loops, members, started);
    if (refusal != 0)
        problem_set(
            &run->shortage, STATUS_ENVIRONMENT,
            "%u loops asked for, %u got: %s; ask for fewer --workers or raise the limits of "
            "threads and descriptors",
            count, loops->count, strerror(-refusal));
    if (rc == 0) {
        send(crew, GO_RUN);
        if (loops->count > 1)
            run_place(run, 0); /* behind the threads, which would inherit it */
        run_all(loops);
    }
    send(crew, GO_HOME);
    if (started > 1)
        join_threads(members, started);
    close_loop(&members[0]);
    bool outlived = false;
    for (uint32_t i = 0; i < started; i++)
        outlived |= members[i].outlived;
    atomic_store(&run->abandoned, outlived);
    if (loops->slots != NULL)
        munmap(loops->slots, slot_count(loops) * loops->slot_bytes);
    if (loops->armed_ns != NULL)
        munmap(loops->armed_ns, slot_count(loops) * sizeof *loops->armed_ns);
    return rc;
}

int loops_run(struct run *run, const struct loop_driver *driver, uint32_t count)
{
    count = count < run->width ? count : run->width;
    struct crew_of_loops *crew = calloc(1, sizeof *crew);
    struct member *members = calloc(count, sizeof *members);
    struct loop **all = calloc(count, sizeof *all);
    int rc = -ENOMEM;
    if (crew != NULL && members != NULL && all != NULL) {
        crew->loops = (struct loops){.run = run, .driver = driver, .all = all};
        for (int i = 0; i < CHANNELS_MAX; i++)
            pthread_mutex_init(&crew->loops.lines[i].lock, NULL);
        members[0].crew = crew;
        open_loop(&members[0]);
        rc = members[0].rc;
        if (rc == 0)
            rc = run_members(crew, members, count);
    }
    free(all);
    free(members);
    free(crew);
    return rc;
}
