/*
 * Weather over a simulated run: each thing that it can do to an operation, whose turn it is, and
 * that a seed is a run, of real workloads too.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/registry.h"
#include "models/wait/weather.h"
#include "origin/paper.h"
#include "tests/support/letters.h"
#include "tests/support/script.h"

/* ---- Weather. ---- */

static const char networked[] = "srowggx";
static const struct simulation scripted = {.peer = &letters_peer, .weather = &script.weather};

/* One child's run, with this omen for its first operation of a kind. */
static void befall(const char *what, enum op_kind kind, struct omen omen)
{
    script_clear();
    letters_wall_us(what, 1, &scripted);
    uint32_t at = 1;
    while (script.remembered[at].task != 0 || script.remembered[at].kind != kind)
        assert_in_range(++at, 1, script.operations);
    script_clear();
    script.at = at;
    script.omen = omen;
    assert_int_equal(letters_play(what, 1, &scripted), 0);
}

static void test_fair(void **unused)
{
    (void)unused;
    static const int results[] = {0, 0, 1, 0, 0, 5, 0, 0};
    script_clear();
    assert_int_equal(letters_wall_us(networked, 1, &scripted), 1000);
    assert_memory_equal(letters_seen.results[0], results, sizeof results);
    assert_int_equal(letters_heard.closed, 1);
    assert_int_equal(script.operations, 2 + strlen(networked));
    /* Without a peer there is no network. */
    letters_play("r", 1, NULL);
    assert_int_equal(letters_seen.results[0][1], -ENOENT);
    letters_end();
    letters_play("o", 1, NULL);
    assert_int_equal(letters_seen.results[0][1], -ENETUNREACH);
    letters_end();
}

static void test_delay(void **unused)
{
    (void)unused;
    static const enum op_kind kinds[] = {OP_SLEEP, OP_COMPUTE, OP_RESOLVE, OP_CONNECT,
                                         OP_SEND,  OP_RECV,    OP_CLOSE};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        befall("scrowgx", kinds[i],
               (struct omen){.fail_with = OMEN_GOOD, .delay_ns = 3 * NS_PER_MS});
        assert_int_equal(letters_run.children[0].outcome, OUTCOME_OK);
        assert_int_equal(letters_heard.closed, 1);
        assert_int_equal(letters_end(), 5000);
    }
    /* Later than its deadline is too late. */
    befall(networked, OP_CONNECT, (struct omen){.fail_with = OMEN_GOOD, .delay_ns = 6 * NS_PER_MS});
    assert_int_equal(letters_seen.results[0][3], -ETIMEDOUT);
    assert_int_equal(letters_heard.connected, 0);
    assert_int_equal(letters_end(), 6000);
}

static void test_failure(void **unused)
{
    (void)unused;
    befall(networked, OP_CONNECT, (struct omen){.fail_with = -ECONNREFUSED});
    assert_int_equal(letters_seen.results[0][3], -ECONNREFUSED);
    assert_int_equal(letters_heard.connected, 0);
    assert_int_equal(letters_end(), 1000);
    befall(networked, OP_RECV, (struct omen){.fail_with = -ETIMEDOUT});
    assert_int_equal(letters_seen.results[0][5], -ETIMEDOUT);
    assert_int_equal(letters_heard.told, 0);
    assert_int_equal(letters_heard.closed, 1);
    assert_int_equal(letters_end(), 6000);
    befall(networked, OP_RECV, (struct omen){.fail_with = 0});
    assert_int_equal(letters_seen.results[0][5], 0);
    assert_int_equal(letters_seen.results[0][6], 5);
    letters_end();
    befall("c", OP_COMPUTE, (struct omen){.fail_with = -ENOMEM});
    assert_int_equal(letters_seen.results[0][1], -ENOMEM);
    assert_int_equal(letters_seen.computed, 0);
    letters_end();
    befall(networked, OP_CLOSE, (struct omen){.fail_with = -EIO}); /* it always succeeds */
    assert_int_equal(letters_seen.results[0][7], 0);
    assert_int_equal(letters_heard.closed, 1);
    letters_end();
}

static void test_cut(void **unused)
{
    (void)unused;
    befall(networked, OP_RECV, (struct omen){.fail_with = OMEN_GOOD, .recv_most = 2});
    assert_int_equal(letters_seen.results[0][5], 2);
    assert_int_equal(letters_seen.results[0][6], 3);
    letters_end();
    script_clear();
    script.recv_most = 1;
    letters_wall_us(networked, 1, &scripted);
    assert_int_equal(letters_seen.results[0][5], 1);
    assert_int_equal(letters_seen.results[0][6], 1);
}

static void test_cancel(void **unused)
{
    (void)unused;
    befall(networked, OP_SEND, (struct omen){.fail_with = OMEN_GOOD, .cancel = true});
    assert_int_equal(letters_seen.results[0][4], -ECANCELED);
    assert_int_equal(letters_heard.sent, 0);
    assert_int_equal(letters_heard.closed, 1);
    assert_int_equal(letters_run.children[0].outcome, OUTCOME_CANCELLED);
    assert_int_equal(letters_run.arena->root.outcome, OUTCOME_OK);
    letters_end();
    /* Behind it: one that is complete is not taken back, one that waits is. */
    befall(networked, OP_SEND, (struct omen){.fail_with = OMEN_GOOD, .cancel_behind = true});
    assert_int_equal(letters_seen.results[0][4], 0);
    assert_int_equal(letters_seen.results[0][5], -ECANCELED);
    assert_int_equal(letters_heard.sent, 1);
    letters_end();
    befall("cs", OP_COMPUTE, (struct omen){.fail_with = OMEN_GOOD, .cancel_behind = true});
    assert_int_equal(letters_seen.results[0][1], -ECANCELED);
    assert_int_equal(letters_end(), 0);
}

static void test_stop(void **unused)
{
    (void)unused;
    befall("yss", OP_SLEEP, (struct omen){.fail_with = OMEN_GOOD, .stop = true});
    assert_int_equal(letters_run.arena->stop, STOP_SIGNAL);
    assert_int_equal(letters_run.arena->root.outcome, OUTCOME_CANCELLED);
    assert_int_equal(letters_run.children[0].outcome, OUTCOME_CANCELLED);
    assert_int_equal(letters_seen.results[0][2], -ECANCELED);
    assert_int_equal(letters_end(), 0);
}

static void ask_nothing(struct weather *weather, const struct task *task, struct omen *omen)
{
    (void)weather, (void)task, (void)omen;
}

/* Once all have begun. */
static uint32_t pick_last(struct weather *weather, uint32_t count)
{
    (void)weather;
    return letters_seen.steps < LETTERS_CHILDREN ? 0 : count - 1;
}

/* All of them are ready: the longest waiting is first, or the last to become so. */
static void test_order(void **unused)
{
    (void)unused;
    struct weather last = {.ask = ask_nothing, .pick = pick_last};
    const struct simulation unfair = {.weather = &last};
    static const uint32_t in_turn[] = {0, 1, 2, 0, 1, 2}, from_behind[] = {0, 1, 2, 2, 1, 0};
    letters_wall_us("y", 3, NULL);
    assert_memory_equal(letters_seen.order, in_turn, sizeof in_turn);
    letters_wall_us("y", 3, &unfair);
    assert_memory_equal(letters_seen.order, from_behind, sizeof from_behind);
}

/* ---- A seed is a run. ---- */

/* Rough weather, that remembers what it was asked, when, and what it said. */
struct watched {
    struct weather weather; /* first */
    struct rough_weather rough;
    uint64_t digest;
    uint32_t asked;
};

static void mix(struct watched *watched, uint64_t value)
{
    watched->digest = (watched->digest ^ value) * UINT64_C(0x100000001b3);
}

static void ask_watched(struct weather *weather, const struct task *task, struct omen *omen)
{
    struct watched *watched = (struct watched *)weather;
    watched->rough.weather.ask(&watched->rough.weather, task, omen);
    watched->asked++;
    mix(watched, clock_now_ns());
    mix(watched, task->index);
    mix(watched, task->op.kind);
    mix(watched, (uint64_t)omen->fail_with);
    mix(watched, omen->delay_ns);
}

static uint32_t pick_watched(struct weather *weather, uint32_t count)
{
    struct watched *watched = (struct watched *)weather;
    return watched->rough.weather.pick(&watched->rough.weather, count);
}

static struct paper_origin paper;
static struct run run;

static void set_up(const struct workload_entry *entry, struct simulation *simulation)
{
    const struct workload *workload = entry->workload;
    run = (struct run){.workload = workload,
                       .model = letters_model(),
                       .workload_name = entry->name,
                       .model_name = "a simulator",
                       .simulation = simulation};
    if (workload->create != NULL)
        run.settings = workload->create();
    if (workload->wants_origin != NULL) {
        simulation->peer = &paper.peer;
        assert_int_equal(workload->option(&run, "origin", paper.directory), 0);
    }
    assert_int_equal(workload->prepare(&run, 0, NULL), 0);
    assert_int_equal(run_open(&run), 0);
}

/* Of everything that was asked and how everybody ended. */
static uint64_t digest_of(const struct workload_entry *entry, uint64_t seed, uint32_t *asked)
{
    struct watched watched = {.weather = {.ask = ask_watched, .pick = pick_watched}};
    struct simulation simulation = {.weather = &watched.weather};
    rough_weather_begin(&watched.rough, seed);
    set_up(entry, &simulation);
    assert_int_equal(run_execute(&run), 0);
    for (uint32_t i = 0; i < run.tasks; i++) {
        mix(&watched, run.children[i].outcome);
        mix(&watched, (uint64_t)run.children[i].value);
        mix(&watched, run.children[i].ended_ns);
    }
    if (entry->workload->verify != NULL)
        assert_int_not_equal(entry->workload->verify(&run), VERIFIED_NO);
    run_close(&run);
    if (entry->workload->destroy != NULL)
        entry->workload->destroy(run.settings);
    assert_int_equal(paper.open, 0);
    *asked = watched.asked;
    return watched.digest;
}

static void test_seeds(void **unused)
{
    (void)unused;
    static const char *const names[] = {"crawl", "queue", "gather", "download", "movies"};
    enum { SEEDS = 40 };
    struct problem problem;
    assert_int_equal(paper_origin_open(&paper, NULL, &problem), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct workload_entry *entry = workload_registry;
        while (strcmp(entry->name, names[i]) != 0)
            entry++;
        uint64_t before = 0;
        uint32_t asked, again, others = 0;
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            uint64_t digest = digest_of(entry, seed, &asked);
            assert_int_equal(digest_of(entry, seed, &again), digest);
            assert_int_equal(again, asked);
            others += digest != before;
            before = digest;
        }
        assert_in_range(others, SEEDS / 2, SEEDS); /* some are fair to it */
    }
    paper_origin_close(&paper);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fair),  cmocka_unit_test(test_delay),  cmocka_unit_test(test_failure),
        cmocka_unit_test(test_cut),   cmocka_unit_test(test_cancel), cmocka_unit_test(test_stop),
        cmocka_unit_test(test_order), cmocka_unit_test(test_seeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
