/* Simulated claims. */
#include "tests/simulation/claims.h"

#include <math.h>
#include <stdio.h>

#include "core/random.h"

static unsigned samples_of(const struct claim *claim, unsigned samples)
{
    return samples / (claim->cost > 0 ? claim->cost : 1);
}

/* How often it happens; `stated` becomes the mean of what is stated. */
static double simulate(const struct topic *topic, size_t row, uint64_t seed, unsigned samples,
                       double *stated)
{
    const struct claim *claim = &topic->claims[row];
    unsigned all = samples_of(claim, samples), happened = 0;
    uint64_t of_row = random_at(seed, row);
    *stated = 0;
    for (unsigned i = 0; i < all; i++) {
        struct source source = {random_at(of_row, i), 0};
        double now = NAN;
        happened += claim->happens(claim, &source, &now);
        *stated += now / all;
    }
    return (double)happened / all;
}

int topic_check(const struct topic *topic, uint64_t seed, unsigned samples)
{
    int wrong = 0;
    for (size_t row = 0; row < topic->count; row++) {
        const struct claim *claim = &topic->claims[row];
        double stated, rate = simulate(topic, row, seed, samples, &stated);
        /* Four standard errors of the simulated rate, and half of the documented one's last digit.
         */
        double n = samples_of(claim, samples), p = claim->found;
        double room = 4 * sqrt(fmax(p * (1 - p), 1 / n) / n) + 0.0005;
        bool as_found = fabs(rate - p) <= room;
        bool as_stated = isnan(stated) || claim->short_of ||
                         (topic->alarms ? rate <= stated + room : rate >= stated - room);
        bool short_of = !claim->short_of || (topic->alarms ? p > stated : p < stated);
        if (as_found && as_stated && short_of)
            continue;
        wrong++;
        printf("%s, %s, %zu: %.4f of %.0f; stated %.4f, documented %.3f, room %.4f\n", topic->name,
               claim->sample, claim->count, rate, n, stated, p, room);
    }
    return wrong;
}

void topic_print(const struct topic *topic, uint64_t seed, unsigned samples)
{
    for (size_t row = 0; row < topic->count; row++) {
        const struct claim *claim = &topic->claims[row];
        printf("| %s | %s | %zu |", topic->name, claim->sample, claim->count);
        double stated, rate = claim->found;
        if (samples > 0) {
            rate = simulate(topic, row, seed, samples, &stated);
            printf(isnan(stated) ? " – |" : " %.3f |", stated);
        }
        printf(claim->short_of ? " **%.3f** |\n" : " %.3f |\n", rate);
    }
}
