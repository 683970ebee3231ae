/*
 * The model that simulates: what costs virtual time and how much, its deadline, and a run that
 * nobody goes on in. Weather is test_weather.c's, real workloads e2e/test_simulation.sh's.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "tests/support/letters.h"

/* ---- Virtual time. ---- */

static void test_time(void **unused)
{
    (void)unused;
    const struct simulation one = {.cpus = 1}, two = {.cpus = 2};
    assert_int_equal(letters_wall_us("sss", 1, NULL), 3000);
    assert_int_equal(letters_wall_us("sss", 3, NULL), 3000);
    assert_int_equal(letters_wall_us("yyyy", 3, NULL), 0);
    /* Whoever needs a CPU waits for one, in the order of having asked. */
    static const char *const busy[] = {"c", "h"};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(letters_wall_us(busy[i], 3, NULL), 1000);
        assert_int_equal(letters_wall_us(busy[i], 3, &two), 2000);
        assert_int_equal(letters_wall_us(busy[i], 3, &one), 3000);
    }
    assert_int_equal(letters_wall_us("s", 3, &one), 1000);
    assert_int_equal(letters_wall_us("cs", 3, &one), 4000);
}

/* The root's first two steps, then one for each letter and one to end; what the root's last one
 * takes is no more of the run. */
static void test_steps(void **unused)
{
    (void)unused;
    const struct simulation slow = {.step_ns = 10 * NS_PER_US};
    assert_int_equal(letters_wall_us("", 1, &slow), 30);
    assert_int_equal(letters_wall_us("yyyy", 1, &slow), 70);
    assert_int_equal(letters_wall_us("", 3, &slow), 50);
}

static int spin(void *argument, const struct task *task)
{
    (void)argument, (void)task;
    for (volatile int i = 0; i < 100000; i++)
        ;
    return 0;
}

static void step_spin(struct task *task, int result, uint64_t now_ns)
{
    (void)result, (void)now_ns;
    if (task->stage++ == 0)
        yield_compute(task, spin, NULL, 3600 * NS_PER_S);
    else
        yield_done(task, OUTCOME_OK, 0, 0);
}

/* What it took in place of what it was said to. */
static void test_measured(void **unused)
{
    (void)unused;
    static const struct workload workload = {.step = step_spin};
    static const struct simulation told = {0}, measured = {.measured = true};
    const struct simulation *both[] = {&told, &measured};
    double took_s[2];
    for (int i = 0; i < 2; i++) {
        struct run run = {
            .workload = &workload, .model = letters_model(), .simulation = both[i], .tasks = 1};
        assert_int_equal(run_open(&run), 0);
        assert_int_equal(run_execute(&run), 0);
        took_s[i] = run_seconds(&run);
        run_close(&run);
    }
    assert_true(took_s[0] == 3600);
    assert_true(took_s[1] > 0 && took_s[1] < 3600);
}

static void test_deadline(void **unused)
{
    (void)unused;
    const struct simulation told = {.deadline_ns = 2500 * NS_PER_US};
    assert_int_equal(letters_play("ssss", 2, &told), 0);
    assert_int_equal(letters_run.arena->stop, STOP_DEADLINE);
    assert_int_equal(letters_run.arena->root.outcome, OUTCOME_CANCELLED);
    assert_int_equal(letters_run.children[1].outcome, OUTCOME_CANCELLED);
    assert_int_equal(letters_seen.results[0][2], 0);
    assert_int_equal(letters_seen.results[0][3], -ECANCELED);
    assert_int_equal(letters_end(), 2500);
    assert_int_equal(letters_wall_us("ss", 2, &told), 2000);
}

/* ---- Nobody goes on. ---- */

static void test_hang(void **unused)
{
    (void)unused;
    assert_int_equal(letters_play("st", 2, NULL), STATUS_FAILED);
    assert_string_equal(letters_run.problem.text,
                        "after 0.001000 simulated seconds nobody will ever go on; 3 wait: task 0 "
                        "in TAKE, stage 2; task 1 in TAKE, stage 2; the root in JOIN all, stage 2");
    assert_int_equal(letters_seen.results[1][2], -ECANCELED);
    letters_end();
    /* One that is given up all the same is none. */
    const struct simulation told = {.deadline_ns = NS_PER_MS};
    assert_int_equal(letters_play("t", 2, &told), 0);
    assert_int_equal(letters_run.problem.status, STATUS_OK);
    letters_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time),     cmocka_unit_test(test_steps),
        cmocka_unit_test(test_measured), cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_hang),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
