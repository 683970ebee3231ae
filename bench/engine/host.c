/* The machine's counters out of /proc. */
#include "bench/engine/host.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

static void read_cpus(struct host *host, const cpu_set_t *cpus)
{
    FILE *file = fopen("/proc/stat", "r");
    char line[512];
    double ticks = (double)sysconf(_SC_CLK_TCK);
    bool found = false;
    host->busy_s = host->steal_s = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        unsigned cpu;
        unsigned long long user, nice, system, idle, iowait, irq, softirq, steal = 0;
        if (sscanf(line, "cpu%u %llu %llu %llu %llu %llu %llu %llu %llu", &cpu, &user, &nice,
                   &system, &idle, &iowait, &irq, &softirq, &steal) < 8 ||
            cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, cpus))
            continue;
        found = true;
        host->busy_s += (double)(user + nice + system + irq + softirq) / ticks;
        host->steal_s += (double)steal / ticks;
    }
    if (file != NULL)
        fclose(file);
    if (!found)
        host->busy_s = host->steal_s = NAN;
}

static double read_pressure(void)
{
    FILE *file = fopen("/proc/pressure/cpu", "r");
    unsigned long long total_us;
    double seconds = NAN;
    if (file != NULL &&
        fscanf(file, "some avg10=%*f avg60=%*f avg300=%*f total=%llu", &total_us) == 1)
        seconds = (double)total_us / 1e6;
    if (file != NULL)
        fclose(file);
    return seconds;
}

/* CPU time of one process, of all its threads. */
static double read_process(pid_t pid)
{
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return NAN;
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

void host_read(struct host *host, const cpu_set_t *cpus, pid_t origin)
{
    host->at_ns = clock_now_ns();
    read_cpus(host, cpus);
    host->pressure_s = read_pressure();
    host->origin_s = origin > 0 ? read_process(origin) : 0;
}
