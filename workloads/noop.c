/*
 * noop: tasks that are done at once. What is left is the model itself: the floor beneath every
 * other figure.
 */
#include "core/run.h"

static int prepare(struct run *run, int argc, char **argv)
{
    (void)argc, (void)argv;
    run->tasks = run->tasks_asked != 0 ? run->tasks_asked : 1000;
    return 0;
}

static void step(struct task *task, int result, uint64_t now_ns)
{
    (void)result;
    (void)now_ns;
    yield_done(task, OUTCOME_OK, 0, task->index);
}

static enum verified verify(const struct run *run)
{
    for (uint32_t i = 0; i < run->tasks; i++)
        if (run->children[i].outcome == OUTCOME_OK && run->children[i].value != i)
            return VERIFIED_NO;
    return VERIFIED_YES;
}

static void print(const struct run *run, FILE *out)
{
    fprintf(out, "Do nothing %u times in %.6f seconds\n", run->tasks, run_seconds(run));
}

const struct workload workload_noop = {
    .summary = "tasks that are done at once: the floor of every model",
    .sized = true,
    .step = step,
    .prepare = prepare,
    .verify = verify,
    .print = print,
};
