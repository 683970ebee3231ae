/* Lanes out of the workers that slices name, and rows out of who was in progress at the same time.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/timeline/timeline.h"

/* The file rounds the begin and the length of a slice to nanoseconds, each for itself. */
#define ROUNDING_US 0.002

/* ---- Lanes: each worker once. ---- */

static int by_worker(const void *a, const void *b)
{
    const struct timeline_lane *first = a, *second = b;
    if (first->pid != second->pid)
        return first->pid < second->pid ? -1 : 1;
    return (first->tid > second->tid) - (first->tid < second->tid);
}

static uint32_t find_lane(const struct timeline *timeline, const struct timeline_lane *worker)
{
    const struct timeline_lane *lane =
        bsearch(worker, timeline->lanes, timeline->lane_count, sizeof *timeline->lanes, by_worker);
    return (uint32_t)(lane - timeline->lanes);
}

static bool unite_lanes(struct timeline *timeline)
{
    size_t size = timeline->lane_count * sizeof *timeline->lanes;
    struct timeline_lane *brought = malloc(size + 1);
    if (brought == NULL)
        return false;
    memcpy(brought, timeline->lanes, size);
    qsort(timeline->lanes, timeline->lane_count, sizeof *timeline->lanes, by_worker);
    uint32_t count = 0;
    for (uint32_t i = 0; i < timeline->lane_count; i++)
        if (count == 0 || by_worker(&timeline->lanes[count - 1], &timeline->lanes[i]) != 0) {
            timeline->lanes[count] = timeline->lanes[i];
            timeline->lanes[count++].first_us = INFINITY;
        }
    timeline->lane_count = count;
    for (size_t i = 0; i < timeline->slice_count; i++)
        timeline->slices[i].lane = find_lane(timeline, &brought[timeline->slices[i].lane]);
    for (size_t i = 0; i < timeline->idle_count; i++)
        timeline->idles[i].lane = find_lane(timeline, &brought[timeline->idles[i].lane]);
    free(brought);
    return true;
}

/* ---- Tasks. ---- */

static int by_task(const void *a, const void *b)
{
    const struct timeline_slice *first = a, *second = b;
    if (first->task != second->task)
        return first->task < second->task ? -1 : 1;
    return (first->from_us > second->from_us) - (first->from_us < second->from_us);
}

/* Of the slices that begin at `first`; returns how many there are. */
static size_t follow_task(struct timeline *timeline, size_t first)
{
    struct timeline_task task = {.task = timeline->slices[first].task, .first = first};
    bool begun = false, stepped = false;
    size_t i = first;
    for (; i < timeline->slice_count && timeline->slices[i].task == task.task; i++) {
        const struct timeline_slice *slice = &timeline->slices[i];
        timeline->end_us = fmax(timeline->end_us, slice->to_us);
        if (slice->state == SPAN_QUEUED)
            continue;
        task.from_us = begun ? task.from_us : slice->from_us;
        task.to_us = begun ? fmax(task.to_us, slice->to_us) : slice->to_us;
        if (!stepped)
            task.lane = slice->lane;
        begun = true;
        stepped |= slice->state == SPAN_RUNNING;
    }
    task.count = i - first;
    if (begun)
        timeline->progress[timeline->progress_count++] = task;
    return task.count;
}

static bool follow_tasks(struct timeline *timeline)
{
    qsort(timeline->slices, timeline->slice_count, sizeof *timeline->slices, by_task);
    timeline->progress = malloc((timeline->slice_count + 1) * sizeof *timeline->progress);
    timeline->guests = malloc((timeline->slice_count + 1) * sizeof *timeline->guests);
    if (timeline->progress == NULL || timeline->guests == NULL)
        return false;
    timeline->end_us = timeline->wall_us;
    for (size_t i = 0; i < timeline->slice_count;)
        i += follow_task(timeline, i);
    for (size_t i = 0; i < timeline->progress_count; i++) {
        const struct timeline_task *task = &timeline->progress[i];
        for (size_t j = task->first; j < task->first + task->count; j++)
            if (timeline->slices[j].state == SPAN_COMPUTING &&
                timeline->slices[j].lane != task->lane)
                timeline->guests[timeline->guest_count++] = (struct timeline_guest){.slice = j};
    }
    return true;
}

/* ---- Rows. ---- */

/* What takes a row of a lane for a while. */
struct stay {
    double from_us, to_us;
    uint32_t lane;
    uint32_t task;
    uint32_t *row;
    double *free_us; /* NULL: not asked for */
};

static int by_lane(const void *a, const void *b)
{
    const struct stay *first = a, *second = b;
    if (first->lane != second->lane)
        return first->lane < second->lane ? -1 : 1;
    if (first->from_us < second->from_us || first->from_us > second->from_us)
        return first->from_us < second->from_us ? -1 : 1;
    return (first->task > second->task) - (first->task < second->task);
}

/* When the rows of a lane are free, as a tree: a node has the earliest of its two below, so that
 * the first row that is free is found without asking all of them. */
struct rows {
    double *free_us;
    size_t leaves; /* a power of two; free_us[leaves + row] */
};

static uint32_t take_row(struct rows *rows, const struct stay *stay)
{
    size_t node = 1;
    while (node < rows->leaves)
        node = rows->free_us[2 * node] <= stay->from_us + ROUNDING_US ? 2 * node : 2 * node + 1;
    uint32_t row = (uint32_t)(node - rows->leaves);
    if (stay->free_us != NULL)
        *stay->free_us = rows->free_us[node];
    rows->free_us[node] = stay->to_us;
    for (node /= 2; node >= 1; node /= 2)
        rows->free_us[node] = fmin(rows->free_us[2 * node], rows->free_us[2 * node + 1]);
    return row;
}

/* All of one lane. It has as many rows as it could need. */
static void place(struct timeline_lane *lane, const struct stay *stays, size_t count,
                  struct rows *rows)
{
    for (rows->leaves = 1; rows->leaves < count;)
        rows->leaves *= 2;
    for (size_t i = 0; i < 2 * rows->leaves; i++)
        rows->free_us[i] = -INFINITY;
    lane->first_us = stays[0].from_us;
    for (size_t i = 0; i < count; i++) {
        *stays[i].row = take_row(rows, &stays[i]);
        lane->rows = *stays[i].row >= lane->rows ? *stays[i].row + 1 : lane->rows;
    }
}

static size_t gather(struct timeline *timeline, struct stay *stays)
{
    size_t count = 0;
    for (size_t i = 0; i < timeline->progress_count; i++) {
        struct timeline_task *task = &timeline->progress[i];
        stays[count++] = (struct stay){task->from_us, task->to_us, task->lane,
                                       task->task,    &task->row,  &task->free_us};
    }
    for (size_t i = 0; i < timeline->guest_count; i++) {
        const struct timeline_slice *slice = &timeline->slices[timeline->guests[i].slice];
        stays[count++] = (struct stay){
            slice->from_us, slice->to_us, slice->lane, slice->task, &timeline->guests[i].row, NULL};
    }
    qsort(stays, count, sizeof *stays, by_lane);
    return count;
}

static bool place_all(struct timeline *timeline)
{
    size_t most = timeline->progress_count + timeline->guest_count;
    struct stay *stays = malloc((most + 1) * sizeof *stays);
    struct rows rows = {.free_us = malloc((4 * most + 2) * sizeof *rows.free_us)};
    bool good = stays != NULL && rows.free_us != NULL;
    size_t count = good ? gather(timeline, stays) : 0, end;
    for (size_t first = 0; first < count; first = end) {
        for (end = first; end < count && stays[end].lane == stays[first].lane;)
            end++;
        place(&timeline->lanes[stays[first].lane], &stays[first], end - first, &rows);
    }
    free(stays);
    free(rows.free_us);
    return good;
}

/* ---- The lanes' order and names. ---- */

static void add_up(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->progress_count; i++) {
        const struct timeline_task *task = &timeline->progress[i];
        for (size_t j = task->first; j < task->first + task->count; j++) {
            const struct timeline_slice *slice = &timeline->slices[j];
            bool computes = slice->state == SPAN_COMPUTING;
            timeline->lanes[computes ? slice->lane : task->lane].state_us[slice->state] +=
                slice->to_us - slice->from_us;
        }
    }
    for (size_t i = 0; i < timeline->idle_count; i++)
        timeline->lanes[timeline->idles[i].lane].idle_us +=
            timeline->idles[i].to_us - timeline->idles[i].from_us;
}

/* For the comparison, which is told nothing else. */
struct ordered {
    struct timeline_lane lane;
    uint32_t was;
    bool is_main;
};

static int by_begin(const void *a, const void *b)
{
    const struct ordered *first = a, *second = b;
    if ((first->lane.rows > 0) != (second->lane.rows > 0))
        return first->lane.rows > 0 ? -1 : 1;
    if (first->is_main != second->is_main)
        return first->is_main ? -1 : 1;
    if (first->lane.first_us < second->lane.first_us ||
        first->lane.first_us > second->lane.first_us)
        return first->lane.first_us < second->lane.first_us ? -1 : 1;
    return by_worker(&first->lane, &second->lane);
}

static void name_lanes(struct timeline *timeline)
{
    uint32_t threads = 0, processes = 0;
    for (uint32_t i = 0; i < timeline->lane_count; i++) {
        struct timeline_lane *lane = &timeline->lanes[i];
        if (lane->pid == timeline->main_pid && lane->tid == lane->pid)
            snprintf(lane->name, sizeof lane->name, "main");
        else if (lane->pid == timeline->main_pid)
            snprintf(lane->name, sizeof lane->name, "thread %u", ++threads);
        else
            snprintf(lane->name, sizeof lane->name, "process %u", ++processes);
    }
}

/* Main first, then as they began; those without a task are cut off, and what was idle there. */
static bool order_lanes(struct timeline *timeline)
{
    struct ordered *ordered = malloc((timeline->lane_count + (size_t)1) * sizeof *ordered);
    uint32_t *place_of = malloc((timeline->lane_count + (size_t)1) * sizeof *place_of);
    bool good = ordered != NULL && place_of != NULL;
    uint32_t shown = 0;
    for (uint32_t i = 0; good && i < timeline->lane_count; i++) {
        const struct timeline_lane *lane = &timeline->lanes[i];
        ordered[i] =
            (struct ordered){*lane, i, lane->pid == timeline->main_pid && lane->tid == lane->pid};
        shown += lane->rows > 0;
    }
    if (good)
        qsort(ordered, timeline->lane_count, sizeof *ordered, by_begin);
    for (uint32_t i = 0; good && i < timeline->lane_count; i++) {
        timeline->lanes[i] = ordered[i].lane;
        place_of[ordered[i].was] = i;
    }
    size_t idles = 0;
    for (size_t i = 0; good && i < timeline->idle_count; i++) {
        timeline->idles[i].lane = place_of[timeline->idles[i].lane];
        if (timeline->idles[i].lane < shown)
            timeline->idles[idles++] = timeline->idles[i];
    }
    for (size_t i = 0; good && i < timeline->progress_count; i++)
        timeline->progress[i].lane = place_of[timeline->progress[i].lane];
    for (size_t i = 0; good && i < timeline->slice_count; i++)
        timeline->slices[i].lane = place_of[timeline->slices[i].lane];
    timeline->idle_count = idles;
    timeline->lane_count = shown;
    free(ordered);
    free(place_of);
    return good;
}

int timeline_lay_out(struct timeline *timeline, struct problem *problem)
{
    if (!unite_lanes(timeline) || !follow_tasks(timeline) || !place_all(timeline))
        return problem_no_memory(problem);
    add_up(timeline);
    if (!order_lanes(timeline))
        return problem_no_memory(problem);
    name_lanes(timeline);
    return 0;
}
