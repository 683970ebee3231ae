/* A pipe whose other end this process has: when it is closed, there is no such process any more. */
#include "bench/engine/warden.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic pid_t *watched; /* in memory that both have */

/* Keeps nothing of what its maker has open, and hears no signal: a ^C is not for it. */
_Noreturn static void wait_for_end(int end)
{
    sigset_t all;
    char byte;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    if (dup2(end, STDIN_FILENO) == STDIN_FILENO && close_range(1, ~0U, 0) == 0) {
        while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR)
            continue;
        pid_t group = atomic_load(watched);
        if (group > 0)
            kill(-group, SIGKILL);
    }
    _exit(0);
}

int warden_start(struct problem *problem)
{
    int ends[2] = {-1, -1};
    void *shared =
        mmap(NULL, sizeof *watched, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pid = -1;
    if (shared != MAP_FAILED && pipe2(ends, O_CLOEXEC) == 0) {
        watched = shared;
        pid = fork();
        if (pid == 0)
            wait_for_end(ends[0]);
        int error = errno;
        close(ends[0]); /* the other one is closed by the end of this process */
        errno = error;
    }
    if (pid > 0)
        return 0;
    return problem_set(problem, STATUS_ENVIRONMENT, "no process beside this one can be had: %s",
                       strerror(errno));
}

void warden_watch(pid_t group)
{
    if (watched != NULL)
        atomic_store(watched, group);
}
