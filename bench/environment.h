/* What figures depend on: this machine, its state and this build. */
#ifndef BENCH_ENVIRONMENT_H
#define BENCH_ENVIRONMENT_H

#include <jansson.h>

/* One JSON object; what cannot be read is null. NULL when memory is short. */
json_t *environment_describe(void);

#endif
