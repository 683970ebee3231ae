/* A loop over slots. One that is ready waits for its turn in the order of having become so; where
 * none is, the time jumps to the next that is due; where none is due either, the run hangs. */
#include "tests/support/scripted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/clock.h"

struct script scripted;

/* submit()'s answer while the operation is outstanding. */
#define PENDING INT32_MIN

/* What an operation takes: so that the clock moves. */
#define TICK_NS NS_PER_US

enum standing { FREE, READY, WAITS };

/* A task in progress and where it stands. */
struct slot {
    struct task *task;
    enum standing standing;
    uint64_t since;  /* a number that rises: first in, first out */
    uint64_t due_ns; /* of one that waits; 0: never */
    int result;      /* ready: to be delivered. Waiting: when it is due */
    struct paper_connection connection;
};

struct loop {
    struct run *run;
    struct slot *slots; /* the root's is the last */
    uint32_t slot_count;
    uint32_t busy;
    struct slot *root;
    uint64_t now_ns;
    uint64_t order;
    bool cancelled_left;
};

const char *scripted_op_name(enum op_kind kind)
{
    static const char *const names[OP_KIND_COUNT] = {
        "NONE", "DONE", "SLEEP", "COMPUTE", "RESOLVE", "CONNECT",  "SEND",       "RECV",  "CLOSE",
        "PUT",  "TAKE", "YIELD", "SPAWN",   "JOIN",    "JOIN_ALL", "JOIN_ERROR", "CANCEL"};
    return names[kind];
}

/* ---- Who waits, who is ready. ---- */

static void make_ready(struct loop *loop, struct slot *slot, int result)
{
    slot->standing = READY;
    slot->since = loop->order++;
    slot->result = result;
}

static int wait_until(struct loop *loop, struct slot *slot, uint64_t due_ns, int result)
{
    uint64_t deadline_ns = slot->task->op.deadline_ns;
    bool late = deadline_ns != 0 && (due_ns == 0 || deadline_ns < due_ns);
    slot->standing = WAITS;
    slot->since = loop->order++;
    slot->due_ns = late ? deadline_ns : due_ns;
    slot->result = late ? -ETIMEDOUT : result;
    return PENDING;
}

static struct slot *first_ready(struct loop *loop)
{
    struct slot *first = NULL;
    for (uint32_t i = 0; i < loop->slot_count; i++) {
        struct slot *slot = &loop->slots[i];
        if (slot->standing == READY && (first == NULL || slot->since < first->since))
            first = slot;
    }
    return first;
}

/* Time passes until the first of them is due. False: for ever. */
static bool let_time_pass(struct loop *loop)
{
    struct slot *first = NULL;
    for (uint32_t i = 0; i < loop->slot_count; i++) {
        struct slot *slot = &loop->slots[i];
        if (slot->standing == WAITS && slot->due_ns != 0 &&
            (first == NULL || slot->due_ns < first->due_ns ||
             (slot->due_ns == first->due_ns && slot->since < first->since)))
            first = slot;
    }
    if (first == NULL)
        return false;
    if (first->due_ns > loop->now_ns)
        loop->now_ns = first->due_ns;
    make_ready(loop, first, first->result);
    return true;
}

/* ---- Channels. ---- */

/* Who has waited longest for the same side of the same channel. */
static struct slot *first_in_line(struct loop *loop, const struct channel *channel, uint8_t kind)
{
    struct slot *first = NULL;
    for (uint32_t i = 0; i < loop->slot_count; i++) {
        struct slot *slot = &loop->slots[i];
        if (slot->standing == WAITS && slot->task->op.kind == kind &&
            slot->task->op.channel.channel == channel &&
            (first == NULL || slot->since < first->since))
            first = slot;
    }
    return first;
}

static void serve(struct loop *loop, const struct channel *channel, uint8_t kind)
{
    struct slot *first;
    int result;
    while ((first = first_in_line(loop, channel, kind)) != NULL &&
           (result = channel_try(&first->task->op)) >= 0)
        make_ready(loop, first, result);
}

static int use_channel(struct loop *loop, struct slot *slot)
{
    struct op *op = &slot->task->op;
    const struct channel *channel = op->channel.channel;
    int result = -EAGAIN;
    if (first_in_line(loop, channel, op->kind) == NULL)
        result = channel_try(op);
    if (result < 0)
        return wait_until(loop, slot, 0, 0);
    serve(loop, channel, op->kind == OP_PUT ? OP_TAKE : OP_PUT);
    return result;
}

/* ---- Cancelling. ---- */

static void give_up(struct loop *loop, struct slot *slot)
{
    struct op op = slot->task->op;
    make_ready(loop, slot, -ECANCELED);
    if (op.kind == OP_PUT || op.kind == OP_TAKE) /* the line may have waited for its first */
        serve(loop, op.channel.channel, op.kind);
}

static void cancel(struct loop *loop, uint32_t index)
{
    if (!child_cancel(loop->run, index, loop->now_ns))
        return;
    struct slot *slot = &loop->slots[child_runner(&loop->run->children[index])];
    if (slot->standing == WAITS)
        give_up(loop, slot);
}

static void cancel_left(struct loop *loop)
{
    loop->cancelled_left = true;
    for (uint32_t i = 0; i < atomic_load(&loop->run->arena->spawned); i++)
        if (child_phase(&loop->run->children[i]) != CHILD_ENDED)
            cancel(loop, i);
}

static void stop(struct loop *loop)
{
    run_stop(loop->run, STOP_SIGNAL);
    if (loop->root->standing == WAITS && task_cancelled(loop->root->task))
        give_up(loop, loop->root);
}

/* ---- Operations. ---- */

static int talk(struct loop *loop, struct slot *slot, uint64_t *when_ns)
{
    struct op *op = &slot->task->op;
    struct paper_connection *connection = &slot->connection;
    size_t most = scripted.recv_most != 0 ? scripted.recv_most : RECV_BYTES_MAX;
    int result;
    switch (op->kind) {
    case OP_CONNECT: paper_connect(connection); return 0;
    case OP_SEND:
        return paper_send(scripted.origin, connection, op->send.bytes, op->send.length,
                          loop->now_ns);
    case OP_CLOSE:
        if (connection->open)
            paper_disconnect(connection);
        return 0;
    default:
        result = paper_recv(connection, most, loop->now_ns, when_ns);
        op->recv.bytes = connection->lent;
        return result;
    }
}

static int use_connection(struct loop *loop, struct slot *slot)
{
    uint64_t when_ns = 0;
    if (scripted.peer_works != NULL)
        scripted.peer_works(true);
    int result = talk(loop, slot, &when_ns);
    if (scripted.peer_works != NULL)
        scripted.peer_works(false);
    return result == -EAGAIN ? wait_until(loop, slot, when_ns, PENDING) : result;
}

static int sleep_on(struct loop *loop, struct slot *slot)
{
    const struct op *op = &slot->task->op;
    uint64_t wake_ns = clock_after(loop->now_ns, op->sleep.duration_ns);
    if (!(op->flags & OP_HOLD))
        return wait_until(loop, slot, wake_ns, 0);
    bool late = op->deadline_ns != 0 && op->deadline_ns < wake_ns;
    loop->now_ns = late ? op->deadline_ns : wake_ns;
    return late ? -ETIMEDOUT : 0;
}

static int root_perform(struct loop *loop, struct slot *slot)
{
    const struct op *op = &slot->task->op;
    int result;
    if (op->kind == OP_SPAWN) {
        root_spawn(loop->run, op, loop->now_ns);
        return 0;
    }
    if (op->kind == OP_CANCEL)
        cancel(loop, op->children.first);
    return root_complete(loop->run, op, &result) ? result : wait_until(loop, slot, 0, 0);
}

static int perform(struct loop *loop, struct slot *slot)
{
    struct task *task = slot->task;
    struct op *op = &task->op;
    switch ((enum op_kind)op->kind) {
    case OP_SLEEP: return sleep_on(loop, slot);
    case OP_COMPUTE: {
        int result = op->compute.fn(op->compute.arg, task);
        return task_cancelled(task) ? -ECANCELED : result;
    }
    case OP_RESOLVE:
        return paper_origin_resolve(scripted.origin, op->resolve.host, op->resolve.port,
                                    op->resolve.addresses, op->capacity);
    case OP_CONNECT:
    case OP_SEND:
    case OP_RECV:
    case OP_CLOSE: return use_connection(loop, slot);
    case OP_PUT:
    case OP_TAKE: return use_channel(loop, slot);
    case OP_YIELD: make_ready(loop, slot, 0); return PENDING;
    default: return root_perform(loop, slot);
    }
}

/* What the script wants of this operation in place of its performance. */
static int fail(struct loop *loop, struct slot *slot)
{
    return scripted.fail_with == -ETIMEDOUT ? wait_until(loop, slot, 0, 0) : scripted.fail_with;
}

static void remember(const struct task *task)
{
    if (scripted.operations >= SCRIPTED_REMEMBERED)
        return;
    scripted.remembered[scripted.operations] = (struct scripted_op){
        .kind = task->op.kind, .has_deadline = task->op.deadline_ns != 0, .task = task->index};
}

static int submit(struct loop *loop, struct slot *slot)
{
    struct task *task = slot->task;
    uint32_t number = ++scripted.operations;
    remember(task);
    loop->now_ns += TICK_NS;
    if (number == scripted.stop)
        stop(loop);
    if (number == scripted.cancel && !scripted.cancel_behind)
        cancel(loop, task->index);
    if (task->op.kind != OP_CLOSE && task_cancelled(task))
        return -ECANCELED;
    int result = number == scripted.fail ? fail(loop, slot) : perform(loop, slot);
    if (number == scripted.cancel && scripted.cancel_behind)
        cancel(loop, task->index);
    return result;
}

/* ---- The turn. ---- */

static void look_at_root(struct loop *loop)
{
    struct slot *slot = loop->root;
    int result;
    if (slot->task->ended) {
        if (!loop->cancelled_left)
            cancel_left(loop);
    } else if (slot->standing == WAITS && slot->task->op.kind > OP_SPAWN &&
               root_complete(loop->run, &slot->task->op, &result)) {
        make_ready(loop, slot, result);
    }
}

/* A step and what it asks for: if that is done at once, its turn comes again behind the others. */
static void advance(struct loop *loop, struct slot *slot)
{
    struct task *task = slot->task;
    int result = slot->result;
    slot->standing = FREE;
    if (result == PENDING) { /* a receipt that was to be tried again now */
        result = use_connection(loop, slot);
    } else {
        task_step(task, result, loop->now_ns);
        paper_take_back(&slot->connection);
        if (task->saw_cancel || task->ended)
            look_at_root(loop);
        if (task->ended) {
            loop->busy -= slot != loop->root;
            slot->task = slot == loop->root ? task : NULL;
            return;
        }
        result = submit(loop, slot);
    }
    if (result != PENDING)
        make_ready(loop, slot, result);
}

static void begin_children(struct loop *loop, unsigned char *tasks)
{
    for (uint32_t i = 0; i + 1 < loop->slot_count; i++) {
        struct slot *slot = &loop->slots[i];
        uint32_t index = slot->task == NULL ? child_take(loop->run, i) : CHILD_NONE;
        if (index == CHILD_NONE)
            continue;
        slot->task = (struct task *)(tasks + i * task_size(loop->run));
        loop->busy++;
        task_begin(slot->task, loop->run, index, loop->now_ns);
        make_ready(loop, slot, 0);
    }
}

static void dump(const struct loop *loop, FILE *out)
{
    fprintf(out, "# %s, after %u operations:\n", scripted.hang, scripted.operations);
    for (uint32_t i = 0; i < loop->slot_count; i++) {
        const struct slot *slot = &loop->slots[i];
        if (slot->task == NULL || slot->task->ended)
            continue;
        const struct op *op = &slot->task->op;
        fprintf(out, "#   task %d in stage %u %s %s", (int)slot->task->index, slot->task->stage,
                slot->standing == WAITS ? "waits in" : "is ready after",
                scripted_op_name(op->kind));
        if (op->kind == OP_PUT || op->kind == OP_TAKE)
            fprintf(out, " on channel %u of %u items, %llu in it", op->channel.channel->index,
                    op->channel.channel->capacity,
                    (unsigned long long)channel_length(op->channel.channel));
        if (op->kind == OP_JOIN || op->kind == OP_CANCEL)
            fprintf(out, " for task %u", op->children.first);
        fprintf(out, "\n");
    }
}

static void run_to_the_end(struct loop *loop, unsigned char *tasks)
{
    task_begin(loop->root->task, loop->run, TASK_ROOT, loop->now_ns);
    make_ready(loop, loop->root, 0);
    while (!loop->root->task->ended || loop->busy > 0) {
        begin_children(loop, tasks);
        struct slot *next = first_ready(loop);
        if (next != NULL)
            advance(loop, next);
        else if (!let_time_pass(loop))
            scripted.hang = "nobody will ever go on";
        if (scripted.operations > scripted.operations_max)
            scripted.hang = "it has no end";
        if (scripted.hang != NULL) {
            dump(loop, scripted.report);
            fflush(scripted.report);
            _Exit(1); /* what waits cannot be taken down in good order */
        }
    }
}

static int run_scripted(struct run *run)
{
    struct loop loop = {
        .run = run, .slot_count = run->width + 1, .now_ns = run->clock_start_ns, .order = 1};
    unsigned char *tasks = calloc(loop.slot_count, task_size(run));
    loop.slots = calloc(loop.slot_count, sizeof *loop.slots);
    scripted.operations = scripted.open_connections = 0;
    scripted.hang = NULL;
    if (tasks == NULL || loop.slots == NULL) {
        free(tasks);
        free(loop.slots);
        return -ENOMEM;
    }
    loop.root = &loop.slots[run->width];
    loop.root->task = (struct task *)(tasks + run->width * task_size(run));
    run_to_the_end(&loop, tasks);
    for (uint32_t i = 0; i < loop.slot_count; i++)
        scripted.open_connections += loop.slots[i].connection.open;
    free(loop.slots);
    free(tasks);
    return 0;
}

const struct model model_scripted = {
    .summary = "one thread, virtual time, a script of what goes wrong",
    .capabilities = MODEL_CONCURRENT | MODEL_ALL_LIVE_AT_ONCE | MODEL_CAN_CANCEL | MODEL_CHANNELS,
    .run = run_scripted,
};
