/* The origin as a child process, for a workload that was given no sites. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/program/program.h"
#include "core/clock.h"

enum { READY_WITHIN_MS = 20000, END_WITHIN_S = 5 };

static bool beside_this_program(char *path, size_t size, const char *name)
{
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        return false;
    self[length] = 0;
    return (size_t)snprintf(path, size, "%s/%s", dirname(self), name) < size;
}

/* Splits the CPUs that this process may use: the last one for the origin, the rest for itself. One
 * that serves and one that asks on the same core would measure each other. */
static void take_cpus_apart(cpu_set_t *for_origin)
{
    cpu_set_t mine;
    CPU_ZERO(for_origin);
    if (sched_getaffinity(0, sizeof mine, &mine) != 0 || CPU_COUNT(&mine) < 2)
        return;
    size_t last = CPU_SETSIZE - 1;
    while (!CPU_ISSET(last, &mine))
        last--;
    CPU_SET(last, for_origin);
    CPU_CLR(last, &mine);
    sched_setaffinity(0, sizeof mine, &mine);
}

_Noreturn static void become_origin(const char *path, const char *const *arguments, int ready,
                                    pid_t parent, const cpu_set_t *cpus)
{
    size_t count = 0;
    while (arguments != NULL && arguments[count] != NULL)
        count++;
    const char **argv = calloc(count + 2, sizeof *argv);
    if (argv == NULL)
        _exit(127);
    argv[0] = "origin";
    for (size_t i = 0; i < count; i++)
        argv[i + 1] = arguments[i];
    setpgid(0, 0); /* ^C is for the tasks: they still need their peer to end well */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(0);
    if (CPU_COUNT(cpus) > 0)
        sched_setaffinity(0, sizeof *cpus, cpus);
    dup2(ready, STDOUT_FILENO);
    execv(path, (char **)(uintptr_t)argv); /* which leaves the strings as they are */
    _exit(127);
}

/* Its first line is "ready DIRECTORY". */
static bool read_ready(int fd, char *directory, size_t size)
{
    char line[300];
    size_t length = 0;
    while (length < sizeof line - 1) {
        struct pollfd one = {.fd = fd, .events = POLLIN};
        if (poll(&one, 1, READY_WITHIN_MS) != 1)
            return false;
        ssize_t count = read(fd, line + length, sizeof line - 1 - length);
        if (count <= 0)
            return false;
        length += (size_t)count;
        line[length] = 0;
        if (line[length - 1] == '\n')
            break;
    }
    line[strcspn(line, "\n")] = 0;
    return strncmp(line, "ready ", 6) == 0 &&
           (size_t)snprintf(directory, size, "%s", line + 6) < size;
}

int own_origin_start(struct own_origin *origin, const char *const *arguments,
                     struct problem *problem)
{
    char path[4200];
    int ready[2];
    if (!beside_this_program(path, sizeof path, "origin") || access(path, X_OK) != 0)
        return problem_set(problem, STATUS_ENVIRONMENT,
                           "the program 'origin' does not lie beside this one (%s); name sites, or "
                           "build it",
                           strerror(errno));
    if (pipe2(ready, O_CLOEXEC) != 0)
        return problem_set(problem, STATUS_ENVIRONMENT, "no pipe to the origin: %s",
                           strerror(errno));
    cpu_set_t cpus;
    take_cpus_apart(&cpus);
    pid_t parent = getpid();
    origin->pid = fork();
    if (origin->pid == 0)
        become_origin(path, arguments, ready[1], parent, &cpus);
    int error = errno;
    close(ready[1]);
    bool good =
        origin->pid > 0 && read_ready(ready[0], origin->directory, sizeof origin->directory);
    close(ready[0]);
    if (good)
        return 0;
    if (origin->pid < 0) {
        origin->pid = 0;
        return problem_set(problem, STATUS_ENVIRONMENT, "the origin could not be started: %s",
                           strerror(error));
    }
    own_origin_stop(origin);
    return problem_set(problem, STATUS_ENVIRONMENT,
                       "the origin did not get ready; run %s by hand to see why", path);
}

/* What an origin leaves that did not end by itself. The folder is its own: it was given none. */
static void remove_folder(const char *directory)
{
    DIR *folder = opendir(directory);
    struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL)
        unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder != NULL)
        closedir(folder);
    rmdir(directory);
}

void own_origin_stop(struct own_origin *origin)
{
    const struct timespec moment = {.tv_nsec = NS_PER_MS};
    int status = 0;
    if (origin->pid == 0)
        return;
    kill(origin->pid, SIGTERM);
    kill(origin->pid, SIGCONT); /* one that is stopped would not hear it */
    uint64_t until = clock_now_ns() + END_WITHIN_S * NS_PER_S;
    while (waitpid(origin->pid, &status, WNOHANG) == 0) {
        if (clock_now_ns() >= until)
            kill(origin->pid, SIGKILL);
        nanosleep(&moment, NULL);
    }
    if (!(WIFEXITED(status) && WEXITSTATUS(status) == 0) && origin->directory[0] != 0)
        remove_folder(origin->directory);
    origin->pid = 0;
}
