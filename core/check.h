/*
 * The life of a task as every model drives it: taking a child, stepping it with the contract
 * checked, ending it. The caller of a step checks it once, here, so that neither models nor
 * workloads have to. A breach is a bug of the suite: it is named on stderr and aborts.
 */
#ifndef CORE_CHECK_H
#define CORE_CHECK_H

#include "core/run.h"

#define CHILD_NONE UINT32_MAX

/* Takes an eligible child that nobody has taken, for `runner` (a thread id or a slot, below 2^30).
 * CHILD_NONE: there is none now. */
uint32_t child_take(struct run *run, uint32_t runner);

/* Ends a child that could not begin or whose worker died, or a cancelled one that never began. */
void child_end(struct run *run, uint32_t index, enum outcome outcome, int detail, int64_t value,
               uint64_t now_ns);

/* Ends a child that nobody has taken yet, unstepped; false when somebody has. */
bool child_end_waiting(struct run *run, uint32_t index, enum outcome outcome, int detail,
                       uint64_t now_ns);

static inline enum child_phase child_phase(const struct child *child)
{
    return (enum child_phase)(atomic_load_explicit(&child->state, memory_order_acquire) & 3U);
}

static inline uint32_t child_runner(const struct child *child)
{
    return atomic_load_explicit(&child->state, memory_order_acquire) >> 2;
}

/* Bytes of a task with its workload state, for slabs: the larger of child and root. */
size_t task_size(const struct run *run);

/* Makes `task` the one of child `index` (or TASK_ROOT), its state zeroed; its first step is next.
 */
void task_begin(struct task *task, struct run *run, uint32_t index, uint64_t now_ns);

/* What the usual step costs is paid by every operation, so it is inline and looks up two tables;
 * what they do not hold for plainly right is checked in full, out of line, and often right too. */

/* By kind: a result below this is delivered as it is. 0: no result; 1: only success. */
#define TASK_ANY_VALUE UINT32_C(0x80000000) /* negative results are not below it */
extern const uint32_t task_plain_results[OP_KIND_COUNT];
/* Checks a result and lets it move the connection's state. */
void task_check_result(struct task *task, int result);

/* By kind, whatever a step left there: the connection states, as bits, in which it may come. */
extern const uint8_t task_plain_operations[UINT8_MAX + 1];
/* Checks what a step yielded, and carries out OP_DONE. */
void task_check_operation(struct task *task, uint64_t now_ns);

/* The checked step. Afterwards task->op is the next operation; OP_DONE has been carried out. */
static inline void task_step(struct task *task, int result, uint64_t now_ns)
{
    const struct run *run = task->run;
    if ((uint32_t)result >= task_plain_results[task->op.kind])
        task_check_result(task, result);
    task->op.kind = OP_NONE; /* what it lent or took stays readable */
    if (task->index == TASK_ROOT) {
        run->root_step(task, result, now_ns);
        task_check_operation(task, now_ns);
        return;
    }
    run->workload->step(task, result, now_ns);
    /* Above the states stands the cancellation, after which nothing is plainly right. */
    if (!(task_plain_operations[task->op.kind] >> (task->connection | task->saw_cancel << 2) & 1))
        task_check_operation(task, now_ns);
}

/* OP_SPAWN, as every model does it: makes children eligible. The model then sees to it that they
 * are taken. */
void root_spawn(struct run *run, const struct op *op, uint64_t now_ns);

/* Whether a JOIN, JOIN_ALL, JOIN_ERROR or CANCEL of the root is complete, and its result. */
bool root_complete(struct run *run, const struct op *op, int *result);

/* What root_awaits must be for the children to ring for this operation. */
int64_t root_awaits(const struct op *op);

/* True once every spawned child has ended. */
bool children_ended(struct run *run);

/* Raises a child's cancel flag, stamped, so that it is known how long it took to be observed. Safe
 * in a signal handler. */
void child_ask_cancel(struct child *child);

/* Asks child `index` to cancel: ends it when it has not begun, else raises its flag. True when its
 * runner must be told. */
bool child_cancel(struct run *run, uint32_t index, uint64_t now_ns);

#endif
