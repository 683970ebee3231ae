/* The one clock: CLOCK_MONOTONIC in nanoseconds, so that a step of the wall clock is not noticed;
 * or the time that a simulation says it is. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_S  UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_US UINT64_C(1000)

/* 0, or the time of a run that is simulated, in the process's only thread. */
extern uint64_t clock_virtual_ns;

/* The machine's, for models that a simulation has no part of: they ask several times an operation.
 */
static inline uint64_t clock_real_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static inline uint64_t clock_now_ns(void)
{
    return clock_virtual_ns != 0 ? clock_virtual_ns : clock_real_ns();
}

static inline struct timespec clock_timespec(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

/* now + duration, saturating, so that "for ever" stays in the future. */
static inline uint64_t clock_after(uint64_t now_ns, uint64_t duration_ns)
{
    return duration_ns > UINT64_MAX - now_ns ? UINT64_MAX : now_ns + duration_ns;
}

/* The earlier of two deadlines, where 0 means none: one less than that is later than all others. */
static inline uint64_t deadline_min(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns - 1 < b_ns - 1 ? a_ns : b_ns;
}

#endif
