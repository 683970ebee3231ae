/*
 * Where the time of an arm's tasks went, from lines that are made up: the shares of their lives,
 * what is judged unexplained, and what is said where there is no account.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/sample/cell.h"
#include "bench/sample/warn.h"
#include "bench/tell.h"

static struct sample sample;
static char why[ACCOUNT_WHY_BYTES];

static int add(json_t *line)
{
    struct problem problem;
    int status = sample_add(&sample, line, &problem);
    json_decref(line);
    return status;
}

static json_t *certificate(int tasks)
{
    char id[8];
    snprintf(id, sizeof id, "%d", tasks);
    return json_pack("{s:s, s:i}", "id", id, "tasks", tasks);
}

/* A cell with two models, whose launches took so long, and another program. */
static void begin(double first_s, double second_s)
{
    static const char *const arms[] = {"uv", "threads"};
    sample_free(&sample);
    assert_int_equal(
        add(json_pack("{s:s, s:i, s:s, s:s, s:s, s:[{s:s, s:s}, {s:s, s:s}, {s:s}]}", "type",
                      "cell", "schema_version", SAMPLE_SCHEMA_VERSION, "cell", "c", "workload",
                      "crawl", "metric", "wall_s", "arms", "label", "uv", "model", "uv", "label",
                      "threads", "model", "threads", "label", "other")),
        0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(
            add(json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:{s:f, s:i, s:o}}", "type", "launch",
                          "cell", "c", "arm", arms[i % 2], "kind", "timed", "block", 0, "position",
                          i, "record", "wall_s", i % 2 == 0 ? first_s : second_s, "tasks", 10,
                          "certificate", certificate(10))),
            0);
    assert_int_equal(add(json_pack("{s:s, s:s, s:i}", "type", "block", "cell", "c", "block", 0)),
                     0);
}

/* 10 s of lives: 1 s of CPU, of which `user_s` in user mode, and a residual; the rest was asleep.
 */
static json_t *parts(double user_s, double residual_s)
{
    json_t *told =
        json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:i, s:b}", "life_s", 10.0,
                  "cpu_in_steps_s", 0.75, "cpu_around_s", 0.25, "peer_s", 2.0, "asleep_s",
                  6.5 - residual_s, "tasks_s", 0.0, "turn_s", 0.5, "startup_s", 0.0, "residual_s",
                  residual_s, "tasks", 10, "knows_delays", true);
    bool known = isfinite(user_s);
    json_object_set_new(told, "user_s", known ? json_real(user_s) : json_null());
    json_object_set_new(told, "system_s", known ? json_real(1 - user_s) : json_null());
    return told;
}

/* Takes the reference to the account; NULL: the record has none. */
static int account(const char *arm, json_t *told, int tasks)
{
    json_t *record = json_pack("{s:o, s:o}", "certificate", certificate(tasks), "account",
                               told != NULL ? told : json_null());
    return add(json_pack("{s:s, s:s, s:s, s:o}", "type", "account", "cell", "c", "arm", arm,
                         "record", record));
}

static int refuse(const char *arm, const char *reason)
{
    return add(json_pack("{s:s, s:s, s:s, s:s}", "type", "account", "cell", "c", "arm", arm,
                         "failed", reason));
}

static const struct arm_account *of(size_t arm)
{
    return account_of(&sample.cells[0], arm, why);
}

static void assert_none(size_t arm, const char *reason)
{
    assert_null(of(arm));
    assert_string_equal(why, reason);
}

/* The cell as text, the caller's; and whether there is a warning with these words. */
static char *tell(const char *warning, bool *warned)
{
    struct cell cell;
    struct problem problem;
    struct warnings warnings;
    struct tone plain = {0};
    char *text = NULL;
    size_t size = 0;
    assert_int_equal(cell_judge(&cell, &sample.cells[0], NULL, &problem), 0);
    warn_of(&warnings, &cell);
    *warned = false;
    for (size_t i = 0; i < warnings.count; i++)
        *warned |= strncmp(warnings.texts[i], "TIME UNEXPLAINED:", 17) == 0 &&
                   strstr(warnings.texts[i], warning) != NULL;
    FILE *file = open_memstream(&text, &size);
    tell_cell(&cell, NULL, &plain, file);
    fclose(file);
    cell_free(&cell);
    return text;
}

static bool tells(const char *text)
{
    bool warned;
    char *all = tell("", &warned);
    bool found = strstr(all, text) != NULL;
    free(all);
    return found;
}

static bool is_warned(const char *warning)
{
    bool warned;
    free(tell(warning, &warned));
    return warned;
}

static bool is_near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

static int clean_up(void **state)
{
    (void)state;
    sample_free(&sample);
    return 0;
}

static void parts_are_shares_of_the_lives(void **state)
{
    (void)state;
    begin(1, 2);
    assert_int_equal(account("uv", parts(0.75, 0.25), 10), 0);
    const struct arm_account *told = of(0);
    assert_non_null(told);
    assert_true(is_near(told->life_s, 10));
    assert_int_equal(told->tasks, 10);
    assert_true(told->knows_delays);
    assert_true(is_near(account_share(told, ACCOUNT_CPU), 0.1));
    assert_true(is_near(account_share(told, ACCOUNT_USER), 0.075));
    assert_true(is_near(account_share(told, ACCOUNT_SYSTEM), 0.025));
    assert_true(is_near(account_share(told, ACCOUNT_PEER), 0.2));
    assert_true(is_near(account_share(told, ACCOUNT_ASLEEP), 0.625));
    assert_true(is_near(account_share(told, ACCOUNT_TURN), 0.05));
    assert_true(is_near(account_share(told, ACCOUNT_RESIDUAL), 0.025));
}

static void the_first_of_an_arm_counts(void **state)
{
    (void)state;
    begin(1, 2);
    assert_int_equal(account("uv", parts(0.5, 0.25), 10), 0);
    assert_int_equal(refuse("uv", "it ended with status 3"), 0);
    assert_true(is_near(account_share(of(0), ACCOUNT_RESIDUAL), 0.025));
}

static void more_than_a_twentieth_is_unexplained(void **state)
{
    (void)state;
    static const struct {
        double residual_s;
        bool judged;
        const char *percent;
    } cases[] = {{0, false, ""},       {0.4999, false, ""},  {0.5001, true, "uv 5 %"},
                 {1, true, "uv 10 %"}, {-0.4999, false, ""}, {-0.75, true, "uv -7.5 %"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin(1, 2);
        account("uv", parts(0.5, cases[i].residual_s), 10);
        account("threads", parts(0.5, 0), 10);
        assert_int_equal(account_unexplained(of(0)), cases[i].judged);
        assert_int_equal(is_warned(cases[i].percent), cases[i].judged);
        assert_int_equal(tells("  over 5 %\n"), cases[i].judged);
        assert_false(is_warned("threads"));
    }
}

static void user_and_system_may_not_be_told_apart(void **state)
{
    (void)state;
    begin(1, 2);
    account("uv", parts(NAN, 0), 10);
    assert_true(isnan(account_share(of(0), ACCOUNT_USER)));
    assert_true(is_near(account_share(of(0), ACCOUNT_CPU), 0.1));
    account("threads", parts(0.75, 0), 10);
    assert_true(tells(" lives         CPU     peer   asleep     turn unexplained\n"));
    assert_true(tells("  uv                     10 s     10.00    20.00    65.00     5.00        "
                      "0.00\n"));
    begin(1, 2);
    account("uv", parts(0.25, 0), 10);
    account("threads", parts(0.75, 0), 10);
    assert_true(tells(" lives        user   system     peer   asleep     turn unexplained\n"));
    assert_true(
        tells("  uv                     10 s      2.50     7.50    20.00    65.00     5.00"));
}

static void rows_are_in_the_order_of_the_figures(void **state)
{
    (void)state;
    for (int slower = 0; slower < 2; slower++) {
        bool warned;
        begin(1 + slower, 2 - slower);
        account("uv", parts(0.5, 0), 10);
        account("threads", parts(0.5, 0), 10);
        char *text = tell("", &warned), *table = strstr(text, "Where the tasks' time went");
        assert_non_null(table);
        char *uv = strstr(table, "\n  uv "), *threads = strstr(table, "\n  threads ");
        assert_non_null(uv);
        assert_non_null(threads);
        assert_int_equal(uv < threads, slower == 0);
        free(text);
    }
}

static void where_there_is_none_a_reason_is(void **state)
{
    (void)state;
    begin(1, 2);
    assert_none(0, "it was not launched for it");
    assert_none(2, "it is another program: it keeps no account");
    assert_false(tells("Where the tasks' time went"));
    assert_int_equal(refuse("uv", "it ended with status 3"), 0);
    assert_none(0, "it ended with status 3");
    assert_true(tells("  uv             no account: it ended with status 3\n"));

    begin(1, 2);
    assert_int_equal(account("uv", NULL, 10), 0);
    assert_none(0, "its record has none");
    assert_int_equal(account("threads", parts(0.5, 0), 11), 0);
    assert_none(1, "did other work: 11 tasks where the others did 10");
    assert_false(is_warned(""));

    begin(1, 2);
    assert_int_equal(add(json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:{s:f}}", "type", "launch",
                                   "cell", "c", "arm", "uv", "kind", "warm-up", "failed", "stopped",
                                   "bound", true, "record", "wall_s", 4.0)),
                     0);
    assert_none(0, "its launches do not come to an end within the limit");

    assert_int_equal(refuse("threads", "\033[2J"), 0);
    assert_null(of(1));
    assert_null(strchr(why, '\033'));
}

/* Without a part, or with a whole that they are not, nothing is shown as unexplained. */
static void parts_that_are_not_the_whole_are_no_account(void **state)
{
    (void)state;
    static const char whole[] = "its parts are not the whole of its tasks' lives";
    static const char *const keys[] = {"life_s", "cpu_in_steps_s", "cpu_around_s",
                                       "peer_s", "asleep_s",       "tasks_s",
                                       "turn_s", "startup_s",      "residual_s"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        json_t *without = parts(0.5, 0.1), *null = parts(0.5, 0.1), *more = parts(0.5, 0.1);
        json_object_del(without, keys[i]);
        json_object_set_new(null, keys[i], json_null());
        json_object_set_new(more, keys[i],
                            json_real(json_real_value(json_object_get(more, keys[i])) + 0.001));
        json_t *broken[] = {without, null, more};
        for (size_t j = 0; j < 3; j++) {
            begin(1, 2);
            assert_int_equal(account("uv", broken[j], 10), 0);
            assert_none(0, whole);
        }
    }
    json_t *modes = parts(0.5, 0);
    json_object_set_new(modes, "user_s", json_real(0.6));
    begin(1, 2);
    assert_int_equal(account("uv", modes, 10), 0);
    assert_none(0, whole);
    json_t *rounded = parts(0.5, 0);
    json_object_set_new(rounded, "residual_s", json_real(1e-7));
    begin(1, 2);
    assert_int_equal(account("uv", rounded, 10), 0);
    assert_non_null(of(0));
}

static void what_is_no_account_is_refused(void **state)
{
    (void)state;
    begin(1, 2);
    assert_int_equal(refuse("nobody", "it ended with status 3"), STATUS_INCOMPARABLE);
    assert_int_equal(add(json_pack("{s:s, s:s, s:s}", "type", "account", "cell", "c", "arm", "uv")),
                     STATUS_INCOMPARABLE);
    assert_int_equal(
        add(json_pack("{s:s, s:s, s:s}", "type", "account", "cell", "c", "failed", "why")),
        STATUS_INCOMPARABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_shares_of_the_lives),
        cmocka_unit_test(the_first_of_an_arm_counts),
        cmocka_unit_test(more_than_a_twentieth_is_unexplained),
        cmocka_unit_test(user_and_system_may_not_be_told_apart),
        cmocka_unit_test(rows_are_in_the_order_of_the_figures),
        cmocka_unit_test(where_there_is_none_a_reason_is),
        cmocka_unit_test(parts_that_are_not_the_whole_are_no_account),
        cmocka_unit_test(what_is_no_account_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
