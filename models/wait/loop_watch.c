/*
 * What is told of a loop's waits for the kernel, where somebody asks: how long it did not turn at
 * most (it handled events, stepped tasks, computed, and nobody else had a turn), and the trace.
 */
#include "core/clock.h"
#include "models/wait/loop.h"

static void note_busy(struct loop *loop, uint64_t until_ns)
{
    if (until_ns > loop->heard_ns && until_ns - loop->heard_ns > loop->stall_ns)
        loop->stall_ns = until_ns - loop->heard_ns;
}

struct trace_usage loop_usage(const struct loop *loop)
{
    return loop->run->trace != NULL ? trace_usage(loop->run) : (struct trace_usage){0};
}

void loop_watch_begin(struct loop *loop)
{
    loop->heard_ns = clock_now_ns();
}

void loop_watch_wait(struct loop *loop, uint64_t asked_ns, uint64_t heard_ns,
                     struct trace_usage usage)
{
    note_busy(loop, asked_ns);
    loop->heard_ns = heard_ns;
    if (loop->run->trace != NULL)
        trace_poll(loop->run, asked_ns, heard_ns, usage);
}

void loop_watch_end(struct loop *loop)
{
    note_busy(loop, clock_now_ns());
    if (loop->run->watch_stall)
        run_stalled(loop->run, loop->stall_ns);
}
