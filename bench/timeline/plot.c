/* gnuplot at work. What it reads and writes are files in memory without a name, so that nothing is
 * left behind, and no name of a user's gets where it would be read as a command. */
#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/engine/arms.h"
#include "bench/program/whole_file.h"
#include "bench/timeline/chart.h"

extern char **environ;

enum { PATH_BYTES = 4400 };

/* In the source tree the programs are in BUILD/bin; installed, in PREFIX/bin. */
static bool find_plots(char path[PATH_BYTES])
{
    static const char *const places[] = {"/../../plots", "/../share/crossover/plots"};
    char folder[4096], script[PATH_BYTES + 20];
    program_folder(folder, sizeof folder);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(path, PATH_BYTES, "%s%s", folder, places[i]);
        snprintf(script, sizeof script, "%s/timeline.gp", path);
        if (access(script, R_OK) == 0)
            return true;
    }
    return false;
}

static const char *ending_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL ? dot + 1 : "";
}

/* gnuplot's own sentence: its first line that is neither empty nor the place. */
static int complain(FILE *said, struct problem *problem)
{
    char line[300] = "";
    rewind(said);
    while (fgets(line, sizeof line, said) != NULL)
        if (strstr(line, "line ") != NULL && strstr(line, ": ") != NULL)
            break;
    line[strcspn(line, "\n")] = 0;
    return problem_set(problem, STATUS_ENVIRONMENT, "gnuplot could not draw the timeline%s%s",
                       line[0] != 0 ? ": " : "", line);
}

/* Both ends of the descriptors are ours: the names under /proc are opened anew by gnuplot. */
static int run_gnuplot(FILE *settings, FILE *data, FILE *picture, FILE *said, const char *type,
                       struct problem *problem)
{
    char plots[PATH_BYTES], script[PATH_BYTES + 20], from[2][32];
    if (!find_plots(plots))
        return problem_set(problem, STATUS_ENVIRONMENT,
                           "plots/timeline.gp, which draws, is not where it was built or "
                           "installed: build or install it again");
    snprintf(script, sizeof script, "%s/timeline.gp", plots);
    snprintf(from[0], sizeof from[0], "/proc/self/fd/%d", fileno(settings));
    snprintf(from[1], sizeof from[1], "/proc/self/fd/%d", fileno(data));
    const char *const argv[] = {"gnuplot", "-d", "-c", script, plots, from[0], from[1], type, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fileno(picture), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(said), STDERR_FILENO);
    pid_t pid;
    int error =
        posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        return problem_set(problem, STATUS_ENVIRONMENT,
                           "gnuplot, which draws, cannot be started: %s; install it, or take "
                           "--json",
                           strerror(error));
    int ended = 0;
    while (waitpid(pid, &ended, 0) < 0 && errno == EINTR)
        ;
    if (!WIFEXITED(ended) || WEXITSTATUS(ended) != 0)
        return complain(said, problem);
    return 0;
}

static int keep(FILE *picture, const char *out, struct problem *problem)
{
    struct whole_file whole;
    int status = whole_file_open(&whole, out, problem);
    if (status != 0)
        return status;
    char bytes[1 << 14];
    rewind(picture);
    for (size_t length; (length = fread(bytes, 1, sizeof bytes, picture)) > 0;)
        fwrite(bytes, 1, length, whole.file);
    return whole_file_close(&whole, problem);
}

int chart_plot(FILE *settings, FILE *data, const char *out, struct problem *problem)
{
    FILE *picture = chart_file(), *said = chart_file();
    int status = picture != NULL && said != NULL ? 0 : problem_no_memory(problem);
    if (status == 0)
        status = run_gnuplot(settings, data, picture, said, ending_of(out), problem);
    if (status == 0)
        status = keep(picture, out, problem);
    if (picture != NULL)
        fclose(picture);
    if (said != NULL)
        fclose(said);
    return status;
}
