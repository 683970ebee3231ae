/* What must hold for the JSON record of any run, whatever the workload and the model. */
#ifndef TESTS_SUPPORT_RECORDS_H
#define TESTS_SUPPORT_RECORDS_H

#include <jansson.h>

#include "bench/program/program.h"

/* The record as its readers see it: printed, then read again. NULL: it is no JSON. */
json_t *record_read(const struct invocation *invocation, const struct usage *usage);

/*
 * NULL, or a sentence on what is wrong. Every null has its reason in `missing`, and what has a
 * reason there is null. Quantiles rise; a task's latency from when it became eligible is not below
 * the one from its first step. A histogram counts as many tasks as the quantiles are of, and tells
 * them within a sixteenth.
 */
const char *record_fault(const json_t *record);

#endif
