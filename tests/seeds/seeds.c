/*
 * The test engine: every registered workload is run under the model that simulates, with rough
 * weather and varied settings out of thousands of seeds, and each run is judged (judge.h). A
 * failure is told with its seed and the line that replays it, operation by operation. Each workload
 * has a process of its own, so that a crash or a hang is some seed's, too. A new workload is run by
 * existing; lines.c has more for it to do. Reports in the TAP form.
 */
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/number.h"
#include "tests/seeds/lines.h"
#include "tests/seeds/seeds.h"
#include "tests/seeds/trial.h"

enum { SEEDS_MAX = 64, LIMIT_S = 30 /* of one seed */ };

struct wanted {
    const char *program;
    const char *workload; /* NULL: all */
    uint64_t seeds;       /* so many: half of them from 1 … */
    uint64_t first;       /* … and the others from here */
    uint64_t named[SEEDS_MAX];
    uint32_t named_count; /* these alone, told */
};

static struct board *board;
static struct paper_origin paper;
static int points, failures;

/* ---- The process of a workload's trials. ---- */

static void run_seed(const struct workload_entry *workload, uint64_t seed, bool tells)
{
    alarm(LIMIT_S);
    trial_run(workload, seed, tells);
}

_Noreturn static void run_seeds(const struct wanted *wanted, const struct workload_entry *workload)
{
    uint64_t fixed = wanted->seeds - wanted->seeds / 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    trials_begin(board, &paper);
    for (uint32_t i = 0; i < wanted->named_count; i++)
        run_seed(workload, wanted->named[i], true);
    for (uint64_t i = 0; i < wanted->seeds && wanted->named_count == 0; i++)
        run_seed(workload, i < fixed ? i + 1 : wanted->first + i - fixed, false);
    alarm(0);
    exit(0); /* where leaks are reported */
}

/* ---- One workload. ---- */

static void tell_failure(const struct wanted *wanted, const struct workload_entry *workload,
                         int status)
{
    const char *what = board->failure;
    char died[80];
    if (what[0] == 0 && WIFSIGNALED(status)) {
        bool hung = WTERMSIG(status) == SIGALRM;
        snprintf(died, sizeof died, hung ? "it hangs" : "it crashes: %s",
                 strsignal(WTERMSIG(status)));
        what = died;
    } else if (what[0] == 0) {
        snprintf(died, sizeof died, "its process left with %d", WEXITSTATUS(status));
        what = died;
    }
    printf("# %s\n# seed %llu: %s\n# replay: %s --workload %s --seed %llu\n", board->line,
           (unsigned long long)board->seed, what, wanted->program, workload->name,
           (unsigned long long)board->seed);
}

/* What was tried is seen by how the tasks ended. */
static void tell_ends(const struct workload_entry *workload)
{
    printf("# %s: %llu seeds, %llu operations; tasks:", workload->name,
           (unsigned long long)board->runs, (unsigned long long)board->operations);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (board->ends[i] > 0)
            printf(" %s %llu", outcome_name((enum outcome)i), (unsigned long long)board->ends[i]);
    printf("\n");
}

static void test(const struct wanted *wanted, const struct workload_entry *workload)
{
    int status = 0;
    *board = (struct board){0};
    fflush(stdout);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            run_seeds(wanted, workload);
        _exit(1);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        printf("Bail out! no process\n");
        exit(1);
    }
    bool passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    failures += !passed;
    if (!passed)
        tell_failure(wanted, workload, status);
    printf("%s %d - %s\n", passed ? "ok" : "not ok", ++points, workload->name);
    tell_ends(workload);
}

static void test_all(const struct wanted *wanted)
{
    const struct model_entry *sim = model_find("sim");
    for (const struct workload_entry *at = workload_registry; at->name != NULL; at++) {
        const char *why = run_not_applicable(at->workload, sim->model);
        if (wanted->workload != NULL && strcmp(wanted->workload, at->name) != 0)
            continue;
        if (why != NULL)
            printf("# %s: n/a: %s\n", at->name, why);
        else
            test(wanted, at);
    }
}

/* ---- The command line. ---- */

static const char usage[] =
    "Usage: test_seeds [OPTION…]\n"
    "Runs every workload in simulated time with failures out of thousands of seeds.\n\n"
    "      --seeds N        so many of each workload: half of them from 1, the same every time, "
    "the\n"
    "                       others from --first; default 1000\n"
    "      --first S        where those begin; default: of the day, so that new ones are tried\n"
    "      --workload NAME  this one alone\n"
    "      --seed S         this one alone, every operation told; may be given again\n"
    "  -h, --help           this text\n";

_Noreturn static void refuse(const char *option, const char *value)
{
    fprintf(stderr, "test_seeds: --%s does not take '%s'; see --help\n", option, value);
    exit(STATUS_USAGE);
}

static uint64_t read_number(const char *option, const char *value, uint64_t least, uint64_t most)
{
    uint64_t number;
    if (!number_parse(value, least, most, &number))
        refuse(option, value);
    return number;
}

static void check_workload(const char *name)
{
    const struct workload_entry *at = workload_registry;
    while (at->name != NULL && strcmp(at->name, name) != 0)
        at++;
    if (at->name == NULL)
        refuse("workload", name);
}

static void read_options(struct wanted *wanted, int argc, char **argv)
{
    static const struct option options[] = {
        {"seeds", required_argument, NULL, 'n'},    {"first", required_argument, NULL, 'f'},
        {"workload", required_argument, NULL, 'w'}, {"seed", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},           {0}};
    const uint64_t most = INT64_MAX / 2;
    int code;
    while ((code = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (code) {
        case 'n': wanted->seeds = read_number("seeds", optarg, 1, 1000000000); break;
        case 'f': wanted->first = read_number("first", optarg, 0, most); break;
        case 'w': check_workload(wanted->workload = optarg); break;
        case 's':
            if (wanted->named_count == SEEDS_MAX)
                refuse("seed", optarg);
            wanted->named[wanted->named_count++] = read_number("seed", optarg, 0, INT64_MAX);
            break;
        case 'h': printf("%s", usage); exit(0);
        default: exit(STATUS_USAGE);
        }
    }
    if (optind < argc)
        refuse("help", argv[optind]);
}

/* ---- All of it. ---- */

static bool open_paper(void)
{
    struct problem problem = {.text = "no temporary file"};
    char path[] = "/tmp/crossover-seeds-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool good = file != NULL && fputs(line_sites, file) >= 0 && fclose(file) == 0 &&
                paper_origin_open(&paper, path, &problem) == 0;
    unlink(path);
    if (!good)
        printf("Bail out! %s\n", problem.text);
    return good;
}

/* Nothing is left behind by who is interrupted. */
static void on_signal(int number)
{
    paper_origin_remove_files(&paper);
    signal(number, SIG_DFL);
    raise(number);
}

static void catch_signals(void)
{
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
}

int seeds_main(int argc, char **argv)
{
    struct wanted wanted = {.program = argv[0], .seeds = 1000};
    wanted.first = (uint64_t)time(NULL) / 86400 * 1000000;
    read_options(&wanted, argc, argv);
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED || !open_paper())
        return 1;
    catch_signals();
    if (wanted.named_count == 0)
        printf("# seeds 1 to %llu, and half as many --first %llu\n",
               (unsigned long long)(wanted.seeds - wanted.seeds / 2),
               (unsigned long long)wanted.first);
    test_all(&wanted);
    paper_origin_close(&paper);
    printf("1..%d\n# %d passed, %d failed\n", points, points - failures, failures);
    return failures > 0 || points == 0;
}
