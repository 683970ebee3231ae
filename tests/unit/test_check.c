/*
 * The contract's checks: each rule of core/task.h is broken once, in a process of its own, which
 * must be aborted with a sentence; and what keeps the rules must not be.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/address.h"
#include "core/check.h"

/* A task plays a list of operations; the driver gives each a result. */
struct move {
    enum op_kind kind;
    int result;
};

static const struct move *moves;
static struct address address;

static void step(struct task *task, int result, uint64_t now_ns)
{
    (void)now_ns;
    const struct move *move = &moves[task->stage++];
    task->op = (struct op){.kind = (uint8_t)move->kind};
    switch (move->kind) {
    case OP_SEND: yield_send(task, "x", 1, 0); break;
    case OP_RESOLVE: yield_resolve(task, "h", 1, &address, 1, 0); break;
    case OP_CONNECT: yield_connect(task, &address, 0); break;
    case OP_SPAWN: yield_spawn(task, 0, 1); break;
    case OP_DONE:
        yield_done(task, task->saw_cancel || result == -ECANCELED ? OUTCOME_CANCELLED : OUTCOME_OK,
                   0, 0);
        break;
    default: break;
    }
}

static void play(uint32_t index, const struct move *list)
{
    static const struct workload workload = {.step = step, .root_step = step};
    static const struct model model = {0};
    struct run run = {.workload = &workload,
                      .model = &model,
                      .workload_name = "moves",
                      .model_name = "none",
                      .tasks = 2};
    if (run_open(&run) != 0)
        _exit(3);
    root_spawn(&run, &(struct op){.children = {.count = 1}}, 1); /* so SPAWN 0 is out of order */
    if (index != TASK_ROOT)
        child_take(&run, 1);
    struct task *task = calloc(1, task_size(&run));
    moves = list;
    task_begin(task, &run, index, 1);
    task_step(task, 0, 1);
    for (int i = 0; !task->ended; i++)
        task_step(task, list[i].result, 1);
    if (list[task->stage].kind == OP_DONE) /* a second DONE in the list: one step too many */
        task_step(task, 0, 1);
    free(task);
    run_close(&run);
}

/* The signal that the moves end in, 0 for none. */
static int signal_of(uint32_t index, const struct move *list)
{
    pid_t pid = fork();
    if (pid == 0) {
        close(STDERR_FILENO); /* the sentence is meant */
        play(index, list);
        _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static const struct {
    const char *rule;
    struct move moves[8];
    bool root;
} breaches[] = {
    {"a step yields an operation", {{OP_NONE, 0}}, false},
    {"of a known kind", {{OP_KIND_COUNT, 0}}, false},
    {"no step after DONE", {{OP_DONE, 0}, {OP_DONE, 0}}, false},
    {"no SEND without a connection", {{OP_SEND, 0}}, false},
    {"no RECV without a connection", {{OP_RECV, 0}}, false},
    {"no RECV after a failed one", {{OP_CONNECT, 0}, {OP_RECV, -ETIMEDOUT}, {OP_RECV, 0}}, false},
    {"no SEND after a failed CONNECT", {{OP_CONNECT, -ECONNREFUSED}, {OP_SEND, 0}}, false},
    {"no second CONNECT", {{OP_CONNECT, 0}, {OP_CONNECT, 0}}, false},
    {"no CONNECT after a failed one before CLOSE",
     {{OP_CONNECT, -ECONNREFUSED}, {OP_CONNECT, 0}},
     false},
    {"no RESOLVE beside a connection", {{OP_CONNECT, 0}, {OP_RESOLVE, 1}}, false},
    {"no CLOSE of nothing", {{OP_CLOSE, 0}}, false},
    {"no DONE with an open connection", {{OP_CONNECT, 0}, {OP_DONE, 0}}, false},
    {"no DONE with a broken connection", {{OP_CONNECT, -EIO}, {OP_DONE, 0}}, false},
    {"nothing but CLOSE and DONE after a cancellation",
     {{OP_SLEEP, -ECANCELED}, {OP_SLEEP, 0}},
     false},
    {"a SLEEP has no value", {{OP_SLEEP, 1}, {OP_DONE, 0}}, false},
    {"a SEND has no value", {{OP_CONNECT, 0}, {OP_SEND, 1}, {OP_CLOSE, 0}, {OP_DONE, 0}}, false},
    {"a RESOLVE gives an address", {{OP_RESOLVE, 0}, {OP_DONE, 0}}, false},
    {"… and not more than there is room for", {{OP_RESOLVE, 2}, {OP_DONE, 0}}, false},
    {"a child does not spawn", {{OP_SPAWN, 0}}, false},
    {"the root spawns in order", {{OP_SPAWN, 0}}, true},
};

static void each_breach_is_caught(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof breaches / sizeof breaches[0]; i++) {
        int got = signal_of(breaches[i].root ? TASK_ROOT : 0, breaches[i].moves);
        if (got != SIGABRT)
            fail_msg("not caught: %s (%d)", breaches[i].rule, got);
    }
}

static void what_keeps_the_rules_passes(void **state)
{
    (void)state;
    static const struct move good[][8] = {
        {{OP_DONE, 0}},
        {{OP_SLEEP, 0}, {OP_YIELD, 0}, {OP_COMPUTE, 7}, {OP_DONE, 0}},
        {{OP_CONNECT, 0}, {OP_SEND, 0}, {OP_RECV, 0}, {OP_CLOSE, 0}, {OP_DONE, 0}},
        {{OP_CONNECT, -EIO}, {OP_CLOSE, 0}, {OP_CONNECT, 0}, {OP_CLOSE, 0}, {OP_DONE, 0}},
        {{OP_CONNECT, 0}, {OP_RECV, -ECANCELED}, {OP_CLOSE, 0}, {OP_DONE, 0}},
        {{OP_SLEEP, -ETIMEDOUT}, {OP_DONE, 0}},
        {{OP_RESOLVE, 1}, {OP_RESOLVE, -ENOENT}, {OP_DONE, 0}},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(signal_of(0, good[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_breach_is_caught),
        cmocka_unit_test(what_keeps_the_rules_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
