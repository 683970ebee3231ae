/*
 * One trial of the torture: what goes wrong in a play, and what has to hold however it goes. Which
 * trials there are is operations.c's and refusals.c's.
 */
#ifndef TESTS_TORTURE_TRIAL_H
#define TESTS_TORTURE_TRIAL_H

#include <stdlib.h>
#include <unistd.h>

#include "origin/paper.h"
#include "tests/support/isolate.h"
#include "tests/support/script.h"
#include "tests/torture/allocations.h"
#include "tests/torture/play.h"

/* Trials of one kind, at most: the rest is spread over what there is. */
#if defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TORTURE_SANITIZED
#endif
#endif
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define TORTURE_SANITIZED
#endif
#ifdef TORTURE_SANITIZED
enum { TRIALS_MAX = 400 };
#else
enum { TRIALS_MAX = 2000 };
#endif

/* The `at`th of at most TRIALS_MAX out of `count`, from 1; 0: no more. Half of them are the first
 * ones, where a run is set up, the others are spread over the rest. */
uint64_t pick(uint64_t at, uint64_t count);

struct trial {
    uint32_t at;      /* the number of the operation that has … 0: none */
    struct omen omen; /* … this */
    size_t recv_most; /* 0: what there is */
    uint64_t refuse;  /* the number of the allocation that is refused; 0: none */
};

/* Who answers in a simulated run; the play without a failure; the one that
 * is looked at. */
extern struct paper_origin paper;
extern struct performance plain, now;

/* Ends the case with what is known. */
#define EXPECT(condition, ...)                                                                     \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("# %s\n# exit %d, on stderr: %s\n", play_attempt, now.status, now.err);         \
            fflush(stdout);                                                                        \
            if (now.allocations > 0)                                                               \
                allocations_tell_refused(STDOUT_FILENO);                                           \
            CHECK(condition, __VA_ARGS__);                                                         \
        }                                                                                          \
    } while (0)

/* Plays it, and no more; plays it and checks that everything is given back. */
void perform(const struct act *act, const struct trial *trial, struct performance *result);
void attempt(const struct act *act, const struct trial *trial);

/* Before the trials of an act: fills in `plain`, which has to go well. */
void rehearse(const struct act *act);

/* Of `now`: whoever failed was told; the exit status is the documented one of how the tasks ended;
 * its record, where it was asked for, is whole and contradicts nothing; whoever had nothing to do
 * with it (all but one child, or the root) ends as without a failure, or was cancelled as a
 * consequence; all ended as without a failure. */
void check_words(const struct act *act);
void check_status(const struct act *act);
void check_record(void);
void check_others(uint32_t culprit);
void check_same(void);
bool all_as_plain(void);

/* Whether two outputs say the same, word by word, but for what took how long. */
bool same_words(const char *a, const char *b);

const char *end_name(const struct end *end);

#endif
