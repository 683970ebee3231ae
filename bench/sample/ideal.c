/* The greater of two bounds, each the least that was seen. */
#include "bench/sample/ideal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Keeps why there is none; of several reasons the first. */
static int set_missing(struct ideal *ideal, const char *why, struct problem *problem)
{
    size_t size = 4 * strlen(why) + 1;
    if (ideal->missing != NULL)
        return 0;
    ideal->missing = malloc(size);
    if (ideal->missing == NULL)
        return problem_no_memory(problem);
    text_escape(why, ideal->missing, size);
    return 0;
}

static uint32_t count_of(const json_t *record, const char *key)
{
    json_int_t count = json_integer_value(json_object_get(record, key));
    return count > 0 && count <= UINT32_MAX ? (uint32_t)count : 0;
}

int ideal_add(struct ideal *ideal, const json_t *line, struct problem *problem)
{
    const char *failure = json_string_value(json_object_get(line, "failed"));
    const json_t *record = json_object_get(line, "record");
    const json_t *wall = json_object_get(record, "wall_s");
    double wall_s = json_number_value(wall);
    double computed_s = json_number_value(json_object_get(record, "computed_s"));
    if (failure != NULL)
        return set_missing(ideal, failure, problem);
    if (!json_is_number(wall) || wall_s < 0 || computed_s < 0)
        return problem_set(problem, STATUS_INCOMPARABLE,
                           "a line of type 'ideal' has neither a time nor a reason");
    bool first = ideal->launches++ == 0;
    ideal->critical_path_s = first ? wall_s : fmin(ideal->critical_path_s, wall_s);
    ideal->computed_s = first ? computed_s : fmin(ideal->computed_s, computed_s);
    ideal->cpus = (uint32_t)json_array_size(json_object_get(record, "cpus"));
    ideal->width = count_of(record, "width");
    return 0;
}

void ideal_free(struct ideal *ideal)
{
    free(ideal->missing);
    ideal->missing = NULL;
}

const char *ideal_missing(const struct ideal *ideal)
{
    if (ideal->missing != NULL)
        return ideal->missing;
    return ideal->launches == 0 ? "it was not simulated" : NULL;
}

double ideal_seconds(const struct ideal *ideal)
{
    if (ideal_missing(ideal) != NULL)
        return NAN;
    double shared_s = ideal->cpus > 0 ? ideal->computed_s / ideal->cpus : 0;
    return fmax(ideal->critical_path_s, shared_s);
}

double ideal_ratio(const struct ideal *ideal, double seconds, const char **why)
{
    double ratio = seconds / ideal_seconds(ideal);
    *why = ideal_missing(ideal);
    if (*why != NULL || isfinite(ratio))
        return ratio;
    *why = "the ideal takes no time";
    return NAN;
}

bool ideal_beaten(const struct ideal *ideal, double seconds)
{
    double least_s = ideal_seconds(ideal);
    double measured_s = fmin(least_s, ideal->computed_s);
    return seconds < least_s - IDEAL_GRAIN_S - IDEAL_GRAIN_SHARE * measured_s;
}
