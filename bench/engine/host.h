/*
 * What the machine did meanwhile: how much CPU time others used, how much the hypervisor took, and
 * how long tasks waited for a CPU. Read before and after a launch; the difference says whether the
 * launch was alone.
 */
#ifndef BENCH_ENGINE_HOST_H
#define BENCH_ENGINE_HOST_H

#include <sched.h>
#include <stdint.h>
#include <sys/types.h>

/* All seconds since boot; NAN: this system does not tell. */
struct host {
    uint64_t at_ns;
    double busy_s;     /* all CPUs that `cpus` names: user, system, interrupts; in ticks of 10 ms */
    double steal_s;    /* likewise: what the hypervisor gave to others */
    double pressure_s; /* some task was ready and had no CPU (PSI) */
    double origin_s;   /* CPU time of one process beside: the origin; 0 when there is none */
};

void host_read(struct host *host, const cpu_set_t *cpus, pid_t origin);

#endif
