/* The table of a run's steps, out of its trace. */
#include "bench/program/log.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/trace.h"

enum { STEPS_MAX = 200000, TASKS_LOGGED_MAX = 1000 };

/* One step: `asked` is what it yielded. */
struct step {
    uint64_t at_ns;
    uint64_t due_ns; /* when a sleep is over */
    const struct trace_event *asked;
};

int log_check(struct run *run)
{
    if (run->tasks <= TASKS_LOGGED_MAX || run->tasks_at_most)
        return 0;
    return problem_set(&run->problem, STATUS_USAGE,
                       "--log is to be read: it takes at most %d tasks", TASKS_LOGGED_MAX);
}

/* ---- The table. ---- */

enum { NAME_BYTES = 48 };

static const char *name_of(uint32_t task, char *name)
{
    if (task == TASK_ROOT)
        return strcpy(name, "root");
    snprintf(name, NAME_BYTES, "task %u", task);
    return name;
}

/* What a step yielded, in words. */
static const char *describe(const struct trace_event *asked, char *text)
{
    switch ((enum op_kind)asked->op) {
    case OP_DONE:
        snprintf(text, NAME_BYTES, "done: %s", outcome_name((enum outcome)asked->detail));
        break;
    case OP_SLEEP:
        snprintf(text, NAME_BYTES, "SLEEP %g ms%s", (double)asked->detail / 1e6,
                 asked->flags & OP_HOLD ? ", holding" : "");
        break;
    case OP_SPAWN: snprintf(text, NAME_BYTES, "SPAWN %u tasks", (uint32_t)asked->detail); break;
    case OP_JOIN:
    case OP_CANCEL:
        snprintf(text, NAME_BYTES, "%s task %u", op_kind_name((enum op_kind)asked->op),
                 (uint32_t)asked->detail);
        break;
    default: snprintf(text, NAME_BYTES, "%s", op_kind_name((enum op_kind)asked->op)); break;
    }
    return text;
}

/* Each task's last step so far, NULL before its first; the root's is the last of them. */
struct table {
    const struct step **last;
    uint32_t tasks, spawned, ended;
};

static uint32_t place_of(const struct table *table, uint32_t task)
{
    return task == TASK_ROOT ? table->tasks : task;
}

/* What it waited for has come, or it was spawned and has not begun. For what comes from outside
 * (the network, another task's item) only its next step tells. */
static bool is_ready(const struct table *table, uint32_t place, uint64_t now_ns)
{
    const struct step *last = table->last[place];
    if (last == NULL)
        return place < table->spawned;
    const struct step *child = NULL;
    switch ((enum op_kind)last->asked->op) {
    case OP_SLEEP: return last->due_ns <= now_ns;
    case OP_YIELD:
    case OP_SPAWN: return true;
    case OP_JOIN: child = table->last[last->asked->detail]; break;
    case OP_JOIN_ALL: return table->ended == table->spawned;
    default: break;
    }
    return child != NULL && child->asked->op == OP_DONE;
}

/* The ready or the waiting ones, but for who runs. */
static void print_list(const struct table *table, const struct step *running, bool ready, FILE *out)
{
    enum { SHOWN_MAX = 8 };
    uint32_t count = 0;
    char name[NAME_BYTES], what[NAME_BYTES];
    for (uint32_t i = 0; i <= table->tasks; i++) {
        uint32_t place = (i + table->tasks) % (table->tasks + 1); /* the root first */
        const struct step *last = table->last[place];
        bool over = last != NULL ? last->asked->op == OP_DONE
                                 : place >= table->spawned || place == table->tasks;
        if (over || place == place_of(table, running->asked->task) ||
            is_ready(table, place, running->at_ns) != ready || ++count > SHOWN_MAX)
            continue;
        fprintf(out, count > 1 ? ", " : "");
        fprintf(out, "%s", name_of(place == table->tasks ? TASK_ROOT : place, name));
        if (!ready)
            fprintf(out, " (%s)", describe(last->asked, what));
    }
    if (count > SHOWN_MAX)
        fprintf(out, " and %u more", count - SHOWN_MAX);
    if (count == 0)
        fprintf(out, "-");
}

static void print_step(const struct run *run, struct table *table, const struct step *step,
                       FILE *out)
{
    char name[NAME_BYTES], was[NAME_BYTES], next[NAME_BYTES];
    const struct trace_event *asked = step->asked;
    uint32_t place = place_of(table, asked->task);
    const struct step *before = table->last[place];
    fprintf(out,
            "%9.3f  %-8s %-18s %-18s ready: ", (double)(step->at_ns - run->clock_start_ns) / 1e6,
            name_of(asked->task, name), before != NULL ? describe(before->asked, was) : "begins",
            describe(asked, next));
    print_list(table, step, true, out);
    fprintf(out, "; waiting: ");
    print_list(table, step, false, out);
    fprintf(out, "\n");
    table->last[place] = step;
    if (asked->op == OP_SPAWN)
        table->spawned += (uint32_t)asked->detail;
    table->ended += asked->op == OP_DONE && asked->task != TASK_ROOT;
}

/* In the order in which they began; what one asked for comes behind that, in its thread. */
static size_t collect(const struct trace_event *events, size_t count, struct step *steps,
                      size_t *of_task, uint32_t tasks)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const struct trace_event *event = &events[i];
        uint32_t place = event->task == TASK_ROOT ? tasks : event->task;
        if (event->what == TRACE_STEP) {
            of_task[place] = found;
            steps[found++].at_ns = event->at_ns;
        } else if (event->what == TRACE_ASK) {
            struct step *step = &steps[of_task[place]];
            step->asked = event;
            if (event->op == OP_SLEEP)
                step->due_ns = clock_after(event->at_ns - (uint64_t)(int64_t)event->result,
                                           (uint64_t)event->detail);
        }
    }
    return found;
}

static void print_all(const struct run *run, struct table *table, const struct step *steps,
                      size_t count, FILE *out)
{
    fprintf(out, "%9s  %-8s %-18s %-18s %s\n", "ms", "runs", "after", "then asks for",
            "beside it, as it runs");
    for (size_t i = 0; i < count && i < STEPS_MAX; i++)
        if (steps[i].asked != NULL) /* else its worker was killed in the middle */
            print_step(run, table, &steps[i], out);
    if (count > STEPS_MAX)
        fprintf(out, "… and %zu steps more\n", count - STEPS_MAX);
}

bool log_print(const struct run *run, const struct trace_event *events, size_t count, FILE *out)
{
    struct table table = {.tasks = run->tasks,
                          .last = calloc(run->tasks + (size_t)1, sizeof(struct step *))};
    struct step *steps = calloc(count + 1, sizeof *steps);
    size_t *of_task = calloc(run->tasks + (size_t)1, sizeof *of_task);
    bool good = table.last != NULL && steps != NULL && of_task != NULL;
    if (good)
        print_all(run, &table, steps, collect(events, count, steps, of_task, run->tasks), out);
    free(of_task);
    free(steps);
    free(table.last);
    return good;
}
