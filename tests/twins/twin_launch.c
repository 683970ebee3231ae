/*
 * The engine's launch, written by hand: a command is started with posix_spawn and waited for, N
 * times, and how long each took is printed, a line each, in seconds. What bench/engine/launch.c
 * takes beyond this is the price of its pidfd, its time limit, its memory files, its group. Usage:
 * twin_launch N COMMAND [ARGUMENT…]
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "core/clock.h"

extern char **environ;

int main(int argc, char **argv)
{
    long count = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    posix_spawn_file_actions_t actions;
    if (count < 1 || posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) != 0) {
        fprintf(stderr, "usage: twin_launch N COMMAND [ARGUMENT…]\n");
        return 2;
    }
    for (long i = 0; i < count; i++) {
        pid_t pid;
        int status = -1;
        struct rusage usage;
        uint64_t begin_ns = clock_now_ns();
        if (posix_spawnp(&pid, argv[2], &actions, NULL, argv + 2, environ) != 0 ||
            wait4(pid, &status, 0, &usage) != pid || status != 0) {
            fprintf(stderr, "twin_launch: '%s' failed\n", argv[2]);
            return 1;
        }
        printf("%.9f\n", (double)(clock_now_ns() - begin_ns) / 1e9);
    }
    posix_spawn_file_actions_destroy(&actions);
    return 0;
}
