/* Ratios by blocks. */
#include "bench/stats/paired.h"

#include <stdlib.h>

#include "bench/stats/median.h"

struct estimate paired_ratio(const double *a, const double *b, size_t count, double confidence)
{
    struct estimate ratio = estimate_none();
    double *differences = malloc((count + 1) * sizeof *differences);
    size_t blocks = 0;
    for (size_t i = 0; i < count && differences != NULL; i++)
        if (isfinite(a[i]) && isfinite(b[i]))
            differences[blocks++] = a[i] - b[i];
    if (blocks > 0) {
        ratio = median_of(differences, blocks, confidence);
        ratio.value = exp(ratio.value);
        ratio.low = exp(ratio.low);
        ratio.high = exp(ratio.high);
    }
    free(differences);
    return ratio;
}

bool paired_separated(const struct estimate *ratio, double confidence)
{
    return ratio->count > 1 && ratio->confidence >= confidence &&
           (ratio->low > 1 || ratio->high < 1);
}

double paired_confidence(double confidence, size_t comparisons)
{
    return 1 - (1 - confidence) / (double)(comparisons > 0 ? comparisons : 1);
}
