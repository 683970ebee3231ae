/* The cases of the torture: each is given a struct act, and ends as failed with a sentence. */
#ifndef TESTS_TORTURE_TORTURE_H
#define TESTS_TORTURE_TORTURE_H

/* In virtual time: without a failure and byte by byte; each operation fails; the run is
 * stopped before each; each task is cancelled in each. */
void test_plain(const void *argument);
void test_failures(const void *argument);
void test_stops(const void *argument);
void test_cancels(const void *argument);

/* Under any model: each allocation is refused, or each that is not a big library's own, or each of
 * a process's first run. `real`: times, the network and TLS are. */
void test_allocations(const void *argument);
void test_first(const void *argument);
void test_real_allocations(const void *argument);
void test_real_few(const void *argument);
void test_real_first(const void *argument);

#endif
