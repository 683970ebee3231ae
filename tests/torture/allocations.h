/*
 * The allocator under the whole program, libraries included: counts what it gives, and refuses the
 * n-th. Nothing is refused or counted between two plays. Where a sanitizer has taken the
 * allocator's place this is off.
 */
#ifndef TESTS_TORTURE_ALLOCATIONS_H
#define TESTS_TORTURE_ALLOCATIONS_H

#include <stdbool.h>
#include <stdint.h>

/* NULL, or why nothing can be refused here. */
const char *allocations_unwatched(void);

/* From now on only those are counted that none of OpenSSL's and libxml2's libraries asks for
 * itself: those of the suite's own would be lost among theirs. */
void allocations_count_few(bool on);

/* From now on allocations are counted, and the `refuse`-th one is refused (0: none). */
void allocations_begin(uint64_t refuse);

/* Asked when one is to be refused, and allocations_refused_in() and _by() tell whose it is: true
 * spares it. Some libraries crash without memory. */
void allocations_spare(bool (*is_fragile)(void));

/* How many were spared in that way. */
uint64_t allocations_spared(void);

/* What is asked for until the pause ends is another's: neither counted nor refused. */
void allocations_pause(bool on);

/* Until now; how many there were. */
uint64_t allocations_end(void);

/* Blocks that are not given back. */
int64_t allocations_live(void);

/* From allocations_begin() on, who asked for each block is remembered; they cost a great deal. */
void allocations_trace(bool on);

/* Whether the last refusal was within a call of this function, of a library; whether it was this
 * function of the allocator's, called by this library. */
bool allocations_refused_in(const char *function);
bool allocations_refused_by(const char *function, const char *library);

/* Who was refused last, and whose traced blocks are still there: frames as the C library writes
 * them. */
void allocations_tell_refused(int fd);
void allocations_tell_live(int fd);

#endif
