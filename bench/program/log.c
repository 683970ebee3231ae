/* Steps recorded in shared memory by a step function around the workload's own. */
#include "bench/program/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/clock.h"

enum { ENTRIES_MAX = 200000, TASKS_LOGGED_MAX = 1000 };

/* One step: `op` is what it yielded. */
struct entry {
    _Atomic bool complete;
    uint32_t task;
    uint64_t at_ns;
    uint64_t due_ns; /* when a sleep is over */
    struct op op;
};

/* Shared with workers. A program has one run. */
static struct {
    _Atomic uint32_t count;
    struct entry entries[ENTRIES_MAX];
} * steps;

static struct workload watching; /* the workload with the watching step */
static step_fn *watched, *watched_root;

static void watch(struct task *task, int result, uint64_t now_ns, step_fn *step)
{
    uint64_t at_ns = clock_now_ns();
    uint32_t at = atomic_fetch_add(&steps->count, 1);
    step(task, result, now_ns);
    if (at >= ENTRIES_MAX)
        return;
    struct entry *entry = &steps->entries[at];
    entry->task = task->index;
    entry->at_ns = at_ns;
    entry->op = task->op;
    if (task->op.kind == OP_SLEEP)
        entry->due_ns = clock_after(now_ns, task->op.sleep.duration_ns);
    atomic_store(&entry->complete, true);
}

static void watch_child(struct task *task, int result, uint64_t now_ns)
{
    watch(task, result, now_ns, watched);
}

static void watch_root(struct task *task, int result, uint64_t now_ns)
{
    watch(task, result, now_ns, watched_root);
}

int log_begin(struct run *run)
{
    if (run->tasks > TASKS_LOGGED_MAX && !run->tasks_at_most)
        return problem_set(&run->problem, STATUS_USAGE,
                           "--log is to be read: it takes at most %d tasks", TASKS_LOGGED_MAX);
    void *memory = mmap(NULL, sizeof *steps, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return problem_set(&run->problem, STATUS_ENVIRONMENT, "memory for --log was refused: %s",
                           strerror(errno));
    steps = memory;
    watching = *run->workload;
    watched = watching.step;
    watched_root = run->root_step;
    watching.step = watch_child;
    run->workload = &watching;
    run->root_step = watch_root;
    return 0;
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
static const char *describe(const struct op *op, char *text)
{
    switch ((enum op_kind)op->kind) {
    case OP_DONE:
        snprintf(text, NAME_BYTES, "done: %s", outcome_name((enum outcome)op->done.outcome));
        break;
    case OP_SLEEP:
        snprintf(text, NAME_BYTES, "SLEEP %g ms%s", (double)op->sleep.duration_ns / 1e6,
                 op->flags & OP_HOLD ? ", holding" : "");
        break;
    case OP_SPAWN: snprintf(text, NAME_BYTES, "SPAWN %u tasks", op->children.count); break;
    case OP_JOIN:
    case OP_CANCEL:
        snprintf(text, NAME_BYTES, "%s task %u", op->kind == OP_JOIN ? "JOIN" : "CANCEL",
                 op->children.first);
        break;
    default: snprintf(text, NAME_BYTES, "%s", op_kind_name((enum op_kind)op->kind)); break;
    }
    return text;
}

/* Each task's last step so far, NULL before its first; the root's is the last of them. */
struct table {
    const struct entry **last;
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
    const struct entry *last = table->last[place];
    if (last == NULL)
        return place < table->spawned;
    const struct op *op = &last->op;
    const struct entry *child = NULL;
    switch ((enum op_kind)op->kind) {
    case OP_SLEEP: return last->due_ns <= now_ns;
    case OP_YIELD:
    case OP_SPAWN: return true;
    case OP_JOIN: child = table->last[op->children.first]; break;
    case OP_JOIN_ALL: return table->ended == table->spawned;
    default: break;
    }
    return child != NULL && child->op.kind == OP_DONE;
}

/* The ready or the waiting ones, but for who runs. */
static void print_list(const struct table *table, const struct entry *running, bool ready,
                       FILE *out)
{
    enum { SHOWN_MAX = 8 };
    uint32_t count = 0;
    char name[NAME_BYTES], what[NAME_BYTES];
    for (uint32_t i = 0; i <= table->tasks; i++) {
        uint32_t place = (i + table->tasks) % (table->tasks + 1); /* the root first */
        const struct entry *last = table->last[place];
        bool over = last != NULL ? last->op.kind == OP_DONE
                                 : place >= table->spawned || place == table->tasks;
        if (over || place == place_of(table, running->task) ||
            is_ready(table, place, running->at_ns) != ready || ++count > SHOWN_MAX)
            continue;
        fprintf(out, count > 1 ? ", " : "");
        fprintf(out, "%s", name_of(place == table->tasks ? TASK_ROOT : place, name));
        if (!ready)
            fprintf(out, " (%s)", describe(&last->op, what));
    }
    if (count > SHOWN_MAX)
        fprintf(out, " and %u more", count - SHOWN_MAX);
    if (count == 0)
        fprintf(out, "-");
}

static void print_step(const struct run *run, struct table *table, const struct entry *entry,
                       FILE *out)
{
    char name[NAME_BYTES], was[NAME_BYTES], next[NAME_BYTES];
    uint32_t place = place_of(table, entry->task);
    const struct entry *before = table->last[place];
    fprintf(out,
            "%9.3f  %-8s %-18s %-18s ready: ", (double)(entry->at_ns - run->clock_start_ns) / 1e6,
            name_of(entry->task, name), before != NULL ? describe(&before->op, was) : "begins",
            describe(&entry->op, next));
    print_list(table, entry, true, out);
    fprintf(out, "; waiting: ");
    print_list(table, entry, false, out);
    fprintf(out, "\n");
    table->last[place] = entry;
    if (entry->op.kind == OP_SPAWN)
        table->spawned = entry->op.children.first + entry->op.children.count;
    table->ended += entry->op.kind == OP_DONE && entry->task != TASK_ROOT;
}

void log_print(const struct run *run, FILE *out)
{
    uint32_t count = atomic_load(&steps->count);
    struct table table = {.tasks = run->tasks,
                          .last = calloc(run->tasks + (size_t)1, sizeof(struct entry *))};
    if (table.last == NULL) {
        fprintf(out, "memory is too short for the log\n");
        return;
    }
    fprintf(out, "%9s  %-8s %-18s %-18s %s\n", "ms", "runs", "after", "then asks for",
            "beside it, as it runs");
    for (uint32_t i = 0; i < count && i < ENTRIES_MAX; i++)
        if (atomic_load(&steps->entries[i].complete))
            print_step(run, &table, &steps->entries[i], out);
    if (count > ENTRIES_MAX)
        fprintf(out, "… and %u steps more\n", count - ENTRIES_MAX);
    free(table.last);
}
