/*
 * A run of the engine as far as it has come: its cells, the lines that go to the journal and to the
 * sample, one launch of an arm. Which launch comes when is protocol.h's, for those beside the timed
 * ones beside.h's.
 */
#ifndef BENCH_ENGINE_COURSE_H
#define BENCH_ENGINE_COURSE_H

#include "bench/engine/protocol.h"

/* How far a cell has come. */
struct course_cell {
    const struct plan_cell *plan;
    bool done;
    uint32_t next_block;
    uint64_t block_ns; /* what the last one took, with the floors beside it */
    uint32_t floors;
};

struct course {
    const struct plan *plan;
    struct journal *journal;
    struct sample *sample;
    struct course_cell *cells;
    uint64_t end_ns;   /* of the budget */
    uint64_t launches; /* of this process: the paddings' random numbers */
    struct problem *problem;
};

/* The cell in the sample; another place after the sample has grown. */
struct sample_cell *course_sample(const struct course *course, const struct course_cell *cell);

/* A line, to the disk, then to memory; takes the reference. Returns 0 or the problem's status. */
int course_record(struct course *course, json_t *line);

/* Seconds that are left of the budget; INFINITY: there is none. */
double course_to_go_s(const struct course *course);

/* Launches an arm and records it. Returns 0, the problem's status, or -EINTR. */
int course_launch(struct course *course, const struct course_cell *cell, const struct arm *arm,
                  struct order order, struct presence *presence);

/* An arm that is launched again: it can be, has not failed and was not stopped. */
bool course_is_active(const struct sample_cell *cell, size_t arm);

/* How many launches of this kind an arm has had. */
uint32_t course_count(const struct sample_cell *cell, size_t arm, enum launch_kind kind);

#endif
