/*
 * The median's interval against tabulated ranks and coverages, and by simulation; the rules'
 * verdicts on made cells.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/rules.h"

/* Ranks of the 95 % interval of the median and their coverage, from the binomial distribution. */
static void ranks_are_the_tables(void **state)
{
    (void)state;
    static const struct {
        size_t count, low, high;
        double coverage;
    } table[] = {{5, 1, 5, 0.93750},    {6, 1, 6, 0.96875},    {8, 1, 8, 0.99219},
                 {9, 2, 8, 0.96094},    {10, 2, 9, 0.97852},   {15, 4, 12, 0.96484},
                 {20, 6, 15, 0.95861},  {30, 10, 21, 0.95723}, {50, 18, 33, 0.96716},
                 {100, 40, 61, 0.96480}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        double values[100];
        for (size_t j = 0; j < table[i].count; j++)
            values[j] = (double)(table[i].count - j); /* its rank, backwards */
        struct median median = median_of(values, table[i].count, 0.95);
        assert_true(median.low == (double)table[i].low && median.high == (double)table[i].high);
        assert_true(fabs(median.confidence - table[i].coverage) < 1e-5);
        assert_true(median.value == ((double)table[i].count + 1) / 2);
    }
    double one[] = {3};
    struct median single = median_of(one, 1, 0.95);
    assert_true(single.value == 3 && single.low == 3 && single.high == 3 && single.confidence == 0);
}

static double uniform(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (double)(*random >> 11) / 9007199254740992.0;
}

/* The stated coverage holds whatever the distribution: here uniform, exponential and bimodal. */
static void coverage_holds_by_simulation(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252U;
    static const double true_medians[] = {0.5, 0.6931471805599453, 1.0};
    for (int kind = 0; kind < 3; kind++) {
        int covered = 0, rounds = 4000;
        for (int round = 0; round < rounds; round++) {
            double values[15];
            for (int i = 0; i < 15; i++) {
                double u = uniform(&random);
                values[i] = kind == 0   ? u
                            : kind == 1 ? -log(1 - u)
                            : u < 0.5   ? 2 * u * 0.1 + 0.9
                                        : 1.0 + (2 * u - 1) * 4;
            }
            struct median median = median_of(values, 15, 0.95);
            covered += median.low <= true_medians[kind] && true_medians[kind] <= median.high;
        }
        /* 0.9648 ± four standard errors */
        assert_true(fabs((double)covered / rounds - 0.9648) < 0.012);
    }
}

/* ---- Verdicts. ---- */

static struct cell cell;

static void put(const char *name, double median, double half)
{
    struct cell_model *model = &cell.models[cell.count++];
    *model = (struct cell_model){0};
    strcpy(model->name, name);
    model->median = (struct median){.count = 10,
                                    .value = median,
                                    .low = median - half,
                                    .high = median + half,
                                    .confidence = 0.97};
}

static enum verdict judge(int rule)
{
    char why[600];
    enum verdict verdict = rule_judge(&rules[rule], &cell, why, sizeof why);
    cell.count = 0;
    return verdict;
}

static void verdicts_are_as_defined(void **state)
{
    (void)state;
    enum { SLOW, FAST, CPU };
    put("sequential", 10, 0.1), put("uv", 1, 0.01), put("threads", 2, 0.01);
    assert_int_equal(judge(SLOW), CONFIRMED);
    put("sequential", 10, 0.1), put("uv", 1.04, 0.01), put("threads", 1, 0.01);
    assert_int_equal(judge(SLOW), CONFIRMED); /* within 5 % of the best */
    put("sequential", 10, 0.1), put("uv", 1.2, 0.01), put("threads", 1, 0.01);
    assert_int_equal(judge(SLOW), REFUTED);
    put("sequential", 10, 0.1), put("uv", 1.2, 0.2), put("threads", 1, 0.1);
    assert_int_equal(judge(SLOW), CONFIRMED); /* not separated from the best */
    put("sequential", 1, 0.1), put("uv", 1, 0.1), put("threads", 1.01, 0.1);
    assert_int_equal(judge(SLOW), UNDECIDED); /* sequential is as good */
    put("sequential", 1, 0.01), put("threads", 1.2, 0.01), put("uv", 1.5, 0.01);
    assert_int_equal(judge(FAST), REFUTED); /* by sequential itself */
    put("sequential", 2, 0.01), put("threads", 1, 0.01);
    assert_int_equal(judge(CPU), NOT_MEASURED); /* without the rule's model */
    put("sequential", 2, 0.01), put("processes", 1, 0.01);
    cell.models[1].failed = true;
    assert_int_equal(judge(CPU), NOT_MEASURED);
}

static void a_lower_bound_is_enough_to_lose(void **state)
{
    (void)state;
    put("sequential", 0, 0), put("uv", 1, 0.1), put("threads", 2, 0.1);
    cell.models[0].bounded = true;
    cell.models[0].bound_s = 4;
    assert_int_equal(judge(0), CONFIRMED);
    put("sequential", 0, 0), put("uv", 5, 0.1), put("threads", 6, 0.1);
    cell.models[0].bounded = true;
    cell.models[0].bound_s = 4; /* it may have been faster than uv */
    assert_int_equal(judge(0), UNDECIDED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_the_tables),
        cmocka_unit_test(coverage_holds_by_simulation),
        cmocka_unit_test(verdicts_are_as_defined),
        cmocka_unit_test(a_lower_bound_is_enough_to_lose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
