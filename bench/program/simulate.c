/* A simulation as the command line wants it. */
#include "bench/program/simulate.h"

#include <string.h>
#include <unistd.h>

#include "core/limits.h"
#include "core/number.h"

static bool read_word(struct simulated *simulated, const char *word)
{
    struct simulation *told = &simulated->simulation;
    uint64_t cpus;
    if (strncmp(word, "cpus=", 5) == 0) {
        bool good = number_parse(word + 5, 1, CPUS_MAX, &cpus);
        told->cpus = good ? (uint32_t)cpus : 0;
        return good;
    }
    if (strncmp(word, "step=", 5) == 0)
        return duration_parse(word + 5, &told->step_ns);
    told->measured |= strcmp(word, "compute=measured") == 0;
    simulated->is_rough |= strcmp(word, "weather=rough") == 0;
    return strcmp(word, "compute=measured") == 0 || strcmp(word, "weather=rough") == 0;
}

int simulate_option(struct simulated *simulated, const char *value, struct problem *problem)
{
    char words[200], *rest = words;
    bool good = (size_t)snprintf(words, sizeof words, "%s", value) < sizeof words;
    for (const char *word; good && (word = strsep(&rest, ",")) != NULL;)
        good = read_word(simulated, word);
    return good ? 0
                : problem_set(problem, STATUS_USAGE,
                              "--simulate takes cpus=N from 1 to %u, step=TIME up to a year, "
                              "compute=measured and weather=rough, with commas between them, not "
                              "'%s'",
                              CPUS_MAX, value);
}

int simulate_begin(struct simulated *simulated, struct run *run, const char *origin)
{
    struct simulation *told = &simulated->simulation;
    run->simulation = told;
    if (simulated->is_rough) {
        rough_weather_begin(&simulated->rough, run->seed);
        told->weather = &simulated->rough.weather;
    }
    if (simulated->source == NULL)
        return 0;
    char served[4200];
    if (origin != NULL &&
        (size_t)snprintf(served, sizeof served, "%s/served", origin) >= sizeof served)
        return problem_set(&run->problem, STATUS_USAGE, "the path of --origin is too long");
    return simulated->source->open(origin != NULL ? served : NULL, &told->peer,
                                   &simulated->directory, &run->problem);
}

void simulate_prepared(struct simulated *simulated)
{
    if (simulated->source != NULL)
        simulated->source->prepared();
}

void simulate_end(struct simulated *simulated)
{
    if (simulated->source != NULL)
        simulated->source->close();
}
