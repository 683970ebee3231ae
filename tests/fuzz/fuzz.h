/*
 * What must hold for every input of a fuzzer. A fuzzer is one file fuzz_NAME.c with
 * LLVMFuzzerTestOneInput(); libFuzzer calls it (fuzz.sh), or replay.c with the inputs of
 * corpus/NAME, which are the regression tests.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An assertion that no build leaves out; it ends the process, which is what a fuzzer looks for. */
#define REQUIRE(condition) ((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, __LINE__))

static inline _Noreturn void fuzz_broken(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: it does not hold that %s\n", file, line, condition);
    abort();
}

#endif
