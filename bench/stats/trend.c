/* Kendall's tau-b, Theil–Sen's slope, and the correlation of neighbours. */
#include "bench/stats/trend.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/median.h"
#include "bench/stats/normal.h"

/* Σ over groups of equal values of t(t-1)(2t+5), and of t(t-1)/2. Sorts. */
static void count_ties(double *values, size_t count, double *variance_part, double *pairs)
{
    stats_sort(values, count);
    *variance_part = *pairs = 0;
    for (size_t begin = 0, end; begin < count; begin = end) {
        for (end = begin + 1; end < count && values[end] == values[begin];)
            end++;
        double t = (double)(end - begin);
        *variance_part += t * (t - 1) * (2 * t + 5);
        *pairs += t * (t - 1) / 2;
    }
}

static bool usable(const double *times, const double *values, size_t count)
{
    bool good = count >= TREND_LEAST && count <= TREND_MOST;
    for (size_t i = 0; i < count && good; i++)
        good = isfinite(times[i]) && isfinite(values[i]) && (i == 0 || times[i] > times[i - 1]);
    return good;
}

/* Of the sorted slopes, the M-th least to the M-th greatest, M = (pairs - z·deviation)/2 to the
 * nearest whole number. */
static struct estimate slope_of(double *slopes, size_t pairs, double deviation, size_t count,
                                double confidence)
{
    struct estimate slope = {.count = count, .value = median_value(slopes, pairs)};
    double reach = normal_quantile(1 - (1 - confidence) / 2) * deviation;
    double rank = rint(((double)pairs - reach) / 2);
    size_t skipped = rank >= 1 ? (size_t)rank - 1 : 0;
    slope.low = slopes[skipped];
    slope.high = slopes[pairs - 1 - skipped];
    slope.confidence = rank >= 1 ? confidence : 0;
    return slope;
}

struct trend trend_of(const double *times, const double *values, size_t count, double confidence)
{
    struct trend trend = {.tau = NAN, .p = NAN, .slope = estimate_none()};
    if (!usable(times, values, count))
        return trend;
    size_t pairs = count * (count - 1) / 2;
    double *slopes = malloc(pairs * sizeof *slopes);
    double *sorted = malloc(count * sizeof *sorted);
    if (slopes != NULL && sorted != NULL) {
        double concordance = 0;
        size_t at = 0;
        for (size_t i = 0; i < count; i++)
            for (size_t j = i + 1; j < count; j++) {
                concordance += (values[j] > values[i]) - (values[j] < values[i]);
                slopes[at++] = (values[j] - values[i]) / (times[j] - times[i]);
            }
        memcpy(sorted, values, count * sizeof *sorted);
        double ties, tied_pairs, n = (double)count, all = (double)pairs;
        count_ties(sorted, count, &ties, &tied_pairs);
        double deviation = sqrt((n * (n - 1) * (2 * n + 5) - ties) / 18);
        if (deviation > 0) {
            trend.tau = concordance / sqrt(all * (all - tied_pairs));
            trend.p = 2 * normal_upper_tail(fabs(concordance) / deviation);
        }
        trend.slope = slope_of(slopes, pairs, deviation, count, confidence);
    }
    free(slopes);
    free(sorted);
    return trend;
}

double serial_correlation(const double *values, size_t count)
{
    double mean = 0, products = 0, squares = 0;
    bool differ = false;
    for (size_t i = 0; i < count; i++) {
        mean += values[i] / (double)count;
        differ |= values[i] != values[0];
    }
    for (size_t i = 0; i < count; i++) {
        squares += (values[i] - mean) * (values[i] - mean);
        if (i > 0)
            products += (values[i] - mean) * (values[i - 1] - mean);
    }
    return count >= 3 && differ && squares > 0 ? products / squares : NAN;
}
