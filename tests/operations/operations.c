/*
 * Every operation × how it ends (it completes, its deadline comes, the root cancels the task, the
 * run is stopped by a signal) × every registered model. This is where the contract is proven below
 * any protocol: each case runs one operation as a workload of its own, with peers that never answer
 * where the operation must not complete by itself.
 */
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/address.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/registry.h"
#include "tests/support/isolate.h"
#include "tests/support/models.h"
#include "tests/support/peers.h"

/* How the operation is to end. */
enum ending { COMPLETES, TIMES_OUT, CANCELLED, STOPPED, ENDINGS };
static const char *const ending_names[ENDINGS] = {"completes", "times out", "cancelled", "stopped"};

/* What is tried. Some operations have several rows. */
enum probe {
    SLEEP,
    HOLD,
    COMPUTE,
    RESOLVE,
    RESOLVE_NUMERIC,
    RESOLVE_UNKNOWN,
    CONNECT,
    CONNECT_REFUSED,
    SEND,
    SEND_BROKEN,
    RECV,
    RECV_END,
    CLOSE,
    PUT,
    TAKE,
    PUT_ALL,
    TAKE_SOME,
    YIELD,
    PROBES
};
static const char *const probe_names[PROBES] = {
    [SLEEP] = "SLEEP",
    [HOLD] = "SLEEP hold",
    [COMPUTE] = "COMPUTE",
    [RESOLVE] = "RESOLVE",
    [RESOLVE_NUMERIC] = "RESOLVE numeric",
    [RESOLVE_UNKNOWN] = "RESOLVE unknown",
    [CONNECT] = "CONNECT",
    [CONNECT_REFUSED] = "CONNECT refused",
    [SEND] = "SEND",
    [SEND_BROKEN] = "SEND to a closed peer",
    [RECV] = "RECV",
    [RECV_END] = "RECV at end",
    [CLOSE] = "CLOSE",
    [PUT] = "PUT",
    [TAKE] = "TAKE",
    [PUT_ALL] = "PUT of three",
    [TAKE_SOME] = "TAKE of up to three",
    [YIELD] = "YIELD",
};

enum {
    MOMENT_MS = 40,         /* deadlines, and how long a cancellation waits */
    FOREVER_MS = 20 * 1000, /* what must not last */
};
#define MOMENT_NS  (MOMENT_MS * NS_PER_MS)
#define FOREVER_NS (FOREVER_MS * NS_PER_MS)

struct settings {
    enum probe probe;
    enum ending ending;
    struct address address;
};

/* What child 0 saw. */
struct seen {
    int result;
    _Atomic uint64_t began_ns; /* 0: not yet */
    uint64_t ended_ns;
    uint64_t value;
};

struct state {
    uint64_t deadline_ns;
    struct address addresses[4];
    uint64_t items[3];
};

enum { CHANNEL_CAPACITY = 4 };

static bool puts_items(enum probe probe)
{
    return probe == PUT || probe == PUT_ALL;
}

static bool takes_items(enum probe probe)
{
    return probe == TAKE || probe == TAKE_SOME;
}

static char large[8 << 20];

/* Names that this program answers by itself: a name server that takes for ever. */
int getaddrinfo(const char *restrict host, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict list)
{
    (void)service;
    (void)hints;
    if (strcmp(host, "slow.test") == 0)
        for (int i = 0; i < FOREVER_MS / 10; i++)
            usleep(10000);
    if (strcmp(host, "known.test") != 0)
        return EAI_NONAME;
    struct made {
        struct addrinfo info;
        struct sockaddr_storage storage;
    } *made = calloc(1, sizeof *made);
    struct sockaddr_in *in = (struct sockaddr_in *)&made->storage;
    in->sin_family = AF_INET;
    in->sin_addr.s_addr = htonl(0x7f000001);
    made->info.ai_family = AF_INET;
    made->info.ai_socktype = SOCK_STREAM;
    made->info.ai_addr = (struct sockaddr *)in;
    made->info.ai_addrlen = sizeof *in;
    *list = &made->info;
    return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
    free(list);
}

static int compute_until_told(void *argument, const struct task *task)
{
    uint64_t until = clock_now_ns() + *(const uint64_t *)argument;
    while (clock_now_ns() < until && !task_cancelled(task))
        ;
    return 7;
}

static const uint64_t short_work = NS_PER_MS, long_work = FOREVER_NS;

/* The operation under test. */
static void yield_probe(struct task *task, const struct settings *with, struct state *state)
{
    uint64_t deadline = state->deadline_ns;
    bool completes = with->ending == COMPLETES;
    struct channel *channel = task->run->channels[0];
    switch (with->probe) {
    case SLEEP:
    case HOLD:
        yield_sleep(task, completes ? MOMENT_NS : UINT64_MAX, with->probe == HOLD, deadline);
        break;
    case COMPUTE:
        yield_compute(task, compute_until_told,
                      (void *)(uintptr_t)(completes ? &short_work : &long_work), 0);
        break;
    case RESOLVE:
        yield_resolve(task, completes ? "known.test" : "slow.test", 80, state->addresses, 4,
                      deadline);
        break;
    case RESOLVE_NUMERIC: yield_resolve(task, "::1", 80, state->addresses, 4, deadline); break;
    case RESOLVE_UNKNOWN:
        yield_resolve(task, "unknown.test", 80, state->addresses, 4, deadline);
        break;
    case CONNECT:
    case CONNECT_REFUSED: yield_connect(task, &with->address, deadline); break;
    case SEND:
    case SEND_BROKEN:
        yield_send(task, large, completes && with->probe == SEND ? 1000 : sizeof large, deadline);
        break;
    case RECV:
    case RECV_END: yield_recv(task, deadline); break;
    case CLOSE: yield_close(task); break;
    case PUT: yield_put(task, channel, 5, deadline); break;
    case TAKE: yield_take(task, channel, deadline); break;
    case PUT_ALL:
        memcpy(state->items, (uint64_t[]){5, 6, 7}, sizeof state->items);
        yield_put_all(task, channel, state->items, 3, deadline);
        break;
    case TAKE_SOME: yield_take_some(task, channel, state->items, 3, deadline); break;
    case YIELD: yield_turn(task); break;
    default: abort();
    }
}

static bool needs_connection(enum probe probe)
{
    return probe == SEND || probe == SEND_BROKEN || probe == RECV || probe == RECV_END ||
           probe == CLOSE;
}

/* Child 0: what the operation needs, the operation, a close where there is a connection, done. */
static void step_probe(struct task *task, int result, uint64_t now_ns)
{
    const struct settings *with = task->run->settings;
    struct state *state = task_state(task);
    struct seen *seen = task_result(task);
    enum { BEGIN, CONNECTED, PRIMED, TRIED, CLOSED };
    switch (task->stage) {
    case BEGIN:
        task->stage = needs_connection(with->probe) ? CONNECTED : TRIED;
        if (needs_connection(with->probe)) {
            yield_connect(task, &with->address, 0);
            return;
        }
        break;
    case CONNECTED: /* the echo must have something to say; a closed peer's reset must be here */
        CHECK(result == 0, "connect: %d", result);
        task->stage = PRIMED;
        if (with->probe == RECV && with->ending == COMPLETES)
            yield_send(task, "echo", 4, 0);
        else
            yield_sleep(task, MOMENT_NS, false, 0);
        return;
    case PRIMED:
        task->stage = TRIED;
        if (with->probe != RECV_END || result < 0)
            break;
        yield_recv(task, 0); /* "hello", the end is next */
        task->stage = PRIMED;
        if (result == 0 && state->deadline_ns == 0) {
            state->deadline_ns = 1;
            return;
        }
        task->stage = TRIED;
        state->deadline_ns = 0;
        break;
    case TRIED:
        seen->result = result;
        seen->ended_ns = clock_now_ns();
        if (with->probe == RECV && result > 0)
            seen->value = task->op.recv.bytes[0];
        if (with->probe == TAKE && result == 0)
            seen->value = task->op.channel.value;
        if (with->probe == TAKE_SOME && result > 1)
            seen->value = state->items[1];
        if (with->probe == RESOLVE || with->probe == RESOLVE_NUMERIC)
            seen->value = state->addresses[0].family;
        task->stage = CLOSED;
        if (task->connection != CONNECTION_NONE) {
            yield_close(task);
            return;
        }
        yield_done(task, task->saw_cancel ? OUTCOME_CANCELLED : OUTCOME_OK, 0, 0);
        return;
    default: yield_done(task, task->saw_cancel ? OUTCOME_CANCELLED : OUTCOME_OK, 0, 0); return;
    }
    seen->began_ns = clock_now_ns();
    if (with->ending == TIMES_OUT)
        state->deadline_ns = now_ns + MOMENT_NS;
    yield_probe(task, with, state);
}

/* Child 1: whoever a PUT or a TAKE that completes waits for. */
static void step_partner(struct task *task, int result, uint64_t now_ns)
{
    const struct settings *with = task->run->settings;
    struct channel *channel = task->run->channels[0];
    static uint64_t two[] = {8, 9};
    (void)now_ns;
    if (task->stage++ == 0)
        yield_sleep(task, MOMENT_NS / 2, false, 0);
    else if (result < 0 || task->stage > 2 || with->ending != COMPLETES)
        yield_done(task, result == -ECANCELED ? OUTCOME_CANCELLED : OUTCOME_OK, 0, 0);
    else if (with->probe == TAKE)
        yield_put(task, channel, 9, 0);
    else if (with->probe == TAKE_SOME)
        yield_put_all(task, channel, two, 2, 0);
    else if (puts_items(with->probe))
        yield_take(task, channel, 0);
    else
        yield_done(task, OUTCOME_OK, 0, 0);
}

static void step(struct task *task, int result, uint64_t now_ns)
{
    if (task->index == 0)
        step_probe(task, result, now_ns);
    else
        step_partner(task, result, now_ns);
}

/* Whether the operation under test has been outstanding for a moment: what interrupts it must not
 * come before it, however slow the machine is. */
static bool waits_for_a_moment(const struct run *run, uint64_t now_ns)
{
    const struct seen *seen = run_result(run, 0);
    uint64_t began = atomic_load(&seen->began_ns);
    return began != 0 && now_ns >= began + MOMENT_NS;
}

/* Spawns both; when told to, cancels child 0 after a moment; joins both. */
static void root_step(struct task *root, int result, uint64_t now_ns)
{
    const struct settings *with = root->run->settings;
    if (result == -ECANCELED) {
        yield_done(root, OUTCOME_CANCELLED, 0, 0);
        return;
    }
    switch (root->stage++) {
    case 0: yield_spawn(root, 0, 2); return;
    case 1:
        if (with->ending != CANCELLED) {
            root->stage = 3;
            yield_join_all(root, 0);
        } else if (!waits_for_a_moment(root->run, now_ns)) {
            root->stage = 1;
            yield_sleep(root, NS_PER_MS, false, 0);
        } else {
            yield_sleep(root, 0, false, 0);
        }
        return;
    case 2: yield_cancel(root, 0, now_ns + FOREVER_NS / 4); return;
    case 3:
        CHECK(result == 0, "CANCEL gave %d", result);
        yield_join_all(root, 0);
        return;
    default: yield_done(root, OUTCOME_OK, 0, 0);
    }
}

static const struct workload workload_probe = {
    .state_size = sizeof(struct state),
    .result_size = sizeof(struct seen),
    .step = step,
    .root_step = root_step,
};

/* ---- One case. ---- */

static struct run *stopped_run;

static void on_alarm(int number)
{
    (void)number;
    if (waits_for_a_moment(stopped_run, clock_now_ns()))
        run_stop(stopped_run, STOP_SIGNAL);
}

static void stop_after_a_moment(struct run *run)
{
    stopped_run = run;
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval timer = {.it_value = {.tv_usec = 1000}, .it_interval = {.tv_usec = 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

/* The result that the operation must have. */
static int expected_result(const struct settings *with)
{
    if (with->probe == CLOSE || with->probe == YIELD)
        return 0;
    if (with->ending == TIMES_OUT)
        return -ETIMEDOUT;
    if (with->ending != COMPLETES)
        return -ECANCELED;
    switch (with->probe) {
    case COMPUTE: return 7;
    case RESOLVE:
    case RESOLVE_NUMERIC: return 1;
    case RESOLVE_UNKNOWN: return -ENOENT;
    case CONNECT_REFUSED: return -ECONNREFUSED;
    case RECV: return 4;
    case TAKE_SOME: return 2;
    default: return 0;
    }
}

struct one_case {
    const struct model_entry *entry;
    struct settings with;
};

static void set_peer(struct settings *with)
{
    bool completes = with->ending == COMPLETES;
    if (with->probe == CONNECT_REFUSED)
        peer_refusing(&with->address);
    else if (with->probe == CONNECT && !completes)
        peer_full(&with->address);
    else if (with->probe == SEND_BROKEN || with->probe == RECV_END)
        peer_hello(&with->address);
    else if (completes)
        peer_echo(&with->address);
    else
        peer_silent(&with->address);
}

/* Items in the channel beforehand: a PUT finds no room for what it has, a TAKE none, but where it
 * is to complete under a model without concurrency. */
static uint32_t items_before(const struct one_case *this)
{
    bool concurrent = this->entry->model->capabilities & MODEL_CONCURRENT;
    bool at_once = !concurrent && this->with.ending == COMPLETES;
    if (puts_items(this->with.probe))
        return at_once ? 0 : this->with.probe == PUT ? CHANNEL_CAPACITY : 2;
    return !takes_items(this->with.probe) || !at_once ? 0 : this->with.probe == TAKE ? 1 : 2;
}

static void check_seen(const struct one_case *this, const struct run *run)
{
    const struct settings *with = &this->with;
    const struct seen *seen = run_result(run, 0);
    const struct child *child = &run->children[0];
    int expected = expected_result(with);
    uint64_t took = seen->ended_ns - seen->began_ns;
    CHECK(child_phase(child) == CHILD_ENDED, "child 0 has not ended");
    if (with->probe == SEND_BROKEN)
        CHECK(seen->result == -EPIPE || seen->result == -ECONNRESET, "got %d", seen->result);
    else
        CHECK(seen->result == expected, "got %d, expected %d", seen->result, expected);
    CHECK(took < FOREVER_NS, "it lasted for ever");
    if (with->ending == TIMES_OUT)
        CHECK(took >= MOMENT_NS - 2 * NS_PER_MS, "its deadline came after %.1f ms",
              (double)took / 1e6);
    if (with->probe == SLEEP && with->ending == COMPLETES)
        CHECK(took >= MOMENT_NS - 2 * NS_PER_MS, "it woke after %.1f ms", (double)took / 1e6);
    if (with->ending == COMPLETES && with->probe == RECV)
        CHECK(seen->value == 'e', "wrong bytes were lent");
    if (with->ending == COMPLETES && takes_items(with->probe))
        CHECK(seen->value == 9, "took %d", (int)seen->value);
    if (with->ending == COMPLETES && with->probe == RESOLVE)
        CHECK(seen->value == 4, "no IPv4 address");
    if (with->probe == RESOLVE_NUMERIC)
        CHECK(seen->value == 6, "no IPv6 address");
    bool cancelled = expected == -ECANCELED;
    CHECK(child->outcome == (cancelled ? OUTCOME_CANCELLED : OUTCOME_OK), "its outcome is %s",
          outcome_name(child->outcome));
    if (puts_items(with->probe) && with->ending != COMPLETES)
        CHECK(channel_length(run->channels[0]) == items_before(this), "an item more or less");
}

static void run_case(const void *argument)
{
    struct one_case this = *(const struct one_case *)argument;
    run_nothing(this.entry);
    set_peer(&this.with);
    struct held before = held_now();
    struct run run = {.workload = &workload_probe,
                      .model = this.entry->model,
                      .workload_name = "probe",
                      .model_name = this.entry->name,
                      .settings = &this.with,
                      .tasks = 2,
                      .width_asked = 2};
    run_plan_channel(&run, CHANNEL_CAPACITY);
    CHECK(run_open(&run) == 0, "%s", run.problem.text);
    for (uint32_t i = 0; i < items_before(&this); i++)
        CHECK(channel_try(&(struct op){.kind = OP_PUT,
                                       .channel = {.channel = run.channels[0], .value = 9}}) == 0,
              "the channel is full");
    if (this.with.ending == STOPPED)
        stop_after_a_moment(&run);
    CHECK(run_execute(&run) == 0, "%s", run.problem.text);
    struct itimerval off = {0};
    setitimer(ITIMER_REAL, &off, NULL);
    check_seen(&this, &run);
    bool abandoned = atomic_load(&run.abandoned);
    run_close(&run);
    if (abandoned)
        _Exit(0); /* as a program would: an exit would wait for libuv's threads */
    check_given_back(before);
}

/* ---- Several who wait, one batch that serves them all. ---- */

enum { WAITERS = 3 };

struct crowd {
    enum op_kind kind; /* what they wait for */
};

static void step_crowd(struct task *task, int result, uint64_t now_ns)
{
    const struct crowd *with = task->run->settings;
    struct channel *channel = task->run->channels[0];
    struct state *state = task_state(task);
    (void)now_ns;
    if (task->stage++ > 0 && (task->index < WAITERS || task->stage > 2)) {
        yield_done(task, result < 0 ? OUTCOME_TASK_ERROR : OUTCOME_OK, 0, 0);
    } else if (task->index < WAITERS && with->kind == OP_PUT) {
        yield_put(task, channel, task->index, 0);
    } else if (task->index < WAITERS) {
        yield_take(task, channel, 0);
    } else if (task->stage == 1) {
        yield_sleep(task, MOMENT_NS, false, 0); /* they are waiting then */
    } else if (with->kind == OP_PUT) {
        yield_take_some(task, channel, state->items, WAITERS, 0);
    } else {
        yield_put_all(task, channel, state->items, WAITERS, 0);
    }
}

static void run_crowd(const struct model_entry *entry, enum op_kind kind)
{
    static const struct workload workload = {.state_size = sizeof(struct state),
                                             .step = step_crowd};
    run_nothing(entry);
    struct held before = held_now();
    struct crowd with = {.kind = kind};
    struct run run = {.workload = &workload,
                      .model = entry->model,
                      .workload_name = "crowd",
                      .model_name = entry->name,
                      .settings = &with,
                      .tasks = WAITERS + 1,
                      .width_asked = WAITERS + 1};
    run_plan_channel(&run, WAITERS);
    CHECK(run_open(&run) == 0, "%s", run.problem.text);
    for (int i = 0; i < WAITERS && kind == OP_PUT; i++)
        channel_try(&(struct op){.kind = OP_PUT, .channel = {.channel = run.channels[0]}});
    CHECK(run_execute(&run) == 0, "%s", run.problem.text); /* or it hangs */
    for (uint32_t i = 0; i <= WAITERS; i++)
        CHECK(run.children[i].outcome == OUTCOME_OK, "child %u is %s", i,
              outcome_name(run.children[i].outcome));
    run_close(&run);
    check_given_back(before);
}

static void run_takers(const void *entry)
{
    run_crowd(entry, OP_TAKE);
}

static void run_putters(const void *entry)
{
    run_crowd(entry, OP_PUT);
}

/* Why a combination cannot be, or NULL. */
static const char *not_applicable(enum probe probe, enum ending ending, const struct model *model)
{
    if (model->simulated && (ending == STOPPED || (probe >= COMPUTE && probe <= CLOSE)))
        return "signals, sockets and the time that a computation takes are not simulated";
    bool concurrent = model->capabilities & MODEL_CONCURRENT;
    bool parallel = model->capabilities & MODEL_PARALLEL_COMPUTE;
    if (ending != COMPLETES &&
        (probe == RESOLVE_NUMERIC || probe == RESOLVE_UNKNOWN || probe == CONNECT_REFUSED ||
         probe == SEND_BROKEN || probe == RECV_END || probe == CLOSE || probe == YIELD))
        return "it completes at once";
    if (ending == TIMES_OUT && probe == COMPUTE)
        return "it has no deadline";
    if (ending == CANCELLED && !(model->capabilities & MODEL_CAN_CANCEL))
        return "the root does not run beside a child";
    bool preemptive = model->capabilities & MODEL_PREEMPTIVE;
    if (ending == CANCELLED && concurrent &&
        ((probe == COMPUTE && !parallel) || (probe == HOLD && !preemptive)))
        return "it keeps the root from running";
    return NULL;
}

int main(void)
{
    for (const struct model_entry *entry = models_from(model_registry); entry->name != NULL;
         entry = models_from(entry + 1)) {
        for (int probe = 0; probe < PROBES; probe++) {
            for (int ending = 0; ending < ENDINGS; ending++) {
                if (not_applicable((enum probe)probe, (enum ending)ending, entry->model) != NULL)
                    continue;
                struct one_case this = {
                    .entry = entry,
                    .with = {.probe = (enum probe)probe, .ending = (enum ending)ending}};
                char name[100];
                snprintf(name, sizeof name, "%s: %s %s", entry->name, probe_names[probe],
                         ending_names[ending]);
                isolate(name, run_case, &this);
            }
        }
        if (!(entry->model->capabilities & MODEL_CONCURRENT))
            continue;
        char name[100];
        snprintf(name, sizeof name, "%s: a batch serves all who wait to take", entry->name);
        isolate(name, run_takers, entry);
        snprintf(name, sizeof name, "%s: a batch taken makes room for all who wait", entry->name);
        isolate(name, run_putters, entry);
    }
    return isolate_summary();
}
