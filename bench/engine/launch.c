/* One launch: vfork, exec, a pidfd to wait with, wait4 for what it cost. */
#include "bench/engine/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/engine/warden.h"
#include "core/clock.h"

extern char **environ;

/* How often its room is looked at: a short launch is left alone. */
#define ROOM_LOOK_NS (100 * NS_PER_MS)

enum { COMPLAINT_MAX = 4096 };

static volatile sig_atomic_t interrupted_by;

void launch_interrupt(int signal_number)
{
    interrupted_by = signal_number;
}

int launch_interrupted(void)
{
    return interrupted_by;
}

/* ---- The child's side: what can be done between vfork() and exec. ---- */

struct start {
    const struct command *command;
    char *const *environment;
    int output, complaint, null;
    pid_t parent;
    volatile int *error; /* errno where it could not be started; in memory that both have, also
                          * where a sanitizer makes vfork() a fork() */
};

_Noreturn static void become(const struct start *start)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    warden_watch(getpid());
    signal(SIGPIPE, SIG_DFL); /* what this process ignores is not to be inherited */
    signal(SIGXFSZ, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bool good = getppid() == start->parent &&
                (start->command->cpus == NULL ||
                 sched_setaffinity(0, sizeof(cpu_set_t), start->command->cpus) == 0) &&
                dup2(start->null, 0) == 0 && dup2(start->output, 1) == 1 &&
                dup2(start->complaint, 2) == 2 && sigprocmask(SIG_SETMASK, &none, NULL) == 0;
    if (good)
        execvpe(start->command->argv[0], (char *const *)start->command->argv, start->environment);
    *start->error = errno;
    _exit(127);
}

/* ---- Waiting. ---- */

static void end_group(pid_t pid)
{
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
}

/* Its output is in memory: one that never stops writing would take all of it. */
static bool is_flooded(const struct start *start)
{
    struct stat output, complaint;
    return fstat(start->output, &output) == 0 && fstat(start->complaint, &complaint) == 0 &&
           output.st_size + complaint.st_size > LAUNCH_OUTPUT_MAX;
}

/* Until it ended, or its time or its room is over, or this process is asked to end. */
static void wait_for(struct launch *launch, const struct start *start, pid_t pid, int pidfd,
                     const sigset_t *unblocked, launch_watch *watch, void *data)
{
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    uint64_t timeout_ns = start->command->timeout_ns;
    uint64_t stop_ns = timeout_ns != 0 ? launch->started_ns + timeout_ns : UINT64_MAX;
    for (;;) {
        uint64_t now_ns = clock_now_ns(), until_ns = now_ns + ROOM_LOOK_NS;
        if (watch != NULL) {
            uint64_t watch_ns = now_ns + watch(data, pid);
            now_ns = clock_now_ns();
            until_ns = watch_ns < until_ns ? watch_ns : until_ns;
        }
        until_ns = stop_ns < until_ns ? stop_ns : until_ns;
        uint64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
        struct timespec left = {.tv_sec = (time_t)(left_ns / NS_PER_S),
                                .tv_nsec = (long)(left_ns % NS_PER_S)};
        if (ppoll(&ended, 1, &left, unblocked) > 0)
            return;
        launch->interrupted = interrupted_by != 0;
        launch->timed_out = !launch->interrupted && clock_now_ns() >= stop_ns;
        launch->flooded = !launch->interrupted && !launch->timed_out && is_flooded(start);
        if (launch->interrupted || launch->timed_out || launch->flooded)
            return;
    }
}

/* ---- What it wrote. ---- */

/* At most so many bytes of it, with a 0 behind them; NULL when memory is short. */
static char *contents(int fd, size_t most, size_t *bytes)
{
    off_t end = lseek(fd, 0, SEEK_END);
    size_t size = end > 0 ? (size_t)end : 0, got = 0;
    size = size < most ? size : most;
    char *text = malloc(size + 1);
    while (text != NULL && got < size) {
        ssize_t rc = pread(fd, text + got, size - got, (off_t)got);
        if (rc <= 0)
            break;
        got += (size_t)rc;
    }
    if (text != NULL)
        text[got] = 0;
    *bytes = text != NULL ? got : 0;
    return text;
}

static char *first_line(int fd)
{
    size_t bytes;
    char *text = contents(fd, COMPLAINT_MAX, &bytes);
    if (text != NULL)
        text[strcspn(text, "\n")] = 0;
    return text;
}

/* ---- All of it. ---- */

/* The environment with one variable more, of the wanted length. NULL when memory is short. */
static char **padded_environment(uint32_t padding)
{
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    static const char name[] = "CROSSOVER_PADDING=";
    char **environment = malloc((count + 2) * sizeof *environment + sizeof name + padding);
    if (environment == NULL)
        return NULL;
    char *variable = (char *)(environment + count + 2);
    memcpy(variable, name, sizeof name - 1);
    memset(variable + sizeof name - 1, 'x', padding);
    variable[sizeof name - 1 + padding] = 0;
    memcpy(environment, environ, count * sizeof *environment);
    environment[count] = variable;
    environment[count + 1] = NULL;
    return environment;
}

static uint64_t own_cpu_ns(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * NS_PER_S + (uint64_t)used.tv_nsec;
}

static void start_and_wait(struct launch *launch, const struct start *start, launch_watch *watch,
                           void *data)
{
    sigset_t all, before, waiting;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before); /* no handler of ours runs in the child */
    waiting = before;
    sigaddset(&waiting, SIGTSTP); /* ^Z has its effect between launches: this one is timed */
    uint64_t cpu_ns = own_cpu_ns();
    launch->started_ns = clock_now_ns();
    pid_t pid = vfork();
    if (pid == 0)
        become(start);
    int pidfd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    if (pidfd >= 0)
        wait_for(launch, start, pid, pidfd, &waiting, watch, data);
    else
        launch->error = errno;
    int status = 0;
    if (pid > 0) {
        end_group(pid); /* what is too late, and whatever it left behind; itself, if it is over,
                         * is not reaped yet: the number is still its own */
        warden_watch(0);
        while (wait4(pid, &status, 0, &launch->usage) < 0 && errno == EINTR)
            continue;
        launch->ended_ns = clock_now_ns();
        launch->own_cpu_ns = own_cpu_ns() - cpu_ns;
    }
    if (pidfd >= 0)
        close(pidfd);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (launch->error == 0)
        launch->error = *start->error;
    launch->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    launch->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    /* Who ends a whole group of processes has ended this one with us. */
    launch->interrupted |= interrupted_by != 0 && launch->signal != 0;
}

/* What a launch needs open; false, with errno, when it cannot be had. */
static bool open_start(struct start *start, char *const *environment)
{
    start->environment = environment;
    start->output = memfd_create("output", MFD_CLOEXEC);
    start->complaint = memfd_create("complaint", MFD_CLOEXEC);
    start->null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    start->error =
        mmap(NULL, sizeof *start->error, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return environment != NULL && start->output >= 0 && start->complaint >= 0 && start->null >= 0 &&
           start->error != MAP_FAILED;
}

static void close_start(const struct start *start)
{
    if (start->output >= 0)
        close(start->output);
    if (start->complaint >= 0)
        close(start->complaint);
    if (start->null >= 0)
        close(start->null);
    if (start->error != MAP_FAILED)
        munmap((void *)(uintptr_t)start->error, sizeof *start->error);
}

void launch_run(struct launch *launch, const struct command *command, launch_watch *watch,
                void *data)
{
    *launch = (struct launch){.started_ns = clock_now_ns()};
    if (interrupted_by != 0) {
        launch->interrupted = true;
        launch->exit_status = -1;
        return;
    }
    struct start start = {.command = command, .parent = getpid()};
    char **environment = padded_environment(command->padding);
    if (open_start(&start, environment))
        start_and_wait(launch, &start, watch, data);
    else
        launch->error = errno != 0 ? errno : ENOMEM;
    if (launch->error == 0) {
        launch->output =
            contents(start.output, launch->flooded ? 0 : LAUNCH_OUTPUT_MAX, &launch->output_bytes);
        launch->complaint = first_line(start.complaint);
        if (launch->output == NULL || launch->complaint == NULL)
            launch->error = ENOMEM;
    }
    close_start(&start);
    free(environment);
}

void launch_free(struct launch *launch)
{
    free(launch->output);
    free(launch->complaint);
    launch->output = launch->complaint = NULL;
}

bool launch_good(const struct launch *launch, char *why, size_t size)
{
    const char *said = launch->complaint != NULL ? launch->complaint : "";
    const char *link = said[0] != 0 ? ": " : "";
    if (launch->error != 0)
        snprintf(why, size, "it could not be started: %s", strerror(launch->error));
    else if (launch->interrupted)
        snprintf(why, size, "it was interrupted");
    else if (launch->timed_out)
        snprintf(why, size, "it did not end in time and was killed%s%s", link, said);
    else if (launch->flooded)
        snprintf(why, size, "it wrote more than %d MiB and was killed%s%s", LAUNCH_OUTPUT_MAX >> 20,
                 link, said);
    else if (launch->signal != 0)
        snprintf(why, size, "it was ended by signal %d (%s)%s%s", launch->signal,
                 strsignal(launch->signal), link, said);
    else if (launch->exit_status != 0)
        snprintf(why, size, "it ended with status %d%s%s", launch->exit_status, link, said);
    else
        return true;
    return false;
}
