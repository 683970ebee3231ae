/* The test engine's program: see seeds.c. */
#ifndef TESTS_SEEDS_SEEDS_H
#define TESTS_SEEDS_SEEDS_H

/* Returns the exit status. */
int seeds_main(int argc, char **argv);

#endif
