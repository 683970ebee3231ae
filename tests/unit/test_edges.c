/* The statistics at their edges: no values, few, equal ones, NAN, more than can be held. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/stats/bootstrap.h"
#include "bench/stats/median.h"
#include "bench/stats/paired.h"
#include "bench/stats/spread.h"
#include "bench/stats/trend.h"

static void is_none(struct estimate estimate)
{
    assert_int_equal(estimate.count, 0);
    assert_true(isnan(estimate.value) && isnan(estimate.low) && isnan(estimate.high));
    assert_true(estimate.confidence == 0);
}

static void is_from_to(struct estimate estimate, double low, double high, double confidence)
{
    assert_true(estimate.low == low && estimate.high == high && estimate.confidence == confidence);
}

static void medians_of_few(void **state)
{
    (void)state;
    double values[] = {5, 4, 2, 3, 1};
    is_none(median_of(values, 0, 0.95));
    assert_true(isnan(median_value(values, 0)));
    is_from_to(median_of(values, 1, 0.95), 5, 5, 0);
    is_from_to(median_of(values, 2, 0.95), 4, 5, 0.5);
    is_from_to(median_of(values, 5, 0.95), 1, 5, 0.9375);
    is_from_to(median_of(values, 5, 0.3), 2, 4, 0.625);
    assert_int_equal(median_count_needed(0.9375), 5);
    assert_int_equal(median_count_needed(0.95), 6);
    assert_int_equal(median_count_needed(0.995), 9);
}

/* Ranks beyond where 2^-n is a number. */
static void medians_of_many(void **state)
{
    (void)state;
    static double values[4001];
    for (int i = 0; i < 4001; i++)
        values[i] = i + 1;
    struct estimate median = median_of(values, 4001, 0.95);
    assert_true(median.low == 1939 && median.high == 4002 - 1939 && median.value == 2001);
    assert_true(median.confidence >= 0.95 && median.confidence < 0.952);
}

static void nan_is_not_lost(void **state)
{
    (void)state;
    double values[] = {2, NAN, 1, INFINITY, 3, NAN, 0}, times[] = {0, 1, 2, 3, 4, 5, 6};
    is_none(median_of(values, 7, 0.95));
    assert_true(values[0] == 0 && values[4] == INFINITY && isnan(values[5]) && isnan(values[6]));
    is_from_to(median_of(values, 5, 0.95), 0, INFINITY, 0.9375);
    assert_true(isnan(median_value(values, 7)));
    bool out[7] = {true, true};
    assert_true(isnan(median_absolute_deviation(values, 7)));
    assert_int_equal(outliers_of(values, 7, out), 0);
    assert_false(out[0] || out[1]);
    assert_true(isnan(serial_correlation(values, 7)) && isnan(serial_correlation(values, 5)));
    assert_true(isnan(trend_of(times, values, 7, 0.95).tau));
    is_none(trend_of(times, values, 5, 0.95).slope);
}

static void spreads_of_few_and_equal(void **state)
{
    (void)state;
    const double same[] = {0.1, 0.1, 0.1, 0.1, 0.1, 9}, three[] = {1, 3, 2};
    bool out[6];
    assert_true(isnan(median_absolute_deviation(same, 0)) && outliers_of(same, 0, out) == 0);
    assert_true(median_absolute_deviation(same, 1) == 0);
    assert_int_equal(outliers_of(same, 6, out), 0); /* no deviation to measure by */
    for (size_t count = 0; count <= 5; count++)
        assert_true(isnan(serial_correlation(same, count)));
    assert_true(isnan(serial_correlation(three, 2)));
    assert_true(fabs(serial_correlation(three, 3) + 0.5) < 1e-15);
}

static void trends_that_cannot_be(void **state)
{
    (void)state;
    static double many[TREND_MOST + 1];
    const double values[] = {1, 2, 3, 4, 5, 6}, back[] = {0, 1, 2, 3, 3, 4};
    for (int i = 0; i <= TREND_MOST; i++)
        many[i] = i;
    for (size_t count = 0; count < TREND_LEAST; count++)
        is_none(trend_of(values, values, count, 0.95).slope);
    is_none(trend_of(back, values, 6, 0.95).slope); /* two at the same time */
    assert_true(isnan(trend_of(back, values, 6, 0.95).tau));
    is_none(trend_of(many, many, TREND_MOST + 1, 0.95).slope);
    is_none(trend_of(many, many, SIZE_MAX, 0.95).slope);
    is_from_to(trend_of(values, values, 5, 0.95).slope, 1, 1, 0.95);
    is_from_to(trend_of(values, values, 5, 0.995).slope, 1, 1, 0); /* 2 of 120 orders say it */
}

static void ratios_leave_blocks_out(void **state)
{
    (void)state;
    const double a[] = {NAN, 1, 1, 1, INFINITY, 1, 1, 1, 1}, b[9] = {0, NAN};
    const double unknown[] = {NAN, NAN};
    is_none(paired_ratio(a, b, 0, 0.95));
    is_none(paired_ratio(unknown, b, 2, 0.95));
    struct estimate ratio = paired_ratio(a, b, 9, 0.95);
    assert_int_equal(ratio.count, 6);
    is_from_to(ratio, exp(1), exp(1), 0.96875);
    assert_true(paired_separated(&ratio, 0.95));
    assert_false(paired_separated(&ratio, 0.99)); /* six blocks do not say that */
    ratio = paired_ratio(a, a, 9, 0.95);
    assert_false(paired_separated(&ratio, 0.95));
    ratio = paired_ratio(unknown, b, 2, 0.95);
    assert_false(paired_separated(&ratio, 0));
    assert_true(fabs(paired_confidence(0.95, 10) - 0.995) < 1e-15);
    assert_true(paired_confidence(0.95, 1) == 0.95 && paired_confidence(0.95, 0) == 0.95);
}

/* ---- Bootstrap. ---- */

static double sum(const void *data, const uint32_t *drawn, size_t count)
{
    const double *values = data;
    double result = 0;
    for (size_t i = 0; i < count; i++)
        result += values[drawn[i]];
    return result;
}

static double minus_sum(const void *data, const uint32_t *drawn, size_t count)
{
    return -sum(data, drawn, count);
}

/* No value but for the sample itself. */
static double only_itself(const void *data, const uint32_t *drawn, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (drawn[i] != i)
            return NAN;
    return sum(data, drawn, count);
}

/* No value when the first drawn is the first, or one of the first ten. */
static double not_the_first(const void *data, const uint32_t *drawn, size_t count)
{
    return drawn[0] == 0 && drawn[1] != 1 ? NAN : sum(data, drawn, count);
}

static double not_first_ten(const void *data, const uint32_t *drawn, size_t count)
{
    return drawn[0] < 10 && drawn[1] != 1 ? NAN : sum(data, drawn, count);
}

static void bootstraps_of_few(void **state)
{
    (void)state;
    const double values[] = {1, 2, 4, 8, 16, 32};
    is_none(bootstrap_of(sum, values, 0, 0.95, 1));
    is_none(bootstrap_of(sum, values, (size_t)UINT32_MAX + 1, 0.95, 1));
    is_from_to(bootstrap_of(sum, values, 1, 0.95, 1), 1, 1, 0);
    is_from_to(bootstrap_of(sum, values, 2, 0.95, 1), 2, 4, 0);
    assert_true(bootstrap_of(sum, values, 5, 0.95, 1).confidence == 0);
    assert_true(bootstrap_of(sum, values, 6, 0.95, 1).confidence == 0.95);
}

static void bootstraps_without_a_value(void **state)
{
    (void)state;
    double values[100];
    for (int i = 0; i < 100; i++)
        values[i] = i;
    const double unknown[] = {1, NAN};
    is_none(bootstrap_of(sum, unknown, 2, 0.95, 1));
    struct estimate none = bootstrap_of(only_itself, values, 100, 0.95, 1);
    assert_true(none.value == 4950 && none.count == 100);
    is_from_to(none, 4950, 4950, 0);
    struct estimate all = bootstrap_of(sum, values, 100, 0.95, 1);
    struct estimate most = bootstrap_of(not_the_first, values, 100, 0.95, 1);
    assert_true(most.low < all.low && most.high > all.high && most.confidence == 0.95);
    assert_true(bootstrap_of(not_first_ten, values, 100, 0.95, 1).confidence == 0);
}

static void bootstraps_by_seed(void **state)
{
    (void)state;
    double values[30];
    for (int i = 0; i < 30; i++)
        values[i] = exp(i / 7.0);
    struct estimate one = bootstrap_of(sum, values, 30, 0.95, 1);
    struct estimate again = bootstrap_of(sum, values, 30, 0.95, 1);
    struct estimate next = bootstrap_of(sum, values, 30, 0.95, 2);
    is_from_to(again, one.low, one.high, 0.95);
    is_from_to(bootstrap_of(minus_sum, values, 30, 0.95, 1), -one.high, -one.low, 0.95);
    assert_true(next.low != one.low && next.high != one.high);
    /* 2.5 % of 2001 are 50 ranks, 0.05 % are 1: then it is the extremes. */
    struct estimate wide = bootstrap_of(sum, values, 30, 0.999, 1);
    assert_true(wide.low < one.low && wide.high > one.high && wide.confidence == 0.999);
    is_from_to(bootstrap_of(sum, values, 30, 0.9999, 1), wide.low, wide.high, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(medians_of_few),        cmocka_unit_test(medians_of_many),
        cmocka_unit_test(nan_is_not_lost),       cmocka_unit_test(spreads_of_few_and_equal),
        cmocka_unit_test(trends_that_cannot_be), cmocka_unit_test(ratios_leave_blocks_out),
        cmocka_unit_test(bootstraps_of_few),     cmocka_unit_test(bootstraps_without_a_value),
        cmocka_unit_test(bootstraps_by_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
