/* The one script, and where a run without an end is told. */
#include "tests/support/script.h"

#include <stdlib.h>

#include "core/check.h"

static void ask(struct weather *weather, const struct task *task, struct omen *omen);

struct script script = {.weather = {.ask = ask}};

void script_clear(void)
{
    script.recv_most = 0;
    script.at = script.operations = 0;
    script.omen = (struct omen){.fail_with = OMEN_GOOD};
}

/* The last that a task has asked for. */
static const struct scripted_op *last_of(uint32_t task)
{
    uint32_t at = SCRIPT_OPERATIONS_MAX;
    while (at > 0 && script.remembered[at].task != task)
        at--;
    return at > 0 ? &script.remembered[at] : NULL;
}

static void tell(const char *name, uint32_t task)
{
    const struct scripted_op *last = last_of(task);
    if (last != NULL)
        fprintf(script.report, "#   %s, last in stage %u: %s\n", name, last->stage,
                op_kind_name((enum op_kind)last->kind));
}

static void give_up(const struct run *run)
{
    fprintf(script.report, "# it has no end, after %u operations:\n", script.operations);
    for (uint32_t i = 0; i < run->tasks; i++) {
        char name[20];
        snprintf(name, sizeof name, "task %u", i);
        if (child_phase(&run->children[i]) == CHILD_RUNNING)
            tell(name, i);
    }
    tell("the root", TASK_ROOT);
    fflush(script.report);
    _Exit(1); /* what waits cannot be taken down in good order */
}

static void ask(struct weather *weather, const struct task *task, struct omen *omen)
{
    const struct op *op = &task->op;
    (void)weather;
    if (script.operations == SCRIPT_OPERATIONS_MAX)
        give_up(task->run);
    script.remembered[++script.operations] = (struct scripted_op){
        .kind = op->kind,
        .stage = task->stage,
        .has_deadline = op->deadline_ns != 0,
        .task = task->index,
    };
    if (script.operations == script.at)
        *omen = script.omen;
    if (op->kind == OP_RECV && script.recv_most != 0)
        omen->recv_most = script.recv_most;
}
