/* The median absolute deviation, and outliers by it. */
#include "bench/stats/spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/median.h"

static double deviation(const double *values, size_t count, double *median)
{
    double *sorted = count > 0 ? malloc(count * sizeof *sorted) : NULL;
    *median = NAN;
    if (sorted == NULL)
        return NAN;
    memcpy(sorted, values, count * sizeof *sorted);
    *median = median_value(sorted, count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = fabs(values[i] - *median);
    double result = median_value(sorted, count);
    free(sorted);
    return result;
}

double median_absolute_deviation(const double *values, size_t count)
{
    double median;
    return deviation(values, count, &median);
}

size_t outliers_of(const double *values, size_t count, bool *out)
{
    double median, mad = deviation(values, count, &median);
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        out[i] = mad > 0 && 0.6745 * fabs(values[i] - median) / mad > OUTLIER_SCORE;
        found += out[i];
    }
    return found;
}
