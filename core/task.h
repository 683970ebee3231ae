/*
 * The contract between a workload and a model: READ FIRST.
 *
 * A task is a state machine without I/O. Its step() is handed the result of the last operation and
 * writes the next one into task->op; a model is whoever performs operations. A task never names a
 * socket, a thread or a clock, and a model never names a workload. What a run is (children, arena,
 * channels) is run.h's; the checks on every step are check.h's.
 *
 * Rules that a step may rely on, and that check.c enforces:
 *  - One operation is outstanding at a time. There is no step after OP_DONE.
 *  - A result is an int: a value >= 0, or -errno.
 *  - Bytes lent by OP_RECV are valid until the step returns: consume or copy every one of them.
 *  - Bytes given to OP_SEND stay untouched until it completes with success; after a failure, until
 *    the OP_CLOSE that follows completes.
 *  - A task has at most one connection, and looks names up only without one.
 *  - After an OP_SEND, OP_RECV or OP_CONNECT that failed, only OP_CLOSE may touch the connection:
 *    how much was sent is unknown. OP_CLOSE always succeeds and cannot be cancelled.
 *  - After -ECANCELED only OP_CLOSE, then OP_DONE may follow. The outcome is then
 * OUTCOME_CANCELLED.
 *  - A task closes its connection before it is done.
 *  - Channels are between children: the root has none, as it looks after the workers where it
 * waits.
 */
#ifndef CORE_TASK_H
#define CORE_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/outcome.h"

struct address;
struct channel;
struct run;
struct task;

enum op_kind {
    OP_NONE, /* nothing yielded yet: a step that leaves this breaks the contract */
    OP_DONE,
    OP_SLEEP,
    OP_COMPUTE,
    OP_RESOLVE,
    OP_CONNECT,
    OP_SEND,
    OP_RECV,
    OP_CLOSE,
    OP_PUT,
    OP_TAKE,
    OP_YIELD,
    /* The root's alone: */
    OP_SPAWN,
    OP_JOIN,
    OP_JOIN_ALL,
    OP_JOIN_ERROR,
    OP_CANCEL,
    OP_KIND_COUNT
};

/* As it is told: "RECV", "JOIN all". */
const char *op_kind_name(enum op_kind kind);

/* CPU work of OP_COMPUTE. It may poll task_cancelled(task) (run.h) and return early with any value,
 * which is then replaced by -ECANCELED. Returns a value >= 0 or -errno, as every operation. */
typedef int compute_fn(void *arg, const struct task *task);

enum op_flag {
    OP_HOLD = 1 << 0,     /* OP_SLEEP: sleep without giving way to other tasks */
    OP_COMPLETE = 1 << 1, /* the model's: completed, the result waits to be delivered */
};

/* One operation. deadline_ns is absolute on the monotonic clock; 0 means none. */
struct op {
    uint8_t kind;
    uint8_t flags;
    uint16_t capacity; /* OP_RESOLVE: room in `addresses`; OP_PUT, OP_TAKE: items in `values` */
    int32_t result;    /* the model's, while the operation is outstanding */
    uint64_t deadline_ns;
    union {
        struct {
            uint64_t spoken_for[2];
            struct task *link; /* the model's, while the operation waits in one of its queues */
        } queue;
        struct {
            uint64_t duration_ns;
        } sleep;
        struct {
            compute_fn *fn;
            void *arg;
            uint64_t cost_ns; /* what a simulation charges for it */
        } compute;
        struct {
            const char *host;
            struct address *addresses; /* out: the result tells how many */
            uint16_t port;
        } resolve;
        struct {
            const struct address *address;
        } connect;
        struct {
            const void *bytes;
            size_t length;
        } send;
        struct {
            const uint8_t *bytes; /* out: lent by the model; the result is their count, 0 at end */
        } recv;
        struct {
            struct channel *channel;
            union {
                uint64_t value;   /* of one item (capacity 0); PUT: in, TAKE: out */
                uint64_t *values; /* of several, in the task's private memory */
            };
        } channel;
        struct {
            uint32_t first;  /* SPAWN, JOIN, CANCEL: a child's index */
            uint32_t count;  /* SPAWN: how many, consecutive from the last spawned one */
            uint64_t due_ns; /* SPAWN: when that was to be; 0: now */
        } children;
        struct {
            int64_t value;
            uint8_t outcome;
            int16_t detail;
        } done;
    };
};

/* Index of the root in task->index. */
#define TASK_ROOT UINT32_MAX

/* What a task knows of its connection: check.c keeps it. */
enum connection_state { CONNECTION_NONE, CONNECTION_OPEN, CONNECTION_BROKEN };

/* A task in progress; private to the worker that steps it. The workload's state_size bytes follow
 * it in memory, zeroed before the first step. */
struct task {
    struct op op;
    struct run *run;
    void *driver;       /* the model's: the connection behind the operations */
    uint32_t index;     /* of its child record and its input, or TASK_ROOT */
    uint8_t stage;      /* the workload's: where its state machine stands; 0 at the start */
    uint8_t connection; /* enum connection_state */
    bool saw_cancel;    /* -ECANCELED was delivered */
    bool ended;         /* OP_DONE was yielded */
};

/* The workload's private state of this task. */
static inline void *task_state(struct task *task)
{
    return task + 1;
}

/*
 * The step: called once with result 0 to begin, then once for each completed operation. now_ns is
 * the model's clock (monotonic nanoseconds; a loop reads it every so many steps): a task has no
 * other one.
 */
typedef void step_fn(struct task *task, int result, uint64_t now_ns);

/* ---- How a step yields. Each sets task->op whole; a deadline of 0 means none. ---- */

static inline void yield_done(struct task *task, enum outcome outcome, int detail, int64_t value)
{
    task->op = (struct op){
        .kind = OP_DONE,
        .done = {.value = value, .outcome = (uint8_t)outcome, .detail = (int16_t)detail}};
}

/* Result: 0 after duration_ns; -ETIMEDOUT when the deadline came first. */
static inline void yield_sleep(struct task *task, uint64_t duration_ns, bool hold,
                               uint64_t deadline_ns)
{
    task->op = (struct op){.kind = OP_SLEEP,
                           .flags = hold ? OP_HOLD : 0,
                           .deadline_ns = deadline_ns,
                           .sleep = {.duration_ns = duration_ns}};
}

/* Result: what fn returned. It has no deadline: nothing can stop a function that does not poll. */
static inline void yield_compute(struct task *task, compute_fn *fn, void *arg, uint64_t cost_ns)
{
    task->op =
        (struct op){.kind = OP_COMPUTE, .compute = {.fn = fn, .arg = arg, .cost_ns = cost_ns}};
}

/* Result: how many addresses were written (>= 1); -ENOENT when the name is not known, -EIO when no
 * name server could tell. `host` stays untouched until completion. */
static inline void yield_resolve(struct task *task, const char *host, uint16_t port,
                                 struct address *addresses, uint16_t capacity, uint64_t deadline_ns)
{
    task->op = (struct op){.kind = OP_RESOLVE,
                           .capacity = capacity,
                           .deadline_ns = deadline_ns,
                           .resolve = {.host = host, .addresses = addresses, .port = port}};
}

/* Result: 0. */
static inline void yield_connect(struct task *task, const struct address *address,
                                 uint64_t deadline_ns)
{
    task->op = (struct op){
        .kind = OP_CONNECT, .deadline_ns = deadline_ns, .connect = {.address = address}};
}

/* Result: 0 once the kernel has taken all bytes. */
static inline void yield_send(struct task *task, const void *bytes, size_t length,
                              uint64_t deadline_ns)
{
    task->op = (struct op){
        .kind = OP_SEND, .deadline_ns = deadline_ns, .send = {.bytes = bytes, .length = length}};
}

/* Result: how many bytes op.recv.bytes lends, 0 at the end of the stream. */
static inline void yield_recv(struct task *task, uint64_t deadline_ns)
{
    task->op = (struct op){.kind = OP_RECV, .deadline_ns = deadline_ns};
}

/* Result: 0, once the driver holds no reference to the connection or to sent bytes any more. */
static inline void yield_close(struct task *task)
{
    task->op = (struct op){.kind = OP_CLOSE};
}

/* Result: 0. A cancelled PUT put nothing. */
static inline void yield_put(struct task *task, struct channel *channel, uint64_t value,
                             uint64_t deadline_ns)
{
    task->op = (struct op){.kind = OP_PUT,
                           .deadline_ns = deadline_ns,
                           .channel = {.channel = channel, .value = value}};
}

/* Result: 0, the item in op.channel.value. A cancelled TAKE took nothing. */
static inline void yield_take(struct task *task, struct channel *channel, uint64_t deadline_ns)
{
    task->op =
        (struct op){.kind = OP_TAKE, .deadline_ns = deadline_ns, .channel = {.channel = channel}};
}

/* Several items at once, at most UINT16_MAX and no more than the channel holds. They are put all
 * together, behind one another, or not at all. Result: 0. `values` stays untouched until then. */
static inline void yield_put_all(struct task *task, struct channel *channel, uint64_t *values,
                                 uint16_t count, uint64_t deadline_ns)
{
    task->op = (struct op){.kind = count > 0 ? OP_PUT : OP_NONE, /* none is a breach */
                           .capacity = count,
                           .deadline_ns = deadline_ns,
                           .channel = {.channel = channel, .values = values}};
}

/* Takes what is there, as soon as there is something. Result: how many, from 1 to `most`. */
static inline void yield_take_some(struct task *task, struct channel *channel, uint64_t *values,
                                   uint16_t most, uint64_t deadline_ns)
{
    task->op = (struct op){.kind = most > 0 ? OP_TAKE : OP_NONE,
                           .capacity = most,
                           .deadline_ns = deadline_ns,
                           .channel = {.channel = channel, .values = values}};
}

/* Result: 0, after other tasks had their turn. */
static inline void yield_turn(struct task *task)
{
    task->op = (struct op){.kind = OP_YIELD};
}

/* Result: 0. Makes the next `count` children eligible; none of them steps inside this. */
static inline void yield_spawn(struct task *task, uint32_t first, uint32_t count)
{
    task->op = (struct op){.kind = OP_SPAWN, .children = {.first = first, .count = count}};
}

/* The same for one child that was to come at due_ns, which is not ahead: so long it has been in
 * line already. */
static inline void yield_spawn_due(struct task *task, uint32_t child, uint64_t due_ns)
{
    task->op =
        (struct op){.kind = OP_SPAWN, .children = {.first = child, .count = 1, .due_ns = due_ns}};
}

/* Result: the child's outcome (enum outcome). Its record may be read afterwards. */
static inline void yield_join(struct task *task, uint32_t child, uint64_t deadline_ns)
{
    task->op =
        (struct op){.kind = OP_JOIN, .deadline_ns = deadline_ns, .children = {.first = child}};
}

/* Result: 0 once all spawned children have ended. (A model that runs children inside a JOIN can
 * look at its deadline only between two of them.) */
static inline void yield_join_all(struct task *task, uint64_t deadline_ns)
{
    task->op = (struct op){.kind = OP_JOIN_ALL, .deadline_ns = deadline_ns};
}

/* Result: the index of a child that ended otherwise than well, as soon as there is one; -ENOENT
 * once all spawned children have ended well. */
static inline void yield_join_error(struct task *task, uint64_t deadline_ns)
{
    task->op = (struct op){.kind = OP_JOIN_ERROR, .deadline_ns = deadline_ns};
}

/* Result: 0 once the child has observed the cancellation or has ended; -ETIMEDOUT when it did
 * neither by the deadline. A child that has not begun ends unstepped. */
static inline void yield_cancel(struct task *task, uint32_t child, uint64_t deadline_ns)
{
    task->op =
        (struct op){.kind = OP_CANCEL, .deadline_ns = deadline_ns, .children = {.first = child}};
}

#endif
