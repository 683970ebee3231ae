/* What a sample's rows and columns say. */
#include "bench/sample/sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/median.h"

const struct sample_column *sample_column(const struct sample_cell *cell, const char *name)
{
    static const char *const prefixes[] = {"", "record.", "record.figures.", "derived."};
    const struct sample_column *found = NULL;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0] && found == NULL; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s%s", prefixes[i], name);
        for (size_t j = 0; j < cell->column_count && found == NULL; j++)
            if (strcmp(cell->columns[j].name, path) == 0)
                found = &cell->columns[j];
    }
    return found;
}

bool sample_counts(const struct sample_cell *cell, const struct sample_launch *launch)
{
    if (launch->failed)
        return false;
    if (launch->kind != LAUNCH_TIMED)
        return true;
    uint8_t state = launch->block < cell->block_count ? cell->blocks[launch->block] : BLOCK_OPEN;
    return state == BLOCK_WHOLE || (state == BLOCK_DISTURBED && cell->unfit);
}

size_t sample_values(const struct sample_cell *cell, size_t arm, enum launch_kind kind,
                     const struct sample_column *column, double *values)
{
    size_t count = 0;
    for (size_t i = 0; i < cell->launch_count && column != NULL; i++) {
        const struct sample_launch *launch = &cell->launches[i];
        if (launch->arm == arm && launch->kind == kind && isfinite(column->values[i]) &&
            sample_counts(cell, launch))
            values[count++] = column->values[i];
    }
    return count;
}

void sample_block_means(const struct sample_cell *cell, size_t arm,
                        const struct sample_column *column, bool logarithms, double *means)
{
    for (uint32_t i = 0; i < cell->block_count; i++)
        means[i] = NAN;
    for (size_t i = 0, first = SIZE_MAX; i < cell->launch_count && column != NULL; i++) {
        const struct sample_launch *launch = &cell->launches[i];
        const double *values = column->values;
        if (launch->arm != arm || launch->kind != LAUNCH_TIMED || !sample_counts(cell, launch))
            continue;
        /* A block's launches follow each other. */
        if (first != SIZE_MAX && cell->launches[first].block == launch->block) {
            if (!logarithms)
                means[launch->block] = (values[first] + values[i]) / 2;
            else if (values[first] > 0 && values[i] > 0)
                means[launch->block] = (log(values[first]) + log(values[i])) / 2;
        }
        first = i;
    }
}

struct estimate sample_estimate(const struct sample_cell *cell, size_t arm,
                                const struct sample_column *column, double confidence)
{
    struct estimate estimate = {0, NAN, NAN, NAN, 0};
    double *means = malloc((cell->block_count + 1U) * sizeof *means);
    size_t count = 0;
    if (means == NULL)
        return estimate;
    sample_block_means(cell, arm, column, false, means);
    for (uint32_t i = 0; i < cell->block_count; i++)
        if (isfinite(means[i]))
            means[count++] = means[i];
    if (count > 0)
        estimate = median_of(means, count, confidence);
    free(means);
    return estimate;
}

double sample_median(const struct sample_cell *cell, size_t arm, enum launch_kind kind,
                     const char *name)
{
    const struct sample_column *column = sample_column(cell, name);
    double *values = malloc((cell->launch_count + 1) * sizeof *values);
    double median = NAN;
    if (values != NULL)
        median = median_value(values, sample_values(cell, arm, kind, column, values));
    free(values);
    return median;
}

const char *sample_missing(const struct sample_cell *cell, size_t arm, enum launch_kind kind,
                           const char *column)
{
    char path[256];
    size_t begin = (size_t)snprintf(path, sizeof path, "%s:", launch_kind_name(kind));
    snprintf(path + begin, sizeof path - begin, "%s", column);
    for (char *end = path + strlen(path); end != NULL; end = strrchr(path, '.')) {
        *end = 0;
        const json_t *why = json_object_get(cell->arms[arm].missing, path);
        if (why == NULL)
            why = json_object_get(json_object_get(cell->header, "missing"), path + begin);
        if (why != NULL)
            return json_string_value(why);
    }
    return NULL;
}

uint32_t sample_blocks(const struct sample_cell *cell, enum block_state state)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < cell->block_count; i++)
        count += cell->blocks[i] == state;
    return count;
}

void sample_settle(struct sample_cell *cell, uint32_t needed)
{
    uint32_t whole = sample_blocks(cell, BLOCK_WHOLE);
    uint32_t disturbed = sample_blocks(cell, BLOCK_DISTURBED);
    cell->unfit = disturbed > whole || (disturbed > 0 && whole < needed);
}
