/* Strict reading of numbers and durations. */
#include "core/number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"

bool number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    if (!isdigit((unsigned char)text[0]))
        return false;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || *end != 0 || value < min || value > max)
        return false;
    *out = value;
    return true;
}

bool duration_parse(const char *text, uint64_t *out_ns)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"", 1e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}};

    /* strtod would also take "0x1p3", "inf" and a leading blank or sign. */
    size_t digits = strspn(text, "0123456789.");
    if (digits == 0 || digits > 32 || (digits == 1 && text[0] == '.'))
        return false;
    char number[33];
    memcpy(number, text, digits);
    number[digits] = 0;
    char *end;
    double value = strtod(number, &end);
    if (*end != 0)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + digits, units[i].unit) != 0)
            continue;
        double ns = value * units[i].ns;
        if (!(ns <= (double)DURATION_NS_MAX))
            return false;
        *out_ns = (uint64_t)llround(ns);
        return true;
    }
    return false;
}

int option_number(const char *name, const char *value, uint64_t min, uint64_t max, uint64_t *out,
                  struct problem *problem)
{
    if (number_parse(value, min, max, out))
        return 0;
    return problem_set(problem, STATUS_USAGE,
                       "--%s takes a whole number from %llu to %llu, not '%s'", name,
                       (unsigned long long)min, (unsigned long long)max, value);
}

int option_duration(const char *name, const char *value, uint64_t min_ns, uint64_t *out_ns,
                    struct problem *problem)
{
    if (duration_parse(value, out_ns) && *out_ns >= min_ns)
        return 0;
    return problem_set(problem, STATUS_USAGE, "--%s takes a time%s like 2, 0.5 or 250ms, not '%s'",
                       name, min_ns > 0 ? " above 0" : "", value);
}
