/*
 * A task that needs more stack than it has, under every registered model, among others who wait: it
 * dies of it, there and then, or else there was enough, and the others go on unharmed. What must
 * not be is that it writes into somebody else's stack and gets through.
 */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/registry.h"
#include "core/run.h"
#include "tests/support/isolate.h"

/* The last task dives when all are there, and comes up long before the others wake. */
enum { TASKS = 40, DEPTH_BYTES = 1 << 20, FRAME_BYTES = 2048 };
#define DIVE_NS (30 * NS_PER_MS)
#define WAKE_NS (300 * NS_PER_MS)

/* What is left of it when the process has died. */
struct seen {
    _Atomic bool dived, came_up;
};

/* Writes all of it: nothing is passed over. */
__attribute__((noinline)) static unsigned dive(unsigned frames)
{
    volatile char frame[FRAME_BYTES];
    memset((char *)frame, 0x5a, sizeof frame);
    return frames == 0 ? 0 : dive(frames - 1) + (unsigned)frame[frames % FRAME_BYTES];
}

static void step(struct task *task, int result, uint64_t now_ns)
{
    struct seen *seen = task->run->settings;
    bool last = task->index == TASKS - 1;
    (void)result, (void)now_ns;
    if (task->stage++ == 0) {
        yield_sleep(task, last ? DIVE_NS : WAKE_NS, false, 0);
        return;
    }
    if (last) {
        atomic_store(&seen->dived, true);
        dive(DEPTH_BYTES / FRAME_BYTES);
        atomic_store(&seen->came_up, true);
    }
    yield_done(task, OUTCOME_OK, 0, 0);
}

static const struct workload workload_dive = {.step = step};

static void run_dive(const struct model_entry *entry, struct seen *seen)
{
    struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGSEGV, SIG_DFL); /* a sanitizer has its own way to die */
    signal(SIGBUS, SIG_DFL);
    struct run run = {.workload = &workload_dive,
                      .model = entry->model,
                      .workload_name = "dive",
                      .model_name = entry->name,
                      .settings = seen,
                      .tasks = TASKS,
                      .width_asked = TASKS};
    CHECK(run_open(&run) == 0 && run_execute(&run) == 0, "%s", run.problem.text);
    for (uint32_t i = 0; i < TASKS; i++) {
        bool lost = i == TASKS - 1 && !seen->came_up; /* with a process of its own */
        CHECK(run.children[i].outcome == (lost ? OUTCOME_WORKER_LOST : OUTCOME_OK), "task %u is %s",
              i, outcome_name(run.children[i].outcome));
    }
    run_close(&run);
}

static void run_case(const void *argument)
{
    struct seen *seen =
        mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(seen != MAP_FAILED, "no memory");
    pid_t pid = fork();
    if (pid == 0) {
        run_dive(argument, seen);
        _exit(0);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid, "it cannot be waited for");
    CHECK(seen->dived, "it never began");
    if (WIFSIGNALED(status))
        CHECK(!seen->came_up && WTERMSIG(status) == SIGSEGV, "it %s, then %s",
              seen->came_up ? "got through" : "dived", strsignal(WTERMSIG(status)));
    else
        CHECK(WEXITSTATUS(status) == 0, "exit status %d", WEXITSTATUS(status));
}

int main(void)
{
    for (const struct model_entry *entry = model_registry; entry->name != NULL; entry++) {
        if (entry->model == NULL)
            continue;
        char name[100];
        snprintf(name, sizeof name, "%s: a stack that is too small", entry->name);
        isolate(name, run_case, entry);
    }
    return isolate_summary();
}
