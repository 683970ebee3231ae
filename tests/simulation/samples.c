/* Made samples. */
#include "tests/simulation/samples.h"

#include <math.h>

#include "bench/stats/normal.h"
#include "core/random.h"

double source_uniform(struct source *source)
{
    uint64_t bits = random_at(source->seed, source->place++) >> 12;
    return ((double)bits + 0.5) / 4503599627370496.0;
}

/* Box and Muller. */
double source_normal(struct source *source)
{
    double radius = sqrt(-2 * log(source_uniform(source)));
    return radius * cos(6.283185307179586 * source_uniform(source));
}

static double draw(struct source *source, enum shape shape, double before)
{
    double u = source_uniform(source);
    switch (shape) {
    case SHAPE_LOG_NORMAL: return exp(source_normal(source));
    case SHAPE_BIMODAL: return u < 0.7 ? source_normal(source) : 6 + 0.5 * source_normal(source);
    case SHAPE_HEAVY: return (2 * u - 1) / sqrt(2 * u * (1 - u));
    case SHAPE_CORRELATED: return 0.5 * before + sqrt(0.75) * source_normal(source);
    default: return source_normal(source);
    }
}

void sample_fill(struct source *source, enum shape shape, double *values, size_t count)
{
    double before = source_normal(source);
    for (size_t i = 0; i < count; i++)
        values[i] = before = draw(source, shape, before);
}

double sample_median(enum shape shape)
{
    if (shape == SHAPE_BIMODAL) { /* where its distribution function is 1/2 */
        double low = 0, high = 6;
        while (high - low > 1e-12) {
            double x = (low + high) / 2;
            double above = 0.7 * normal_upper_tail(x) + 0.3 * normal_upper_tail((x - 6) / 0.5);
            *(above > 0.5 ? &low : &high) = x;
        }
        return low;
    }
    return shape == SHAPE_LOG_NORMAL ? 1 : 0;
}

void sample_blocks(struct source *source, const struct machine *machine, size_t arms, size_t blocks,
                   double *logs)
{
    size_t order[16], launch = 0;
    double wander = source_normal(source);
    for (size_t i = 0; i < arms; i++)
        order[i] = i;
    for (size_t block = 0; block < blocks; block++) {
        double mood = machine->mood * source_normal(source);
        for (size_t i = arms; i > 1 && !machine->unpermuted; i--) {
            size_t other = (size_t)(source_uniform(source) * (double)i), kept = order[i - 1];
            order[i - 1] = order[other];
            order[other] = kept;
        }
        for (size_t step = 0; step < 2 * arms; step++, launch++) {
            bool second = step >= arms;
            size_t arm = order[!second               ? step
                               : machine->unmirrored ? step - arms
                                                     : 2 * arms - 1 - step];
            wander = 0.9 * wander + sqrt(1 - 0.81) * source_normal(source);
            logs[2 * (arm * blocks + block) + second] =
                (double)arm * machine->effect + (double)launch * machine->drift + mood +
                (step == 0 ? machine->first : 0) + machine->wander * wander +
                machine->spread * draw(source, machine->noise, 0);
        }
    }
}
