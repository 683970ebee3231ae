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
    double idle_s;     /* all CPUs that `cpus` names together, told in steps of 10 ms */
    double steal_s;    /* likewise: what the hypervisor gave to others */
    uint32_t cpus;     /* how many they are */
    double pressure_s; /* some task was ready and had no CPU (PSI) */
    double origin_s;   /* CPU time of one process beside: the origin; 0 when there is none */
};

void host_read(struct host *host, const cpu_set_t *cpus, pid_t origin);

/* CPU time that these CPUs spent between two readings, on whatever: what was neither idle nor given
 * away. (The kernel measures idle time, but samples the rest, and overlooks what never meets a
 * tick.) */
double host_busy_s(const struct host *before, const struct host *after);

/* CPU time that all other processes have had, children that they waited for included; not this
 * one and its launches, not the server, not the kernel's own threads: those do what launches leave
 * to them. NAN where the others cannot be seen, as in a container. */
double host_others_s(pid_t server);

#endif
