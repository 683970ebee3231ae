/* crossover: the harness's main program. What each subcommand does is in the file of its name. */
#include "bench/crossover.h"

#include <stdio.h>
#include <string.h>

#include "core/standard.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv, struct problem *problem);
    const char *help;
} commands[] = {
    {"run", crossover_run,
     "run WORKLOAD …         a workload under several models, or any commands, interleaved"},
    {"sweep", crossover_sweep,
     "sweep WORKLOAD -L …    the same for every combination of some parameters"},
    {"list", crossover_list, "list                   models and workloads, and what cannot run"},
    {"show", crossover_show,
     "show [RUN] [OPTION…]   the tables and verdicts of a run; default results/latest\n"
     "                         --costs            what each model costs beside its time\n"
     "                         --metric NAME      by another figure\n"
     "                         --histogram, --json, --export-json FILE (hyperfine's shape),\n"
     "                         --export-csv FILE, --export-markdown FILE\n"
     "                         --ratio A:B        of two arms, in columns for scripts\n"
     "                         --data             writes RUN/data/ for the charts"},
    {"timeline", crossover_timeline,
     "timeline TRACE…        what tasks did under one or several models, as a chart: of what\n"
     "                         --trace has written, into a picture beside the trace\n"
     "                         --out FILE         .svg or .png; of several traces needed\n"
     "                         --json             lanes, rows and sums in place of a picture"},
    {"environment", crossover_environment,
     "environment            this machine and this build, as JSON"},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(void)
{
    printf("Usage: crossover COMMAND [ARGUMENT…]\n"
           "Which concurrency model wins, where, on this machine.\n\n");
    for (int i = 0; i < COMMANDS; i++)
        printf("  %s\n", commands[i].help);
    printf(
        "\n  --help, --version\n\n"
        "Each workload is a program of its own beside this one; 'list' names them.\n"
        "'run --help' and 'sweep --help' tell their options. ./run_all.sh measures all workloads.\n"
        "Exit status: 0 fine; 1 a launch failed; 2 usage, or a bad file; 4 nothing comparable, or "
        "the machine\n"
        "was unfit; 5 something is missing; 6 a file could not be written.\n");
}

int main(int argc, char **argv)
{
    struct problem problem = {0};
    standard_hold();
    int status = -1;
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_help();
        status = 0;
    } else if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        printf("crossover %s\n", CROSSOVER_VERSION);
        status = 0;
    }
    for (int i = 0; i < COMMANDS && argc >= 2 && status < 0; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            status = commands[i].run(argc - 2, argv + 2, &problem);
    if (status < 0)
        status = problem_set(&problem, STATUS_USAGE, "%s; see crossover --help",
                             argc < 2 ? "it takes a command" : "there is no such command");
    struct problem output = {0};
    if (standard_flush(&output) > 0 && status == 0) {
        problem = output;
        status = (int)output.status;
    }
    if (status != 0 && problem.text[0] != 0)
        fprintf(stderr, "crossover: %s\n", problem.text);
    return status;
}
