/* The JSON record while it is made: record.c has the whole of it, certificate.c what was
 * done, durations.c how long it took. */
#ifndef BENCH_PROGRAM_RECORD_H
#define BENCH_PROGRAM_RECORD_H

#include <jansson.h>

#include "bench/program/program.h"

struct record {
    json_t *all;
    json_t *missing; /* why what is null in it is null, by its path: keys with dots between them */
    bool failed;     /* memory was short */
};

void record_set(struct record *record, const char *key, json_t *value);
void record_set_in(struct record *record, json_t *object, const char *key, json_t *value);

/* A null that is to stand at `path`, and its reason. */
json_t *record_null(struct record *record, const char *path, const char *why);

/* latency_s, latency_intended_s, histograms, phases_s and cancel_latency_s. */
void record_durations(struct record *record, const struct run *run);

/* `certificate`, whose parts are described in core/certificate.h; `outcomes` is the record's own,
 * by class. */
json_t *record_certificate(struct record *record, const struct run *run, json_t *outcomes);

#endif
