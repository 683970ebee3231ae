/*
 * The command line of crossover run and sweep, read: what is to be measured, by which rule, and how
 * it is shown. Carrying it out is run.c's.
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include <sys/types.h>

#include "bench/engine/plan.h"
#include "bench/view.h"

enum { MODELS_TEXT_MAX = 2000 };

struct command_line {
    const char *name; /* of the subcommand */
    struct request request;
    struct rule rule;
    struct view view;
    const char *out;
    uint64_t limit_ns;
    bool seeded;  /* the user has given the seed */
    pid_t server; /* of somebody else, that belongs to the run; 0: none */
    char models[MODELS_TEXT_MAX];
    char *values[PARAMETERS_MAX];
};

/* Where the command line tells neither a budget nor how many runs: of each cell. */
#define BUDGET_CELL_S 15

/* argv[0] stands for the subcommand. Returns 0, the problem's status, or -1: all is said and done.
 * It keeps pointers into argv. */
int command_line_read(struct command_line *line, const char *name, int argc, char **argv,
                      struct problem *problem);
void command_line_free(struct command_line *line);

/* What --help prints. */
void run_print_help(const char *name);

#endif
