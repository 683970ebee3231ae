/* Spans and waits as events of the Chrome trace format. */
#include "bench/trace/chrome.h"

#include <inttypes.h>
#include <stdlib.h>

enum { NAME_BYTES = 48 };

struct writer {
    const struct run *run;
    FILE *out;
    bool behind_another;
};

static void begin(struct writer *writer)
{
    fprintf(writer->out, writer->behind_another ? ",\n" : "\n");
    writer->behind_another = true;
}

static double microseconds(const struct writer *writer, uint64_t at_ns)
{
    return (double)(int64_t)(at_ns - writer->run->clock_start_ns) / 1e3;
}

static const char *name_of(uint32_t task, char name[NAME_BYTES])
{
    if (task == TASK_ROOT)
        return "root";
    snprintf(name, NAME_BYTES, "task %u", task);
    return name;
}

/* The root's row is the first; a row's number is not 0, which is nobody's. */
static uint32_t row_of(uint32_t task)
{
    return task == TASK_ROOT ? 1 : task + 2;
}

/* ---- What rows are called. ---- */

static void name_process(struct writer *writer, int64_t pid, const char *name, int order)
{
    begin(writer);
    fprintf(writer->out,
            "{\"ph\":\"M\",\"pid\":%" PRId64 ",\"tid\":0,\"name\":\"process_name\",\"args\":{"
            "\"name\":\"%s\"}},\n"
            "{\"ph\":\"M\",\"pid\":%" PRId64
            ",\"tid\":0,\"name\":\"process_sort_index\",\"args\":{\"sort_index\":%d}}",
            pid, name, pid, order);
}

static void name_thread(struct writer *writer, int64_t pid, int64_t tid, const char *name)
{
    begin(writer);
    fprintf(writer->out,
            "{\"ph\":\"M\",\"pid\":%" PRId64 ",\"tid\":%" PRId64
            ",\"name\":\"thread_name\",\"args\":{\"name\":\"%s\"}}",
            pid, tid, name);
}

static void name_workers(struct writer *writer, uint32_t lanes)
{
    char name[NAME_BYTES];
    int32_t main_pid = lanes > 0 ? trace_lane(writer->run, 0)->pid : 0;
    for (uint32_t i = 0; i < lanes; i++) {
        const struct trace_lane *lane = trace_lane(writer->run, i);
        if (i == 0 || lane->pid != main_pid) {
            snprintf(name, sizeof name, "%s -m %s%s", writer->run->workload_name,
                     writer->run->model_name, i == 0 ? "" : ", a worker");
            name_process(writer, lane->pid, name, i == 0 ? 0 : 1);
        }
        snprintf(name, sizeof name, lane->pid == lane->tid ? "main" : "thread %u", i);
        name_thread(writer, lane->pid, lane->tid, name);
    }
}

/* Of those that have a span. */
static void name_tasks(struct writer *writer, const struct spans *spans)
{
    char name[NAME_BYTES];
    uint32_t last = 0;
    name_process(writer, CHROME_TASKS_PID, "tasks", 2);
    for (size_t i = 0; i < spans->count; i++)
        if (spans->all[i].task != TASK_ROOT && spans->all[i].task >= last)
            last = spans->all[i].task + 1;
    name_thread(writer, CHROME_TASKS_PID, row_of(TASK_ROOT), "root");
    for (uint32_t task = 0; task < last; task++)
        name_thread(writer, CHROME_TASKS_PID, row_of(task), name_of(task, name));
}

/* ---- What they show. ---- */

static void write_slice(struct writer *writer, int64_t pid, int64_t tid, const char *name,
                        const char *category, uint64_t from_ns, uint64_t to_ns)
{
    begin(writer);
    fprintf(writer->out,
            "{\"ph\":\"X\",\"pid\":%" PRId64 ",\"tid\":%" PRId64
            ",\"name\":\"%s\",\"cat\":\"%s\",\"ts\":%.3f,\"dur\":%.3f",
            pid, tid, name, category, microseconds(writer, from_ns),
            (double)(to_ns - from_ns) / 1e3);
}

/* What a span is called in the task's own row. */
static const char *say(const struct span *span, char name[NAME_BYTES])
{
    const char *op = op_kind_name((enum op_kind)span->op);
    switch ((enum span_state)span->state) {
    case SPAN_WAITING:
    case SPAN_READY: break;
    case SPAN_RUNNING: return span->op == OP_DONE ? "its last step" : "runs";
    case SPAN_COMPUTING: return "computes";
    case SPAN_HOLDING: return "holds";
    case SPAN_QUEUED: return "has not begun";
    }
    if (span->op == OP_NONE)
        return "ready to compute";
    snprintf(name, NAME_BYTES, "%s%s", span->state == SPAN_READY ? "ready after " : "waits: ", op);
    return name;
}

static void write_span(struct writer *writer, const struct span *span)
{
    char name[NAME_BYTES];
    enum span_state state = (enum span_state)span->state;
    const struct trace_lane *lane = trace_lane(writer->run, span->lane);
    bool runs = state == SPAN_RUNNING || state == SPAN_COMPUTING || state == SPAN_HOLDING;
    write_slice(writer, CHROME_TASKS_PID, row_of(span->task), say(span, name),
                span_state_name(state), span->from_ns, span->to_ns);
    fprintf(writer->out, ",\"args\":{\"process\":%d,\"thread\":%d", lane->pid, lane->tid);
    if (state == SPAN_RUNNING)
        fprintf(writer->out, ",\"result\":%d,\"asks_for\":\"%s\"", span->result,
                op_kind_name((enum op_kind)span->op));
    fprintf(writer->out, "}}");
    /* Simulated computations take no thread's time: several may be of the same one at once. */
    if (!runs || (state == SPAN_COMPUTING && writer->run->model->simulated))
        return;
    write_slice(writer, lane->pid, lane->tid, name_of(span->task, name), span_state_name(state),
                span->from_ns, span->to_ns);
    fprintf(writer->out, ",\"args\":{\"task\":%" PRId64 "}}",
            span->task == TASK_ROOT ? INT64_C(-1) : (int64_t)span->task);
}

/* A loop's waits for the kernel. */
static void write_waits(struct writer *writer, const struct trace_event *events, size_t count,
                        uint64_t *asked_ns)
{
    for (size_t i = 0; i < count; i++) {
        const struct trace_event *event = &events[i];
        const struct trace_lane *lane = trace_lane(writer->run, event->lane);
        if (event->what == TRACE_POLL)
            asked_ns[event->lane] = event->at_ns;
        if (event->what != TRACE_HEARD || event->at_ns <= asked_ns[event->lane])
            continue;
        write_slice(writer, lane->pid, lane->tid, "waits for the kernel", "idle",
                    asked_ns[event->lane], event->at_ns);
        fprintf(writer->out, "}");
    }
}

bool chrome_write(const struct run *run, const struct trace_event *events, size_t count,
                  const struct spans *spans, double event_ns, FILE *out)
{
    struct writer writer = {.run = run, .out = out};
    uint32_t lanes = trace_lanes(events, count);
    uint64_t *asked_ns = calloc(lanes + (size_t)1, sizeof *asked_ns);
    if (asked_ns == NULL)
        return false;
    fprintf(out, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[");
    name_workers(&writer, lanes);
    name_tasks(&writer, spans);
    for (size_t i = 0; i < spans->count; i++)
        write_span(&writer, &spans->all[i]);
    write_waits(&writer, events, count, asked_ns);
    fprintf(out,
            "\n],\"otherData\":{\"workload\":\"%s\",\"model\":\"%s\",\"width\":%u,\"tasks\":%u,"
            "\"seed\":%" PRIu64 ",\"wall_s\":%.9f,\"events\":%zu,\"dropped\":%" PRIu64
            ",\"event_ns\":%.1f}}\n",
            run->workload_name, run->model_name, run->width, run->tasks, run->seed,
            run_seconds(run), count, trace_dropped(run), event_ns);
    free(asked_ns);
    return true;
}
