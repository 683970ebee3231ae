/* A file in the Chrome trace format, checked for being one of ours, into slices by task. What lies
 * where in the picture is lay_out.c's. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/timeline/timeline.h"
#include "bench/trace/chrome.h"
#include "core/limits.h"

/* As JSON in memory it is six times that, and 35 times where a file has nothing but small objects.
 */
enum { FILE_BYTES_MAX = 128 << 20 };
/* In microseconds: eleven days. What is beyond is no run of ours, and no chart could show it. */
#define TIME_US_MAX 1e12

struct reader {
    struct timeline *timeline;
    const char *path;
    struct problem *problem;
    size_t event; /* its number in the file, from 0 */
};

static int refuse(const struct reader *reader, const char *why)
{
    return problem_set(reader->problem, STATUS_USAGE,
                       "'%s' is no trace of crossover's: %s; a workload's --trace FILE writes one",
                       reader->path, why);
}

static int refuse_event(const struct reader *reader, const char *why)
{
    return problem_set(reader->problem, STATUS_USAGE,
                       "'%s' is damaged: event %zu has no %s that could be; record it again",
                       reader->path, reader->event, why);
}

static int no_memory(const struct reader *reader)
{
    return problem_no_memory(reader->problem);
}

/* ---- What the run was. ---- */

/* As gnuplot would run what stands in backticks, and a title is no place for more. */
static bool copy_name(const json_t *value, char name[TIMELINE_NAME_BYTES])
{
    const char *text = json_string_value(value);
    if (text == NULL || text[0] == 0 || strlen(text) >= TIMELINE_NAME_BYTES ||
        strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(text))
        return false;
    memcpy(name, text, strlen(text) + 1);
    return true;
}

static bool copy_count(const json_t *value, json_int_t most, uint64_t *count)
{
    json_int_t number = json_integer_value(value);
    *count = (uint64_t)number;
    return json_is_integer(value) && number >= 0 && number <= most;
}

static int read_run(struct reader *reader, const json_t *run)
{
    struct timeline *timeline = reader->timeline;
    uint64_t tasks, width;
    if (!json_is_object(run))
        return refuse(reader, "it does not say in \"otherData\" which run it is of");
    if (!copy_name(json_object_get(run, "workload"), timeline->workload) ||
        !copy_name(json_object_get(run, "model"), timeline->model))
        return refuse(reader, "its \"otherData\" names no workload and model");
    if (!copy_count(json_object_get(run, "tasks"), TASKS_MAX, &tasks) ||
        !copy_count(json_object_get(run, "width"), TASKS_MAX, &width) ||
        !copy_count(json_object_get(run, "events"), INT64_MAX, &timeline->events) ||
        !copy_count(json_object_get(run, "dropped"), INT64_MAX, &timeline->dropped))
        return refuse(reader, "its \"otherData\" does not count tasks, width and events");
    timeline->wall_us = json_number_value(json_object_get(run, "wall_s")) * 1e6;
    if (!(timeline->wall_us >= 0 && timeline->wall_us <= TIME_US_MAX))
        return refuse(reader, "its \"otherData\" does not say how long the run took");
    timeline->tasks = (uint32_t)tasks;
    timeline->width = (uint32_t)width;
    return 0;
}

/* ---- Its events. ---- */

static bool read_id(const json_t *value, int32_t *id)
{
    json_int_t number = json_integer_value(value);
    *id = (int32_t)number;
    return json_is_integer(value) && number >= 0 && number <= INT32_MAX;
}

static bool read_times(const json_t *event, double *from_us, double *to_us)
{
    const json_t *begin = json_object_get(event, "ts"), *length = json_object_get(event, "dur");
    *from_us = json_number_value(begin);
    *to_us = *from_us + json_number_value(length);
    return json_is_number(begin) && json_is_number(length) && fabs(*from_us) <= TIME_US_MAX &&
           *to_us >= *from_us && *to_us <= TIME_US_MAX;
}

static bool read_state(const char *category, uint8_t *state)
{
    for (int i = 0; i < SPAN_STATES && category != NULL; i++) {
        *state = (uint8_t)i;
        if (strcmp(category, span_state_name((enum span_state)i)) == 0)
            return true;
    }
    return false;
}

/* "waits: RECV" */
static enum timeline_cause cause_of(const char *name)
{
    const char *op = name != NULL ? strchr(name, ':') : NULL;
    if (op == NULL)
        return CAUSE_TASKS;
    if (strcmp(op + 1, " SLEEP") == 0)
        return CAUSE_SLEEP;
    for (enum op_kind kind = OP_RESOLVE; kind <= OP_CLOSE; kind++)
        if (strcmp(op + 2, op_kind_name(kind)) == 0)
            return CAUSE_NETWORK;
    return CAUSE_TASKS;
}

/* Until all are there, a lane is the place of its worker in `lanes`, where it may be several times:
 * each of its slices and waits brings it along. */
static uint32_t bring_lane(struct timeline *timeline, int32_t pid, int32_t tid)
{
    timeline->lanes[timeline->lane_count] = (struct timeline_lane){.pid = pid, .tid = tid};
    return timeline->lane_count++;
}

static int read_task_slice(struct reader *reader, const json_t *event, int32_t row)
{
    struct timeline *timeline = reader->timeline;
    const json_t *worker = json_object_get(event, "args");
    struct timeline_slice slice = {.task = (uint32_t)row - 2};
    int32_t pid, tid;
    if (!read_times(event, &slice.from_us, &slice.to_us))
        return refuse_event(reader, "time");
    if (!read_state(json_string_value(json_object_get(event, "cat")), &slice.state))
        return refuse_event(reader, "state");
    if (!read_id(json_object_get(worker, "process"), &pid) ||
        !read_id(json_object_get(worker, "thread"), &tid))
        return refuse_event(reader, "process and thread");
    if (row == 1) { /* the root's */
        timeline->main_pid = pid;
        return 0;
    }
    if (row < 1 || slice.task >= timeline->tasks)
        return refuse_event(reader, "task");
    slice.cause = (uint8_t)cause_of(json_string_value(json_object_get(event, "name")));
    slice.lane = bring_lane(timeline, pid, tid);
    timeline->slices[timeline->slice_count++] = slice;
    return 0;
}

static int read_event(struct reader *reader, const json_t *event)
{
    struct timeline *timeline = reader->timeline;
    const char *phase = json_string_value(json_object_get(event, "ph"));
    const char *category = json_string_value(json_object_get(event, "cat"));
    struct timeline_idle idle;
    int32_t pid, tid;
    if (phase == NULL)
        return refuse_event(reader, "phase");
    if (strcmp(phase, "X") != 0)
        return 0;
    if (!read_id(json_object_get(event, "pid"), &pid) ||
        !read_id(json_object_get(event, "tid"), &tid))
        return refuse_event(reader, "process and thread");
    if (pid == CHROME_TASKS_PID)
        return read_task_slice(reader, event, tid);
    if (category == NULL || strcmp(category, "idle") != 0)
        return 0; /* what a worker ran is in the tasks' rows too */
    if (!read_times(event, &idle.from_us, &idle.to_us))
        return refuse_event(reader, "time");
    idle.lane = bring_lane(timeline, pid, tid);
    timeline->idles[timeline->idle_count++] = idle;
    return 0;
}

static int read_events(struct reader *reader, const json_t *events)
{
    struct timeline *timeline = reader->timeline;
    size_t count = json_array_size(events);
    timeline->slices = malloc((count + 1) * sizeof *timeline->slices);
    timeline->idles = malloc((count + 1) * sizeof *timeline->idles);
    timeline->lanes = malloc((count + 1) * sizeof *timeline->lanes);
    if (timeline->slices == NULL || timeline->idles == NULL || timeline->lanes == NULL)
        return no_memory(reader);
    int status = 0;
    for (; reader->event < count && status == 0; reader->event++)
        status = read_event(reader, json_array_get(events, reader->event));
    bool begun = false;
    for (size_t i = 0; i < timeline->slice_count; i++)
        begun |= timeline->slices[i].state != SPAN_QUEUED;
    return status != 0 || begun ? status : refuse(reader, "no task has begun in it");
}

static int read_root(struct reader *reader, const json_t *root)
{
    const json_t *events = json_object_get(root, "traceEvents");
    if (!json_is_array(events))
        return refuse(reader, "it has no list \"traceEvents\"");
    int status = read_run(reader, json_object_get(root, "otherData"));
    return status != 0 ? status : read_events(reader, events);
}

/* ---- The file. ---- */

/* A pipe does not say how long it is. */
struct feed {
    FILE *file;
    size_t left; /* of what it may have */
    bool too_large;
};

static size_t feed(void *buffer, size_t size, void *data)
{
    struct feed *feed = data;
    size_t count = fread(buffer, 1, size, feed->file);
    feed->too_large = count > feed->left;
    feed->left -= feed->too_large ? 0 : count;
    return feed->too_large || ferror(feed->file) ? (size_t)-1 : count;
}

static int refuse_size(const char *path, struct problem *problem)
{
    return problem_set(
        problem, STATUS_USAGE,
        "'%s' is too large to be drawn: over %d MiB; trace fewer tasks or operations", path,
        FILE_BYTES_MAX >> 20);
}

static int refuse_json(const struct reader *reader, const json_error_t *error)
{
    return problem_set(reader->problem, STATUS_USAGE, "'%s' is not JSON: %s (line %d)",
                       reader->path, error->text, error->line);
}

int timeline_read_file(struct timeline *timeline, FILE *file, const char *path,
                       struct problem *problem)
{
    struct reader reader = {.timeline = timeline, .path = path, .problem = problem};
    json_error_t error;
    *timeline = (struct timeline){.wall_us = 0};
    struct feed source = {.file = file, .left = FILE_BYTES_MAX};
    json_t *root = json_load_callback(feed, &source, 0, &error);
    if (source.too_large) {
        json_decref(root);
        return refuse_size(path, problem);
    }
    if (root == NULL)
        return json_error_code(&error) == json_error_out_of_memory ? no_memory(&reader)
                                                                   : refuse_json(&reader, &error);
    int status = read_root(&reader, root);
    json_decref(root);
    return status != 0 ? status : timeline_lay_out(timeline, problem);
}

int timeline_read(struct timeline *timeline, const char *path, struct problem *problem)
{
    struct stat stat;
    *timeline = (struct timeline){.wall_us = 0};
    FILE *file = fopen(path, "r");
    if (file == NULL || fstat(fileno(file), &stat) != 0 || S_ISDIR(stat.st_mode)) {
        int status = problem_set(problem, STATUS_USAGE, "'%s' cannot be read: %s", path,
                                 file == NULL ? strerror(errno) : "it is a folder");
        if (file != NULL)
            fclose(file);
        return status;
    }
    int status;
    if (stat.st_size > FILE_BYTES_MAX)
        status = refuse_size(path, problem);
    else
        status = timeline_read_file(timeline, file, path, problem);
    fclose(file);
    return status;
}

void timeline_free(struct timeline *timeline)
{
    free(timeline->slices);
    free(timeline->idles);
    free(timeline->lanes);
    free(timeline->progress);
    free(timeline->guests);
    *timeline = (struct timeline){.wall_us = 0};
}
