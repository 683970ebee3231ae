/* A seed's runs. */
#include "tests/seeds/trial.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "tests/seeds/judge.h"
#include "tests/seeds/lines.h"

static struct board *board;
static struct paper_origin *paper;
static struct watch watch;

/* What a line and its seed come to. */
struct trial {
    const struct workload_entry *workload;
    uint64_t seed;
    struct line line;
    char *argv[LINE_WORDS + 1]; /* of the run: getopt puts them in order */
    uint32_t cpus;              /* of the simulation */
    uint64_t step_ns;           /* likewise */
    bool reads_record;
};

void trials_begin(struct board *where, struct paper_origin *origin)
{
    board = where;
    paper = origin;
}

void trial_fail(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(board->failure, sizeof board->failure, format, values);
    va_end(values);
    fflush(stdout);
    _exit(1);
}

/* ---- One run. ---- */

static void simulate(struct invocation *invocation, const struct trial *trial)
{
    struct run *run = &invocation->run;
    struct simulation *told = &invocation->simulated.simulation;
    *told = (struct simulation){.deadline_ns = invocation->deadline_ns, .weather = &watch.weather};
    if (!watch.is_fair) {
        told->cpus = trial->cpus;
        told->step_ns = trial->step_ns;
    }
    run->simulation = told;
    if (run->workload->wants_origin == NULL)
        return;
    told->peer = &paper->peer;
    if (run->workload->option(run, "origin", paper->directory) != 0)
        trial_fail("it does not take its origin: %s", run->problem.text);
}

static void prepare(struct invocation *invocation, struct trial *trial)
{
    struct run *run = &invocation->run;
    memcpy(trial->argv, trial->line.argv, sizeof trial->argv);
    if (run->workload->create != NULL && (run->settings = run->workload->create()) == NULL)
        trial_fail("memory is short");
    optind = 0; /* glibc's getopt begins anew */
    if (options_read(invocation, trial->line.argc, trial->argv) != 0)
        trial_fail("its command line is refused: %s", run->problem.text);
    simulate(invocation, trial);
    if (run->workload->prepare(run, invocation->argc, invocation->argv) != 0 || run_open(run) != 0)
        trial_fail("it does not begin: %s", run->problem.text);
}

static void perform(struct trial *trial, struct judgement *judgement)
{
    static struct invocation invocation;
    struct run *run = &invocation.run;
    invocation = (struct invocation){
        .run = {.workload = trial->workload->workload, .workload_name = trial->workload->name}};
    watch_begin(&watch, run, trial->seed);
    prepare(&invocation, trial);
    watch_opened(&watch, run);
    if (run_execute(run) != 0)
        trial_fail("%s", run->problem.text);
    if (paper->open != 0)
        trial_fail("%u connections are left open", paper->open);
    judge(&watch, judgement);
    if (trial->reads_record)
        judge_record(&invocation);
    run_close(run);
    if (run->workload->destroy != NULL)
        run->workload->destroy(run->settings);
    board->operations += watch.operations;
}

/* ---- All of a seed. ---- */

static void draw(struct trial *trial)
{
    struct draw draw;
    draw_begin(&draw, trial->seed);
    line_draw(&trial->line, trial->workload, trial->seed, &draw);
    trial->cpus = draw_below(&draw, 2) == 0 ? 0 : 1 + (uint32_t)draw_below(&draw, 3);
    trial->step_ns = draw_below(&draw, 2) == 0 ? 0 : UINT64_C(1) << draw_below(&draw, 20);
    trial->reads_record = trial->seed % TRIALS_A_RECORD == 0;
    line_text(&trial->line, board->line, sizeof board->line);
    size_t used = strlen(board->line);
    snprintf(board->line + used, sizeof board->line - used, " (%u CPUs, a step takes %llu ns)",
             trial->cpus, (unsigned long long)trial->step_ns);
}

void trial_run(const struct workload_entry *workload, uint64_t seed, bool tells)
{
    static struct trial trial;
    static struct judgement fair, rough, again;
    trial = (struct trial){.workload = workload, .seed = seed};
    board->seed = seed;
    draw(&trial);
    watch.tells = tells;
    if (tells)
        printf("# %s\n# In fair weather:\n", board->line);
    watch.is_fair = true;
    fair.fair = NULL;
    perform(&trial, &fair);
    if (tells)
        printf("# In its own weather:\n");
    watch.is_fair = false;
    rough.fair = &fair;
    perform(&trial, &rough);
    for (uint32_t i = 0; i < rough.count; i++)
        board->ends[rough.ends[i].outcome]++;
    watch.tells = false;
    again.fair = &fair;
    if (seed % TRIALS_A_REPEAT == 0 || tells) {
        perform(&trial, &again);
        if (again.digest != rough.digest)
            trial_fail("run again, it is another run: not everything follows from the seed");
    }
    board->runs++;
}
