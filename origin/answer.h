/*
 * What the origin sends for a site, made ready when the sites file is read: the bytes, in which
 * portions they go, and how the connection ends behind them. What stands in them is sites.c's, who
 * misbehaves how is fault.h's.
 */
#ifndef ORIGIN_ANSWER_H
#define ORIGIN_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "origin/fault.h"

struct answer {
    char *bytes; /* owned */
    size_t length;
    size_t head;  /* what a HEAD is answered with */
    bool endless; /* behind the last byte it goes on at `again_from` */
    size_t again_from;
    size_t part_bytes; /* at most so many at a time; 0: all */
    uint32_t pause_ms; /* between two parts */
    enum ending ending;
};

struct site;

/* The answer of a site whose body is there; `keep`: to a client that would go on with the
 * connection. False: memory is short. */
bool answer_make(const struct site *site, bool keep, struct answer *answer);

void answer_free(struct answer *answer);

#endif
