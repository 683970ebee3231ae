/* The channel. Both ends are the same dance with the two sides' words exchanged, so it is written
 * once, over a `side`. */
#include "core/channel.h"

#include <errno.h>

#include "core/futex.h"
#include "core/run.h"

enum side { PUT, TAKE };

size_t channel_size(uint32_t capacity)
{
    return sizeof(struct channel) + capacity * sizeof(uint64_t);
}

int channel_init(struct channel *channel, uint32_t capacity)
{
    pthread_mutexattr_t attributes;
    int rc = pthread_mutexattr_init(&attributes);
    if (rc != 0)
        return -rc;
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    rc = pthread_mutex_init(&channel->mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    channel->capacity = capacity;
    return -rc;
}

void channel_destroy(struct channel *channel)
{
    pthread_mutex_destroy(&channel->mutex);
}

int channel_try_put(struct channel *channel, uint64_t value)
{
    uint64_t tail = atomic_load_explicit(&channel->tail, memory_order_relaxed);
    uint64_t head = atomic_load_explicit(&channel->head, memory_order_acquire);
    if (tail - head == channel->capacity)
        return -EAGAIN;
    channel->ring[tail % channel->capacity] = value;
    atomic_store_explicit(&channel->tail, tail + 1, memory_order_release);
    return 0;
}

int channel_try_take(struct channel *channel, uint64_t *value)
{
    uint64_t head = atomic_load_explicit(&channel->head, memory_order_relaxed);
    uint64_t tail = atomic_load_explicit(&channel->tail, memory_order_acquire);
    if (head == tail)
        return -EAGAIN;
    *value = channel->ring[head % channel->capacity];
    atomic_store_explicit(&channel->head, head + 1, memory_order_release);
    return 0;
}

/* A holder that was killed left the ring consistent: one store commits a put or a take. */
static void lock(struct channel *channel)
{
    if (pthread_mutex_lock(&channel->mutex) == EOWNERDEAD)
        pthread_mutex_consistent(&channel->mutex);
}

static void wake(_Atomic uint32_t *word, int waiters)
{
    atomic_fetch_add(word, 1);
    futex_wake(word, waiters);
}

static int try_side(struct channel *channel, enum side side, uint64_t *value)
{
    return side == PUT ? channel_try_put(channel, *value) : channel_try_take(channel, value);
}

static int wait_side(struct channel *channel, enum side side, uint64_t *value, uint64_t deadline_ns,
                     const struct task *task)
{
    _Atomic uint32_t *mine = side == PUT ? &channel->room : &channel->items;
    _Atomic uint32_t *theirs = side == PUT ? &channel->items : &channel->room;
    uint32_t *my_waiters = side == PUT ? &channel->put_waiters : &channel->take_waiters;
    uint32_t *their_waiters = side == PUT ? &channel->take_waiters : &channel->put_waiters;

    lock(channel);
    int rc;
    bool late = false;
    while ((rc = try_side(channel, side, value)) != 0) {
        rc = task_cancelled(task) ? -ECANCELED : late ? -ETIMEDOUT : 0;
        if (rc != 0)
            break;
        uint32_t seen = atomic_load(mine);
        (*my_waiters)++;
        pthread_mutex_unlock(&channel->mutex);
        int waited = futex_wait(mine, seen, deadline_ns);
        lock(channel);
        if (*my_waiters > 0)
            (*my_waiters)--;
        late = waited == -ETIMEDOUT; /* one more try, then give up */
    }
    bool wake_them = rc == 0 && *their_waiters > 0;
    /* Who gives up may have swallowed a wake-up that was meant for another waiter. */
    bool wake_mine = rc != 0 && *my_waiters > 0;
    pthread_mutex_unlock(&channel->mutex);
    if (wake_them)
        wake(theirs, 1);
    if (wake_mine)
        wake(mine, 1);
    return rc;
}

int channel_put_wait(struct channel *channel, uint64_t value, uint64_t deadline_ns,
                     const struct task *task)
{
    return wait_side(channel, PUT, &value, deadline_ns, task);
}

int channel_take_wait(struct channel *channel, uint64_t *value, uint64_t deadline_ns,
                      const struct task *task)
{
    return wait_side(channel, TAKE, value, deadline_ns, task);
}

void channel_recover(struct channel *channel)
{
    lock(channel);
    pthread_mutex_unlock(&channel->mutex);
    wake(&channel->items, INT_MAX);
    wake(&channel->room, INT_MAX);
}
