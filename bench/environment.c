/* crossover environment: what a figure depends on, as one JSON object. What cannot be read is null.
 */
#include <jansson.h>
#include <openssl/crypto.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#if CROSSOVER_HAS_UV
#include <uv.h>
#endif

#include "bench/crossover.h"

/* The first line of a file, or what follows `key` and a colon in it. */
static json_t *file_text(const char *path, const char *key)
{
    char line[500];
    json_t *found = NULL;
    FILE *file = fopen(path, "r");
    while (file != NULL && found == NULL && fgets(line, sizeof line, file) != NULL) {
        char *value = line;
        line[strcspn(line, "\n")] = 0;
        if (key != NULL) {
            if (strncmp(line, key, strlen(key)) != 0 || (value = strchr(line, ':')) == NULL)
                continue;
            value += 1 + strspn(value + 1, " \t");
        }
        found = json_string(value);
    }
    if (file != NULL)
        fclose(file);
    return found != NULL ? found : json_null();
}

static json_t *first_line_of(const char *command)
{
    char line[200];
    FILE *pipe = popen(command, "r");
    json_t *found = NULL;
    if (pipe != NULL && fgets(line, sizeof line, pipe) != NULL) {
        line[strcspn(line, "\n")] = 0;
        found = json_string(line);
    }
    if (pipe != NULL)
        pclose(pipe);
    return found != NULL ? found : json_null();
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

static json_t *limits(void)
{
    struct rlimit files = {0}, processes = {0};
    getrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_NPROC, &processes);
    return json_pack("{s:I, s:I}", "open_files", (json_int_t)files.rlim_cur, "processes",
                     (json_int_t)processes.rlim_cur);
}

int crossover_environment(int argc, char **argv, struct problem *problem)
{
    if (argc > 0)
        return problem_set(problem, STATUS_USAGE, "environment takes no argument, but got '%s'",
                           argv[0]);
    struct utsname name;
    uname(&name);
    cpu_set_t allowed;
    bool counted = sched_getaffinity(0, sizeof allowed, &allowed) == 0;
    char now[40];
    time_t seconds = time(NULL);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
    json_t *all = json_object();
    json_object_set_new(all, "schema_version", json_integer(1));
    json_object_set_new(all, "time", json_string(now));
    json_object_set_new(all, "host", json_string(name.nodename));
    json_object_set_new(all, "cpu", file_text("/proc/cpuinfo", "model name"));
    json_object_set_new(all, "cpus_online", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    json_object_set_new(all, "cpus_allowed",
                        counted ? json_integer(CPU_COUNT(&allowed)) : json_null());
    json_object_set_new(all, "governor",
                        file_text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", NULL));
    json_object_set_new(all, "memory_bytes",
                        json_integer((json_int_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE)));
    json_object_set_new(all, "kernel",
                        json_sprintf("%s %s %s", name.sysname, name.release, name.machine));
    json_object_set_new(all, "system", file_text("/etc/os-release", "PRETTY_NAME"));
    json_object_set_new(all, "compiler", json_string(CROSSOVER_COMPILER));
    json_object_set_new(all, "flags", json_string(CROSSOVER_FLAGS));
    json_object_set_new(all, "libraries", libraries());
    json_object_set_new(all, "limits", limits());
    json_object_set_new(all, "load", file_text("/proc/loadavg", NULL));
    json_object_set_new(all, "hyperfine", first_line_of("hyperfine --version 2>/dev/null"));
    json_object_set_new(all, "gnuplot", first_line_of("gnuplot --version 2>/dev/null"));
    json_object_set_new(all, "revision",
                        first_line_of("git describe --always --dirty --abbrev=12 2>/dev/null"));
    json_object_set_new(all, "version", json_string(CROSSOVER_VERSION));
    int rc = json_dumpf(all, stdout, JSON_INDENT(2));
    json_decref(all);
    putchar('\n');
    return rc == 0 ? 0 : problem_set(problem, STATUS_OUTPUT, "the JSON could not be written");
}
