/* The machine's counters out of /proc. */
#include "bench/engine/host.h"

#include <dirent.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

static void read_cpus(struct host *host, const cpu_set_t *cpus)
{
    FILE *file = fopen("/proc/stat", "r");
    char line[512];
    double ticks = (double)sysconf(_SC_CLK_TCK);
    bool found = false;
    host->idle_s = host->steal_s = 0;
    host->cpus = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        unsigned cpu;
        unsigned long long user, nice, system, idle, iowait, irq, softirq, steal = 0;
        if (sscanf(line, "cpu%u %llu %llu %llu %llu %llu %llu %llu %llu", &cpu, &user, &nice,
                   &system, &idle, &iowait, &irq, &softirq, &steal) < 8 ||
            cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, cpus))
            continue;
        found = true;
        host->cpus++;
        host->idle_s += (double)(idle + iowait) / ticks;
        host->steal_s += (double)steal / ticks;
    }
    if (file != NULL)
        fclose(file);
    if (!found)
        host->idle_s = host->steal_s = NAN;
}

double host_busy_s(const struct host *before, const struct host *after)
{
    double elapsed_s = (double)(after->at_ns - before->at_ns) / 1e9 * after->cpus;
    return elapsed_s - (after->idle_s - before->idle_s) - (after->steal_s - before->steal_s);
}

/* Out of "PID (NAME) STATE PARENT …", where the name may have anything in it: CPU time of a process
 * and of its children that it waited for; 0 of the kernel's threads, and when it is over. */
static double time_of(const char *pid)
{
    enum { KTHREADD = 2 };
    char path[300], text[600];
    long parent;
    unsigned long long user, system, children_user, children_system;
    double ticks = 0;
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *file = fopen(path, "r");
    if (file != NULL && fgets(text, sizeof text, file) != NULL) {
        const char *end = strrchr(text, ')');
        if (end != NULL &&
            sscanf(end, ") %*c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu",
                   &parent, &user, &system, &children_user, &children_system) == 5 &&
            parent != KTHREADD && strtol(pid, NULL, 10) != KTHREADD)
            ticks = (double)(user + system + children_user + children_system);
    }
    if (file != NULL)
        fclose(file);
    return ticks / (double)sysconf(_SC_CLK_TCK);
}

/* In a container the second process is anybody. */
static bool sees_all(void)
{
    char name[32] = "";
    FILE *file = fopen("/proc/2/comm", "r");
    bool seen =
        file != NULL && fgets(name, sizeof name, file) != NULL && strcmp(name, "kthreadd\n") == 0;
    if (file != NULL)
        fclose(file);
    return seen;
}

double host_others_s(pid_t server)
{
    double sum_s = 0;
    DIR *folder = sees_all() ? opendir("/proc") : NULL;
    const struct dirent *entry;
    if (folder == NULL)
        return NAN;
    while ((entry = readdir(folder)) != NULL) {
        long pid = strtol(entry->d_name, NULL, 10);
        if (pid > 0 && pid != getpid() && pid != server)
            sum_s += time_of(entry->d_name);
    }
    closedir(folder);
    return sum_s;
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
