/*
 * Every registered workload under every registered model, at several widths: every task begins once
 * and ends once, in range, closes as often as it connects; the width is kept; the results verify;
 * the record tells what happened, and its certificate is the same whoever did the work; nothing is
 * left behind. A new model or workload is tested by
 * existing. A cell that cannot be must say why.
 */
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/program/program.h"
#include "core/check.h"
#include "core/registry.h"
#include "tests/support/isolate.h"
#include "tests/support/models.h"
#include "tests/support/records.h"

/* What was seen of each task, shared with forked workers. */
struct tally {
    _Atomic uint32_t begins, ends, connects, closes;
};

static struct tally *tallies;
static uint32_t tally_count;
static const struct workload *watched;

/* The workload's own step, with a look at what goes in and comes out. */
static void watch_step(struct task *task, int result, uint64_t now_ns)
{
    CHECK(task->index < tally_count, "task %u of %u", task->index, tally_count);
    struct tally *tally = &tallies[task->index];
    static const struct task blank;
    if (task->stage == 0 && task->driver == NULL && memcmp(&task->op, &blank.op, 8) == 0 &&
        task->connection == CONNECTION_NONE && tally->begins == tally->ends)
        tally->begins++;
    watched->step(task, result, now_ns);
    tally->connects += task->op.kind == OP_CONNECT;
    tally->closes += task->op.kind == OP_CLOSE;
    tally->ends += task->op.kind == OP_DONE;
}

struct one_case {
    const struct model_entry *model;
    const struct workload_entry *workload;
    uint32_t width; /* 0: the default */
    uint32_t tasks; /* 0: the default */
};

/* The certificate of the first case of a workload and whose that was, shared with all others. */
static struct {
    char id[20], whose[120];
    json_int_t tasks;
} * first_certificate;

static struct own_origin origin;

/* Options whose default takes seconds, for the sake of a figure that is not looked at here; but
 * time enough for the tasks to meet. */
static void be_brief(struct run *run)
{
    const struct workload_option *option = watched->options;
    for (; option != NULL && option->name != NULL; option++)
        if (strcmp(option->name, "increments") == 0)
            CHECK(watched->option(run, option->name, "300000") == 0, "%s", run->problem.text);
}

/* Where the workload finds what is served: by the origin, or on paper with its sites. */
static const char *find_peer(struct invocation *invocation)
{
    struct run *run = &invocation->run;
    struct simulated *simulated = &invocation->simulated;
    if (!run->model->simulated)
        return origin.directory;
    CHECK(simulate_begin(simulated, run, origin.directory) == 0, "%s", run->problem.text);
    return simulated->directory;
}

/* False: the workload needs more width than this, and says so. */
static bool open_run(struct invocation *invocation, struct workload *copy,
                     const struct one_case *this)
{
    struct run *run = &invocation->run;
    watched = this->workload->workload;
    *copy = *watched;
    copy->step = watch_step;
    *run = (struct run){.workload = copy,
                        .model = this->model->model,
                        .workload_name = this->workload->name,
                        .model_name = this->model->name,
                        .width_asked = this->width,
                        .tasks_asked = this->tasks,
                        .watch_stall = this->width % 2 != 0};
    if (watched->create != NULL)
        CHECK((run->settings = watched->create()) != NULL, "no settings");
    if (watched->wants_origin != NULL && watched->wants_origin(run, 0, NULL))
        CHECK(watched->option(run, "origin", find_peer(invocation)) == 0, "%s", run->problem.text);
    be_brief(run);
    CHECK(watched->prepare(run, 0, NULL) == 0, "%s", run->problem.text);
    if (this->width != 0 && this->width < run->width_needed &&
        run->model->capabilities & MODEL_CONCURRENT) {
        CHECK(run_open(run) == STATUS_USAGE, "a width of %u was taken", this->width);
        return false;
    }
    CHECK(run_open(run) == 0, "%s", run->problem.text);
    tally_count = run->tasks; /* a movies' root finds out how many it needs of them */
    tallies = mmap(NULL, tally_count * sizeof *tallies, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(tallies != MAP_FAILED, "no memory");
    return true;
}

static void check_children(const struct run *run)
{
    for (uint32_t i = 0; i < run->tasks; i++) {
        const struct child *child = &run->children[i];
        CHECK(child_phase(child) == CHILD_ENDED, "task %u has not ended", i);
        CHECK(child_expected(run, i), "task %u is %s", i, outcome_name(child->outcome));
        bool stepped = child->outcome != OUTCOME_CANCELLED || child->started_ns != 0;
        CHECK(tallies[i].begins == stepped && tallies[i].ends == stepped,
              "task %u began %u times, ended %u", i, tallies[i].begins, tallies[i].ends);
        CHECK(tallies[i].connects == tallies[i].closes, "task %u: %u connects, %u closes", i,
              tallies[i].connects, tallies[i].closes);
        CHECK(!stepped ||
                  (child->started_ns >= child->intended_ns && child->ended_ns >= child->started_ns),
              "task %u's times are out of order", i);
    }
    CHECK(run->arena->ended == run->tasks, "%u ends of %u", run->arena->ended, run->tasks);
}

/* At least so large a share of all who ended well took no longer than a quantile says, and fewer
 * than that took less. Numbers in a record have nine digits. */
static void check_quantile(const struct run *run, const json_t *latency, const char *key,
                           double share)
{
    double told_ns = json_number_value(json_object_get(latency, key)) * 1e9;
    uint32_t all = 0, within = 0, below = 0;
    for (uint32_t i = 0; i < run->tasks; i++) {
        const struct child *child = &run->children[i];
        double ns = (double)(child->ended_ns - child->started_ns);
        if (child->outcome != OUTCOME_OK)
            continue;
        all++;
        within += ns <= told_ns * (1 + 1e-8) + 0.5;
        below += ns < told_ns * (1 - 1e-8) - 0.5;
    }
    CHECK(json_integer_value(json_object_get(latency, "count")) == all, "%u ended well", all);
    CHECK(all == 0 || (within >= share * all && below < share * all),
          "%s is %.0f ns: %u of %u within, %u below", key, told_ns, within, all, below);
}

/* A model whose tasks run at once and yet can stop each other has a loop, which is watched where
 * its time is real. */
static void check_stall(const struct run *run, const json_t *record)
{
    uint32_t can = run->model->capabilities;
    bool loop = can & MODEL_CONCURRENT && !(can & MODEL_PREEMPTIVE) && !run->model->simulated;
    double stall = json_number_value(json_object_get(record, "loop_stall_s"));
    const char *why =
        json_string_value(json_object_get(json_object_get(record, "missing"), "loop_stall_s"));
    const char *none = !run->watch_stall       ? "not asked for: --loop-stall"
                       : run->model->simulated ? "the model simulates"
                                               : "the model has no loop";
    if (run->watch_stall && loop)
        CHECK(stall > 0, "its loop never stood still");
    else
        CHECK(why != NULL && strncmp(why, none, strlen(none)) == 0, "%s",
              why != NULL ? why : "it tells of a loop");
}

/* Another number of tasks is other work; nothing else that is tried here is. */
static void check_certificate(const json_t *record, const struct one_case *this)
{
    const char *id =
        json_string_value(json_object_get(json_object_get(record, "certificate"), "id"));
    CHECK(id != NULL, "its work is not certified");
    if (this->tasks != 0) {
        CHECK(strcmp(id, first_certificate->id) != 0, "%u tasks are certified as the work of %s",
              this->tasks, first_certificate->whose);
        return;
    }
    if (first_certificate->id[0] == 0) {
        snprintf(first_certificate->id, sizeof first_certificate->id, "%s", id);
        snprintf(first_certificate->whose, sizeof first_certificate->whose, "%s, width %u",
                 this->model->name, this->width);
    }
    json_int_t tasks = json_integer_value(json_object_get(record, "tasks"));
    if (first_certificate->tasks == 0)
        first_certificate->tasks = tasks;
    if (this->model->model->simulated && tasks < first_certificate->tasks)
        return; /* some of it cannot be simulated, and is left out */
    char *text = json_dumps(json_object_get(record, "certificate"), JSON_COMPACT);
    CHECK(strcmp(id, first_certificate->id) == 0, "other work than %s did (%s): %s",
          first_certificate->whose, first_certificate->id, text != NULL ? text : "");
    free(text);
}

static void check_record(const struct invocation *invocation, const struct one_case *this)
{
    const struct run *run = &invocation->run;
    struct usage usage = {.peak_rss_bytes = 1};
    getrusage(RUSAGE_SELF, &usage.self);
    getrusage(RUSAGE_CHILDREN, &usage.children);
    json_t *record = record_read(invocation, &usage);
    CHECK(record != NULL, "there is no record");
    const char *wrong = record_fault(record);
    CHECK(wrong == NULL, "%s", wrong);
    const json_t *latency = json_object_get(record, "latency_s");
    check_quantile(run, latency, "p50", 0.5);
    check_quantile(run, latency, "p90", 0.9);
    check_quantile(run, latency, "p99", 0.99);
    check_quantile(run, latency, "p99_9", 0.999);
    check_quantile(run, latency, "max", 1);
    check_stall(run, record);
    check_certificate(record, this);
    json_decref(record);
}

static void check_width(const struct run *run, const struct one_case *this)
{
    uint32_t peak = run->arena->live_peak;
    CHECK(peak >= 1 && peak <= run->width, "%u at once, width %u", peak, run->width);
    CHECK(run->arena->live == 0, "%u still in progress", run->arena->live);
    CHECK(this->width == 0 || run->width <= this->width, "width %u, asked %u", run->width,
          this->width);
    if (run->model->capabilities & MODEL_CONCURRENT)
        CHECK(peak >= run->width_needed, "%u at once, %u needed", peak, run->width_needed);
}

/* One run, from its settings to their end. */
static void run_once(const struct one_case *this)
{
    struct invocation invocation = {.model = this->model, .simulated = {.source = &paper_peer}};
    struct run *run = &invocation.run;
    struct workload copy;
    if (open_run(&invocation, &copy, this)) {
        CHECK(run_execute(run) == 0, "%s", run->problem.text);
        check_children(run);
        check_width(run, this);
        if (watched->verify != NULL)
            CHECK(watched->verify(run) == VERIFIED_YES, "it does not verify");
        check_record(&invocation, this);
        run_close(run);
        munmap(tallies, tally_count * sizeof *tallies);
    }
    simulate_end(&invocation.simulated);
    if (watched->destroy != NULL)
        watched->destroy(run->settings);
}

enum { ROUNDS_MAX = 8 };

/* No run leaves a descriptor, a thread or a child. Of the heap libraries keep what they make once
 * for the process or for a thread; what leaks grows with every round. */
static void run_case(const void *argument)
{
    const struct one_case *this = argument;
    run_nothing(this->model);
    struct held before = held_now();
    size_t in_use = 0, now = 0;
    for (int round = 0; round < ROUNDS_MAX && (round < 2 || now > in_use); round++) {
        in_use = now;
        run_once(this);
        check_given_back(before);
        now = mallinfo2().uordblks;
        if (this->width != 0 || this->tasks != 0)
            return;
    }
    CHECK(now <= in_use, "%zu bytes of the heap in use before the last round, %zu after", in_use,
          now);
}

/* So that what is in use is what was not freed: no caches of freed pieces, one heap for all
 * threads. Read by the C library as a program starts. */
static void count_the_heap_exactly(char **argv)
{
    if (getenv("GLIBC_TUNABLES") != NULL)
        return;
    setenv("GLIBC_TUNABLES",
           "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0:glibc.malloc.arena_max=1", 1);
    execv("/proc/self/exe", argv);
}

static void try_cell(const struct workload_entry *workload, const struct model_entry *model)
{
    static const uint32_t widths[] = {0, 1, 2, 5};
    char name[120];
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        struct one_case this = {model, workload, widths[i], 0};
        snprintf(name, sizeof name, "%s under %s, width %u", workload->name, model->name,
                 widths[i]);
        isolate(name, run_case, &this);
    }
    struct one_case three = {model, workload, 0, 3};
    snprintf(name, sizeof name, "%s under %s, three tasks", workload->name, model->name);
    if (workload->workload->sized)
        isolate(name, run_case, &three);
}

int main(int argc, char **argv)
{
    (void)argc;
    count_the_heap_exactly(argv);
    struct problem problem;
    first_certificate = mmap(NULL, sizeof *first_certificate, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(first_certificate != MAP_FAILED, "no memory");
    if (own_origin_start(&origin, NULL, &problem) != 0) {
        printf("Bail out! %s\n", problem.text);
        return 1;
    }
    for (const struct workload_entry *workload = workload_registry; workload->name != NULL;
         workload++) {
        memset(first_certificate, 0, sizeof *first_certificate);
        for (const struct model_entry *model = models_from(model_registry); model->name != NULL;
             model = models_from(model + 1)) {
            const char *why = run_not_applicable(workload->workload, model->model);
            if (why != NULL)
                printf("# %s under %s: n/a: %s\n", workload->name, model->name, why);
            else
                try_cell(workload, model);
        }
    }
    own_origin_stop(&origin);
    return isolate_summary();
}
