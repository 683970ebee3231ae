/* Waiting on a 32-bit word in shared memory, across threads and processes. A condition variable
 * would be twice as slow and cannot survive a killed holder. */
#ifndef CORE_FUTEX_H
#define CORE_FUTEX_H

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/clock.h"

/* Sleeps while *word == expected, until the absolute deadline (0: none). Returns 0, -EAGAIN when
 * the word had changed, -ETIMEDOUT, or -EINTR. May wake for no reason. */
static inline int futex_wait(_Atomic uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
    struct timespec until = clock_timespec(deadline_ns);
    long rc = syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected,
                      deadline_ns != 0 ? &until : NULL, NULL, FUTEX_BITSET_MATCH_ANY);
    return rc == 0 ? 0 : -errno;
}

/* Safe in a signal handler. */
static inline void futex_wake(_Atomic uint32_t *word, int waiters)
{
    int saved = errno;
    syscall(SYS_futex, word, FUTEX_WAKE, waiters, NULL, NULL, 0);
    errno = saved;
}

#endif
