/* Events in shared memory, by a step function around the workload's own. */
#include "core/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/clock.h"

enum {
    EVENTS_MAX = 1 << 24,
    LANES_MAX = 1 << 17,
    BLOCK_EVENTS = 32, /* what a thread takes at a time */
};

/* Shared with workers, but for the wrapped computations: who begins one ends it. */
struct trace {
    bool accounts;
    _Atomic bool delays_unknown;
    _Atomic uint32_t lane_count;
    _Atomic uint64_t taken; /* events, in blocks */
    _Atomic uint64_t dropped;
    const struct workload *watched;
    step_fn *watched_root;
    struct workload watching; /* the watched one with a step that records */
    struct computation {
        compute_fn *fn;
        void *argument;
    } * computations; /* by task, the root's is the last */
    uint32_t tasks;
    struct trace_lane lanes[LANES_MAX];
    struct trace_event events[EVENTS_MAX];
};

/* ---- The thread's own part. ---- */

/* Not _Thread_local, which would make every thread's start longer that is not traced. */
struct seat {
    struct trace *trace; /* NULL: it has recorded nothing yet */
    uint32_t lane;
    int schedstat; /* the file, or -1 */
    struct trace_event *next, *end;
};

static pthread_key_t seats;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void leave_seat(struct seat *seat)
{
    if (seat->trace != NULL && seat->schedstat >= 0)
        close(seat->schedstat);
    seat->trace = NULL;
}

static void leave_thread(void *seat)
{
    leave_seat(seat);
    free(seat);
}

/* Of the calling thread; of a worker process that is not its parent's thread. */
static void leave_here(void)
{
    struct seat *seat = pthread_getspecific(seats);
    if (seat != NULL)
        leave_seat(seat);
}

static void prepare_threads(void)
{
    pthread_key_create(&seats, leave_thread);
    pthread_atfork(NULL, NULL, leave_here);
}

static struct seat *new_seat(void)
{
    struct seat *seat = calloc(1, sizeof *seat);
    if (seat == NULL || pthread_setspecific(seats, seat) == 0)
        return seat;
    free(seat);
    return NULL;
}

static struct seat *take_seat(struct trace *trace, struct seat *seat)
{
    if (seat == NULL && (seat = new_seat()) == NULL)
        return NULL;
    uint32_t lane = atomic_fetch_add(&trace->lane_count, 1);
    if (lane >= LANES_MAX)
        return NULL;
    *seat = (struct seat){.trace = trace, .lane = lane, .schedstat = -1};
    trace->lanes[lane] = (struct trace_lane){getpid(), (int32_t)syscall(SYS_gettid)};
    if (!trace->accounts)
        return seat;
    seat->schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    if (seat->schedstat < 0)
        atomic_store(&trace->delays_unknown, true);
    return seat;
}

/* The calling thread's. NULL: there is no room for one more. */
static struct seat *seat_in(struct trace *trace)
{
    struct seat *seat = pthread_getspecific(seats);
    return seat != NULL && seat->trace == trace ? seat : take_seat(trace, seat);
}

/* NULL: there is no room. */
static struct trace_event *new_event(struct trace *trace, struct seat *seat)
{
    if (seat->next == seat->end) {
        uint64_t at = atomic_fetch_add(&trace->taken, BLOCK_EVENTS);
        if (at + BLOCK_EVENTS > EVENTS_MAX)
            return NULL;
        seat->next = &trace->events[at];
        seat->end = seat->next + BLOCK_EVENTS;
    }
    return seat->next++;
}

/* "ns on a CPU, ns waiting for one, turns". */
static uint64_t delay_ns(const struct seat *seat)
{
    char text[80];
    ssize_t length = seat->schedstat >= 0 ? pread(seat->schedstat, text, sizeof text - 1, 0) : 0;
    if (length <= 0)
        return 0;
    text[length] = 0;
    const char *second = strchr(text, ' ');
    return second != NULL ? strtoull(second, NULL, 10) : 0;
}

static struct trace_usage usage_of(const struct seat *seat)
{
    struct timespec cpu;
    if (!seat->trace->accounts || clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu) != 0)
        return (struct trace_usage){0};
    return (struct trace_usage){(uint64_t)cpu.tv_sec * NS_PER_S + (uint64_t)cpu.tv_nsec,
                                delay_ns(seat)};
}

static void record_at(struct trace *trace, struct seat *seat, struct trace_event event,
                      struct trace_usage usage)
{
    struct trace_event *room = seat != NULL ? new_event(trace, seat) : NULL;
    if (room == NULL) {
        atomic_fetch_add(&trace->dropped, 1);
        return;
    }
    event.cpu_ns = usage.cpu_ns;
    event.delay_ns = usage.delay_ns;
    event.lane = seat->lane;
    *room = event;
    atomic_store_explicit(&room->complete, true, memory_order_release);
}

static void record(struct trace *trace, struct trace_event event, struct trace_usage usage)
{
    record_at(trace, seat_in(trace), event, usage);
}

static void record_now(struct trace *trace, struct trace_event event)
{
    struct seat *seat = seat_in(trace);
    struct trace_usage usage = seat != NULL ? usage_of(seat) : (struct trace_usage){0};
    event.at_ns = clock_now_ns();
    record_at(trace, seat, event, usage);
}

/* ---- Steps, and computations. ---- */

static int64_t detail_of(const struct op *op)
{
    switch ((enum op_kind)op->kind) {
    case OP_DONE: return op->done.outcome;
    case OP_SLEEP: return (int64_t)op->sleep.duration_ns;
    case OP_COMPUTE: return (int64_t)op->compute.cost_ns;
    case OP_SEND: return (int64_t)op->send.length;
    case OP_PUT:
    case OP_TAKE: return op->channel.channel->index;
    case OP_SPAWN: return op->children.count;
    case OP_JOIN:
    case OP_CANCEL: return op->children.first;
    default: return 0;
    }
}

static struct computation *computation_of(const struct task *task)
{
    struct trace *trace = task->run->trace;
    return &trace->computations[task->index == TASK_ROOT ? trace->tasks : task->index];
}

static int compute(void *argument, const struct task *task)
{
    struct trace *trace = task->run->trace;
    const struct computation *computation = argument;
    if (task->run->model->simulated) /* which says itself when that is */
        return computation->fn(computation->argument, task);
    record_now(trace,
               (struct trace_event){.task = task->index, .what = TRACE_COMPUTE, .op = OP_COMPUTE});
    int result = computation->fn(computation->argument, task);
    record_now(trace,
               (struct trace_event){.task = task->index, .what = TRACE_COMPUTED, .op = OP_COMPUTE});
    return result;
}

static void watch(struct task *task, int result, uint64_t now_ns, step_fn *step)
{
    struct trace *trace = task->run->trace;
    struct op *op = &task->op;
    record_now(trace,
               (struct trace_event){.task = task->index, .result = result, .what = TRACE_STEP});
    step(task, result, now_ns);
    record_now(trace, (struct trace_event){.task = task->index,
                                           .detail = detail_of(op),
                                           .result = (int32_t)(clock_now_ns() - now_ns),
                                           .what = TRACE_ASK,
                                           .op = op->kind,
                                           .flags = op->flags});
    if (op->kind == OP_COMPUTE) {
        struct computation *computation = computation_of(task);
        *computation = (struct computation){op->compute.fn, op->compute.arg};
        op->compute.fn = compute;
        op->compute.arg = computation;
    }
}

static void watch_child(struct task *task, int result, uint64_t now_ns)
{
    watch(task, result, now_ns, task->run->trace->watched->step);
}

static void watch_root(struct task *task, int result, uint64_t now_ns)
{
    watch(task, result, now_ns, task->run->trace->watched_root);
}

struct trace_usage trace_usage(const struct run *run)
{
    const struct seat *seat = seat_in(run->trace);
    return seat != NULL ? usage_of(seat) : (struct trace_usage){0};
}

void trace_poll(const struct run *run, uint64_t asked_ns, uint64_t heard_ns,
                struct trace_usage usage)
{
    record(run->trace, (struct trace_event){.at_ns = asked_ns, .what = TRACE_POLL}, usage);
    record(run->trace, (struct trace_event){.at_ns = heard_ns, .what = TRACE_HEARD}, usage);
}

void trace_computation(const struct task *task, uint64_t from_ns, uint64_t to_ns)
{
    struct trace_event event = {
        .at_ns = from_ns, .task = task->index, .what = TRACE_COMPUTE, .op = OP_COMPUTE};
    record(task->run->trace, event, (struct trace_usage){0});
    event.at_ns = to_ns;
    event.what = TRACE_COMPUTED;
    record(task->run->trace, event, (struct trace_usage){0});
}

/* ---- Before and after the run. ---- */

static void release(struct trace *trace)
{
    free(trace->computations);
    munmap(trace, sizeof *trace);
}

int trace_begin(struct run *run, bool accounts)
{
    struct trace *trace = mmap(NULL, sizeof *trace, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (trace == MAP_FAILED)
        return problem_set(&run->problem, STATUS_ENVIRONMENT,
                           "%zu bytes of memory for the trace were refused: %s", sizeof *trace,
                           strerror(errno));
    trace->computations = calloc(run->tasks + (size_t)1, sizeof *trace->computations);
    if (trace->computations == NULL) {
        release(trace);
        return problem_no_memory(&run->problem);
    }
    pthread_once(&once, prepare_threads);
    trace->accounts = accounts;
    trace->tasks = run->tasks;
    trace->watched = run->workload;
    trace->watched_root = run->root_step;
    trace->watching = *run->workload;
    trace->watching.step = watch_child;
    run->workload = &trace->watching;
    run->root_step = watch_root;
    run->trace = trace;
    return 0;
}

void trace_end(struct run *run)
{
    struct trace *trace = run->trace;
    if (trace == NULL)
        return;
    run->trace = NULL;
    run->workload = trace->watched;
    run->root_step = trace->watched_root;
    leave_here();
    release(trace);
}

/* ---- What was recorded. ---- */

static int by_time(const void *a, const void *b)
{
    const struct trace_event *first = a, *second = b;
    if (first->at_ns != second->at_ns)
        return first->at_ns < second->at_ns ? -1 : 1;
    return first->order < second->order ? -1 : 1;
}

struct trace_event *trace_events(const struct run *run, size_t *count)
{
    const struct trace *trace = run->trace;
    uint64_t taken = atomic_load(&trace->taken);
    size_t room = taken < EVENTS_MAX ? (size_t)taken : EVENTS_MAX;
    struct trace_event *events = malloc((room + 1) * sizeof *events);
    *count = 0;
    for (size_t i = 0; i < room && events != NULL; i++) {
        if (!atomic_load_explicit(&trace->events[i].complete, memory_order_acquire))
            continue;
        events[*count] = trace->events[i];
        events[(*count)++].order = (uint32_t)i;
    }
    if (events != NULL)
        qsort(events, *count, sizeof *events, by_time);
    return events;
}

uint32_t trace_lanes(const struct trace_event *events, size_t count)
{
    uint32_t lanes = 0;
    for (size_t i = 0; i < count; i++)
        if (events[i].lane >= lanes)
            lanes = events[i].lane + 1;
    return lanes;
}

uint64_t trace_dropped(const struct run *run)
{
    return atomic_load(&run->trace->dropped);
}

const struct trace_lane *trace_lane(const struct run *run, uint32_t lane)
{
    return &run->trace->lanes[lane];
}

bool trace_knows_delays(const struct run *run)
{
    return run->trace->accounts && !atomic_load(&run->trace->delays_unknown);
}

double trace_event_ns(const struct run *run)
{
    enum { TRIES = 1000 };
    struct timespec before, after;
    uint64_t dropped = trace_dropped(run); /* those of the tries were never the run's */
    clock_gettime(CLOCK_MONOTONIC, &before);
    for (int i = 0; i < TRIES; i++)
        record_now(run->trace, (struct trace_event){.what = TRACE_STEP});
    clock_gettime(CLOCK_MONOTONIC, &after);
    atomic_store(&run->trace->dropped, dropped);
    return ((double)(after.tv_sec - before.tv_sec) * 1e9 +
            (double)(after.tv_nsec - before.tv_nsec)) /
           TRIES;
}
