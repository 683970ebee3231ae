/* The tasks of letters, their peer, their run. */
#include "tests/support/letters.h"

#include <string.h>

#include "core/address.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/registry.h"
#include "tests/support/isolate.h"

/* ---- A task: an operation a letter. ---- */

static const char *letters;

struct letters_seen letters_seen;

struct state {
    struct address address;
    int failure;
};

static int compute(void *argument, const struct task *task)
{
    (void)argument, (void)task;
    letters_seen.computed++;
    return 7;
}

static void yield_letter(struct task *task, char letter, uint64_t deadline_ns)
{
    struct state *state = task_state(task);
    switch (letter) {
    case 's': yield_sleep(task, NS_PER_MS, false, 0); return;
    case 'h': yield_sleep(task, NS_PER_MS, true, 0); return;
    case 'c': yield_compute(task, compute, NULL, NS_PER_MS); return;
    case 'y': yield_turn(task); return;
    case 'r': yield_resolve(task, "host.test", 80, &state->address, 1, deadline_ns); return;
    case 'o': yield_connect(task, &state->address, deadline_ns); return;
    case 'w': yield_send(task, "?", 1, deadline_ns); return;
    case 'g': yield_recv(task, deadline_ns); return;
    case 'x': yield_close(task); return;
    case 't': yield_take(task, task->run->channels[0], 0); return;
    default: yield_done(task, outcome_of_errno(state->failure), -state->failure, 0); return;
    }
}

static void step(struct task *task, int result, uint64_t now_ns)
{
    struct state *state = task_state(task);
    CHECK(task->stage < LETTERS_STAGES, "task %u goes on and on", task->index);
    letters_seen.results[task->index][task->stage] = result;
    if (letters_seen.steps < LETTERS_STAGES)
        letters_seen.order[letters_seen.steps] = task->index;
    letters_seen.steps++;
    state->failure = result < 0 ? result : state->failure;
    char letter = state->failure == 0                   ? letters[task->stage]
                  : task->connection != CONNECTION_NONE ? 'x'
                                                        : 0;
    task->stage++;
    yield_letter(task, letter, now_ns + 5 * NS_PER_MS);
}

static const struct workload workload_letters = {.step = step, .state_size = sizeof(struct state)};

/* ---- A peer that says hello. ---- */

struct letters_heard letters_heard;

static int look_up(struct peer *peer, const char *host, uint16_t port, struct address *addresses,
                   uint16_t capacity)
{
    (void)peer, (void)host, (void)capacity;
    letters_heard.looked_up++;
    return address_parse("127.0.0.1", port, addresses);
}

static int connect_to(struct peer *peer, const struct address *address, void **connection)
{
    (void)peer, (void)address;
    letters_heard.connected++;
    *connection = &letters_heard;
    return 0;
}

static int take_bytes(struct peer *peer, void *connection, const void *bytes, size_t length,
                      uint64_t now_ns)
{
    (void)peer, (void)connection, (void)bytes, (void)length, (void)now_ns;
    letters_heard.sent++;
    return 0;
}

static int give_bytes(struct peer *peer, void *connection, size_t most, uint64_t now_ns,
                      const uint8_t **bytes, uint64_t *when_ns)
{
    static const char hello[] = "hello";
    (void)peer, (void)connection, (void)now_ns, (void)when_ns;
    size_t left = strlen(hello) - letters_heard.told, count = left < most ? left : most;
    *bytes = (const uint8_t *)hello + letters_heard.told;
    letters_heard.told += count;
    return (int)count;
}

static void close_connection(struct peer *peer, void *connection)
{
    (void)peer, (void)connection;
    letters_heard.closed++;
}

struct peer letters_peer = {.resolve = look_up,
                            .connect = connect_to,
                            .send = take_bytes,
                            .recv = give_bytes,
                            .close = close_connection};

/* ---- A run. ---- */

const struct model *letters_model(void)
{
    const struct model_entry *entry = model_registry;
    while (entry->model == NULL || !entry->model->simulated)
        entry++;
    return entry->model;
}

struct run letters_run;

int letters_play(const char *what, uint32_t children, const struct simulation *simulation)
{
    letters = what;
    memset(&letters_seen, 0, sizeof letters_seen);
    memset(&letters_heard, 0, sizeof letters_heard);
    letters_run = (struct run){.workload = &workload_letters,
                               .model = letters_model(),
                               .workload_name = "letters",
                               .model_name = "a simulator",
                               .simulation = simulation,
                               .tasks = children,
                               .width_asked = children};
    run_plan_channel(&letters_run, 1);
    CHECK(run_open(&letters_run) == 0, "%s", letters_run.problem.text);
    return run_execute(&letters_run);
}

uint64_t letters_end(void)
{
    for (uint32_t i = 0; i < letters_run.tasks; i++)
        CHECK(child_phase(&letters_run.children[i]) == CHILD_ENDED, "task %u has not ended", i);
    uint64_t wall_us = (letters_run.clock_end_ns - letters_run.clock_start_ns) / NS_PER_US;
    run_close(&letters_run);
    return wall_us;
}

uint64_t letters_wall_us(const char *what, uint32_t children, const struct simulation *simulation)
{
    int status = letters_play(what, children, simulation);
    CHECK(status == 0, "%s", letters_run.problem.text);
    return letters_end();
}
