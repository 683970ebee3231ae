/* Each operation fails in turn with each error that it can fail with, the run is stopped and each
 * task cancelled at each of them, and bytes come one by one. All in virtual time. */
#include <errno.h>
#include <string.h>

#include "tests/support/failure_class.h"
#include "tests/torture/torture.h"
#include "tests/torture/trial.h"

/* ---- Without a failure, and byte by byte. ---- */

void test_plain(const void *argument)
{
    const struct act *act = argument;
    static const size_t most[] = {1, 2, 7, 1000};
    play_prepare();
    rehearse(act);
    uint32_t operations = script.operations, byte_by_byte = 0;
    for (size_t i = 0; i < sizeof most / sizeof most[0]; i++) {
        attempt(act, &(struct trial){.recv_most = most[i]});
        check_status(act);
        check_record();
        check_same();
        byte_by_byte = byte_by_byte != 0 ? byte_by_byte : script.operations;
        EXPECT(same_words(plain.out, now.out), "it prints something else: %s", now.out);
    }
    printf("#   %u operations, %u byte by byte\n", operations, byte_by_byte);
}

/* ---- Each operation fails. ---- */

enum { ERRORS_MAX = 14 };

/* What each kind can fail with under some model, ended by 1; 0 is a stream's early end. What cannot
 * fail (CLOSE, YIELD, SPAWN, CANCEL) is not here; -ETIMEDOUT is for those with a deadline. */
static const int errors[OP_KIND_COUNT][ERRORS_MAX] = {
    [OP_SLEEP] = {-ENOMEM, 1},
    [OP_COMPUTE] = {-ENOMEM, -EAGAIN, 1},
    [OP_RESOLVE] = {-ENOENT, -EIO, -ETIMEDOUT, -ENOMEM, -EAGAIN, -EMFILE, 1},
    [OP_CONNECT] = {-ECONNREFUSED, -ENETUNREACH, -EHOSTUNREACH, -EACCES, -ETIMEDOUT, -EMFILE,
                    -ENFILE, -ENOMEM, -ENOBUFS, -EADDRNOTAVAIL, -ECONNRESET, -ECONNABORTED, 1},
    [OP_SEND] = {-EPIPE, -ECONNRESET, -ETIMEDOUT, -ENOMEM, -ENOBUFS, -EHOSTUNREACH, -ENETDOWN, 1},
    [OP_RECV] = {0, -ECONNRESET, -ETIMEDOUT, -ENOMEM, -ENOBUFS, -EHOSTUNREACH, -ENETUNREACH, 1},
    [OP_PUT] = {-ENOMEM, 1},
    [OP_TAKE] = {-ENOMEM, 1},
    [OP_JOIN] = {-ENOMEM, 1},
    [OP_JOIN_ALL] = {-ENOMEM, 1},
    [OP_JOIN_ERROR] = {-ENOMEM, 1},
};

/* A body that only the connection's end delimits is cut off unnoticed, but for its digest. */
static bool is_cut_body(const struct end *end, int error)
{
    return error == 0 && end->outcome == OUTCOME_VERIFY_MISMATCH;
}

static void check_culprit(const struct scripted_op *op, int error)
{
    const struct end *end = op->task == TASK_ROOT ? &now.root : &now.ends[op->task];
    const struct end *before = op->task == TASK_ROOT ? &plain.root : &plain.ends[op->task];
    enum outcome due = failure_class((enum op_kind)op->kind, error);
    if (op->task == TASK_ROOT && all_as_plain())
        return;                                              /* made good */
    bool another_way = op->kind == OP_CONNECT || error == 0; /* an address; it was the end */
    if (is_cut_body(end, error) || (another_way && end->outcome == before->outcome))
        return;
    EXPECT(end->outcome == due, "task %d is %s after a failure of class %s in %s", (int)op->task,
           end_name(end), outcome_name(due), op_kind_name((enum op_kind)op->kind));
    EXPECT(end->detail == -error, "task %d tells of %d", (int)op->task, end->detail);
    EXPECT(now.verified != VERIFIED_NO, "what was not done is told as wrong");
}

static struct scripted_op *remember_operations(uint32_t *count)
{
    *count = script.operations;
    struct scripted_op *all = calloc(*count + 1, sizeof *all);
    CHECK(all != NULL, "no memory");
    memcpy(all + 1, script.remembered + 1, *count * sizeof *all);
    return all;
}

void test_failures(const void *argument)
{
    const struct act *act = argument;
    uint32_t count, tried = 0, trials = 0;
    play_prepare();
    rehearse(act);
    struct scripted_op *all = remember_operations(&count);
    uint64_t n;
    for (uint64_t at = 0; (n = pick(at, count)) != 0; at++) {
        const struct scripted_op *op = &all[n];
        for (const int *error = errors[op->kind]; *error != 1; error++) {
            if ((*error == 0 && op->kind != OP_RECV) || (*error == -ETIMEDOUT && !op->has_deadline))
                break;
            attempt(act, &(struct trial){.at = (uint32_t)n, .omen = {.fail_with = *error}});
            check_status(act);
            check_record();
            check_culprit(op, *error);
            check_others(op->task);
            trials++;
        }
        tried++;
    }
    free(all);
    printf("#   %u of %u operations, %u failures\n", tried, count, trials);
}

/* ---- Stopped, cancelled. ---- */

void test_stops(const void *argument)
{
    const struct act *act = argument;
    uint32_t count, trials = 0;
    play_prepare();
    rehearse(act);
    struct scripted_op *all = remember_operations(&count);
    uint64_t n;
    for (uint64_t at = 0; (n = pick(at, count)) != 0; at++, trials++) {
        attempt(act,
                &(struct trial){.at = (uint32_t)n, .omen = {.fail_with = OMEN_GOOD, .stop = true}});
        check_status(act);
        check_record();
        check_others(TASK_ROOT);
        bool at_once = all[n].task == TASK_ROOT && all[n].kind != OP_CLOSE;
        EXPECT(now.root.outcome == OUTCOME_CANCELLED ||
                   (now.root.outcome == OUTCOME_OK && !at_once),
               "the root is %s", end_name(&now.root));
        EXPECT(now.verified != VERIFIED_NO, "what was not done is told as wrong");
    }
    free(all);
    printf("#   stopped before %u of %u operations\n", trials, count);
}

void test_cancels(const void *argument)
{
    const struct act *act = argument;
    uint32_t count, trials = 0;
    play_prepare();
    rehearse(act);
    struct scripted_op *all = remember_operations(&count);
    uint64_t n;
    for (uint64_t at = 0; (n = pick(at, count)) != 0; at++) {
        const struct scripted_op *op = &all[n];
        for (int behind = 0; behind < 2 && op->task != TASK_ROOT; behind++, trials++) {
            struct omen omen = {.fail_with = OMEN_GOOD, .cancel = !behind, .cancel_behind = behind};
            attempt(act, &(struct trial){.at = (uint32_t)n, .omen = omen});
            const struct end *end = &now.ends[op->task];
            check_status(act);
            check_record();
            check_others(op->task);
            /* One that is done with its next step does not hear of it any more. */
            bool deaf = behind || op->kind == OP_CLOSE;
            EXPECT(end->outcome == OUTCOME_CANCELLED ||
                       (deaf && end->outcome == plain.ends[op->task].outcome),
                   "task %u is %s after its cancellation", op->task, end_name(end));
            EXPECT(now.verified != VERIFIED_NO, "what was not done is told as wrong");
        }
    }
    free(all);
    printf("#   %u cancellations in %u operations\n", trials, count);
}
