/*
 * crossover run, crossover sweep: a workload under several models, or any commands, launched in
 * mirrored blocks; a sweep does so for every combination of some parameters. This file is the order
 * of things; the command line is run_options.c's, the measuring the engine's, the judging
 * sample/'s.
 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bench/crossover.h"
#include "bench/engine/arms.h"
#include "bench/engine/journal.h"
#include "bench/engine/launch.h"
#include "bench/engine/warden.h"
#include "bench/environment.h"
#include "bench/program/program.h"
#include "bench/run.h"
#include "core/clock.h"

/* ---- Progress: between launches, on stderr. ---- */

/* A terminal's: what is longer than its line must not begin a second one, which would stay. */
#define ERASE_LINE   "\r\033[K"
#define WITHOUT_WRAP "\033[?7l"
#define WITH_WRAP    "\033[?7h"

struct progress {
    bool terminal;
    uint64_t told_ns;
    char cell[SAMPLE_NAME_BYTES];
};

static void tell_progress(void *data, const char *cell, const char *what, double to_go_s)
{
    struct progress *progress = data;
    uint64_t now_ns = clock_now_ns();
    uint64_t pause_ns = progress->terminal ? 200 * NS_PER_MS : 10 * NS_PER_S;
    if (now_ns - progress->told_ns < pause_ns)
        return;
    progress->told_ns = now_ns;
    char rest[60] = "";
    if (isfinite(to_go_s) && to_go_s > 0)
        snprintf(rest, sizeof rest, ", at most %.0f s to go", to_go_s);
    else if (isfinite(to_go_s))
        snprintf(rest, sizeof rest, ", the budget is spent: the last block");
    if (progress->terminal)
        fprintf(stderr, ERASE_LINE WITHOUT_WRAP "%s: %s%s" WITH_WRAP, cell, what, rest);
    else
        fprintf(stderr, "%s: %s%s\n", cell, what, rest);
}

static void end_progress(const struct progress *progress)
{
    if (progress->terminal)
        fprintf(stderr, ERASE_LINE);
}

/* ---- The order of things. ---- */

enum { NAMELESS_BYTES = 48 };

static void on_signal(int number)
{
    launch_interrupt(number);
}

static void catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal}, before;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        sigaction(numbers[i], &action, &before);
        if (numbers[i] == SIGHUP && before.sa_handler == SIG_IGN)
            signal(SIGHUP, SIG_IGN); /* under nohup */
    }
}

/* Why figures will not be there, for those who ask later. */
static void note_missing(struct plan *plan)
{
    char path[4200];
    const char *why = plan->rule.traced ? NULL : "not asked for: --no-trace";
    if (plan->rule.traced && !program_find(path, sizeof path, "strace")) {
        plan->rule.traced = false;
        why = "strace is not installed";
    }
    for (size_t i = 0; i < plan->count && why != NULL; i++)
        journal_missing(plan->cells[i].header, "syscalls", why);
    for (size_t i = 0; i < plan->count && !plan->rule.accounts; i++)
        journal_missing(plan->cells[i].header, "account", "not asked for: --no-account");
}

/* A file without a name: it is gone when this process is, however it went. Another process opens it
 * by this path. */
static int nameless_file(char path[NAMELESS_BYTES])
{
    int fd = memfd_create("crossover", MFD_CLOEXEC);
    snprintf(path, NAMELESS_BYTES, "/proc/%d/fd/%d", (int)getpid(), fd);
    return fd;
}

static int start_origin(struct plan *plan, const struct wanted_origin *wanted,
                        struct own_origin *origin, struct problem *problem)
{
    char path[NAMELESS_BYTES];
    const char *arguments[16] = {NULL};
    size_t count = 0;
    ssize_t length = (ssize_t)strlen(wanted->sites);
    int sites = -1, status = 0;
    if (!wanted->wanted)
        return 0;
    for (; wanted->arguments[count] != NULL && count < 12; count++)
        arguments[count] = wanted->arguments[count];
    if (length > 0) {
        sites = nameless_file(path);
        if (sites < 0 || write(sites, wanted->sites, (size_t)length) != length)
            status = problem_set(problem, STATUS_ENVIRONMENT, "no memory for the sites: %s",
                                 strerror(errno));
        arguments[count++] = "--sites";
        arguments[count] = path;
    }
    if (status == 0)
        status = own_origin_start(origin, arguments, problem);
    if (sites >= 0)
        close(sites);
    plan->stage.origin = origin->directory;
    plan->stage.origin_pid = origin->pid;
    return status;
}

static json_t *session_line(int argc, char **argv, const struct plan *plan)
{
    json_t *words = json_array();
    char text[600];
    for (int i = 0; i < argc; i++)
        json_array_append_new(words, journal_text(argv[i]));
    rule_describe(plan, text, sizeof text);
    json_t *line = json_pack("{s:s, s:i, s:o, s:s, s:I, s:f, s:o}", "type", "session",
                             "schema_version", SAMPLE_SCHEMA_VERSION, "command", words, "rule",
                             text, "seed", (json_int_t)plan->rule.seed, "max_foreign_cpus",
                             plan->rule.foreign_max, "environment", environment_describe());
    if (plan->rule.budget_s > 0) /* --runs takes its place */
        json_object_set_new(line, "budget_s", json_real(plan->rule.budget_s));
    return line;
}

/* Puts the origin on its CPU, and says where everything runs. */
static int settle(struct plan *plan, const struct wanted_origin *wanted, struct own_origin *origin,
                  struct problem *problem)
{
    cpu_set_t before, after, taken;
    sched_getaffinity(0, sizeof before, &before);
    int status = start_origin(plan, wanted, origin, problem);
    sched_getaffinity(0, sizeof after, &after);
    CPU_XOR(&taken, &before, &after);
    if (CPU_COUNT(&taken) == 0 && wanted->wanted)
        taken = after; /* one CPU for both */
    plan->stage.client_cpus = after;
    plan->stage.watched_cpus = before;
    plan_place(plan, &after, &taken);
    return status;
}

/* What there is, is told, also when it was interrupted or the disk is full: that is told last. */
static int tell(struct command_line *line, const struct plan *plan, struct sample *sample,
                int status, struct problem *problem)
{
    struct problem beside = {0};
    line->view.only = plan;
    if (status == -EINTR || status == STATUS_OUTPUT)
        view_show(&line->view, sample, &beside);
    else if (status == 0)
        status = view_show(&line->view, sample, problem);
    return status;
}

static int measure(struct command_line *line, struct plan *plan, const struct wanted_origin *wanted,
                   int argc, char **argv, struct problem *problem)
{
    struct sample sample = {0};
    struct journal journal;
    char bin[4200];
    struct own_origin origin = {0};
    struct progress progress = {.terminal = isatty(STDERR_FILENO)};
    char text[600], scratch[NAMELESS_BYTES];
    int status = journal_open(&journal, line->out, sample_add, &sample, problem);
    if (status != 0) {
        sample_free(&sample);
        return status;
    }
    int scratch_fd = nameless_file(scratch);
    plan->stage.scratch = scratch;
    program_folder(bin, sizeof bin);
    plan->stage.bin = bin;
    plan->progress = tell_progress;
    plan->data = &progress;
    if (journal.cut_bytes > 0)
        fprintf(stderr, "'%s' ended in the middle of a line: %zu bytes were cut off\n",
                journal.path, journal.cut_bytes);
    status = settle(plan, wanted, &origin, problem);
    if (status == 0)
        status = plan_check(plan, &sample, problem);
    if (status == 0)
        status = warden_start(problem);
    if (status == 0)
        status = journal_append(&journal, session_line(argc, argv, plan), problem);
    if (status == 0) {
        rule_describe(plan, text, sizeof text);
        fprintf(stderr, "%s\n%zu cell%s. Observations: %s\n", text, plan->count,
                plan->count == 1 ? "" : "s", journal.path);
        status = protocol_run(plan, &journal, &sample, problem);
        end_progress(&progress);
    }
    own_origin_stop(&origin);
    if (scratch_fd >= 0)
        close(scratch_fd);
    int closed = journal_close(&journal, problem);
    status = status != 0 ? status : closed;
    if (status == -EINTR)
        fprintf(stderr,
                "interrupted: what was measured is in '%s'; the same command with --out "
                "'%s' goes on\n",
                journal.path, line->out);
    status = tell(line, plan, &sample, status, problem);
    sample_free(&sample);
    return status;
}

static int run_or_sweep(const char *name, int argc, char **argv, struct problem *problem)
{
    struct command_line line;
    struct plan plan = {0};
    struct wanted_origin origin = {0};
    char folder[300];
    int status = command_line_read(&line, name, argc + 1, argv - 1, problem);
    if (status == 0)
        status = plan_make(&plan, &line.request, &origin, problem);
    if (status == 0 && origin.wanted && line.server != 0)
        status = problem_set(problem, STATUS_USAGE,
                             "--server is for a server of your own; %s is given one by crossover",
                             line.request.workload->name);
    if (status == 0) {
        if (line.rule.budget_s <= 0 && line.rule.blocks_max == 0)
            line.rule.budget_s = BUDGET_CELL_S * (double)plan.count;
        plan.rule = line.rule;
        plan.stage.limit_ns = line.limit_ns;
        plan.stage.origin_pid = line.server;
        note_missing(&plan);
        if (line.out == NULL) {
            char now[32];
            time_t seconds = time(NULL);
            strftime(now, sizeof now, "%Y%m%dT%H%M%SZ", gmtime(&seconds));
            snprintf(folder, sizeof folder, "results/%s-%s", now, plan.cells[0].name);
            folder[strcspn(folder, ",")] = 0;
            line.out = folder;
        }
        catch_signals();
        status = measure(&line, &plan, &origin, argc + 1, argv - 1, problem);
    }
    free(origin.sites);
    plan_free(&plan);
    command_line_free(&line);
    if (launch_interrupted() != 0) {
        fflush(stdout);
        signal(launch_interrupted(), SIG_DFL);
        raise(launch_interrupted());
    }
    return status == -1 ? 0 : status;
}

int crossover_run(int argc, char **argv, struct problem *problem)
{
    return run_or_sweep("run", argc, argv, problem);
}

int crossover_sweep(int argc, char **argv, struct problem *problem)
{
    return run_or_sweep("sweep", argc, argv, problem);
}
