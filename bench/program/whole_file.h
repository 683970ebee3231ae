/* A file that is replaced as a whole or not at all: whoever is killed while writing leaves the old
 * one. What is no plain file (a pipe, a device) is written to as it is. */
#ifndef BENCH_PROGRAM_WHOLE_FILE_H
#define BENCH_PROGRAM_WHOLE_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "core/problem.h"

struct whole_file {
    FILE *file; /* to be written to; NULL: it could not be opened */
    char path[4400];
    char part[4500]; /* where it grows, in the same folder; "": it has no name yet */
    bool direct;     /* it is no plain file */
};

/* Returns 0 or the problem's status. */
int whole_file_open(struct whole_file *whole, const char *path, struct problem *problem);

/* Puts it in its place, once the disk has it all. Returns 0 or the problem's status; after a
 * failure the old file is there as it was. */
int whole_file_close(struct whole_file *whole, struct problem *problem);

/* Closes it, and the old one stays. */
void whole_file_drop(struct whole_file *whole);

#endif
