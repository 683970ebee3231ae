/* A launch, from its command line to its line in the journal. */
#include "bench/engine/perform.h"

#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/engine/host.h"
#include "bench/engine/journal.h"
#include "bench/engine/launch.h"
#include "bench/engine/tree.h"
#include "core/clock.h"

/* Fewer looks than these have not seen a peak. */
enum { LOOKS_MIN = 4 };

/* Room for the sentence that says why a launch failed. */
enum { WHY_BYTES = 400 };

void arm_free(struct arm *arm)
{
    for (int i = 0; i < arm->argc; i++)
        free(arm->argv[i]);
    free(arm->count_pattern);
    arm->argc = 0;
    arm->count_pattern = NULL;
}

/* ---- The command line. ---- */

struct line {
    const char *argv[ARGUMENTS_MAX + 24];
    char *owned[ARGUMENTS_MAX];
    int argc, owned_count;
    char numbers[4][24];
};

static void push(struct line *line, const char *argument)
{
    line->argv[line->argc++] = argument;
}

static void push_number(struct line *line, const char *option, int slot, double value)
{
    snprintf(line->numbers[slot], sizeof line->numbers[slot], "%.9g", value);
    push(line, option);
    push(line, line->numbers[slot]);
}

/* "{bin}" and "{origin}" replaced, wherever one of them stands in the argument. */
static bool push_template(struct line *line, const char *argument, const struct stage *stage)
{
    const struct {
        const char *mark, *folder;
    } places[] = {{"{bin}", stage->bin}, {"{origin}", stage->origin}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const char *at = strstr(argument, places[i].mark);
        char *text;
        if (at == NULL || places[i].folder == NULL)
            continue;
        if (asprintf(&text, "%.*s%s%s", (int)(at - argument), argument, places[i].folder,
                     at + strlen(places[i].mark)) < 0)
            return false;
        line->owned[line->owned_count++] = text;
        push(line, text);
        return true;
    }
    push(line, argument);
    return true;
}

static bool is_traced(enum launch_kind kind)
{
    return kind == LAUNCH_TRACED || kind == LAUNCH_TRACED_HALF;
}

static bool is_observed(enum launch_kind kind)
{
    return kind == LAUNCH_OBSERVED || kind == LAUNCH_OBSERVED_HALF;
}

static bool make_line(struct line *line, const struct arm *arm, const struct stage *stage,
                      const struct order *order)
{
    *line = (struct line){0};
    if (is_traced(order->kind)) {
        static const char *const strace[] = {"strace", "-f", "-c", "-U", "calls,name", "-o"};
        for (size_t i = 0; i < sizeof strace / sizeof strace[0]; i++)
            push(line, strace[i]);
        push(line, stage->scratch);
    }
    bool good = true;
    for (int i = 0; i < arm->argc && good; i++)
        good = push_template(line, arm->argv[i], stage);
    if (arm->model[0] != 0) {
        if (order->tasks != 0)
            push_number(line, "--tasks", 0, order->tasks);
        if (order->width != 0)
            push_number(line, "--width", 1, order->width);
        if (stage->limit_ns != 0)
            push_number(line, "--deadline", 2, (double)stage->limit_ns / 1e9);
        if (is_observed(order->kind))
            push(line, "--loop-stall");
        if (order->account)
            push(line, ACCOUNT_OPTION);
        push(line, "--json");
    }
    push(line, NULL);
    return good;
}

/* ---- What came out. ---- */

static const char not_started[] = "it could not be started";

static double seconds_of(struct timeval value)
{
    return (double)value.tv_sec + (double)value.tv_usec / 1e6;
}

static void set_null(json_t *line, const char *key, const char *why)
{
    json_object_set_new(line, key, json_null());
    journal_missing(line, key, why);
}

static void set_failed(json_t *line, const char *why)
{
    json_object_set_new(line, "failed", journal_text(why));
}

/* What the process took; of one that was not started, why there is nothing. */
static void add_process(json_t *line, const struct launch *launch)
{
    static const char *const keys[] = {"process_s", "exit_status", "user_s", "sys_s",
                                       "cpu_s",     "switches",    "faults"};
    const struct rusage *usage = &launch->usage;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && launch->error != 0; i++)
        set_null(line, keys[i], not_started);
    if (launch->error != 0)
        return;
    json_object_set_new(line, "process_s",
                        json_real((double)(launch->ended_ns - launch->started_ns) / 1e9));
    if (launch->signal == 0)
        json_object_set_new(line, "exit_status", json_integer(launch->exit_status));
    else
        set_null(line, "exit_status", "a signal ended it");
    json_object_set_new(line, "user_s", json_real(seconds_of(usage->ru_utime)));
    json_object_set_new(line, "sys_s", json_real(seconds_of(usage->ru_stime)));
    json_object_set_new(line, "cpu_s",
                        json_real(seconds_of(usage->ru_utime) + seconds_of(usage->ru_stime)));
    json_object_set_new(line, "switches",
                        json_pack("{s:I, s:I}", "voluntary", (json_int_t)usage->ru_nvcsw,
                                  "involuntary", (json_int_t)usage->ru_nivcsw));
    json_object_set_new(line, "faults",
                        json_pack("{s:I, s:I}", "minor", (json_int_t)usage->ru_minflt, "major",
                                  (json_int_t)usage->ru_majflt));
}

static void add_machine(json_t *line, const struct host *before, const struct host *after,
                        const struct launch *launch, const struct presence *presence,
                        bool has_origin)
{
    static const char untold[] = "the system does not tell";
    json_t *machine = json_object();
    double origin_s = has_origin ? after->origin_s - before->origin_s : NAN;
    json_object_set_new(machine, "foreign_cpu_s",
                        journal_real(line, "machine.foreign_cpu_s", presence->foreign_s, untold));
    json_object_set_new(machine, "steal_s",
                        journal_real(line, "machine.steal_s", presence->steal_s, untold));
    json_object_set_new(
        machine, "pressure_s",
        journal_real(line, "machine.pressure_s", after->pressure_s - before->pressure_s, untold));
    json_object_set_new(machine, "origin_cpu_s",
                        journal_real(line, "machine.origin_cpu_s", origin_s,
                                     has_origin ? untold : "it has no origin"));
    json_object_set_new(machine, "engine_cpu_s", json_real((double)launch->own_cpu_ns / 1e9));
    json_object_set_new(line, "machine", machine);
}

/* The process's own peak, which misses no moment. (ru_maxrss does not tell it: it begins with what
 * this process has, of which the new one was a copy.) */
static uint64_t own_peak(const json_t *line)
{
    const json_t *memory = json_object_get(json_object_get(line, "record"), "memory_bytes");
    json_int_t bytes = json_integer_value(json_object_get(memory, "peak_rss_main"));
    return bytes > 0 ? (uint64_t)bytes : 0;
}

static void add_tree(json_t *line, const struct tree *tree)
{
    char why[120];
    if (tree->looks < LOOKS_MIN) {
        snprintf(why, sizeof why, "it was over after %u of the %d looks that it takes", tree->looks,
                 LOOKS_MIN);
        set_null(line, "tree", why);
        return;
    }
    uint64_t own = own_peak(line), rss = tree->rss_bytes > own ? tree->rss_bytes : own;
    json_object_set_new(line, "tree",
                        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "looks",
                                  (json_int_t)tree->looks, "pss_bytes", (json_int_t)tree->pss_bytes,
                                  "rss_bytes", (json_int_t)rss, "processes",
                                  (json_int_t)tree->processes, "threads", (json_int_t)tree->threads,
                                  "descriptors", (json_int_t)tree->descriptors));
}

/* The line "CALLS total" of strace's table. */
static void add_syscalls(json_t *line, const char *path)
{
    FILE *file = fopen(path, "r");
    char text[256], name[64];
    unsigned long long calls, total = 0;
    while (file != NULL && fgets(text, sizeof text, file) != NULL)
        if (sscanf(text, "%llu %63s", &calls, name) == 2 && strcmp(name, "total") == 0)
            total = calls;
    if (file != NULL)
        fclose(file);
    if (total > 0)
        json_object_set_new(line, "syscalls", json_integer((json_int_t)total));
    else
        set_null(line, "syscalls", "strace left no table");
}

/* What another program says that it did. */
static void add_count(json_t *line, const struct arm *arm, const char *output)
{
    regex_t pattern;
    regmatch_t match[2];
    char *end;
    double number = strtod(arm->count_pattern, &end);
    if (*end != 0) {
        number = NAN;
        bool good = regcomp(&pattern, arm->count_pattern, REG_EXTENDED | REG_NEWLINE) == 0;
        if (good && regexec(&pattern, output, 2, match, 0) == 0 && match[1].rm_so >= 0)
            number = strtod(output + match[1].rm_so, NULL);
        if (good)
            regfree(&pattern);
    }
    if (isfinite(number) && number > 0)
        json_object_set_new(line, "count", json_real(number));
    else
        set_failed(line, "what it printed has no count where --count looks");
}

/* A run of ours that its --deadline stopped, and nothing worse. */
static bool is_stopped(const json_t *record)
{
    json_int_t cancelled =
        json_integer_value(json_object_get(json_object_get(record, "outcomes"), "cancelled"));
    return json_is_false(json_object_get(record, "complete")) && cancelled > 0 &&
           json_integer_value(json_object_get(record, "failed")) == cancelled;
}

static void add_record(json_t *line, const struct launch *launch, bool good, const char *why)
{
    json_t *record = json_loadb(launch->output, launch->output_bytes, 0, NULL);
    char text[200];
    if (!json_is_object(record)) {
        json_decref(record);
        set_failed(line, good ? "it printed no record of its run" : why);
        return;
    }
    json_object_set_new(line, "record", record);
    double begin_ns = json_number_value(json_object_get(record, "clock_start_ns"));
    if (begin_ns > 0)
        json_object_set_new(line, "start_process_s",
                            json_real((begin_ns - (double)launch->started_ns) / 1e9));
    if (is_stopped(record)) {
        snprintf(text, sizeof text, "stopped after %.3g s with %lld of %lld done",
                 json_number_value(json_object_get(record, "wall_s")),
                 (long long)json_integer_value(json_object_get(record, "ok")),
                 (long long)json_integer_value(json_object_get(record, "tasks")));
        json_object_set_new(line, "bound", json_true());
        why = text;
        good = false;
    } else if (good && json_is_false(json_object_get(record, "verified"))) {
        why = "a result did not verify";
        good = false;
    }
    if (!good)
        set_failed(line, why);
}

static json_t *describe(const struct arm *arm, const struct order *order,
                        const struct launch *launch)
{
    char now[32];
    time_t seconds = time(NULL);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
    json_t *line = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "type", "launch", "cell",
                             order->cell, "arm", arm->label, "kind", launch_kind_name(order->kind),
                             "time", now, "started_ns", (json_int_t)launch->started_ns);
    if (order->kind == LAUNCH_TIMED || order->kind == LAUNCH_FLOOR)
        json_object_set_new(line, "block", json_integer(order->block));
    if (order->kind == LAUNCH_TIMED)
        json_object_set_new(line, "position", json_integer(order->position));
    return line;
}

static json_t *tell(const struct arm *arm, const struct stage *stage, const struct order *order,
                    const struct launch *launch, const struct tree *tree)
{
    char why[WHY_BYTES];
    bool good = launch_good(launch, why, sizeof why);
    json_t *line = describe(arm, order, launch);
    if (line == NULL)
        return NULL;
    add_process(line, launch);
    if (is_traced(order->kind) && launch->error == 0)
        add_syscalls(line, stage->scratch);
    else if (is_traced(order->kind))
        set_null(line, "syscalls", not_started);
    if (launch->error == 0 && arm->model[0] != 0)
        add_record(line, launch, good, why);
    else if (!good)
        set_failed(line, why);
    else if (arm->count_pattern != NULL)
        add_count(line, arm, launch->output);
    if (is_observed(order->kind))
        add_tree(line, tree);
    return line;
}

/* A workload's program stops by itself when its time is over; where it does not, it is killed some
 * time later. */
static uint64_t killed_after_ns(const struct arm *arm, const struct stage *stage)
{
    bool stops = arm->model[0] != 0 && stage->limit_ns != 0;
    return stops ? 2 * stage->limit_ns + 5 * NS_PER_S : stage->limit_ns;
}

json_t *perform(const struct arm *arm, const struct stage *stage, const struct order *order,
                struct presence *presence, bool *interrupted)
{
    struct line line;
    struct launch launch;
    struct tree tree = {0};
    struct host before, after;
    json_t *told = NULL;
    if (make_line(&line, arm, stage, order)) {
        struct command command = {.argv = line.argv,
                                  .cpus = &stage->client_cpus,
                                  .timeout_ns = killed_after_ns(arm, stage),
                                  .padding = order->padding};
        if (is_traced(order->kind)) /* no table of another launch is to be taken for this one's */
            (void)!truncate(stage->scratch, 0);
        host_read(&before, &stage->watched_cpus, stage->origin_pid);
        launch_run(&launch, &command, is_observed(order->kind) ? tree_look : NULL, &tree);
        host_read(&after, &stage->watched_cpus, stage->origin_pid);
        *interrupted = launch.interrupted;
        double own_s = seconds_of(launch.usage.ru_utime) + seconds_of(launch.usage.ru_stime) +
                       (double)launch.own_cpu_ns / 1e9 + after.origin_s - before.origin_s;
        presence->elapsed_s = (double)(after.at_ns - before.at_ns) / 1e9;
        presence->foreign_s = host_busy_s(&before, &after) - own_s;
        presence->steal_s = after.steal_s - before.steal_s;
        told = tell(arm, stage, order, &launch, &tree);
        if (told != NULL)
            add_machine(told, &before, &after, &launch, presence, stage->origin_pid > 0);
        launch_free(&launch);
    }
    for (int i = 0; i < line.owned_count; i++)
        free(line.owned[i]);
    return told;
}
