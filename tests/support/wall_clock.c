/*
 * A wall clock that does not keep time, for LD_PRELOAD: WALL_CLOCK=1000 lets it run so many times
 * as fast, WALL_CLOCK=jump sets it a day ahead and a day back, by turns, every 50 ms. All other
 * clocks are the system's.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { DAY_S = 86400, TURN_NS = 50000000 };

static void lie(struct timespec *now)
{
    static time_t began_s;
    const char *how = getenv("WALL_CLOCK");
    struct timespec steady;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &steady);
    if (how == NULL)
        return;
    if (began_s == 0)
        began_s = now->tv_sec;
    if (strcmp(how, "jump") == 0)
        now->tv_sec += steady.tv_nsec / TURN_NS % 2 == 0 ? DAY_S : -DAY_S;
    else
        now->tv_sec = began_s + (now->tv_sec - began_s) * atoi(how) +
                      (time_t)((double)now->tv_nsec / 1e9 * atoi(how));
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int rc = (int)syscall(SYS_clock_gettime, clock, now);
    if (rc == 0 && clock == CLOCK_REALTIME)
        lie(now);
    return rc;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    *now = (struct timeval){.tv_sec = exact.tv_sec, .tv_usec = exact.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *seconds)
{
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (seconds != NULL)
        *seconds = exact.tv_sec;
    return exact.tv_sec;
}
