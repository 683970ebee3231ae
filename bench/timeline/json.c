/* A timeline's lanes, rows and sums as JSON. Times are seconds. */
#include "bench/timeline/timeline.h"

static json_t *seconds(double us)
{
    return json_real(us / 1e6);
}

static json_t *states_json(const double state_us[SPAN_STATES])
{
    json_t *states = json_object();
    for (int i = 0; i < SPAN_STATES; i++)
        json_object_set_new(states, span_state_name((enum span_state)i), seconds(state_us[i]));
    return states;
}

static json_t *lanes_json(const struct timeline *timeline)
{
    json_t *lanes = json_array();
    for (uint32_t i = 0; i < timeline->lane_count; i++) {
        const struct timeline_lane *lane = &timeline->lanes[i];
        json_array_append_new(lanes,
                              json_pack("{s:s, s:i, s:i, s:I, s:o, s:o}", "name", lane->name,
                                        "process", (int)lane->pid, "thread", (int)lane->tid, "rows",
                                        (json_int_t)lane->rows, "idle_s", seconds(lane->idle_us),
                                        "states_s", states_json(lane->state_us)));
    }
    return lanes;
}

static json_t *tasks_json(const struct timeline *timeline)
{
    json_t *tasks = json_array();
    for (size_t i = 0; i < timeline->progress_count; i++) {
        const struct timeline_task *task = &timeline->progress[i];
        json_array_append_new(
            tasks, json_pack("{s:I, s:I, s:I, s:o, s:o}", "task", (json_int_t)task->task, "lane",
                             (json_int_t)task->lane, "row", (json_int_t)task->row, "begin_s",
                             seconds(task->from_us), "end_s", seconds(task->to_us)));
    }
    return tasks;
}

json_t *timeline_json(const struct timeline *timeline, const char *path)
{
    double sums_us[SPAN_STATES] = {0};
    for (size_t i = 0; i < timeline->slice_count; i++)
        sums_us[timeline->slices[i].state] +=
            timeline->slices[i].to_us - timeline->slices[i].from_us;
    json_t *name = json_string(path); /* a file's name need not be text */
    name = name != NULL ? name : json_null();
    return json_pack("{s:o, s:s, s:s, s:I, s:I, s:o, s:I, s:I, s:o, s:o, s:o}", "trace", name,
                     "workload", timeline->workload, "model", timeline->model, "width",
                     (json_int_t)timeline->width, "tasks", (json_int_t)timeline->tasks, "wall_s",
                     seconds(timeline->wall_us), "events", (json_int_t)timeline->events, "dropped",
                     (json_int_t)timeline->dropped, "states_s", states_json(sums_us), "lanes",
                     lanes_json(timeline), "in_progress", tasks_json(timeline));
}
