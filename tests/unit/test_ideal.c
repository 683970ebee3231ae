/*
 * The ideal of a cell, from lines that are made up: the greater of its two bounds, each the least
 * that was seen; what is over it and what is below it; and what is said where there is none.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bench/sample/cell.h"
#include "bench/sample/warn.h"

static struct sample sample;
static struct cell cell;
static struct problem problem;

static int add(json_t *line)
{
    int status = sample_add(&sample, line, &problem);
    json_decref(line);
    return status;
}

static int simulate(double wall_s, double computed_s, int cpus)
{
    json_t *list = json_array();
    for (int i = 0; i < cpus; i++)
        json_array_append_new(list, json_integer(i));
    return add(json_pack("{s:s, s:s, s:{s:f, s:f, s:i, s:o}}", "type", "ideal", "cell", "c",
                         "record", "wall_s", wall_s, "computed_s", computed_s, "width", 7, "cpus",
                         list));
}

static int refuse(const char *why)
{
    return add(json_pack("{s:s, s:s, s:s}", "type", "ideal", "cell", "c", "failed", why));
}

/* A cell with one arm, whose two launches took so long. */
static void begin(double first_s, double second_s)
{
    double walls[] = {first_s, second_s};
    cell_free(&cell);
    sample_free(&sample);
    assert_int_equal(
        add(json_pack("{s:s, s:i, s:s, s:s, s:s, s:[{s:s, s:s}]}", "type", "cell", "schema_version",
                      SAMPLE_SCHEMA_VERSION, "cell", "c", "workload", "crawl", "metric", "wall_s",
                      "arms", "label", "uv", "model", "uv")),
        0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            add(json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:{s:f, s:i}}", "type", "launch", "cell",
                          "c", "arm", "uv", "kind", "timed", "block", 0, "position", i, "record",
                          "wall_s", walls[i], "tasks", 10)),
            0);
    assert_int_equal(add(json_pack("{s:s, s:s, s:i}", "type", "block", "cell", "c", "block", 0)),
                     0);
}

static const struct ideal *ideal(void)
{
    return &sample.cells[0].ideal;
}

static double over(const char *metric, const char **why)
{
    cell_free(&cell);
    assert_int_equal(cell_judge(&cell, &sample.cells[0], metric, &problem), 0);
    return cell_over_ideal(&cell, cell_find(&cell, "uv"), why);
}

static bool is_warned(void)
{
    const char *why;
    struct warnings warnings;
    over(NULL, &why);
    warn_of(&warnings, &cell);
    for (size_t i = 0; i < warnings.count; i++)
        if (strncmp(warnings.texts[i], "FASTER THAN THE IDEAL:", 22) == 0)
            return strstr(warnings.texts[i], "uv ") != NULL;
    return false;
}

static bool is_near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

static int clean_up(void **state)
{
    (void)state;
    cell_free(&cell);
    sample_free(&sample);
    return 0;
}

static void it_is_the_greater_of_two_bounds(void **state)
{
    (void)state;
    begin(1, 1);
    simulate(0.5, 0.8, 2);
    assert_true(is_near(ideal_seconds(ideal()), 0.5));
    assert_int_equal(ideal()->width, 7);
    begin(1, 1);
    simulate(0.5, 1.2, 2);
    assert_true(is_near(ideal_seconds(ideal()), 0.6));
    begin(1, 1);
    simulate(0.5, 1.2, 0); /* it is not known how many CPUs there are: that bound is not one */
    assert_true(is_near(ideal_seconds(ideal()), 0.5));
}

static void each_bound_is_the_least_that_was_seen(void **state)
{
    (void)state;
    begin(1, 1);
    simulate(0.5, 1.6, 2);
    simulate(0.4, 2.0, 2);
    simulate(0.6, 1.4, 2);
    assert_int_equal(ideal()->launches, 3);
    assert_true(is_near(ideal()->critical_path_s, 0.4));
    assert_true(is_near(ideal()->computed_s, 1.4));
    assert_true(is_near(ideal_seconds(ideal()), 0.7));
}

static void an_arm_is_so_many_times_the_ideal(void **state)
{
    (void)state;
    const char *why;
    begin(1.1, 1.3);
    simulate(0.8, 0, 2);
    assert_true(is_near(over(NULL, &why), 1.5)); /* the median of the only block, their mean */
    assert_null(why);
}

static void where_there_is_no_ratio_a_reason_is(void **state)
{
    (void)state;
    const char *why;
    begin(1, 1);
    assert_true(isnan(over(NULL, &why)));
    assert_string_equal(why, "it was not simulated");
    refuse("it ended with status 1");
    refuse("something else");
    assert_true(isnan(over(NULL, &why)));
    assert_string_equal(why, "it ended with status 1");
    assert_false(is_warned());

    begin(1, 1);
    simulate(0.5, 0, 2); /* one of several that went well is not enough */
    refuse("it ended with status 1");
    assert_true(isnan(ideal_seconds(ideal())));

    begin(1, 1);
    simulate(0, 0, 2);
    assert_true(isnan(over(NULL, &why)));
    assert_string_equal(why, "the ideal takes no time");
    assert_false(is_warned());

    begin(1, 1);
    simulate(0.5, 0, 2);
    assert_true(isnan(over("record.tasks", &why)));
    assert_string_equal(why, "the ideal is of the time of the run, not of this figure");
}

static void who_is_faster_is_warned_of(void **state)
{
    (void)state;
    begin(0.8, 1.2); /* the median is above */
    simulate(0.9, 0, 2);
    assert_true(is_warned());
    begin(0.9, 1.2);
    simulate(0.9, 0, 2);
    assert_false(is_warned());
    begin(0.8, 1.2);
    simulate(0.9, 0, 2);
    const char *why;
    assert_true(isnan(over("record.tasks", &why))); /* another figure has no ideal */
    struct warnings warnings;
    warn_of(&warnings, &cell);
    assert_int_equal(warnings.count, 0);
}

static void what_is_within_the_grain_is_not_faster(void **state)
{
    (void)state;
    begin(1, 1);
    simulate(0.9, 0, 2);
    assert_false(ideal_beaten(ideal(), 0.9 - 0.9e-6));
    assert_true(ideal_beaten(ideal(), 0.9 - 1.1e-6));
    begin(1, 1);
    simulate(0.9, 0.2, 2); /* of what was computed, a twentieth */
    assert_false(ideal_beaten(ideal(), 0.9 - 0.0099));
    assert_true(ideal_beaten(ideal(), 0.9 - 0.0101));
    begin(1, 1);
    simulate(0.1, 2, 2); /* no more than that of the ideal itself */
    assert_false(ideal_beaten(ideal(), 0.951));
    assert_true(ideal_beaten(ideal(), 0.949));
}

static void what_is_no_simulation_is_refused(void **state)
{
    (void)state;
    begin(1, 1);
    assert_int_equal(add(json_pack("{s:s, s:s}", "type", "ideal", "cell", "c")),
                     STATUS_INCOMPARABLE);
    assert_int_equal(simulate(-1, 0, 2), STATUS_INCOMPARABLE);
    assert_int_equal(simulate(1, -1, 2), STATUS_INCOMPARABLE);
    assert_int_equal(refuse("\033[2J"), 0);
    assert_null(strchr(ideal_missing(ideal()), '\033'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_greater_of_two_bounds),
        cmocka_unit_test(each_bound_is_the_least_that_was_seen),
        cmocka_unit_test(an_arm_is_so_many_times_the_ideal),
        cmocka_unit_test(where_there_is_no_ratio_a_reason_is),
        cmocka_unit_test(who_is_faster_is_warned_of),
        cmocka_unit_test(what_is_within_the_grain_is_not_faster),
        cmocka_unit_test(what_is_no_simulation_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
