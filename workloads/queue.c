/*
 * queue: producers and consumers on one bounded channel, from the notes' fourth section. Two
 * producers put five items each, a unit apart; two consumers take them and are cancelled when 5
 * units are over and the producers have ended. With --unit 0 nobody pauses, and what is left is the
 * channel: items a second, and how long an item is in it. Nothing may get lost or come twice, and
 * what one producer puts comes out in its order.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/certificate.h"
#include "core/check.h"
#include "core/histogram.h"
#include "core/random.h"
#include "workloads/queue_item.h"
#include "workloads/unit.h"

enum { PRODUCERS_MAX = 1 << ITEM_PRODUCER_BITS, CONSUMERS_MAX = 256, BATCH_MAX = 256 };
enum { CAPACITY_MAX = 1 << 20, TOLD_MAX = 1000 /* items, of which each has its lines */ };

enum { NOTE_PUT, NOTE_GET };

struct settings {
    uint64_t unit_ns;
    uint64_t producers, consumers;
    uint64_t items; /* of each producer */
    uint64_t capacity;
    uint64_t batch; /* items moved at once */
};

/* ---- What a task keeps, and the values of its items. ---- */

/* What the notes draw with random.randint(1, 10). */
static int item_value(const struct run *run, uint64_t item)
{
    uint64_t place = item_producer(item) << ITEM_NUMBER_BITS | item_number(item);
    return (int)(random_at(run->seed, place) % 10) + 1;
}

struct state {
    uint64_t left; /* a producer's items still to be put */
    uint32_t count;
    uint64_t batch[BATCH_MAX];
    uint64_t last[PRODUCERS_MAX]; /* a consumer's: the last item of each; 0: none */
};

/* Written as it happens: what a killed worker had counted until then stays. */
struct result {
    uint64_t items;  /* put or taken */
    uint64_t pauses; /* behind them, that came to their end */
    uint64_t sum;    /* of them all, as numbers */
    uint64_t out_of_order;
    uint64_t last_ns; /* when a consumer took its last */
    struct histogram in_queue;
};

/* ---- Settings. ---- */

static void *create(void)
{
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings != NULL)
        *settings = (struct settings){.unit_ns = UNIT_NS_DEFAULT,
                                      .producers = 2,
                                      .consumers = 2,
                                      .items = 5,
                                      .capacity = 1024,
                                      .batch = 1};
    return settings;
}

static const struct workload_option options[] = {
    UNIT_OPTION,
    {"producers", "N", "default 2"},
    {"consumers", "N", "default 2"},
    {"items", "N", "of each producer; default 5"},
    {"capacity", "N", "how many items the queue holds; default 1024"},
    {"batch", "N", "items that are put or taken at once, between two pauses; default 1"},
    {0},
};

static int option(struct run *run, const char *name, const char *value)
{
    struct settings *settings = run->settings;
    const struct {
        const char *name;
        uint64_t max;
        uint64_t *out;
    } numbers[] = {
        {"producers", PRODUCERS_MAX, &settings->producers},
        {"consumers", CONSUMERS_MAX, &settings->consumers},
        {"items", UINT64_C(1) << 40, &settings->items},
        {"capacity", CAPACITY_MAX, &settings->capacity},
        {"batch", BATCH_MAX, &settings->batch},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (strcmp(name, numbers[i].name) == 0)
            return option_number(name, value, 1, numbers[i].max, numbers[i].out, &run->problem);
    return option_duration(name, value, 0, &settings->unit_ns, &run->problem);
}

static int prepare(struct run *run, int argc, char **argv)
{
    const struct settings *settings = run->settings;
    (void)argc, (void)argv;
    if (settings->unit_ns > ITEM_PAUSE_NS_MAX)
        return problem_set(&run->problem, STATUS_USAGE,
                           "--unit takes at most half an hour here: an item's stamp goes round");
    if (settings->batch > settings->capacity)
        return problem_set(
            &run->problem, STATUS_USAGE, "a --batch of %llu never fits a --capacity of %llu",
            (unsigned long long)settings->batch, (unsigned long long)settings->capacity);
    run->tasks = run->width_needed = (uint32_t)(settings->producers + settings->consumers);
    if (settings->producers * settings->items <= TOLD_MAX)
        run->note_capacity = (uint32_t)(2 * settings->producers * settings->items);
    run_plan_channel(run, (uint32_t)settings->capacity);
    return 0;
}

/* The notes create the consumers first. */
static bool is_consumer(const struct run *run, uint32_t child)
{
    return child < ((const struct settings *)run->settings)->consumers;
}

/* ---- The tasks. ---- */

enum stage { BEGIN, MOVED, PAUSED };

static void offer(struct task *task, struct state *state, uint64_t now_ns)
{
    const struct settings *settings = task->run->settings;
    struct channel *channel = task->run->channels[0];
    uint64_t stamp = item_stamp_at(now_ns - task->run->clock_start_ns),
             producer = task->index - settings->consumers;
    state->count = (uint32_t)(state->left < settings->batch ? state->left : settings->batch);
    for (uint32_t i = 0; i < state->count; i++)
        state->batch[i] = item_make(stamp, settings->items - state->left + i, producer);
    task->stage = MOVED;
    if (settings->batch == 1)
        yield_put(task, channel, state->batch[0], 0);
    else
        yield_put_all(task, channel, state->batch, (uint16_t)state->count, 0);
}

static void receive(struct task *task, struct state *state)
{
    const struct settings *settings = task->run->settings;
    struct channel *channel = task->run->channels[0];
    task->stage = MOVED;
    if (settings->batch == 1)
        yield_take(task, channel, 0);
    else
        yield_take_some(task, channel, state->batch, (uint16_t)settings->batch, 0);
}

static void count_put(struct task *task, struct state *state)
{
    struct result *kept = task_result(task);
    for (uint32_t i = 0; i < state->count; i++) {
        kept->sum += state->batch[i];
        task_note(task, NOTE_PUT, state->batch[i]);
    }
    kept->items += state->count;
    state->left -= state->count;
}

static void count_taken(struct task *task, struct state *state, uint32_t count, uint64_t now_ns)
{
    struct result *kept = task_result(task);
    uint64_t now = item_stamp_at(now_ns - task->run->clock_start_ns);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t item = state->batch[i], *last = &state->last[item_producer(item)];
        kept->out_of_order += *last != 0 && !item_follows(item, *last);
        *last = item;
        kept->sum += item;
        histogram_add(&kept->in_queue, item_age_ns(item, now));
        task_note(task, NOTE_GET, item);
    }
    kept->items += count;
    kept->last_ns = now_ns;
}

static void step(struct task *task, int result, uint64_t now_ns)
{
    struct state *state = task_state(task);
    const struct settings *settings = task->run->settings;
    bool consumes = is_consumer(task->run, task->index);
    if (result < 0) {
        yield_done(task, outcome_of_errno(result), -result, 0);
        return;
    }
    if (task->stage == BEGIN) {
        state->left = settings->items;
    } else if (task->stage == MOVED) {
        if (consumes && settings->batch == 1)
            state->batch[0] = task->op.channel.value;
        if (consumes)
            count_taken(task, state, settings->batch == 1 ? 1 : (uint32_t)result, now_ns);
        else
            count_put(task, state);
        if (settings->unit_ns > 0) {
            task->stage = PAUSED;
            yield_sleep(task, settings->unit_ns, false, 0);
            return;
        }
    } else {
        ((struct result *)task_result(task))->pauses++;
    }
    if (consumes)
        receive(task, state);
    else if (state->left > 0)
        offer(task, state, now_ns);
    else
        yield_done(task, OUTCOME_OK, 0, 0);
}

/* ---- The root: 5 units, then the producers' end, then the consumers'. ---- */

/* How often the root looks whether there is anybody left to take. */
#define LOOK_EVERY_NS (100 * NS_PER_MS)

struct root_state {
    uint32_t child; /* being joined, or cancelled */
};

static bool deserted(const struct run *run)
{
    for (uint32_t i = 0; is_consumer(run, i); i++)
        if (child_phase(&run->children[i]) != CHILD_ENDED)
            return false;
    return true;
}

enum root_stage { SPAWN, SLEEP, JOIN_PRODUCERS, CANCEL_CONSUMERS, LEAVE };

static void root_step(struct task *root, int result, uint64_t now_ns)
{
    struct root_state *state = task_state(root);
    const struct run *run = root->run;
    const struct settings *settings = run->settings;
    if (result < 0 && result != -ETIMEDOUT) {
        yield_done(root, outcome_of_errno(result), -result, 0);
        return;
    }
    switch ((enum root_stage)root->stage) {
    case SPAWN:
        root->stage = SLEEP;
        yield_spawn(root, 0, run->tasks);
        return;
    case SLEEP:
        root->stage = JOIN_PRODUCERS;
        state->child = (uint32_t)settings->consumers - 1;
        yield_sleep(root, 5 * settings->unit_ns, false, 0);
        return;
    case JOIN_PRODUCERS:
        if (result != -ETIMEDOUT)
            state->child++;
        else if (deserted(run)) {
            /* All takers were killed: the putters, who may wait for room for ever, are cancelled
             * as the root leaves. */
            yield_done(root, OUTCOME_OK, 0, 0);
            return;
        }
        if (state->child < run->tasks) {
            yield_join(root, state->child, now_ns + LOOK_EVERY_NS);
            return;
        }
        root->stage = CANCEL_CONSUMERS;
        state->child = 0;
        __attribute__((fallthrough));
    case CANCEL_CONSUMERS:
        if (state->child < settings->consumers) {
            yield_cancel(root, state->child++, 0);
            return;
        }
        root->stage = LEAVE;
        yield_join_all(root, 0);
        return;
    default: yield_done(root, OUTCOME_OK, 0, 0);
    }
}

/* ---- After the clock. ---- */

struct totals {
    uint64_t put, taken, left;
    uint64_t put_sum, taken_sum, left_sum;
    uint64_t out_of_order;
    uint32_t producers_lost, consumers_lost; /* their workers were killed */
    uint64_t first_ns, last_ns;              /* the producers' beginning, the last put or take */
    struct histogram in_queue;
};

static void add_up(const struct run *run, struct totals *totals)
{
    *totals = (struct totals){.first_ns = UINT64_MAX};
    for (uint32_t i = 0; i < run->tasks; i++) {
        const struct result *kept = run_result(run, i);
        const struct child *child = &run->children[i];
        bool lost = child->outcome == OUTCOME_WORKER_LOST;
        if (is_consumer(run, i)) {
            totals->taken += kept->items;
            totals->taken_sum += kept->sum;
            totals->out_of_order += kept->out_of_order;
            totals->consumers_lost += lost;
            histogram_merge(&totals->in_queue, &kept->in_queue);
            if (kept->last_ns > totals->last_ns)
                totals->last_ns = kept->last_ns;
            continue;
        }
        totals->put += kept->items;
        totals->put_sum += kept->sum;
        totals->producers_lost += lost;
        if (child->started_ns != 0 && child->started_ns < totals->first_ns)
            totals->first_ns = child->started_ns;
        if (child->ended_ns > totals->last_ns)
            totals->last_ns = child->ended_ns;
    }
    const struct channel *channel = run->channels[0];
    totals->left = channel_length(channel);
    for (uint64_t i = 0; i < totals->left; i++)
        totals->left_sum += channel_item(channel, i);
}

/* Taken but never counted, when a taker was killed between the two; below 0 when a putter was. */
static int64_t lost_items(const struct totals *totals)
{
    return (int64_t)(totals->put - totals->taken - totals->left);
}

static bool expected(const struct run *run, uint32_t child)
{
    return run->children[child].outcome ==
           (is_consumer(run, child) ? OUTCOME_CANCELLED : OUTCOME_OK);
}

static enum verified verify(const struct run *run)
{
    const struct settings *settings = run->settings;
    struct totals totals;
    add_up(run, &totals);
    int64_t lost = lost_items(&totals), batch = (int64_t)settings->batch;
    if (totals.out_of_order > 0 || lost > batch * totals.consumers_lost ||
        lost < -batch * totals.producers_lost)
        return VERIFIED_NO;
    if (totals.producers_lost + totals.consumers_lost > 0)
        return VERIFIED_YES;
    return totals.put_sum == totals.taken_sum + totals.left_sum ? VERIFIED_YES : VERIFIED_NO;
}

/* What was in the queue at the end, and how long a consumer had gone on, is the model's: both count
 * together, and of pauses those of the producers. An item's stamp is when it was put; of a sum of
 * items the bits below the stamps are those of a sum of items without. */
static void certify(const struct run *run, struct certificate *certificate)
{
    const struct settings *settings = run->settings;
    uint64_t unstamped = item_mask(ITEM_PRODUCER_BITS + ITEM_NUMBER_BITS);
    struct totals totals;
    add_up(run, &totals);
    certificate_count(certificate, "items_put", totals.put);
    certificate_count(certificate, "items_taken_or_left", totals.taken + totals.left);
    certificate_number(certificate, totals.put_sum & unstamped);
    certificate_number(certificate, (totals.taken_sum + totals.left_sum) & unstamped);
    for (uint32_t i = (uint32_t)settings->consumers; i < run->tasks; i++) {
        const struct result *kept = run_result(run, i);
        const struct child *child = &run->children[i];
        uint64_t paused_ns = kept->pauses * settings->unit_ns;
        bool paused = child->started_ns != 0 && child->ended_ns - child->started_ns >= paused_ns;
        certificate_count(certificate, "producers_pauses", kept->pauses);
        certificate_count(certificate, "producers_paused_ns", paused ? paused_ns : 0);
        certificate_number(certificate, kept->items);
    }
}

static double items_per_s(const struct totals *totals)
{
    return totals->last_ns > totals->first_ns
               ? (double)totals->taken * 1e9 / (double)(totals->last_ns - totals->first_ns)
               : NAN;
}

/* NAN where the model's clock did not move between offering and taking. */
static double in_queue_s(const struct totals *totals, double share)
{
    double ns = histogram_quantile_ns(&totals->in_queue, share);
    return ns > 0 ? ns / 1e9 : NAN;
}

static size_t figures(const struct run *run, struct figure *figures)
{
    struct totals totals;
    add_up(run, &totals);
    const char *why = totals.taken == 0 ? "no item was taken" : "too short for the model's clock";
    size_t count = 0;
    figures[count++] = (struct figure){"items_put", (double)totals.put, NULL};
    figures[count++] = (struct figure){"items_taken", (double)totals.taken, NULL};
    figures[count++] = (struct figure){"items_left_over", (double)totals.left, NULL};
    figures[count++] = (struct figure){"items_lost", (double)lost_items(&totals), NULL};
    figures[count++] = (struct figure){"items_per_s", items_per_s(&totals), why};
    figures[count++] = (struct figure){"item_ns", 1e9 / items_per_s(&totals), why};
    figures[count++] = (struct figure){"in_queue_p50_s", in_queue_s(&totals, 0.5), why};
    figures[count++] = (struct figure){"in_queue_p99_s", in_queue_s(&totals, 0.99), why};
    figures[count++] = (struct figure){"in_queue_max_s", in_queue_s(&totals, 1), why};
    return count;
}

static void print_speed(const struct totals *totals, FILE *out)
{
    static const struct {
        const char *name;
        double share;
    } shares[] = {{"median", 0.5}, {"99 % within", 0.99}, {"longest", 1}};
    fprintf(out, "%.4g items a second; in the queue:", items_per_s(totals));
    for (int i = 0; i < 3; i++) {
        double s = in_queue_s(totals, shares[i].share);
        fprintf(out, isnan(s) ? "%s %s too short for the clock" : "%s %s %.3g us", i > 0 ? "," : "",
                shares[i].name, s * 1e6);
    }
    fprintf(out, "\n");
}

static void print(const struct run *run, FILE *out)
{
    const struct settings *settings = run->settings;
    for (uint32_t i = 0; i < run_note_count(run); i++) {
        const struct note *note = run_note(run, i);
        if (note == NULL)
            continue;
        bool put = note->event == NOTE_PUT;
        uint32_t number = note->task - (put ? (uint32_t)settings->consumers : 0) + 1;
        fprintf(out, "%s_%u %s a val: %d\n", put ? "producer" : "consumer", number,
                put ? "put" : "get", item_value(run, note->value));
    }
    struct totals totals;
    add_up(run, &totals);
    fprintf(out, "%llu items put = %llu taken + %llu left over", (unsigned long long)totals.put,
            (unsigned long long)totals.taken, (unsigned long long)totals.left);
    if (lost_items(&totals) != 0)
        fprintf(out, " + %lld lost with a killed worker", (long long)lost_items(&totals));
    fprintf(out, "\n");
    if (!isnan(items_per_s(&totals)) && totals.taken > 0)
        print_speed(&totals, out);
    if (settings->unit_ns > 0)
        print_wall(run, settings->unit_ns, out);
    else
        fprintf(out, "Wall time: %.3g s\n", run_seconds(run));
}

const struct workload workload_queue = {
    .summary = "producers and consumers on a bounded queue, the consumers cancelled at the end",
    .needs = MODEL_CONCURRENT | MODEL_CHANNELS | MODEL_CAN_CANCEL,
    .options = options,
    .state_size = sizeof(struct state),
    .root_state_size = sizeof(struct root_state),
    .result_size = sizeof(struct result),
    .step = step,
    .root_step = root_step,
    .create = create,
    .destroy = free,
    .option = option,
    .prepare = prepare,
    .expected = expected,
    .verify = verify,
    .certify = certify,
    .figures = figures,
    .print = print,
};
