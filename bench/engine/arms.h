/*
 * Arms out of words: a workload's command under a model, checked as its program will read it, or
 * any other command; and the command that simulates the cell's ideal. Which arms a cell has is
 * plan.h's.
 */
#ifndef BENCH_ENGINE_ARMS_H
#define BENCH_ENGINE_ARMS_H

#include "bench/engine/plan.h"

/* Adds the workload under a model to the cell: with `options`, then the request's own, then the URL
 * of a site of the origin's (NULL: none). A model that cannot run it is added with the reason. Sets
 * what it wants of an origin. Returns 0 or the problem's status. */
int arms_add_model(struct plan_cell *cell, const struct request *request, const char *name,
                   const char *const *options, size_t option_count, const char *url,
                   struct wanted_origin *origin, struct problem *problem);

/* Sets how the cell's ideal is simulated, with the same options, or why it cannot be. Returns 0 or
 * the problem's status. */
int arms_set_ideal(struct plan_cell *cell, const struct request *request,
                   const char *const *options, size_t option_count, const char *url,
                   const struct wanted_origin *origin, struct problem *problem);

int arms_add_other(struct plan_cell *cell, const struct other_arm *other, struct problem *problem);

/* The arms as the cell's header has them; NULL when a word is not UTF-8, as JSON has no other. */
json_t *arms_describe(const struct plan_cell *cell);

/* Sets the header's "programs": the hashes of what its figures come from, by name. */
void arms_hash(const struct plan_cell *cell, bool with_origin, json_t *header);

/* Whether a name can stand in tables, on terminals, in files. `what` is the option that it came by.
 * Returns 0 or the problem's status. */
int arms_check_name(const char *what, const char *name, struct problem *problem);

/* The folder of our own programs, for which "{bin}" stands in commands. */
void program_folder(char *path, size_t size);

/* The program that a command line would find by this name. False when there is none. */
bool program_find(char *path, size_t size, const char *name);

#endif
