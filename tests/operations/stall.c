/*
 * How long a loop is said to have stood still, under every registered model: a task that does not
 * give way is found wherever in the loop's turn it does so, one that waits is none, and who has no
 * loop says nothing.
 */
#include <signal.h>
#include <string.h>

#include "core/address.h"
#include "core/clock.h"
#include "core/registry.h"
#include "core/run.h"
#include "tests/support/isolate.h"
#include "tests/support/models.h"
#include "tests/support/peers.h"

#define LONG_NS  (200 * NS_PER_MS)
#define SHORT_NS (10 * NS_PER_MS)

/* What a task, or the root alone, does, an operation a letter, and so from where the loop calls it
 * when it does not give way. */
struct probe {
    const char *name;
    const char *script; /* h: hold, s: sleep shortly, l: and long, c: compute, o: open,
                         * r: receive, x: close */
    bool root;
    bool stands; /* a loop, whoever computes where */
    bool unwatched;
};

static const struct probe probes[] = {
    {"a hold before the first poll", "hs", .stands = true},
    {"a hold in a timer", "sh", .stands = true},
    {"a hold inside the poll", "orhx", .stands = true},
    {"a hold inside the poll, in the last turn", "orhx", .root = true, .stands = true},
    {"a hold before a loop that never turns", "h", .root = true, .stands = true},
    {"a computation", "sc", .stands = false},
    {"a sleep", "l", .stands = false},
    {"a hold that nobody watches", "h", .unwatched = true},
};
enum { PROBES = sizeof probes / sizeof probes[0] };

struct settings {
    const char *script;
    struct address address;
};

static int compute(void *argument, const struct task *task)
{
    (void)argument, (void)task;
    uint64_t until_ns = clock_now_ns() + LONG_NS;
    while (clock_now_ns() < until_ns)
        ;
    return 0;
}

static void step(struct task *task, int result, uint64_t now_ns)
{
    (void)now_ns;
    const struct settings *with = task->run->settings;
    CHECK(result >= 0, "stage %d: %s", task->stage, strerror(-result));
    switch (with->script[task->stage++]) {
    case 'h': yield_sleep(task, LONG_NS, true, 0); return;
    case 's': yield_sleep(task, SHORT_NS, false, 0); return;
    case 'l': yield_sleep(task, LONG_NS, false, 0); return;
    case 'c': yield_compute(task, compute, NULL, 0); return;
    case 'o': yield_connect(task, &with->address, 0); return;
    case 'r': yield_recv(task, 0); return;
    case 'x': yield_close(task); return;
    default: yield_done(task, OUTCOME_OK, 0, 0); return;
    }
}

struct one_case {
    const struct model_entry *entry;
    const struct probe *probe;
};

static uint64_t stall_ns(const struct one_case *this, const struct address *address)
{
    const struct workload workload = {.step = step, .root_step = this->probe->root ? step : NULL};
    struct settings with = {.script = this->probe->script, .address = *address};
    struct run run = {.workload = &workload,
                      .model = this->entry->model,
                      .workload_name = "stall",
                      .model_name = this->entry->name,
                      .settings = &with,
                      .watch_stall = !this->probe->unwatched,
                      .tasks = 1};
    CHECK(run_open(&run) == 0 && run_execute(&run) == 0, "%s", run.problem.text);
    uint64_t took = clock_now_ns() - run.clock_start_ns, stall = run.arena->loop_stall_ns;
    const struct child *child = this->probe->root ? &run.arena->root : &run.children[0];
    CHECK(child->outcome == OUTCOME_OK, "the task did not end well");
    CHECK(stall <= took, "%llu ns of %llu", (unsigned long long)stall, (unsigned long long)took);
    run_close(&run);
    return stall;
}

/* A busy machine makes a loop stand still, too: what is to be short is the least of several. */
static void run_case(const void *argument)
{
    enum { ATTEMPTS = 5 };
    const struct one_case *this = argument;
    uint32_t can = this->entry->model->capabilities;
    bool loop = can & MODEL_CONCURRENT && !(can & MODEL_PREEMPTIVE);
    bool computes = strchr(this->probe->script, 'c') != NULL;
    bool stands = this->probe->stands || (computes && !(can & MODEL_PARALLEL_COMPUTE));
    struct address address;
    pid_t peer = peer_hello(&address);
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < ATTEMPTS && (i == 0 || (!stands && least >= LONG_NS / 2)); i++) {
        uint64_t stall = stall_ns(this, &address);
        least = stall < least ? stall : least;
    }
    kill(peer, SIGKILL);
    if (!loop || this->probe->unwatched)
        CHECK(least == 0, "%llu ns without a watched loop", (unsigned long long)least);
    else if (stands)
        CHECK(least >= LONG_NS, "only %llu ns", (unsigned long long)least);
    else
        CHECK(least > 0 && least < LONG_NS / 2, "%llu ns", (unsigned long long)least);
}

int main(void)
{
    for (const struct model_entry *entry = models_real_from(model_registry); entry->name != NULL;
         entry = models_real_from(entry + 1)) {
        for (int i = 0; i < PROBES; i++) {
            struct one_case this = {.entry = entry, .probe = &probes[i]};
            char name[100];
            snprintf(name, sizeof name, "%s: %s", entry->name, probes[i].name);
            isolate(name, run_case, &this);
        }
    }
    return isolate_summary();
}
