/*
 * The statistics against the figures that SciPy gives (oracle/stats.py); the rules' verdicts on
 * made cells. Few, equal and missing values are in test_edges.c, how often an interval holds the
 * truth in test_coverage.c.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/stats/bootstrap.h"
#include "bench/stats/median.h"
#include "bench/stats/normal.h"
#include "bench/stats/paired.h"
#include "bench/stats/spread.h"
#include "bench/stats/trend.h"

/* ---- SciPy's figures. ---- */

struct figures {
    const char *name;
    const double *values;
    size_t count;
    double median;
    struct {
        double low, high, covers;
    } medians[2]; /* at 95 and 99.5 % */
    double deviation, serial, tau, p, slope;
    struct {
        double low, high;
    } slopes[2];
    const char *outliers; /* a character a value: x or . */
};

struct ratio {
    const double *a, *b;
    size_t count;
    double value, low, high, covers;
};

struct quantile {
    double p, z, upper_tail;
};

/* Between what our interval's ends must lie. */
struct bootstrapped {
    const double *values;
    size_t count;
    bootstrap_fn *statistic;
    double value, low_least, high_most, low_most, high_least;
};

static double draw_mean(const void *data, const uint32_t *drawn, size_t count)
{
    const double *values = data;
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[drawn[i]];
    return sum / (double)count;
}

static double draw_median(const void *data, const uint32_t *drawn, size_t count)
{
    const double *values = data;
    double taken[100];
    for (size_t i = 0; i < count; i++)
        taken[i] = values[drawn[i]];
    return median_value(taken, count);
}

#include "tests/unit/oracle/stats.inc"

#define EACH(item, array) (size_t item = 0; item < sizeof(array) / sizeof(array)[0]; item++)

static const double confidences[] = {0.95, 0.995};

/* SciPy's own figure, but for rounding. */
static void is(double ours, double theirs, const char *what)
{
    if (isnan(theirs) ? isnan(ours) : fabs(ours - theirs) <= 1e-9 * fabs(theirs))
        return;
    fail_msg("%s: %.17g; SciPy has %.17g", what, ours, theirs);
}

static void medians_are_scipys(void **state)
{
    (void)state;
    for
        EACH(i, figures)
        for
            EACH(j, confidences)
            {
                const struct figures *of = &figures[i];
                double values[100];
                memcpy(values, of->values, of->count * sizeof *values);
                struct estimate median = median_of(values, of->count, confidences[j]);
                is(median.value, of->median, of->name);
                is(median.low, of->medians[j].low, of->name);
                is(median.high, of->medians[j].high, of->name);
                is(median.confidence, of->medians[j].covers, of->name);
                assert_int_equal(median.count, of->count);
            }
}

static void spreads_are_scipys(void **state)
{
    (void)state;
    for
        EACH(i, figures)
        {
            const struct figures *of = &figures[i];
            bool out[100];
            size_t found = outliers_of(of->values, of->count, out), expected = 0;
            for (size_t j = 0; j < of->count; j++) {
                assert_int_equal(out[j], of->outliers[j] == 'x');
                expected += of->outliers[j] == 'x';
            }
            assert_int_equal(found, expected);
            is(median_absolute_deviation(of->values, of->count), of->deviation, of->name);
            is(serial_correlation(of->values, of->count), of->serial, of->name);
        }
}

static void trends_are_scipys(void **state)
{
    (void)state;
    for
        EACH(i, figures)
        for
            EACH(j, confidences)
            {
                const struct figures *of = &figures[i];
                struct trend trend = trend_of(times, of->values, of->count, confidences[j]);
                is(trend.tau, of->tau, of->name);
                is(trend.p, of->p, of->name);
                is(trend.slope.value, of->slope, of->name);
                is(trend.slope.low, of->slopes[j].low, of->name);
                is(trend.slope.high, of->slopes[j].high, of->name);
            }
}

static void ratios_are_scipys(void **state)
{
    (void)state;
    for
        EACH(i, ratios)
        {
            const struct ratio *of = &ratios[i];
            struct estimate ratio = paired_ratio(of->a, of->b, of->count, 0.95);
            is(ratio.value, of->value, "ratio");
            is(ratio.low, of->low, "its low end");
            is(ratio.high, of->high, "its high end");
            is(ratio.confidence, of->covers, "its confidence");
        }
}

static void quantiles_are_scipys(void **state)
{
    (void)state;
    for
        EACH(i, quantiles)
        {
            assert_true(fabs(normal_quantile(quantiles[i].p) - quantiles[i].z) < 1e-12);
            is(normal_upper_tail(quantiles[i].z), quantiles[i].upper_tail, "upper tail");
        }
}

/* Another order of draws: the ends lie where SciPy's may, by chance, with a hundred thousand. */
static void bootstraps_are_near_scipys(void **state)
{
    (void)state;
    for
        EACH(i, bootstrapped)
        {
            const struct bootstrapped *of = &bootstrapped[i];
            struct estimate ours = bootstrap_of(of->statistic, of->values, of->count, 0.95, 1);
            is(ours.value, of->value, "bootstrap");
            assert_true(of->low_least <= ours.low && ours.low <= of->low_most);
            assert_true(of->high_least <= ours.high && ours.high <= of->high_most);
            assert_true(ours.confidence == 0.95 && ours.count == of->count);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(medians_are_scipys),   cmocka_unit_test(spreads_are_scipys),
        cmocka_unit_test(trends_are_scipys),    cmocka_unit_test(ratios_are_scipys),
        cmocka_unit_test(quantiles_are_scipys), cmocka_unit_test(bootstraps_are_near_scipys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
