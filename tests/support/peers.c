/* Peers for tests. Every failure to set one up ends the test program: there is nothing to test. */
#include "tests/support/peers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(int ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    exit(99);
}

static int listen_on(struct address *address, int backlog)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;
    must(fd >= 0 && bind(fd, (struct sockaddr *)&at, size) == 0 && listen(fd, backlog) == 0 &&
             getsockname(fd, (struct sockaddr *)&at, &size) == 0,
         "peer");
    must(address_parse("127.0.0.1", ntohs(at.sin_port), address), "peer's address");
    return fd;
}

int peer_silent(struct address *address)
{
    return listen_on(address, 512);
}

void peer_refusing(struct address *address)
{
    close(listen_on(address, 1));
}

int peer_full(struct address *address)
{
    int fd = listen_on(address, 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(address->port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    for (int i = 0; i < 4; i++) { /* more than a backlog of 0 takes */
        int filler = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        must(filler >= 0, "filler");
        connect(filler, (struct sockaddr *)&to, sizeof to);
    }
    usleep(20000);
    return fd;
}

static void echo(int client)
{
    char buffer[65536];
    ssize_t count;
    while ((count = read(client, buffer, sizeof buffer)) > 0)
        for (ssize_t at = 0, sent; at < count; at += sent)
            if ((sent = send(client, buffer + at, (size_t)(count - at), MSG_NOSIGNAL)) < 0)
                return;
}

static int serve(struct address *address, int hello)
{
    int fd = listen_on(address, 512);
    pid_t parent = getpid(), pid = fork();
    must(pid >= 0, "fork");
    if (pid > 0) {
        close(fd);
        return pid;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it ended before that took hold */
        _exit(0);
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int client = accept(fd, NULL, NULL);
        if (client < 0)
            continue;
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (hello)
                send(client, "hello", 5, MSG_NOSIGNAL);
            else
                echo(client);
            _exit(0);
        }
        close(client);
    }
}

int peer_echo(struct address *address)
{
    return serve(address, 0);
}

int peer_hello(struct address *address)
{
    return serve(address, 1);
}
