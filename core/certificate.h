/*
 * What the tasks of a run did, as the workload says it after the clock: counts of operations in its
 * own terms, connections, and a digest over the results. All of it is counted from what happened,
 * the tasks' results and records; nothing is restated from the settings. What correct models may do
 * differently is not in it: receipts, times, who ran where, orders that are free, TLS. So two runs
 * whose certificates are the same did the same work, and only those are compared. How it is written
 * down is bench/program/certificate.c's.
 */
#ifndef CORE_CERTIFICATE_H
#define CORE_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct child;

enum { CERTIFICATE_OPERATIONS_MAX = 8 };

struct certified_operation {
    const char *name;
    uint64_t count; /* at most INT64_MAX, which stands for all that is more */
};

struct certificate {
    struct certified_operation operations[CERTIFICATE_OPERATIONS_MAX];
    size_t operation_count;
    uint64_t connections;
    bool connects; /* the workload has connections */
    /* Takes the digest's next bytes. */
    void (*digest)(void *sink, const void *bytes, size_t length);
    void *sink;
};

/* So many operations of this kind more; 0 names one that there may be. */
void certificate_count(struct certificate *certificate, const char *name, uint64_t more);

/* So many connections more. */
void certificate_connections(struct certificate *certificate, uint64_t more);

/* A sleep of this task, if it came to its end: its record shows that it took as long. */
void certificate_sleep(struct certificate *certificate, const struct child *child, uint64_t ns);

/* Into the digest. The order counts: that of the tasks, not that of their ends. */
void certificate_number(struct certificate *certificate, uint64_t number);
void certificate_text(struct certificate *certificate, const char *text);

#endif
