/* Readiness, out of what happened in between. */
#include "bench/trace/ready.h"

#include <errno.h>
#include <stdlib.h>

bool ready_open(struct ready *ready, const struct run *run, const struct trace_event *events,
                size_t count)
{
    *ready = (struct ready){.tasks = run->tasks};
    uint32_t lanes = trace_lanes(events, count);
    size_t places = run->tasks + (size_t)1;
    ready->asked = calloc(places, sizeof *ready->asked);
    ready->computed = calloc(places, sizeof *ready->computed);
    ready->ended_ns = calloc(places, sizeof *ready->ended_ns);
    ready->heard_ns = calloc(lanes + (size_t)1, sizeof *ready->heard_ns);
    if (ready->asked != NULL && ready->computed != NULL && ready->ended_ns != NULL &&
        ready->heard_ns != NULL)
        return true;
    ready_close(ready);
    return false;
}

void ready_close(struct ready *ready)
{
    free(ready->asked);
    free(ready->computed);
    free(ready->ended_ns);
    free(ready->heard_ns);
    *ready = (struct ready){0};
}

static void note_asked(struct ready *ready, const struct trace_event *event)
{
    ready->asked[ready_place(ready, event->task)] = event;
    if (event->op == OP_DONE && event->task != TASK_ROOT) {
        ready->ended_ns[event->task] = event->at_ns;
        ready->last_end_ns = event->at_ns;
    }
    if (event->op == OP_PUT || event->op == OP_TAKE) {
        ready->used[event->detail][event->op == OP_TAKE].at_ns = event->at_ns;
        ready->used[event->detail][event->op == OP_TAKE].task = event->task;
    }
}

void ready_note(struct ready *ready, const struct trace_event *event)
{
    switch ((enum trace_what)event->what) {
    case TRACE_ASK: note_asked(ready, event); return;
    case TRACE_COMPUTED: ready->computed[ready_place(ready, event->task)] = *event; return;
    case TRACE_HEARD: ready->heard_ns[event->lane] = event->at_ns; return;
    default: return;
    }
}

/* Not bounded yet; 0: nothing tells. */
static uint64_t told_ns(const struct ready *ready, const struct trace_event *asked)
{
    switch ((enum op_kind)asked->op) {
    case OP_SLEEP: return asked->at_ns - (uint64_t)(int64_t)asked->result + (uint64_t)asked->detail;
    case OP_COMPUTE: return ready->computed[ready_place(ready, asked->task)].at_ns;
    case OP_RESOLVE:
    case OP_CONNECT:
    case OP_SEND:
    case OP_RECV:
    case OP_CLOSE: return ready->heard_ns[asked->lane];
    case OP_PUT:
    case OP_TAKE: {
        bool by_putters = asked->op == OP_TAKE;
        return ready->used[asked->detail][by_putters ? 0 : 1].at_ns;
    }
    case OP_JOIN: return ready->ended_ns[asked->detail];
    case OP_JOIN_ALL: return ready->last_end_ns;
    case OP_YIELD:
    case OP_SPAWN: return asked->at_ns;
    default: return 0;
    }
}

uint64_t ready_since(const struct ready *ready, const struct trace_event *step)
{
    const struct trace_event *asked = ready->asked[ready_place(ready, step->task)];
    bool given_up = step->result == -ECANCELED || step->result == -ETIMEDOUT;
    uint64_t since_ns = given_up ? 0 : told_ns(ready, asked);
    if (since_ns <= asked->at_ns && asked->op != OP_YIELD && asked->op != OP_SPAWN)
        return step->at_ns; /* it was performed then and there, or nobody knows */
    return since_ns < step->at_ns ? since_ns : step->at_ns;
}
