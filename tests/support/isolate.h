/*
 * Runs each case in a fresh process with a time limit, as a hang is what many of them look for, and
 * counts descriptors, threads and child processes around it. Reports in the TAP form.
 */
#ifndef TESTS_SUPPORT_ISOLATE_H
#define TESTS_SUPPORT_ISOLATE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the case as failed, with a sentence. */
#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("# %s:%d: %s: ", __FILE__, __LINE__, #condition);                               \
            printf(__VA_ARGS__);                                                                   \
            printf("\n");                                                                          \
            fflush(stdout);                                                                        \
            _Exit(1);                                                                              \
        }                                                                                          \
    } while (0)

struct model_entry;

/* Runs tasks that do nothing under a model, so that what its library opens once for the whole
 * process is there before held_now() counts. */
void run_nothing(const struct model_entry *entry);

/* Runs one case; counts it. A case that returns has passed. */
void isolate(const char *name, void (*test)(const void *), const void *argument);

/* What a case must give back. */
struct held {
    int descriptors;
    int threads;
    int children;
};

struct held held_now(void);

/* Waits a moment for threads on their way out, then checks that no more is held than before. */
void check_given_back(struct held before);

/* Prints the plan and the totals; the exit status of the test program. */
int isolate_summary(void);

#endif
