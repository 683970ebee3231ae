/* What a program tells of its run's trace. */
#include "bench/program/tracing.h"

#include <errno.h>
#include <stdlib.h>

#include "bench/program/log.h"
#include "bench/trace/chrome.h"

int tracing_begin(struct tracing *tracing, struct run *run)
{
    int status = tracing->log ? log_check(run) : 0;
    if (status != 0 || (!tracing->log && !tracing->accounts && tracing->path == NULL))
        return status;
    if (tracing->path != NULL) {
        status = whole_file_open(&tracing->file, tracing->path, &run->problem);
        tracing->open = status == 0;
    }
    return status != 0 ? status : trace_begin(run, tracing->accounts);
}

/* ---- After the run. ---- */

static int complain(const struct run *run, int status, const char *what, const char *why)
{
    fprintf(stderr, "%s: %s%s%s\n", run->workload_name, what, why != NULL ? ": " : "",
            why != NULL ? why : "");
    return status;
}

static int tell_log(const struct run *run, const struct trace_event *events, size_t count)
{
    errno = 0;
    if (!log_print(run, events, count, stderr))
        return complain(run, STATUS_ENVIRONMENT, "memory is too short for the log", NULL);
    /* The log is for reading: on a disk that is full there is none. */
    return ferror(stderr) && errno != EPIPE ? STATUS_OUTPUT : STATUS_OK;
}

static int write_file(struct tracing *tracing, const struct run *run,
                      const struct trace_event *events, size_t count)
{
    struct spans spans;
    bool good = spans_make(run, events, count, &spans);
    if (good) {
        good = chrome_write(run, events, count, &spans, tracing->event_ns, tracing->file.file);
        spans_free(&spans);
    }
    if (!good)
        return complain(run, STATUS_ENVIRONMENT, "memory is too short for the trace", NULL);
    struct problem problem = {0};
    tracing->open = false;
    int status = whole_file_close(&tracing->file, &problem);
    return status != 0 ? complain(run, status, "the trace", problem.text) : STATUS_OK;
}

/* All times of events are of the tasks' clock; what they cost is the machine's. */
static void tell_cost(const struct tracing *tracing, const struct run *run)
{
    double cost_s = (double)tracing->events * tracing->event_ns / 1e9;
    fprintf(stderr, "trace: %zu events, about %.0f ns each to record: %.3g ms in all",
            tracing->events, tracing->event_ns, cost_s * 1e3);
    if (!run->model->simulated)
        fprintf(stderr, ", the run took %.4g ms", run_seconds(run) * 1e3);
    fprintf(stderr, "\n");
    if (tracing->dropped > 0)
        fprintf(stderr,
                "trace: %llu more had no room and are missing: give it fewer tasks or operations\n",
                (unsigned long long)tracing->dropped);
}

static int tell(struct tracing *tracing, struct run *run, const struct trace_event *events)
{
    int status = STATUS_OK;
    if (tracing->log)
        status = tell_log(run, events, tracing->events);
    if (tracing->path != NULL) {
        int written = write_file(tracing, run, events, tracing->events);
        status = status != STATUS_OK ? status : written;
    }
    if (tracing->accounts)
        tracing->accounted = account_make(run, events, tracing->events, &tracing->account);
    if (tracing->accounts && !tracing->accounted)
        status = complain(run, STATUS_ENVIRONMENT, "memory is too short for the account", NULL);
    if (tracing->path != NULL || tracing->accounts)
        tell_cost(tracing, run);
    return status;
}

int tracing_tell(struct tracing *tracing, struct run *run)
{
    if (run->trace == NULL)
        return STATUS_OK;
    struct trace_event *events = trace_events(run, &tracing->events);
    if (events == NULL)
        return complain(run, STATUS_ENVIRONMENT, "memory is too short for the trace", NULL);
    tracing->dropped = trace_dropped(run);
    if (tracing->path != NULL || tracing->accounts)
        tracing->event_ns = trace_event_ns(run);
    int status = tell(tracing, run, events);
    free(events);
    return status;
}

void tracing_end(struct tracing *tracing, struct run *run)
{
    if (tracing->open)
        whole_file_drop(&tracing->file);
    tracing->open = false;
    trace_end(run);
}
