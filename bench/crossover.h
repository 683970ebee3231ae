/* The harness. One function a subcommand; each takes the arguments behind its name, prints to
 * stdout, fills in the problem and returns the exit status. */
#ifndef BENCH_CROSSOVER_H
#define BENCH_CROSSOVER_H

#include "core/problem.h"

int crossover_run(int argc, char **argv, struct problem *problem);
int crossover_sweep(int argc, char **argv, struct problem *problem);
int crossover_list(int argc, char **argv, struct problem *problem);
int crossover_environment(int argc, char **argv, struct problem *problem);
int crossover_show(int argc, char **argv, struct problem *problem);
int crossover_timeline(int argc, char **argv, struct problem *problem);

#endif
