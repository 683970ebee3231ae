/* A port that is taken but not listened on, and one whose backlog is full. */
#include "origin/traps.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int take_port(struct sockaddr_in *at)
{
    socklen_t size = sizeof *at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (fd >= 0 && bind(fd, (struct sockaddr *)at, size) == 0 &&
        getsockname(fd, (struct sockaddr *)at, &size) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

int traps_open(struct traps *traps, struct problem *problem)
{
    struct sockaddr_in at[TRAPS];
    bool good = true;
    *traps = (struct traps){0};
    for (int i = 0; i < TRAPS && good; i++) {
        traps->sockets[i] = take_port(&at[i]);
        good = traps->sockets[i] >= 0;
        traps->ports[i] = ntohs(at[i].sin_port);
    }
    good = good && listen(traps->sockets[TRAP_FULL], 0) == 0;
    for (int i = 0; i < TRAP_FILLERS && good; i++) { /* more than a backlog of 0 takes */
        int filler = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        good = filler >= 0 &&
               (connect(filler, (struct sockaddr *)&at[TRAP_FULL], sizeof at[TRAP_FULL]) == 0 ||
                errno == EINPROGRESS);
        traps->fillers[i] = filler;
    }
    if (good)
        return 0;
    problem_set(problem, STATUS_ENVIRONMENT, "a port without a listener could not be had: %s",
                strerror(errno));
    traps_close(traps);
    return (int)problem->status;
}

void traps_close(struct traps *traps)
{
    for (int i = 0; i < TRAPS; i++)
        if (traps->sockets[i] > 0)
            close(traps->sockets[i]);
    for (int i = 0; i < TRAP_FILLERS; i++)
        if (traps->fillers[i] > 0)
            close(traps->fillers[i]);
    *traps = (struct traps){0};
}
