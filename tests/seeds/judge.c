/* What holds of every run. */
#include "tests/seeds/judge.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/check.h"
#include "tests/seeds/trial.h"
#include "tests/support/failure_class.h"
#include "tests/support/records.h"

/* ---- Everybody has ended. ---- */

static void judge_times(const struct run *run, uint32_t at)
{
    const struct child *child = &run->children[at];
    uint64_t ended_ns = atomic_load(&child->ended_ns);
    if (child_phase(child) != CHILD_ENDED)
        trial_fail("task %u has not ended", at);
    if (child->started_ns != 0 && child->started_ns < child->intended_ns)
        trial_fail("task %u began before it was spawned", at);
    if (child->started_ns != 0 && ended_ns < child->started_ns)
        trial_fail("task %u ended before it began", at);
    if (ended_ns > run->clock_end_ns)
        trial_fail("task %u ended behind the run's end", at);
}

static void judge_ends(const struct run *run)
{
    const struct arena *arena = run->arena;
    uint32_t ended = atomic_load(&arena->ended), live = atomic_load(&arena->live);
    if (ended != run->tasks || live != 0)
        trial_fail("of %u tasks %u have ended, and %u are in progress", run->tasks, ended, live);
    if (atomic_load(&arena->live_peak) > run->width)
        trial_fail("%u tasks were in progress at once, and the width is %u",
                   atomic_load(&arena->live_peak), run->width);
    for (uint32_t i = 0; i < run->tasks; i++)
        judge_times(run, i);
}

/* ---- Each in its class. ---- */

static const char *name_of(uint32_t task)
{
    static char name[24];
    snprintf(name, sizeof name, "task %u", task);
    return task == TASK_ROOT ? "the root" : name;
}

/* What it may be by itself, whatever its operations came to: what a peer said, a computation found,
 * a task was made for. */
static bool is_found(enum outcome outcome)
{
    return outcome == OUTCOME_HTTP_STATUS || outcome == OUTCOME_PROTOCOL ||
           outcome == OUTCOME_TRUNCATED || outcome == OUTCOME_TOO_LARGE ||
           outcome == OUTCOME_VERIFY_MISMATCH || outcome == OUTCOME_TASK_ERROR;
}

static bool follows_from(const struct watched *watched, enum outcome outcome)
{
    if (outcome == failure_class(watched->failed_kind, watched->failure))
        return true;
    if (watched->failure == -ETIMEDOUT) /* of a longer time than the operation's */
        return outcome == OUTCOME_DEADLINE;
    return watched->failure == 0 && outcome == OUTCOME_VERIFY_MISMATCH; /* cut off unnoticed */
}

/* An address is not the only one, a stream may end. */
static bool is_made_good(const struct watched *watched)
{
    return watched->failed_kind == OP_CONNECT ? watched->failure != -ETIMEDOUT
                                              : watched->failure == 0;
}

/* Cancelled, or too late: a moment earlier or later it would have become something else. */
static bool hangs_on_time(enum outcome outcome)
{
    return outcome == OUTCOME_CANCELLED || outcome == OUTCOME_DEADLINE ||
           outcome == OUTCOME_IDLE_TIMEOUT || outcome == OUTCOME_CONNECT_TIMEOUT;
}

/* As without weather. What is surplus behind an answer is not always seen. */
static bool is_as_fair(const struct watched *watched, const struct end *fair, enum outcome outcome)
{
    if (fair == NULL || hangs_on_time(fair->outcome))
        return outcome == OUTCOME_OK || is_found(outcome);
    return outcome == fair->outcome ||
           (watched->was_cut && fair->outcome == OUTCOME_PROTOCOL && outcome == OUTCOME_OK);
}

static void judge_cancelled(const struct watch *watch, uint32_t task, bool has_trouble)
{
    bool expected = task != TASK_ROOT && child_expected(watch->run, task);
    if (!expected && !has_trouble && !watch_of(watch, task)->was_cancelled)
        trial_fail("%s was cancelled, and nobody had a reason to", name_of(task));
}

static void judge_end(const struct watch *watch, uint32_t task, const struct end *end,
                      const struct end *fair)
{
    const struct watched *watched = watch_of(watch, task);
    enum outcome outcome = end->outcome;
    bool failed = watched->had_failure && watched->failure != -ECANCELED;
    if (failed && follows_from(watched, outcome))
        return;
    if (failed && !is_made_good(watched))
        trial_fail("%s is %s after a failure of class %s: %s came to %d (%s)", name_of(task),
                   outcome_name(outcome),
                   outcome_name(failure_class(watched->failed_kind, watched->failure)),
                   op_kind_name(watched->failed_kind), watched->failure,
                   strerror(-watched->failure));
    if (!is_as_fair(watched, fair, outcome))
        trial_fail("%s is %s, detail %d, for no reason; in fair weather it is %s", name_of(task),
                   outcome_name(outcome), end->detail,
                   fair != NULL ? outcome_name(fair->outcome) : "to end well");
}

/* Whether there was anything that a workload might cancel others for. */
static bool has_trouble(const struct watch *watch, const struct judgement *judgement)
{
    bool trouble = watch->is_troubled || judgement->root.outcome != OUTCOME_OK ||
                   atomic_load(&watch->run->arena->stop) != STOP_NONE;
    for (uint32_t i = 0; i < judgement->count; i++)
        trouble |= judgement->ends[i].outcome != OUTCOME_OK &&
                   judgement->ends[i].outcome != OUTCOME_CANCELLED;
    return trouble;
}

static struct end end_of(struct watch *watch, const struct child *child)
{
    watch_digest(watch, (uint64_t)child->outcome << 32 | (uint16_t)child->detail);
    watch_digest(watch, (uint64_t)child->value);
    watch_digest(watch, atomic_load(&child->ended_ns));
    return (struct end){child->outcome, child->detail};
}

static void judge_task(const struct watch *watch, const struct judgement *judgement, uint32_t task,
                       bool has_trouble)
{
    const struct judgement *fair = judgement->fair;
    bool root = task == TASK_ROOT;
    const struct end *end = root ? &judgement->root : &judgement->ends[task], *before = NULL;
    if (fair != NULL && (root || task < fair->count))
        before = root ? &fair->root : &fair->ends[task];
    if (end->outcome == OUTCOME_CANCELLED)
        judge_cancelled(watch, task, has_trouble);
    else
        judge_end(watch, task, end, before);
}

static void judge_classes(struct watch *watch, struct judgement *judgement)
{
    const struct run *run = watch->run;
    bool stopped = atomic_load(&run->arena->stop) != STOP_NONE;
    judgement->count = run->tasks;
    judgement->root = end_of(watch, &run->arena->root);
    for (uint32_t i = 0; i < run->tasks; i++)
        judgement->ends[i] = end_of(watch, &run->children[i]);
    judge_task(watch, judgement, TASK_ROOT, stopped);
    bool trouble = has_trouble(watch, judgement);
    for (uint32_t i = 0; i < run->tasks; i++)
        judge_task(watch, judgement, i, trouble);
}

/* Where nobody disturbs, no peer misbehaves and nothing ends it, all is as the workload expects. */
static void judge_fair(const struct watch *watch)
{
    const struct run *run = watch->run;
    if (run->workload->wants_origin != NULL || atomic_load(&run->arena->stop) != STOP_NONE)
        return;
    for (uint32_t i = 0; i < run->tasks; i++)
        if (!child_expected(run, i))
            trial_fail("task %u is %s in fair weather", i, outcome_name(run->children[i].outcome));
}

/* ---- What is printed. ---- */

static void judge_verification(const struct run *run)
{
    bool mismatch = false;
    for (uint32_t i = 0; i < run->tasks; i++)
        mismatch |= run->children[i].outcome == OUTCOME_VERIFY_MISMATCH;
    enum verified verified =
        run->workload->verify != NULL ? run->workload->verify(run) : VERIFIED_UNKNOWN;
    if (verified == VERIFIED_NO && !mismatch)
        trial_fail("a result is wrong: it does not verify");
}

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static void judge_figures(const struct run *run)
{
    struct figure figures[FIGURES_MAX];
    size_t count = run->workload->figures != NULL ? run->workload->figures(run, figures) : 0;
    if (count > FIGURES_MAX)
        trial_fail("it has %zu figures, of %d at most", count, FIGURES_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct figure *figure = &figures[i];
        bool is_time = ends_in(figure->name, "_ns") ||
                       (ends_in(figure->name, "_s") && !ends_in(figure->name, "_per_s"));
        if (!isfinite(figure->value) && (figure->missing == NULL || figure->missing[0] == 0))
            trial_fail("figure %s is not measured for no reason", figure->name);
        if (isfinite(figure->value) && (figure->value < 0 || (is_time && figure->value == 0)))
            trial_fail("figure %s is %g", figure->name, figure->value);
    }
}

static void judge_phases(const struct run *run)
{
    double seconds[PHASES_MAX];
    if (run->workload->phases == NULL)
        return;
    for (uint32_t i = 0; i < run->tasks; i++) {
        const struct child *child = &run->children[i];
        double sum = 0, took = (double)(child->ended_ns - child->started_ns) / 1e9;
        if (!run->workload->phases(run, i, seconds))
            continue;
        for (int at = 0; run->workload->phase_names[at] != NULL; at++) {
            if (!(seconds[at] >= 0 && seconds[at] <= took + 1e-9))
                trial_fail("task %u took %g s, and its phase %s %g s", i, took,
                           run->workload->phase_names[at], seconds[at]);
            sum += seconds[at];
        }
        if (sum > took + 1e-9)
            trial_fail("task %u took %g s, and its phases %g s", i, took, sum);
    }
}

/* Whoever failed says something, and something else than nothing. */
static void judge_explanation(const struct run *run, uint32_t task)
{
    const struct workload *workload = run->workload;
    char text[500] = "";
    if (workload->explain == NULL || (task == TASK_ROOT && workload->root_step == NULL))
        return;
    workload->explain(run, task, text, sizeof text);
    size_t length = strlen(text);
    if (length == 0 || text[length - 1] == ' ' || text[length - 1] == ':')
        trial_fail("%s failed without a word: '%s'", name_of(task), text);
}

/* A number that is none, in what is for reading. */
static bool has_no_number(const char *text, const char *word)
{
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        if ((at == text || !isalnum((unsigned char)at[-1])) &&
            !isalnum((unsigned char)at[strlen(word)]))
            return true;
    return false;
}

static void judge_words(struct watch *watch)
{
    static char text[1 << 16];
    const struct run *run = watch->run;
    FILE *out = fmemopen(text, sizeof text, "w");
    if (out == NULL)
        trial_fail("memory is short");
    run->workload->print(run, out);
    fclose(out);
    if (has_no_number(text, "nan") || has_no_number(text, "inf"))
        trial_fail("it prints a number that is none: %s", text);
    for (const char *at = text; *at != 0; at++)
        watch->digest = watch->digest * 31 + (unsigned char)*at;
    for (uint32_t i = 0; i < run->tasks; i++)
        if (!child_expected(run, i))
            judge_explanation(run, i);
    if (run->arena->root.outcome != OUTCOME_OK)
        judge_explanation(run, TASK_ROOT);
}

void judge(struct watch *watch, struct judgement *judgement)
{
    const struct run *run = watch->run;
    judge_ends(run);
    judge_classes(watch, judgement);
    if (watch->is_fair)
        judge_fair(watch);
    judge_verification(run);
    judge_figures(run);
    judge_phases(run);
    judge_words(watch);
    if (run->workload->bytes_received != NULL)
        watch_digest(watch, run->workload->bytes_received(run));
    judgement->digest = watch->digest;
}

void judge_record(const struct invocation *invocation)
{
    static const struct usage none;
    json_t *record = record_read(invocation, &none);
    const char *fault = record != NULL ? record_fault(record) : "it is no JSON";
    if (fault != NULL)
        trial_fail("of its record: %s", fault);
    json_decref(record);
}
