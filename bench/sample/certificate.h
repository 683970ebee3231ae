/*
 * Whether the arms of a cell did the same work, by the certificates in their launches' records
 * (core/certificate.h says what stands in one). Only those that did are compared. What has no
 * certificate (a record of a former version, another program) is compared with its like alone.
 */
#ifndef BENCH_SAMPLE_CERTIFICATE_H
#define BENCH_SAMPLE_CERTIFICATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "bench/sample/sample.h"

enum { WORK_WHY_BYTES = 200 };

/* The records' `certificate`, or NULL. False, and only then is anything in `why`: in what `a`
 * differs from `b`, "did other work: 11 requests where the others did 12". */
bool certificate_same(const json_t *a, const json_t *b, char *why, size_t size);

/* For each arm of the cell "", or why it is not compared with the others: its launches'
 * certificates differ from each other, or from those of most arms (where there are as many of two,
 * from those of the first arm of them). An arm without a launch that went well is none of either.
 */
void certificate_judge(const struct sample_cell *cell, char why[][WORK_WHY_BYTES]);

#endif
