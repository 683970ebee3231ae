/*
 * crawl: the notes' first programs. A page's time is the number behind its last underscore, in
 * units: url_1 … url_4 take 10 units one after another and 4 all at once. --blocking sleeps without
 * giving way, which is the notes' "async that isn't". With --tasks, a crowd of sleepers: what a
 * waiting task costs, up to a million of them.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/certificate.h"
#include "core/limits.h"
#include "core/random.h"
#include "workloads/unit.h"

enum { NOTE_CRAWLING, NOTE_OK };

enum { UNITS_MAX = 1000000000 };

/* Heavy-tailed waits are Pareto's: P(wait > w) = (least / w)^1.5, of mean 3 · least = 1 unit. What
 * exceeds MOST units (one wait in 5,200) is taken for that: the mean then is 0.96. */
#define TAIL_EXPONENT 1.5
#define TAIL_LEAST    (1.0 / 3.0)
#define TAIL_MOST     100.0

enum waits { WAITS_LISTED, WAITS_EQUAL, WAITS_HEAVY_TAILED };

struct settings {
    uint64_t unit_ns;
    bool blocking;
    enum waits waits;
    const char *const *urls;
    uint64_t *units; /* of each URL */
    uint32_t count;
};

static const char *const notes_urls[] = {"url_1", "url_2", "url_3", "url_4"};

/* ---- Settings. ---- */

static void *create(void)
{
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings != NULL)
        settings->unit_ns = UNIT_NS_DEFAULT;
    return settings;
}

static void destroy(void *pointer)
{
    struct settings *settings = pointer;
    free(settings->units);
    free(settings);
}

static const struct workload_option options[] = {
    UNIT_OPTION,
    {"blocking", NULL, "sleep without giving way: a loop stands still"},
    {"waits", "HOW",
     "with --tasks: equal (1 unit) or heavy-tailed (mean about 1); else the list's"},
    {0},
};

static int option(struct run *run, const char *name, const char *value)
{
    struct settings *settings = run->settings;
    if (strcmp(name, "unit") == 0)
        return option_duration(name, value, 1, &settings->unit_ns, &run->problem);
    if (strcmp(name, "blocking") == 0)
        settings->blocking = true;
    else if (strcmp(value, "equal") == 0)
        settings->waits = WAITS_EQUAL;
    else if (strcmp(value, "heavy-tailed") == 0)
        settings->waits = WAITS_HEAVY_TAILED;
    else
        return problem_set(&run->problem, STATUS_USAGE,
                           "--waits takes equal or heavy-tailed, not '%s'", value);
    return 0;
}

static int prepare(struct run *run, int argc, char **argv)
{
    struct settings *settings = run->settings;
    if (settings->waits != WAITS_LISTED && (argc > 0 || run->tasks_asked == 0))
        return problem_set(&run->problem, STATUS_USAGE,
                           "--waits is for --tasks without a list of URLs: theirs are in the list");
    if (run->tasks_asked != 0 && argc == 0 && settings->waits == WAITS_LISTED)
        settings->waits = WAITS_EQUAL;
    settings->count = argc > 0 ? (uint32_t)argc : sizeof notes_urls / sizeof notes_urls[0];
    settings->urls = argc > 0 ? (const char *const *)argv : notes_urls;
    settings->units = calloc(settings->count, sizeof *settings->units);
    if (settings->units == NULL)
        return problem_no_memory(&run->problem);
    for (uint32_t i = 0; i < settings->count; i++) {
        const char *last = strrchr(settings->urls[i], '_');
        if (last == NULL || !number_parse(last + 1, 0, UNITS_MAX, &settings->units[i]))
            return problem_set(&run->problem, STATUS_USAGE,
                               "'%s' does not end in an underscore and a whole number up to %d: "
                               "that is how many units it takes, as in url_3",
                               settings->urls[i], UNITS_MAX);
        if (settings->units[i] > DURATION_NS_MAX / settings->unit_ns)
            return problem_set(&run->problem, STATUS_USAGE,
                               "'%s' would take longer than a year: choose a smaller --unit",
                               settings->urls[i]);
    }
    run->tasks = run->tasks_asked != 0 ? run->tasks_asked : settings->count;
    run->note_capacity = 2 * run->tasks;
    if (run->tasks_asked == 0)
        run->width_usual = run->tasks;
    return 0;
}

/* ---- The task. ---- */

static uint64_t wait_ns(const struct run *run, uint32_t child)
{
    const struct settings *settings = run->settings;
    double units = 1;
    if (settings->waits == WAITS_LISTED)
        return settings->units[child % settings->count] * settings->unit_ns;
    if (settings->waits == WAITS_HEAVY_TAILED) {
        double uniform = (double)(random_at(run->seed, child) >> 11) / 0x1p53;
        units = fmin(TAIL_LEAST * pow(1 - uniform, -1 / TAIL_EXPONENT), TAIL_MOST);
    }
    return (uint64_t)(units * (double)settings->unit_ns);
}

static void step(struct task *task, int result, uint64_t now_ns)
{
    (void)now_ns;
    if (task->stage++ == 0) {
        const struct settings *settings = task->run->settings;
        task_note(task, NOTE_CRAWLING, 0);
        yield_sleep(task, wait_ns(task->run, task->index), settings->blocking, 0);
        return;
    }
    if (result == 0)
        task_note(task, NOTE_OK, 0);
    yield_done(task, outcome_of_errno(result), -result, 0);
}

/* ---- After the clock. ---- */

/* Each began once and ended once, in no less than its time. That none began twice is the claim's:
 * a record is swapped from waiting to running but once. */
static enum verified verify(const struct run *run)
{
    uint32_t ok = 0, lost = 0;
    for (uint32_t i = 0; i < run->tasks; i++) {
        const struct child *child = &run->children[i];
        if (child->outcome == OUTCOME_OK &&
            (child->started_ns == 0 || child->ended_ns - child->started_ns < wait_ns(run, i)))
            return VERIFIED_NO;
        ok += child->outcome == OUTCOME_OK;
        lost += child->outcome == OUTCOME_WORKER_LOST;
    }
    if (ok == 0)
        return VERIFIED_UNKNOWN; /* nobody came to the end: there is nothing to hold */
    bool all_over = atomic_load(&run->arena->live) == 0 && run->arena->ended == run->tasks;
    return all_over || lost > 0 ? VERIFIED_YES : VERIFIED_NO;
}

static void certify(const struct run *run, struct certificate *certificate)
{
    for (uint32_t i = 0; i < run->tasks; i++)
        certificate_sleep(certificate, &run->children[i], wait_ns(run, i));
}

static void print(const struct run *run, FILE *out)
{
    const struct settings *settings = run->settings;
    for (uint32_t i = 0; i < run_note_count(run); i++) {
        const struct note *note = run_note(run, i);
        if (note != NULL)
            fprintf(out, "%s %s\n", note->event == NOTE_OK ? "OK" : "crawling",
                    settings->urls[note->task % settings->count]);
    }
    print_wall(run, settings->unit_ns, out);
    fprintf(out, "%u tasks, at most %u of them alive at once\n", run->tasks,
            atomic_load(&run->arena->live_peak));
}

static void explain(const struct run *run, uint32_t task, char *text, size_t size)
{
    const struct settings *settings = run->settings;
    const struct child *child = &run->children[task];
    char name[40];
    if (settings->waits == WAITS_LISTED)
        snprintf(name, sizeof name, "%.30s", settings->urls[task % settings->count]);
    else
        snprintf(name, sizeof name, "task %u", task);
    if (child->outcome == OUTCOME_RESOURCE)
        snprintf(text, size,
                 "%s: resource: the system refused what it needs to begin (%s); ask "
                 "for fewer --tasks, a smaller --width, or raise the limit (ulimit -u)",
                 name, strerror(child->detail));
    else
        snprintf(text, size, "%s: %s", name, outcome_name(child->outcome));
}

const struct workload workload_crawl = {
    .summary = "pages that take as long as their names say: sleeping, alone or at once",
    .arguments = "[URL_SECONDS…]",
    .sized = true,
    .options = options,
    .step = step,
    .create = create,
    .destroy = destroy,
    .option = option,
    .prepare = prepare,
    .verify = verify,
    .certify = certify,
    .print = print,
    .explain = explain,
};
