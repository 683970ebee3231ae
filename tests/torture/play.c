/* program_main() with its two outputs in memory, and a look at the run where its results are
 * verified: that is when all is over and nothing is given back yet. */
#include "tests/torture/play.h"

#include <execinfo.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/check.h"
#include "tests/support/isolate.h"
#include "tests/support/script.h"
#include "tests/torture/allocations.h"

char play_attempt[200];

/* ---- A look at the run. ---- */

static const struct workload *watched;
static struct performance *seen;

static struct end end_of(const struct child *child, bool expected)
{
    return (struct end){child->outcome, expected, child->detail, child->value};
}

static void find_fault(const struct run *run)
{
    uint32_t ended = atomic_load(&run->arena->ended), live = atomic_load(&run->arena->live);
    if (ended != run->tasks)
        snprintf(seen->fault, sizeof seen->fault, "%u ends of %u tasks", ended, run->tasks);
    if (live != 0)
        snprintf(seen->fault, sizeof seen->fault, "%u tasks still in progress", live);
    for (uint32_t i = 0; i < run->tasks; i++)
        if (child_phase(&run->children[i]) != CHILD_ENDED)
            snprintf(seen->fault, sizeof seen->fault, "task %u has not ended", i);
    if (run->tasks > ENDS_MAX)
        snprintf(seen->fault, sizeof seen->fault, "%u tasks: give it fewer here", run->tasks);
}

/* Whoever failed says something, and something else than nothing. */
static void ask_why(const struct run *run, uint32_t task)
{
    char text[500] = "";
    if (watched->explain == NULL || (task == TASK_ROOT && watched->root_step == NULL))
        return;
    watched->explain(run, task, text, sizeof text);
    size_t length = strlen(text);
    if (length == 0 || text[length - 1] == ' ' || text[length - 1] == ':')
        snprintf(seen->fault, sizeof seen->fault, "task %d failed without a word", (int)task);
}

static enum verified look(const struct run *run)
{
    enum verified verified = watched->verify != NULL ? watched->verify(run) : VERIFIED_UNKNOWN;
    if (seen->judged)
        return verified;
    seen->judged = true;
    seen->verified = verified;
    seen->tasks = run->tasks;
    find_fault(run);
    seen->root = end_of(&run->arena->root, true);
    for (uint32_t i = 0; i < run->tasks && i < ENDS_MAX; i++) {
        seen->ends[i] = end_of(&run->children[i], child_expected(run, i));
        if (!seen->ends[i].expected)
            ask_why(run, i);
    }
    if (seen->root.outcome != OUTCOME_OK)
        ask_why(run, TASK_ROOT);
    return verified;
}

/* The script is the weather of a run that is simulated. */
static int prepare(struct run *run, int argc, char **argv)
{
    static struct simulation simulation;
    if (run->simulation != NULL) {
        simulation = *run->simulation;
        simulation.weather = &script.weather;
        run->simulation = &simulation;
    }
    return watched->prepare(run, argc, argv);
}

/* ---- The outputs. ---- */

static int captured[2], own[2]; /* of stdout and stderr */

static void show(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written <= 0)
            return;
        text += written;
        length -= (size_t)written;
    }
}

/* A contract that is broken aborts, with its sentence on stderr. */
static void on_crash(int number)
{
    char said[4096];
    ssize_t length = pread(captured[1], said, sizeof said, 0);
    void *frames[32];
    show(own[0], "# crashed: ", 11);
    show(own[0], play_attempt, strlen(play_attempt));
    show(own[0], "\n# it said: ", 12);
    show(own[0], said, length > 0 ? (size_t)length : 0);
    show(own[0], "\n", 1);
    backtrace_symbols_fd(frames, backtrace(frames, 32), own[0]);
    allocations_tell_refused(own[0]);
    signal(number, SIG_DFL);
    raise(number);
}

void play_prepare(void)
{
    void *frame;
    backtrace(&frame, 1);
    for (int i = 0; i < 2; i++) {
        captured[i] = memfd_create("captured", MFD_CLOEXEC);
        own[i] = fcntl(i + 1, F_DUPFD_CLOEXEC, 3);
        CHECK(captured[i] >= 0 && own[i] >= 0, "no descriptors");
    }
    script.report = fdopen(own[0], "w");
    signal(SIGABRT, on_crash);
    signal(SIGQUIT, on_crash); /* whoever finds it hanging */
#ifndef __SANITIZE_ADDRESS__
    signal(SIGSEGV, on_crash);
#endif
}

static void divert(bool away)
{
    fflush(stdout);
    fflush(stderr);
    for (int i = 0; i < 2; i++)
        dup2(away ? captured[i] : own[i], i + 1);
}

static void collect(int at, char *text)
{
    ssize_t length = pread(captured[at], text, OUT_MAX - 1, 0);
    text[length > 0 ? length : 0] = 0;
    if (ftruncate(captured[at], 0) == 0)
        lseek(captured[at], 0, SEEK_SET);
}

void play(const struct act *act, uint64_t refuse, struct performance *performance)
{
    char *argv[WORDS_MAX + 1] = {(char *)(uintptr_t)act->workload->name};
    int argc = 1;
    for (; act->words[argc - 1] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)act->words[argc - 1];
    struct workload copy = *act->workload->workload;
    copy.prepare = prepare;
    copy.verify = look;
    watched = act->workload->workload;
    seen = performance;
    performance->judged = false;
    performance->fault[0] = 0;
    optind = 0; /* glibc's getopt begins anew */
    divert(true);
    allocations_begin(refuse);
    performance->status = program_main(act->workload->name, &copy, &torture_peer, argc, argv);
    performance->allocations = allocations_end();
    divert(false);
    collect(0, performance->out);
    collect(1, performance->err);
}
