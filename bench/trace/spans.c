/* Events in their order made into spans. */
#include "bench/trace/spans.h"

#include <stdlib.h>

#include "bench/trace/ready.h"

const char *span_state_name(enum span_state state)
{
    static const char *const names[SPAN_STATES] = {"queued",  "running", "computing",
                                                   "holding", "waiting", "ready"};
    return names[state];
}

struct maker {
    const struct run *run;
    struct spans *spans;
    struct ready ready;
    const struct trace_event **stepped;   /* by task, the root's last: the step that it is in */
    const struct trace_event **computing; /* … and the begin of its computation */
};

static void add(struct maker *maker, struct span span)
{
    if (span.from_ns < span.to_ns)
        maker->spans->all[maker->spans->count++] = span;
}

static void add_part(struct maker *maker, struct span span, enum span_state state, uint64_t from_ns,
                     uint64_t to_ns)
{
    span.state = (uint8_t)state;
    span.from_ns = from_ns;
    span.to_ns = to_ns;
    add(maker, span);
}

/* Up to its end, wherever it was computed. */
static void add_computation(struct maker *maker, struct span span, const struct trace_event *asked,
                            const struct trace_event *began, uint64_t end_ns)
{
    span.op = OP_NONE;
    add_part(maker, span, SPAN_READY, asked->at_ns, began->at_ns);
    span.op = OP_COMPUTE;
    span.lane = began->lane;
    add_part(maker, span, SPAN_COMPUTING, began->at_ns, end_ns);
}

/* From what it asked for to its next step. */
static void add_wait(struct maker *maker, const struct trace_event *asked,
                     const struct trace_event *step)
{
    uint64_t since_ns = ready_since(&maker->ready, step);
    struct span span = {.task = step->task, .lane = step->lane, .op = asked->op};
    const struct trace_event *began = maker->computing[ready_place(&maker->ready, step->task)];
    bool holds = asked->op == OP_SLEEP && (asked->flags & OP_HOLD);
    if (asked->op == OP_COMPUTE && began != NULL && began->at_ns >= asked->at_ns)
        add_computation(maker, span, asked, began, since_ns);
    else
        add_part(maker, span, holds ? SPAN_HOLDING : SPAN_WAITING, asked->at_ns, since_ns);
    add_part(maker, span, SPAN_READY, since_ns, step->at_ns);
}

static void on_step(struct maker *maker, const struct trace_event *step)
{
    uint32_t place = ready_place(&maker->ready, step->task);
    const struct trace_event *asked = maker->ready.asked[place];
    if (asked != NULL)
        add_wait(maker, asked, step);
    else if (step->task != TASK_ROOT)
        add(maker, (struct span){.from_ns = maker->run->children[step->task].intended_ns,
                                 .to_ns = step->at_ns,
                                 .task = step->task,
                                 .lane = step->lane,
                                 .state = SPAN_QUEUED});
    maker->stepped[place] = step;
}

static void on_ask(struct maker *maker, const struct trace_event *ask)
{
    const struct trace_event *step = maker->stepped[ready_place(&maker->ready, ask->task)];
    if (step != NULL)
        add(maker, (struct span){.from_ns = step->at_ns,
                                 .to_ns = ask->at_ns,
                                 .task = ask->task,
                                 .lane = ask->lane,
                                 .state = SPAN_RUNNING,
                                 .op = ask->op,
                                 .result = step->result});
}

static void make(struct maker *maker, const struct trace_event *events, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct trace_event *event = &events[i];
        if (event->what == TRACE_STEP)
            on_step(maker, event);
        else if (event->what == TRACE_ASK)
            on_ask(maker, event);
        else if (event->what == TRACE_COMPUTE)
            maker->computing[ready_place(&maker->ready, event->task)] = event;
        ready_note(&maker->ready, event);
    }
}

bool spans_make(const struct run *run, const struct trace_event *events, size_t count,
                struct spans *spans)
{
    struct maker maker = {.run = run, .spans = spans};
    size_t places = run->tasks + (size_t)1;
    /* A step makes at most three, what it asks for one. */
    *spans = (struct spans){.all = malloc((2 * count + 3) * sizeof *spans->all)};
    maker.stepped = calloc(places, sizeof *maker.stepped);
    maker.computing = calloc(places, sizeof *maker.computing);
    bool good = spans->all != NULL && maker.stepped != NULL && maker.computing != NULL &&
                ready_open(&maker.ready, run, events, count);
    if (good) {
        make(&maker, events, count);
        ready_close(&maker.ready);
    } else {
        spans_free(spans);
    }
    free(maker.stepped);
    free(maker.computing);
    return good;
}

void spans_free(struct spans *spans)
{
    free(spans->all);
    *spans = (struct spans){0};
}
