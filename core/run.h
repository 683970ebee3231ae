/*
 * A run: one root and its children, the shared arena that they leave their results in, and what a
 * model needs to drive them. The arena is MAP_SHARED, so that threads and forked workers are the
 * same thing to a workload. How a step is checked is check.h's.
 */
#ifndef CORE_RUN_H
#define CORE_RUN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/channel.h"
#include "core/model.h"
#include "core/problem.h"
#include "core/simulation.h"
#include "core/task.h"
#include "core/workload.h"

enum child_phase { CHILD_WAITING, CHILD_RUNNING, CHILD_ENDED };
enum cancel_phase { CANCEL_NONE, CANCEL_ASKED, CANCEL_OBSERVED };

/* What is known of a child everywhere. A child with index < arena.spawned is eligible. */
struct child {
    _Atomic uint32_t state; /* enum child_phase | runner << 2; whoever swaps WAITING out owns it */
    _Atomic uint8_t cancel; /* enum cancel_phase */
    uint8_t outcome;        /* enum outcome; this and below: by its runner, valid once ENDED */
    int16_t detail;
    int64_t value;
    uint64_t intended_ns; /* when it became eligible, or should have */
    uint64_t started_ns;  /* its first step; 0: it never had one */
    /* Its end; before that, when its cancellation was asked for, if it was. */
    _Atomic uint64_t ended_ns;
};
_Static_assert(sizeof(struct child) <= 64, "a child's shared record is at most 64 bytes");

/* A line that a task wants printed, in the order of its happening. */
struct note {
    _Atomic bool complete; /* its writer was not killed in the middle */
    uint16_t event;        /* the workload's own code */
    uint32_t task;         /* index, or TASK_ROOT */
    uint64_t value;
};

enum stop { STOP_NONE, STOP_DEADLINE, STOP_SIGNAL };

/* What the root is waiting for, so that an ending child rings only when it matters. */
#define AWAITS_NOTHING INT64_C(-1)
#define AWAITS_ALL     INT64_C(-2)
#define AWAITS_ERROR   INT64_C(-3)
#define AWAITS_ANY     INT64_C(-4) /* every end, and every observed cancellation */

/* The head of the shared memory. */
struct arena {
    _Atomic uint32_t spawned; /* children 0 … spawned-1 are eligible */
    _Atomic uint32_t bell;    /* futex: the root looks again */
    _Atomic uint32_t gate;    /* futex: idle workers look again */
    _Atomic bool closing;     /* no child will be spawned any more */
    _Atomic bool recount;     /* a worker died: `ended` may be short, count the records */
    _Atomic uint8_t stop;     /* enum stop: why the root is to be cancelled */
    _Atomic int64_t root_awaits;
    _Atomic uint64_t first_start_ns;
    _Atomic uint32_t first_failed; /* index + 1 of a child that ended otherwise than ok */
    _Atomic uint32_t note_count;
    struct child root;

    /* Cancellations of children in progress, from the request until the task observed it. */
    _Atomic uint32_t cancels_observed;
    _Atomic uint64_t cancel_ns_sum;
    _Atomic uint64_t cancel_ns_max;

    _Atomic uint64_t loop_stall_ns; /* the longest that a loop did not turn; 0: none was watched */

    _Alignas(64) _Atomic uint32_t next; /* a hint where unclaimed children begin */
    _Alignas(64) _Atomic uint32_t ended;
    _Atomic uint32_t live; /* children between first and last step */
    _Atomic uint32_t live_peak;
};

enum { CHANNELS_MAX = 8 };

struct run {
    const struct workload *workload;
    const struct model *model;
    const char *workload_name;
    const char *model_name;
    step_fn *root_step; /* the workload's, or spawn all and join them all */
    void *settings;     /* the workload's, read-only once prepared */

    uint32_t tasks_asked; /* -N, 0: not given */
    uint32_t width_asked; /* -W, 0: not given */
    uint32_t workers;     /* loops or pool threads beside the width, 0: the model's default */
    uint64_t seed;
    uint64_t
        interarrival_ns; /* from child to child, where the root is nobody's own; 0: all at once */
    bool watch_stall;    /* --loop-stall: a model with an event loop calls run_stalled() */
    const uint16_t
        *cpus; /* --cpus: where workers are placed, in turn; NULL: where the system likes */
    uint32_t cpu_count;
    const struct simulation *simulation; /* for a model that simulates, before prepare(); or NULL */
    struct trace *trace;                 /* trace.h's; NULL: nothing is recorded */

    /* The workload's prepare() sets these: */
    uint32_t tasks;         /* children */
    bool tasks_at_most;     /* the root finds out how many: after the run, those it spawned */
    uint32_t width_needed;  /* so many must be in progress at once; 0: it is all the same */
    uint32_t width_usual;   /* the default width; 0: the needed one, or else the model's */
    uint32_t width_modest;  /* what the default does not exceed; 0: no such limit */
    uint32_t note_capacity; /* how many task_note() there can be; none under -N */

    uint32_t width; /* 0 until run_open() has chosen */

    struct arena *arena;
    struct child *children;
    unsigned char *results; /* result_size bytes a child */
    struct note *notes;
    struct channel *channels[CHANNELS_MAX];
    uint32_t channel_capacity[CHANNELS_MAX];
    uint32_t channel_count;
    size_t mapped_bytes;

    uint64_t clock_start_ns;
    uint64_t clock_end_ns;
    /* How a signal handler wakes a root that is not blocked in a system call; NULL: the bell. */
    void (*_Atomic wake)(void *);
    /* How a child's end, or its observed cancellation, wakes a root that waits for it elsewhere
     * than on the bell; NULL: the bell. */
    void (*_Atomic ring)(void *);
    void *wake_argument; /* of both */
    /* Something outlives the run on purpose (an abandoned name look-up): leave by _exit. */
    _Atomic bool abandoned;
    struct problem problem;
    /* What the system refused while it ran: it went on with less, which is told beside the results.
     * By the model, one of its threads at a time. */
    struct problem shortage;
    uint64_t computed_ns; /* by a model that simulates: what all its computations were charged */
};

/* ---- Before and after the clock: by the program. ---- */

/* The next channel of the run, for the workload's prepare(); capacity >= 1. Its index is the order
 * of the calls. */
void run_plan_channel(struct run *run, uint32_t capacity);

/* Checks that the model can run the workload, settles the width, maps the arena. Returns 0 or the
 * problem's status. */
int run_open(struct run *run);

/* Runs it, clocked. Returns 0 or the problem's status (a failed task is not a problem). Every child
 * is ENDED afterwards. */
int run_execute(struct run *run);

void run_close(struct run *run);

/* Why this model cannot run this workload, or NULL when it can. */
const char *run_not_applicable(const struct workload *workload, const struct model *model);

/* For a model, in a worker's own thread: places it, the `at`th, where --cpus says. */
void run_place(const struct run *run, uint32_t at);

/* Whether an event loop is to tell when it waits for the kernel. */
static inline bool run_is_watched(const struct run *run)
{
    return run->watch_stall || run->trace != NULL;
}

/* For a model with an event loop, where it is watched: one of its loops did not turn for so long.
 */
void run_stalled(struct run *run, uint64_t ns);

/* From a signal handler or another thread: the root is to be cancelled. */
void run_stop(struct run *run, enum stop why);

/* ---- For workloads. ---- */

static inline void *run_result(const struct run *run, uint32_t child)
{
    return run->results + (size_t)child * run->workload->result_size;
}

static inline void *task_result(const struct task *task)
{
    return run_result(task->run, task->index);
}

/* True when the cancellation of this task was asked for and not yet delivered. */
static inline bool task_cancelled(const struct task *task)
{
    const struct run *run = task->run;
    if (task->index != TASK_ROOT)
        return atomic_load_explicit(&run->children[task->index].cancel, memory_order_acquire) ==
               CANCEL_ASKED;
    return !task->saw_cancel &&
           atomic_load_explicit(&run->arena->stop, memory_order_acquire) != STOP_NONE;
}

/* Appends to the run's log; printed by the program after the clock. */
void task_note(struct task *task, uint16_t event, uint64_t value);

/* After the clock: how many notes there are, and one of them (NULL: its writer was killed). */
uint32_t run_note_count(const struct run *run);
const struct note *run_note(const struct run *run, uint32_t at);

/* From the run's start to its end. */
double run_seconds(const struct run *run);

#endif
