/* The channel. Both ends are the same dance with the two sides' words exchanged, so it is written
 * once. */
#include "core/channel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/futex.h"
#include "core/run.h"

static uint32_t ring_size(uint32_t capacity)
{
    uint32_t size = 1;
    while (size < capacity)
        size *= 2;
    return size;
}

size_t channel_size(uint32_t capacity)
{
    return sizeof(struct channel) + ring_size(capacity) * sizeof(uint64_t);
}

int channel_init(struct channel *channel, uint32_t index, uint32_t capacity)
{
    pthread_mutexattr_t attributes;
    int rc = pthread_mutexattr_init(&attributes);
    if (rc != 0)
        return -rc;
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    rc = pthread_mutex_init(&channel->mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    channel->index = index;
    channel->capacity = capacity;
    channel->mask = ring_size(capacity) - 1;
    return -rc;
}

void channel_destroy(struct channel *channel)
{
    pthread_mutex_destroy(&channel->mutex);
}

/* ---- The ring. Storing the tail commits a put, storing the head a take. ---- */

static int try_put(struct channel *channel, const uint64_t *values, uint32_t count)
{
    uint64_t tail = atomic_load_explicit(&channel->tail, memory_order_relaxed);
    uint64_t head = atomic_load_explicit(&channel->head, memory_order_acquire);
    if (count > channel->capacity) {
        fprintf(stderr, "contract broken: %u items at once for a channel of %u\n", count,
                channel->capacity);
        abort();
    }
    if (channel->capacity - (tail - head) < count)
        return -EAGAIN;
    for (uint32_t i = 0; i < count; i++)
        channel->ring[(tail + i) & channel->mask] = values[i];
    atomic_store_explicit(&channel->tail, tail + count, memory_order_release);
    return 0;
}

/* How many it took. */
static int try_take(struct channel *channel, uint64_t *values, uint32_t most)
{
    uint64_t head = atomic_load_explicit(&channel->head, memory_order_relaxed);
    uint64_t tail = atomic_load_explicit(&channel->tail, memory_order_acquire);
    if (head == tail)
        return -EAGAIN;
    uint32_t count = tail - head < most ? (uint32_t)(tail - head) : most;
    for (uint32_t i = 0; i < count; i++)
        values[i] = channel->ring[(head + i) & channel->mask];
    atomic_store_explicit(&channel->head, head + count, memory_order_release);
    return (int)count;
}

int channel_try(struct op *op)
{
    struct channel *channel = op->channel.channel;
    if (op->capacity > 0)
        return op->kind == OP_PUT ? try_put(channel, op->channel.values, op->capacity)
                                  : try_take(channel, op->channel.values, op->capacity);
    if (op->kind == OP_PUT)
        return try_put(channel, &op->channel.value, 1);
    int count = try_take(channel, &op->channel.value, 1);
    return count > 0 ? 0 : count;
}

uint64_t channel_item(const struct channel *channel, uint64_t at)
{
    return channel->ring[(atomic_load(&channel->head) + at) & channel->mask];
}

/* ---- With others. ---- */

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

/* After a success: whether another one of the same side could go on too. One wake-up for several
 * items would else leave it asleep beside them. */
static bool leaves_some(const struct channel *channel, bool puts)
{
    uint64_t length = channel_length(channel);
    return channel->batched && (puts ? length < channel->capacity : length > 0);
}

int channel_wait(struct task *task)
{
    struct op *op = &task->op;
    struct channel *channel = op->channel.channel;
    bool puts = op->kind == OP_PUT;
    _Atomic uint32_t *mine = puts ? &channel->room : &channel->items;
    _Atomic uint32_t *theirs = puts ? &channel->items : &channel->room;
    uint32_t *my_waiters = puts ? &channel->put_waiters : &channel->take_waiters;
    uint32_t *their_waiters = puts ? &channel->take_waiters : &channel->put_waiters;

    lock(channel);
    channel->batched |= op->capacity > 1;
    int result;
    bool late = false;
    while ((result = channel_try(op)) < 0) {
        result = task_cancelled(task) ? -ECANCELED : late ? -ETIMEDOUT : 0;
        if (result != 0)
            break;
        uint32_t seen = atomic_load(mine);
        (*my_waiters)++;
        pthread_mutex_unlock(&channel->mutex);
        int waited = futex_wait(mine, seen, op->deadline_ns);
        lock(channel);
        if (*my_waiters > 0)
            (*my_waiters)--;
        late = waited == -ETIMEDOUT; /* one more try, then give up */
    }
    bool wake_them = result >= 0 && *their_waiters > 0;
    /* Who gives up may have swallowed a wake-up that was meant for another waiter. */
    bool wake_mine = *my_waiters > 0 && (result < 0 || leaves_some(channel, puts));
    pthread_mutex_unlock(&channel->mutex);
    if (wake_them)
        wake(theirs, 1);
    if (wake_mine)
        wake(mine, 1);
    return result;
}

void channel_recover(struct channel *channel)
{
    lock(channel);
    pthread_mutex_unlock(&channel->mutex);
    wake(&channel->items, INT_MAX);
    wake(&channel->room, INT_MAX);
}
