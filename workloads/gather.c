/*
 * gather: a value, an error and a cancellation, gathered, from the notes' third section. With
 * --return-exceptions it is the notes' program: after 2 units the root cancels worker_3 and gathers
 * what became of all three. Without, the first error ends the gathering, as in asyncio; but where
 * asyncio leaves the siblings running, here they are cancelled and awaited. How a cancellation
 * reaches a task is the model's: a timer taken off a loop's heap and a closed handle
 * (models/wait/loop_root.c), a signal to the blocked thread or worker (models/wait/crew.c). How
 * long it took from the request until the task had observed it is measured.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/certificate.h"
#include "workloads/unit.h"

enum { WORKER_1, WORKER_2, WORKER_3, WORKERS };

struct settings {
    uint64_t unit_ns;
    bool return_exceptions;
};

/* ---- Settings. ---- */

static void *create(void)
{
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings != NULL)
        settings->unit_ns = UNIT_NS_DEFAULT;
    return settings;
}

static const struct workload_option options[] = {
    UNIT_OPTION,
    {"return-exceptions", NULL, "gather errors like values; else the first one ends it"},
    {0},
};

static int option(struct run *run, const char *name, const char *value)
{
    struct settings *settings = run->settings;
    if (strcmp(name, "unit") == 0)
        return option_duration(name, value, 1, &settings->unit_ns, &run->problem);
    settings->return_exceptions = true;
    return 0;
}

static int prepare(struct run *run, int argc, char **argv)
{
    (void)argc, (void)argv;
    run->tasks = run->width_needed = WORKERS;
    return 0;
}

/* ---- The tasks: sleep 1, 2, 3 units; return 1, 2 / 0, 3. ---- */

static uint64_t wait_ns(const struct run *run, uint32_t child)
{
    return (child + UINT64_C(1)) * ((const struct settings *)run->settings)->unit_ns;
}

static int divide(int dividend, int divisor, int *quotient)
{
    if (divisor == 0) /* which C leaves undefined */
        return -EDOM;
    *quotient = dividend / divisor;
    return 0;
}

static void step(struct task *task, int result, uint64_t now_ns)
{
    int value = (int)task->index + 1;
    (void)now_ns;
    if (task->stage++ == 0) {
        yield_sleep(task, wait_ns(task->run, task->index), false, 0);
        return;
    }
    if (result == 0 && task->index == WORKER_2 && divide(2, 0, &value) != 0)
        yield_done(task, OUTCOME_TASK_ERROR, EDOM, 0);
    else
        yield_done(task, outcome_of_errno(result), -result, value);
}

/* ---- The root. ---- */

enum stage { BEGIN, SPAWNED, SLEPT, CANCELLING, JOINING };

struct root_state {
    uint32_t child; /* being cancelled */
};

static void root_step(struct task *root, int result, uint64_t now_ns)
{
    (void)now_ns;
    struct root_state *state = task_state(root);
    const struct settings *settings = root->run->settings;
    bool gathers_all = settings->return_exceptions;
    if (result < 0 && result != -ENOENT) { /* that one says that all ended well */
        yield_done(root, outcome_of_errno(result), -result, 0);
        return;
    }
    switch ((enum stage)root->stage++) {
    case BEGIN: yield_spawn(root, 0, WORKERS); return;
    case SPAWNED:
        if (gathers_all)
            yield_sleep(root, 2 * settings->unit_ns, false, 0);
        else
            yield_join_error(root, 0);
        return;
    case SLEPT:
        state->child = gathers_all ? WORKER_3 : WORKER_1;
        yield_cancel(root, state->child, 0);
        return;
    case CANCELLING:
        if (state->child++ < WORKER_3) {
            root->stage = CANCELLING;
            yield_cancel(root, state->child, 0);
        } else {
            yield_join_all(root, 0);
        }
        return;
    case JOINING: yield_done(root, OUTCOME_OK, 0, 0); return;
    }
}

/* ---- After the clock. ---- */

static bool expected(const struct run *run, uint32_t child)
{
    static const enum outcome ends[WORKERS] = {OUTCOME_OK, OUTCOME_TASK_ERROR, OUTCOME_CANCELLED};
    return run->children[child].outcome == ends[child];
}

/* The error is the division's, the cancelled one did not return. */
static enum verified verify(const struct run *run)
{
    for (uint32_t i = 0; i < WORKERS; i++)
        if (!expected(run, i))
            return VERIFIED_UNKNOWN; /* told as a failure of its own */
    return run->children[WORKER_1].value == 1 && run->children[WORKER_2].detail == EDOM
               ? VERIFIED_YES
               : VERIFIED_NO;
}

static void certify(const struct run *run, struct certificate *certificate)
{
    for (uint32_t i = 0; i < WORKERS; i++)
        certificate_sleep(certificate, &run->children[i], wait_ns(run, i));
}

static void print_end(const struct child *child, FILE *out)
{
    switch ((enum outcome)child->outcome) {
    case OUTCOME_OK: fprintf(out, "%d", (int)child->value); break;
    case OUTCOME_TASK_ERROR: fprintf(out, "ZeroDivisionError('division by zero')"); break;
    case OUTCOME_CANCELLED: fprintf(out, "CancelledError()"); break;
    default: fprintf(out, "%s", outcome_name(child->outcome)); break;
    }
}

static void print_cancellation(const struct run *run, FILE *out)
{
    const struct child *last = &run->children[WORKER_3];
    uint64_t took_ns = atomic_load(&run->arena->cancel_ns_max);
    if (last->started_ns == 0)
        fprintf(out, "worker_3 was cancelled before it began\n");
    if (atomic_load(&last->cancel) != CANCEL_OBSERVED ||
        atomic_load(&run->arena->cancels_observed) != 1)
        return;
    fprintf(out,
            took_ns > 0 ? "worker_3 observed its cancellation after %.1f us\n"
                        : "worker_3 observed its cancellation at once, as far as the clock tells\n",
            (double)took_ns / 1e3);
}

static void print(const struct run *run, FILE *out)
{
    const struct settings *settings = run->settings;
    uint32_t failed = atomic_load(&run->arena->first_failed);
    if (!settings->return_exceptions && failed == WORKER_2 + 1)
        fprintf(out, "ZeroDivisionError: division by zero ended the gathering; all in all:\n");
    for (uint32_t i = 0; i < WORKERS; i++) {
        fprintf(out, i == 0 ? "[" : ", ");
        print_end(&run->children[i], out);
    }
    fprintf(out, "]\n");
    print_wall(run, settings->unit_ns, out);
    print_cancellation(run, out);
}

const struct workload workload_gather = {
    .summary = "a value, an error and a cancellation, gathered",
    .options = options,
    .root_state_size = sizeof(struct root_state),
    .step = step,
    .root_step = root_step,
    .create = create,
    .destroy = free,
    .option = option,
    .prepare = prepare,
    .expected = expected,
    .verify = verify,
    .certify = certify,
    .print = print,
};
