/* The clock of a run in virtual time. */
#include "core/clock.h"

uint64_t clock_virtual_ns;
