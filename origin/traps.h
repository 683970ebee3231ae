/* Ports of the loopback address where no connection comes about: for sites with such a fault. */
#ifndef ORIGIN_TRAPS_H
#define ORIGIN_TRAPS_H

#include <stdint.h>

#include "core/problem.h"
#include "origin/fault.h"

enum { TRAP_FILLERS = 4 };

struct traps {
    int sockets[TRAPS];
    int fillers[TRAP_FILLERS];
    uint16_t ports[TRAPS];
};

/* Returns 0 or the problem's status. */
int traps_open(struct traps *traps, struct problem *problem);
void traps_close(struct traps *traps);

#endif
