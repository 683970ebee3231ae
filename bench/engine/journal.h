/*
 * The file that a run's observations go to, DIR/launches.jsonl: one JSON object a line, appended
 * with one write as soon as it is known, never changed after. Whoever is killed loses at most the
 * line that it was writing; that torn end is cut off when the journal is opened again. One writer
 * at a time. What the lines say is sample.h's.
 */
#ifndef BENCH_ENGINE_JOURNAL_H
#define BENCH_ENGINE_JOURNAL_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

#include "core/problem.h"

/* A line is a few KB, with its histograms some 100; what is longer is none of ours, and takes many
 * times its length once it is parsed. */
enum { JOURNAL_LINE_MAX = 4 << 20 };

struct journal {
    int fd; /* -1: not open */
    char path[4300];
    size_t cut_bytes; /* of a torn last line that was cut off at opening */
};

/* One line that was there; it keeps no reference. Returns 0 or the problem's status. */
typedef int journal_line_fn(void *data, json_t *line, struct problem *problem);

/* Makes the folder where it is missing and gives every line to `each`. Returns 0 or the problem's
 * status: STATUS_USAGE when another process has it open, STATUS_OUTPUT when it cannot be written,
 * STATUS_INCOMPARABLE when a line in it is none. */
int journal_open(struct journal *journal, const char *directory, journal_line_fn *each, void *data,
                 struct problem *problem);

/* The same for reading alone: somebody else may be writing, and a torn last line is passed over.
 * -ENOENT when there is no journal in the folder. */
int journal_read(const char *directory, journal_line_fn *each, void *data, struct problem *problem);

/* The same from a file that is open; `path` is how messages name it. */
int journal_read_file(FILE *file, const char *path, journal_line_fn *each, void *data,
                      struct problem *problem);

/* Appends the object (takes the reference; NULL is short memory). After a failure the file is as
 * it was before. */
int journal_append(struct journal *journal, json_t *line, struct problem *problem);

/* Waits until the disk has it all. Returns 0 or the problem's status. */
int journal_close(struct journal *journal, struct problem *problem);

/* ---- Parts of lines. ---- */

/* A string; bytes of a text that is not UTF-8 are shown escaped (\xff). */
json_t *journal_text(const char *text);

/* Says why what stands at this path of the line (keys with dots between them) is null, or not
 * there. */
void journal_missing(json_t *line, const char *path, const char *why);

/* The value, or where it is not finite a null for this reason. */
json_t *journal_real(json_t *line, const char *path, double value, const char *why);

#endif
