/* What crossover run and sweep say of themselves. */
#include <stdio.h>
#include <string.h>

#include "bench/run.h"

void run_print_help(const char *name)
{
    bool sweep = strcmp(name, "sweep") == 0;
    printf("Usage: crossover %s WORKLOAD [OPTION…] [-- OPTIONS OF THE WORKLOAD]\n", name);
    printf(
        sweep
            ? "Measures a workload under several models for every combination of parameters.\n\n"
            : "       crossover run --arm 'LABEL=COMMAND' --arm 'LABEL=COMMAND' [OPTION…]\n"
              "Measures a workload under several models, or any commands, in mirrored blocks.\n\n");
    printf("  -L, --parameter-list NAME %s\n"
           "                         an option of the workload by its long name (tasks, width, "
           "…),\n"
           "                         or of its site: latency, bytes, scheme%s\n",
           sweep ? "VALUES" : "VALUE",
           sweep ? "; values with commas\n"
                   "                         between them; several -L make a grid"
                 : "");
    printf(
        "  -m, --models A,B,…     default: all; one that is there twice is an A/A check\n"
        "      --arm LABEL=COMMAND   a command beside them; no shell sees it\n"
        "      --count PATTERN    of the --arm before: what its output counts (regular expression\n"
        "                         with a group), or a number\n"
        "  -w, --warmup N         launches of each before it counts; default and least: 1\n"
        "  -r, --runs N           launches of each, in place of the rule\n"
        "      --time-budget S    of all cells together; default %d s a cell, none with --runs\n"
        "      --precision PCT    the rule: the 95 %% interval of each median is within ±PCT %%;\n"
        "                         default 2\n"
        "      --metric NAME      the figure that is compared; default wall_s (process_s with\n"
        "                         --arm); cpu_s, latency_s.p99, figures.item_ns, …\n"
        "      --launch-limit S   a launch that takes longer is stopped; default 60\n"
        "      --observe N        launches whose memory, threads, descriptors are seen; default 3\n"
        "      --no-trace         no launch under strace\n"
        "      --no-account       no launch that tells where its tasks' time went\n"
        "      --floors N         launches of noop beside each model; default 10\n"
        "      --max-foreign N    CPUs that others may use on average; default 0.1\n"
        "      --server PID       a server that belongs to the run: it is none of the others\n"
        "      --seed N           of the random orders; default: another each time\n"
        "      --out DIR          where the observations go, and from where a run that was\n"
        "                         interrupted goes on; default results/<time>-<workload>\n"
        "      --cell NAME        its name there; default: the workload's\n",
        BUDGET_CELL_S);
    view_print_help();
    printf(
        "  -h, --help             this text\n\n"
        "Exit status: 0 fine; 1 a launch failed or did not verify; 2 usage, or the folder is in\n"
        "use; 4 the machine was unfit, or fewer than two arms did the same work; 5 something\n"
        "is missing; 6 a file could not be written;\n"
        "130 or 143 interrupted: what was measured stays, and the same command goes on.\n");
}
