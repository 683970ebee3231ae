/* A process for each test case. */
#include "tests/support/isolate.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/address.h"
#include "core/registry.h"
#include "core/run.h"

enum { LIMIT_S = 60 };

static int cases, failures;

static int count_entries(const char *folder)
{
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return -1;
    int count = 0;
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

/* Children by /proc/self/task/<tid>/children would need a kernel option; a wait tells of zombies
 * and of living ones alike. */
static int count_children(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ? 1 : 0;
}

struct held held_now(void)
{
    return (struct held){.descriptors = count_entries("/proc/self/fd"),
                         .threads = count_entries("/proc/self/task"),
                         .children = count_children()};
}

void check_given_back(struct held before)
{
    struct held now = held_now();
    for (int i = 0; i < 200 && now.threads > before.threads; i++) {
        usleep(5000);
        now = held_now();
    }
    CHECK(now.descriptors == before.descriptors, "%d before, %d after", before.descriptors,
          now.descriptors);
    CHECK(now.threads <= before.threads, "%d before, %d after", before.threads, now.threads);
    CHECK(now.children == before.children, "a child process is left");
}

static void step_nothing(struct task *task, int result, uint64_t now_ns)
{
    struct address *unused = task_state(task);
    (void)result;
    (void)now_ns;
    if (task->stage++ == 0)
        yield_resolve(task, "localhost", 1, unused, 8, 0);
    else
        yield_done(task, OUTCOME_OK, 0, 0);
}

void run_nothing(const struct model_entry *entry)
{
    static const struct workload nothing = {.step = step_nothing,
                                            .state_size = 8 * sizeof(struct address)};
    struct run run = {.workload = &nothing,
                      .model = entry->model,
                      .workload_name = "nothing",
                      .model_name = entry->name,
                      .tasks = 3};
    CHECK(run_open(&run) == 0 && run_execute(&run) == 0, "%s", run.problem.text);
    run_close(&run);
}

void isolate(const char *name, void (*test)(const void *), const void *argument)
{
    const char *only = getenv("ONLY");
    if (only != NULL && strstr(name, only) == NULL)
        return;
    cases++;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        test(argument);
        exit(0); /* where leaks and races are reported */
    }
    setpgid(pid, pid);
    int status = 0;
    bool hung = false;
    for (int ms = 0; waitpid(pid, &status, WNOHANG) == 0; ms++) {
        usleep(1000);
        if (ms == LIMIT_S * 1000) {
            hung = true;
            kill(pid, SIGKILL);
        }
    }
    kill(-pid, SIGKILL); /* what a case that failed has left: it would hold our output open */
    bool passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    failures += !passed;
    printf("%s %d - %s", passed ? "ok" : "not ok", cases, name);
    if (WIFSIGNALED(status))
        printf(" # %s", hung ? "it hung" : strsignal(WTERMSIG(status)));
    printf("\n");
    fflush(stdout);
}

int isolate_summary(void)
{
    printf("1..%d\n# %d passed, %d failed\n", cases, cases - failures, failures);
    return failures > 0 || cases == 0;
}
