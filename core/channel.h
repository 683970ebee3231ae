/*
 * A bounded first-in-first-out queue of 64-bit items in shared memory. Blocking workers, threads or
 * processes alike, use put_wait and take_wait: a robust mutex around the ring, futex words to sleep
 * on. A loop, which owns all of a channel's users, uses the try calls and keeps a wait list of its
 * own.
 */
#ifndef CORE_CHANNEL_H
#define CORE_CHANNEL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task;

struct channel {
    pthread_mutex_t mutex; /* process-shared, robust */
    uint32_t capacity;
    uint32_t put_waiters; /* under the mutex; a killed waiter leaves it too high: harmless */
    uint32_t take_waiters;
    _Atomic uint32_t items; /* futex words: bumped when an item, or room, came */
    _Atomic uint32_t room;
    _Atomic uint64_t head; /* items taken so far */
    _Atomic uint64_t tail; /* items put so far; storing it is what commits a put */
    uint64_t ring[];
};

size_t channel_size(uint32_t capacity);

/* In zeroed shared memory of channel_size(capacity) bytes. Returns 0 or -errno. */
int channel_init(struct channel *channel, uint32_t capacity);
void channel_destroy(struct channel *channel);

/* Items in it now. */
static inline uint64_t channel_length(const struct channel *channel)
{
    return atomic_load(&channel->tail) - atomic_load(&channel->head);
}

/* Without locking, for a user that is alone with the channel. 0 or -EAGAIN. */
int channel_try_put(struct channel *channel, uint64_t value);
int channel_try_take(struct channel *channel, uint64_t *value);

/* Blocks until done, the deadline (absolute, 0: none), or task_cancelled(task), which a signal
 * makes it look at. 0, -ETIMEDOUT or -ECANCELED; then nothing was put or taken. */
int channel_put_wait(struct channel *channel, uint64_t value, uint64_t deadline_ns,
                     const struct task *task);
int channel_take_wait(struct channel *channel, uint64_t *value, uint64_t deadline_ns,
                      const struct task *task);

/* After a worker was killed: gives its lock back and wakes everybody, as it may have taken a
 * wake-up with it. */
void channel_recover(struct channel *channel);

#endif
