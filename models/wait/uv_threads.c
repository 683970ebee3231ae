/*
 * Whether libuv can have the threads of its pool. It starts them all when the first computation or
 * name look-up is handed to it, and where the system refuses one it calls abort(). So that many are
 * started and ended here before, once a process: what libuv then asks for was there a moment ago.
 * That takes longer than many a task, so it is done before the clock where tasks compute.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/wait/blocking.h"
#include "models/wait/uv.h"

/* As libuv has them (src/threadpool.c). */
enum { POOL_USUAL = 4, POOL_MAX = 1024, POOL_STACK_BYTES = 8 << 20 };

static unsigned pool_size(void)
{
    const char *text = getenv("UV_THREADPOOL_SIZE");
    int size = text != NULL ? atoi(text) : POOL_USUAL;
    if (size == 0)
        size = 1;
    return size < 0 || size > POOL_MAX ? POOL_MAX : (unsigned)size;
}

static void *stand_by(void *argument)
{
    pthread_mutex_t *held = argument;
    pthread_mutex_lock(held);
    pthread_mutex_unlock(held);
    return NULL;
}

/* A thread that was joined may still count for the system's limit: until its folder is gone. */
static nlink_t thread_count(void)
{
    struct stat folder;
    return stat("/proc/self/task", &folder) == 0 ? folder.st_nlink : 0;
}

/* How many of `wanted` threads there can be at once. Their stacks are not left behind for the C
 * library to hand out again: libuv's threads are to begin as they would without us. */
static unsigned try_threads(unsigned wanted, int *rc)
{
    enum { LOOKS = 1000 };
    size_t bytes = (size_t)wanted * POOL_STACK_BYTES;
    unsigned char *stacks = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    *rc = stacks != MAP_FAILED ? 0 : -errno;
    if (*rc != 0)
        return 0;
    pthread_t threads[POOL_MAX];
    pthread_attr_t attributes;
    pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
    nlink_t before = thread_count();
    unsigned got = 0;
    pthread_attr_init(&attributes);
    pthread_mutex_lock(&held);
    while (got < wanted && *rc == 0) {
        pthread_attr_setstack(&attributes, stacks + (size_t)got * POOL_STACK_BYTES,
                              POOL_STACK_BYTES);
        *rc = -pthread_create(&threads[got], &attributes, stand_by, &held);
        got += *rc == 0;
    }
    pthread_mutex_unlock(&held);
    for (unsigned i = 0; i < got; i++)
        pthread_join(threads[i], NULL);
    pthread_attr_destroy(&attributes);
    munmap(stacks, bytes);
    for (int i = 0; i < LOOKS && thread_count() > before; i++)
        sched_yield();
    return got;
}

/* libuv keeps them until the process ends. Loops in several threads share them: */
static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    bool known, started;
    unsigned wanted, got;
    int rc;
    struct sigaction abort_before;
    sigset_t signals_before;
    char sentence[160];
} pool;

static void find_out(void)
{
    if (pool.known)
        return;
    pool.wanted = pool_size();
    pool.got = try_threads(pool.wanted, &pool.rc);
    pool.known = true;
}

void uv_threads_prepare(uint32_t threads, bool needed)
{
    if (threads != 0) { /* read by libuv when its pool is first used */
        char text[16];
        snprintf(text, sizeof text, "%u", threads);
        setenv("UV_THREADPOOL_SIZE", text, 1);
    }
    pool.known = pool.known && pool.rc == 0; /* what one run was refused another may get */
    if (needed)
        find_out();
}

/* Somebody else took the threads since they were tried: libuv aborts, there is no record. */
static void on_abort(int number)
{
    (void)number;
    if (write(STDERR_FILENO, pool.sentence, strlen(pool.sentence)) < 0)
        _exit(STATUS_OUTPUT);
    _exit(STATUS_ENVIRONMENT);
}

int uv_threads_hold(struct run *run)
{
    pthread_mutex_lock(&pool_lock);
    if (pool.started)
        return 0;
    find_out();
    if (pool.rc != 0) {
        problem_set(&run->shortage, STATUS_ENVIRONMENT,
                    "%u threads for libuv's pool asked for, %u got: %s; ask for fewer --workers or "
                    "raise the limit of threads",
                    pool.wanted, pool.got, strerror(-pool.rc));
        int rc = pool.rc;
        pthread_mutex_unlock(&pool_lock);
        return rc;
    }
    snprintf(pool.sentence, sizeof pool.sentence,
             "%s: %u threads for libuv's pool asked for, fewer got: ask for fewer --workers or "
             "raise the limit of threads\n",
             run->workload_name, pool.wanted);
    struct sigaction action = {.sa_handler = on_abort};
    sigemptyset(&action.sa_mask);
    sigaction(SIGABRT, &action, &pool.abort_before);
    blocking_signals_hold(
        &pool.signals_before); /* libuv's threads inherit that: signals are ours */
    return 0;
}

void uv_threads_release(void)
{
    if (!pool.started) {
        blocking_signals_release(&pool.signals_before);
        sigaction(SIGABRT, &pool.abort_before, NULL);
    }
    pool.started = true;
    pthread_mutex_unlock(&pool_lock);
}
