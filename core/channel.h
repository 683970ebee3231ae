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

struct op;
struct task;

struct channel {
    pthread_mutex_t mutex; /* process-shared, robust */
    uint32_t index;        /* among the run's channels */
    uint32_t capacity;
    uint32_t mask;        /* of the ring, whose size is the power of two from the capacity on */
    bool batched;         /* under the mutex: more than one item has been moved at once */
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
int channel_init(struct channel *channel, uint32_t index, uint32_t capacity);
void channel_destroy(struct channel *channel);

/* Items in it now. */
static inline uint64_t channel_length(const struct channel *channel)
{
    return atomic_load(&channel->tail) - atomic_load(&channel->head);
}

/* Performs an OP_PUT or OP_TAKE without locking, for a user that is alone with the channel. The
 * operation's result, or -EAGAIN. */
int channel_try(struct op *op);

/* Performs task->op, an OP_PUT or OP_TAKE: blocks until done, its deadline, or
 * task_cancelled(task), which a signal makes it look at. The operation's result; after -ETIMEDOUT
 * or -ECANCELED nothing was put or taken. */
int channel_wait(struct task *task);

/* The item `at` places behind the oldest, of those that are left; for when nobody uses it any
 * more. */
uint64_t channel_item(const struct channel *channel, uint64_t at);

/* After a worker was killed: gives its lock back and wakes everybody, as it may have taken a
 * wake-up with it. */
void channel_recover(struct channel *channel);

#endif
