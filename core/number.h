/* Numbers as users write them, read strictly: the whole text, no sign tricks, no overflow. */
#ifndef CORE_NUMBER_H
#define CORE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/problem.h"

/* A decimal integer from min to max. False when the text is anything else. */
bool number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* A duration: seconds ("2", "0.5") or a number with a unit ("250ms", "80us", "10ns", "2s"), from 0
 * to DURATION_NS_MAX. */
bool duration_parse(const char *text, uint64_t *out_ns);

/* The same as the value of option --name. Return 0, or the problem's status with a sentence. */
int option_number(const char *name, const char *value, uint64_t min, uint64_t max, uint64_t *out,
                  struct problem *problem);
int option_duration(const char *name, const char *value, uint64_t min_ns, uint64_t *out_ns,
                    struct problem *problem);

#endif
