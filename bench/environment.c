/* crossover environment: what a figure depends on, as one JSON object. What cannot be read is null.
 */
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <openssl/crypto.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if CROSSOVER_HAS_UV
#include <uv.h>
#endif

#include "bench/crossover.h"
#include "bench/environment.h"

/* The first line of a file, or what follows `key` and a colon or an equals sign in it. */
static json_t *file_text(const char *path, const char *key)
{
    char line[500];
    json_t *found = NULL;
    FILE *file = fopen(path, "r");
    while (file != NULL && found == NULL && fgets(line, sizeof line, file) != NULL) {
        char *value = line;
        line[strcspn(line, "\n")] = 0;
        if (key != NULL) {
            if (strncmp(line, key, strlen(key)) != 0 || (value = strpbrk(line, ":=")) == NULL)
                continue;
            value += 1 + strspn(value + 1, " \t\"");
            value[strcspn(value, "\"")] = 0;
        }
        found = json_string(value);
    }
    if (file != NULL)
        fclose(file);
    return found != NULL ? found : json_null();
}

/* Of what a program prints; null where it is not there. No shell has a part in it. */
static json_t *first_line_of(const char *const *argv)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return json_null();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t pid;
    int rc = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    char line[200];
    FILE *output = fdopen(ends[0], "r");
    json_t *found = NULL;
    if (output != NULL && fgets(line, sizeof line, output) != NULL) {
        line[strcspn(line, "\n")] = 0;
        found = json_string(line);
    }
    if (output != NULL)
        fclose(output);
    else
        close(ends[0]);
    if (rc == 0)
        waitpid(pid, NULL, 0);
    return found != NULL ? found : json_null();
}

static json_t *version_of(const char *program)
{
    return first_line_of((const char *const[]){program, "--version", NULL});
}

/* Of the checkout that this program was built in, not of the one that somebody stands in. */
static json_t *revision(void)
{
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = 0;
    return first_line_of((const char *const[]){"git", "-C", dirname(self), "describe", "--always",
                                               "--dirty", "--abbrev=12", NULL});
}

static json_t *libraries(void)
{
    json_t *all = json_object();
    json_object_set_new(all, "openssl", json_string(OpenSSL_version(OPENSSL_VERSION)));
    json_object_set_new(all, "llhttp", json_string(CROSSOVER_LLHTTP_VERSION));
    json_object_set_new(all, "jansson", json_string(JANSSON_VERSION));
#if CROSSOVER_HAS_UV
    json_object_set_new(all, "libuv", json_string(uv_version_string()));
#else
    json_object_set_new(all, "libuv", json_null());
#endif
    return all;
}

static json_t *limit(rlim_t value)
{
    return value == RLIM_INFINITY ? json_string("unlimited") : json_integer((json_int_t)value);
}

static json_t *limits(void)
{
    struct rlimit files = {0}, processes = {0};
    getrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_NPROC, &processes);
    return json_pack("{s:o, s:o}", "open_files", limit(files.rlim_cur), "processes",
                     limit(processes.rlim_cur));
}

/* The value of a field in a file of "name value" or "name: value" lines, as a number. */
static json_t *file_number(const char *path, const char *key)
{
    char line[500];
    json_t *found = NULL;
    FILE *file = fopen(path, "r");
    size_t length = strlen(key);
    while (file != NULL && found == NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, length) == 0)
            found = json_integer(strtoll(line + length + strspn(line + length, ": \t"), NULL, 10));
    if (file != NULL)
        fclose(file);
    return found != NULL ? found : json_null();
}

/* What the hypervisor has taken since boot, in seconds: the eighth figure of /proc/stat. */
static json_t *steal(void)
{
    unsigned long long ticks;
    FILE *file = fopen("/proc/stat", "r");
    bool good = file != NULL && fscanf(file, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &ticks) == 1;
    if (file != NULL)
        fclose(file);
    return good ? json_real((double)ticks / (double)sysconf(_SC_CLK_TCK)) : json_null();
}

/* What a control group allows, by version 2's file or version 1's. */
static json_t *group_limit(const char *version2, const char *version1)
{
    json_t *limit = file_text(version2, NULL);
    if (!json_is_null(limit))
        return limit;
    json_decref(limit);
    return file_text(version1, NULL);
}

static void add_machine(json_t *all)
{
    static const char cpufreq[] = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
    cpu_set_t allowed;
    bool counted = sched_getaffinity(0, sizeof allowed, &allowed) == 0;
    json_object_set_new(all, "cpu", file_text("/proc/cpuinfo", "model name"));
    json_object_set_new(all, "cpus_online", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    json_object_set_new(all, "cpus_allowed",
                        counted ? json_integer(CPU_COUNT(&allowed)) : json_null());
    json_object_set_new(all, "governor", file_text(cpufreq, NULL));
    json_object_set_new(all, "no_turbo",
                        file_text("/sys/devices/system/cpu/intel_pstate/no_turbo", NULL));
    json_object_set_new(all, "smt", file_text("/sys/devices/system/cpu/smt/active", NULL));
    json_object_set_new(all, "mitigations_spectre_v2",
                        file_text("/sys/devices/system/cpu/vulnerabilities/spectre_v2", NULL));
    json_object_set_new(all, "memory_bytes",
                        json_integer((json_int_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE)));
    json_object_set_new(all, "memory_available_kib", file_number("/proc/meminfo", "MemAvailable"));
    json_object_set_new(all, "huge_pages",
                        file_text("/sys/kernel/mm/transparent_hugepage/enabled", NULL));
    json_object_set_new(all, "address_randomisation",
                        file_text("/proc/sys/kernel/randomize_va_space", NULL));
    json_object_set_new(
        all, "group_cpu",
        group_limit("/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"));
    json_object_set_new(
        all, "group_memory",
        group_limit("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"));
}

static void add_state(json_t *all)
{
    json_object_set_new(all, "boot_time_s", file_number("/proc/stat", "btime"));
    json_object_set_new(all, "boot", file_text("/proc/sys/kernel/random/boot_id", NULL));
    json_object_set_new(all, "load", file_text("/proc/loadavg", NULL));
    json_object_set_new(all, "steal_s", steal());
    json_object_set_new(all, "pressure_cpu", file_text("/proc/pressure/cpu", NULL));
    json_object_set_new(all, "pressure_memory", file_text("/proc/pressure/memory", NULL));
    json_object_set_new(all, "pressure_io", file_text("/proc/pressure/io", NULL));
}

static void add_build(json_t *all)
{
    json_object_set_new(all, "compiler", json_string(CROSSOVER_COMPILER));
    json_object_set_new(all, "flags", json_string(CROSSOVER_FLAGS));
    json_object_set_new(all, "libraries", libraries());
    json_object_set_new(all, "limits", limits());
    json_object_set_new(all, "hyperfine", version_of("hyperfine"));
    json_object_set_new(all, "gnuplot", version_of("gnuplot"));
    json_object_set_new(all, "strace", version_of("strace"));
    json_object_set_new(all, "revision", revision());
    json_object_set_new(all, "version", json_string(CROSSOVER_VERSION));
}

json_t *environment_describe(void)
{
    struct utsname name;
    uname(&name);
    char now[40];
    time_t seconds = time(NULL);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
    json_t *all = json_object();
    if (all == NULL)
        return NULL;
    json_object_set_new(all, "schema_version", json_integer(2));
    json_object_set_new(all, "time", json_string(now));
    json_object_set_new(all, "host", json_string(name.nodename));
    json_object_set_new(all, "kernel",
                        json_sprintf("%s %s %s", name.sysname, name.release, name.machine));
    json_object_set_new(all, "system", file_text("/etc/os-release", "PRETTY_NAME"));
    add_machine(all);
    add_state(all);
    add_build(all);
    return all;
}

int crossover_environment(int argc, char **argv, struct problem *problem)
{
    if (argc > 0)
        return problem_set(problem, STATUS_USAGE, "environment takes no argument, but got '%s'",
                           argv[0]);
    json_t *all = environment_describe();
    if (all == NULL)
        return problem_no_memory(problem);
    int rc = json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    json_decref(all);
    putchar('\n');
    return rc == 0 ? 0 : problem_set(problem, STATUS_OUTPUT, "the JSON could not be written");
}
