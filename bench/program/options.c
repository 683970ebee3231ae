/* The command line of a workload's program: what all have in common, and the workload's own. */
#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "bench/program/program.h"
#include "core/limits.h"
#include "core/number.h"

enum { OWN_OPTIONS = 1000, OPTIONS_MAX = 64 };
enum {
    OPT_JSON = 256,
    OPT_DEADLINE,
    OPT_INTERARRIVAL,
    OPT_SEED,
    OPT_WORKERS,
    OPT_CPUS,
    OPT_LOG,
    OPT_TRACE,
    OPT_ACCOUNT,
    OPT_LOOP_STALL,
    OPT_SIMULATE,
    OPT_VERSION
};

static const struct option common[] = {
    {"model", required_argument, NULL, 'm'},
    {"width", required_argument, NULL, 'W'},
    {"tasks", required_argument, NULL, 'N'},
    {"json", no_argument, NULL, OPT_JSON},
    {"deadline", required_argument, NULL, OPT_DEADLINE},
    {"interarrival", required_argument, NULL, OPT_INTERARRIVAL},
    {"seed", required_argument, NULL, OPT_SEED},
    {"workers", required_argument, NULL, OPT_WORKERS},
    {"log", no_argument, NULL, OPT_LOG},
    {"trace", required_argument, NULL, OPT_TRACE},
    {"account", no_argument, NULL, OPT_ACCOUNT},
    {"loop-stall", no_argument, NULL, OPT_LOOP_STALL},
    {"cpus", required_argument, NULL, OPT_CPUS},
    {"simulate", required_argument, NULL, OPT_SIMULATE},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPT_VERSION},
};
enum { COMMON_COUNT = sizeof common / sizeof common[0] };

static void print_help(const struct run *run)
{
    const struct workload *workload = run->workload;
    printf("Usage: %s [OPTION…]%s%s\n%s.\n\n", run->workload_name,
           workload->arguments != NULL ? " " : "",
           workload->arguments != NULL ? workload->arguments : "", workload->summary);
    printf(
        "  -m, --model NAME       who runs the tasks; default sequential; 'list' prints all\n"
        "  -W, --width N          how many tasks are in progress at most, from 1 to %u; default\n"
        "                         what it needs, else all, of a pool the CPUs\n",
        WIDTH_MAX);
    if (workload->sized)
        printf("  -N, --tasks N          how many tasks; a list is gone through again and again, "
               "and no\n"
               "                         task prints a line of its own\n");
    if (workload->root_step == NULL)
        printf("      --interarrival S   the tasks come one by one, this time apart, whatever has "
               "become of\n"
               "                         those before; default: all at once\n");
    printf(
        "      --json             one JSON record on stdout in place of the text\n"
        "      --deadline S       of the whole run; what is unfinished then is cancelled\n"
        "      --workers N        under uv-per-core loops, default the CPUs; else threads of "
        "libuv's\n"
        "                         pool, default 4, under uv-pool at least the CPUs\n"
        "      --log              every step on stderr: who ran, who was ready, who waited\n"
        "      --trace FILE       what each task did when and where, in the Chrome trace format:\n"
        "                         Perfetto opens it, crossover timeline draws it\n"
        "      --account          where the time of the tasks went\n"
        "      --loop-stall       measure, for --json, how long the loop stood still at most\n"
        "      --cpus LIST        place the workers on these CPUs, in turn (0,1 or 0-3)\n"
        "      --simulate LIST    under sim, with commas between them: cpus=N, computations at a\n"
        "                         time; step=TIME, of each step; compute=measured, in place of\n"
        "                         what a computation is said to cost; weather=rough, delays,\n"
        "                         failures, cancellations and orders out of the seed\n"
        "      --seed N           for what is random; default 0\n"
        "  -h, --help             this text\n"
        "      --version          the version\n");
    for (const struct workload_option *own = workload->options; own != NULL && own->name != NULL;
         own++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", own->name, own->value != NULL ? " " : "",
                 own->value != NULL ? own->value : "");
        printf("      %-18s%s%s\n", left, strlen(left) >= 18 ? "\n                         " : " ",
               own->help);
    }
    printf("\nTimes are seconds (2, 0.5) or have a unit (250ms, 80us). Results go to stdout, all "
           "else to stderr.\n"
           "Exit status: 0 fine; 1 a task failed or a result did not verify; 2 usage; 5 a\n"
           "dependency or resource is missing; 6 results could not be written; 130 or 143 "
           "interrupted.\n");
}

static void print_models(const struct run *run)
{
    for (const struct model_entry *entry = model_registry; entry->name != NULL; entry++) {
        char why[200];
        const char *note = "unavailable: ";
        const char *text = model_unavailable(entry, why, sizeof why);
        if (text == NULL) {
            note = "n/a: ";
            text = run_not_applicable(run->workload, entry->model);
        }
        printf("%-14s %s%s\n", entry->name, text != NULL ? note : "",
               text != NULL ? text : entry->model->summary);
    }
}

static int read_model(struct invocation *invocation, const char *name)
{
    struct run *run = &invocation->run;
    if (strcmp(name, "list") == 0) {
        print_models(run);
        invocation->finished = true;
        return 0;
    }
    const struct model_entry *entry = model_find(name);
    if (entry == NULL)
        return problem_set(&run->problem, STATUS_USAGE,
                           "there is no model '%s'; --model list names them", name);
    char why[200];
    const char *reason = model_unavailable(entry, why, sizeof why);
    if (reason != NULL)
        return problem_set(&run->problem, STATUS_ENVIRONMENT, "model %s is unavailable: %s", name,
                           reason);
    invocation->model = entry;
    return 0;
}

static int read_count(struct run *run, const char *option, const char *value, uint64_t max,
                      uint32_t *out)
{
    uint64_t number;
    if (!number_parse(value, 1, max, &number))
        return problem_set(&run->problem, STATUS_USAGE,
                           "--%s takes a whole number from 1 to %llu, not '%s'", option,
                           (unsigned long long)max, value);
    *out = (uint32_t)number;
    return 0;
}

/* "0,2-3": CPUs and ranges of them. */
static int read_cpus(struct invocation *invocation, const char *value)
{
    struct run *run = &invocation->run;
    run->cpus = invocation->cpus;
    run->cpu_count = 0;
    for (const char *at = value;; at++) {
        char *end;
        unsigned long first = strtoul(at, &end, 10), last = first;
        bool good = isdigit((unsigned char)*at);
        if (good && *end == '-') {
            at = end + 1;
            last = strtoul(at, &end, 10);
            good = isdigit((unsigned char)*at);
        }
        if (!good || last < first || last >= CPUS_MAX || (*end != 0 && *end != ',') ||
            run->cpu_count + last - first >= CPUS_MAX)
            return problem_set(&run->problem, STATUS_USAGE,
                               "--cpus takes numbers of CPUs like 0,1 or 0-3, not '%s'", value);
        for (unsigned long cpu = first; cpu <= last; cpu++)
            invocation->cpus[run->cpu_count++] = (uint16_t)cpu;
        if (*end == 0)
            return 0;
        at = end;
    }
}

static int read_common(struct invocation *invocation, int code, const char *value)
{
    struct run *run = &invocation->run;
    switch (code) {
    case 'm': return read_model(invocation, value);
    case 'W': return read_count(run, "width", value, WIDTH_MAX, &run->width_asked);
    case 'N':
        if (!run->workload->sized)
            return problem_set(&run->problem, STATUS_USAGE, "%s has a fixed number of tasks",
                               run->workload_name);
        return read_count(run, "tasks", value, TASKS_MAX, &run->tasks_asked);
    case OPT_JSON: invocation->json = true; return 0;
    case OPT_INTERARRIVAL:
        if (run->workload->root_step != NULL)
            return problem_set(&run->problem, STATUS_USAGE,
                               "the tasks of %s come when it says so itself: leave out "
                               "--interarrival",
                               run->workload_name);
        return option_duration("interarrival", value, 1, &run->interarrival_ns, &run->problem);
    case OPT_DEADLINE:
        if (!duration_parse(value, &invocation->deadline_ns) || invocation->deadline_ns == 0)
            return problem_set(&run->problem, STATUS_USAGE,
                               "--deadline takes a time above 0 like 2, 0.5 or 250ms, not '%s'",
                               value);
        return 0;
    case OPT_SEED:
        if (!number_parse(value, 0, INT64_MAX, &run->seed)) /* JSON's integers go no further */
            return problem_set(&run->problem, STATUS_USAGE,
                               "--seed takes a whole number below 2^63, not '%s'", value);
        return 0;
    case OPT_LOG: invocation->tracing.log = true; return 0;
    case OPT_TRACE: invocation->tracing.path = value; return 0;
    case OPT_ACCOUNT: invocation->tracing.accounts = true; return 0;
    case OPT_LOOP_STALL: run->watch_stall = true; return 0;
    case OPT_SIMULATE:
        invocation->simulates = true;
        return simulate_option(&invocation->simulated, value, &run->problem);
    case OPT_CPUS: return read_cpus(invocation, value);
    case OPT_WORKERS: return read_count(run, "workers", value, WORKERS_MAX, &run->workers);
    case 'h': print_help(run); break;
    default: printf("%s (crossover) %s\n", run->workload_name, CROSSOVER_VERSION); break;
    }
    invocation->finished = true;
    return 0;
}

static int read_own(struct invocation *invocation, int at, const char *value)
{
    struct run *run = &invocation->run;
    const char *name = run->workload->options[at].name;
    if (strcmp(name, "origin") == 0)
        invocation->origin = value;
    return run->workload->option(run, name, value);
}

/* The table for getopt_long: the common options, then the workload's own from OWN_OPTIONS on. */
static void make_table(const struct workload *workload, struct option *table)
{
    memcpy(table, common, sizeof common);
    int count = COMMON_COUNT;
    for (int i = 0; workload->options != NULL && workload->options[i].name != NULL; i++)
        table[count++] = (struct option){
            .name = workload->options[i].name,
            .has_arg = workload->options[i].value != NULL ? required_argument : no_argument,
            .val = OWN_OPTIONS + i};
    table[count] = (struct option){0};
}

int options_read(struct invocation *invocation, int argc, char **argv)
{
    struct run *run = &invocation->run;
    struct option table[OPTIONS_MAX];
    make_table(run->workload, table);
    invocation->model = model_find("sequential");
    invocation->full_argc = argc;
    invocation->full_argv = argv;
    opterr = 0;
    for (;;) {
        int code = getopt_long(argc, argv, ":m:W:N:h", table, NULL);
        int status = 0;
        if (code == -1)
            break;
        if (code == ':')
            return problem_set(&run->problem, STATUS_USAGE, "%s needs a value; see --help",
                               argv[optind - 1]);
        if (code == '?')
            return problem_set(&run->problem, STATUS_USAGE, "there is no option '%s'; see --help",
                               optopt > 0 && optopt < 256 ? (char[]){'-', (char)optopt, 0}
                                                          : argv[optind - 1]);
        status = code >= OWN_OPTIONS ? read_own(invocation, code - OWN_OPTIONS, optarg)
                                     : read_common(invocation, code, optarg);
        if (status != 0 || invocation->finished)
            return status;
    }
    invocation->argc = argc - optind;
    invocation->argv = argv + optind;
    if (run->workload->arguments == NULL && invocation->argc > 0)
        return problem_set(&run->problem, STATUS_USAGE, "%s takes no argument, but got '%s'",
                           run->workload_name, invocation->argv[0]);
    run->model = invocation->model->model;
    run->model_name = invocation->model->name;
    if (invocation->simulates && !run->model->simulated)
        return problem_set(&run->problem, STATUS_USAGE,
                           "--simulate is for a model that simulates, as -m sim does, not for %s",
                           run->model_name);
    if (invocation->tracing.accounts && run->model->simulated)
        return problem_set(&run->problem, STATUS_USAGE,
                           "--account tells what the machine did, and %s uses none: leave it out",
                           run->model_name);
    return 0;
}
