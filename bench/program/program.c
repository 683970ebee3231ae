/* The flow of a workload's program: options, origin, run, results, exit status. */
#include "bench/program/program.h"
#include "bench/program/accounts.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/standard.h"

enum { FAILURES_TOLD = 10 };

/* ---- Signals: the first one cancels, the second one ends at once. ---- */

static struct run *signalled_run;
static volatile sig_atomic_t caught_signal;
static volatile sig_atomic_t running; /* there is something to cancel */

/* The look at the stop flag and the blocking call behind it are two things: until the run is over,
 * the root's thread is woken again and again. */
static void start_alarm(uint64_t after_ns)
{
    uint64_t us = after_ns / NS_PER_US > 0 ? after_ns / NS_PER_US : 1;
    struct itimerval timer = {
        .it_value = {.tv_sec = (time_t)(us / 1000000), .tv_usec = (suseconds_t)(us % 1000000)},
        .it_interval = {.tv_usec = 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void on_signal(int number)
{
    int saved = errno;
    if (number == SIGALRM) {
        if (running)
            run_stop(signalled_run, STOP_DEADLINE);
    } else if (caught_signal != 0) {
        signal(number, SIG_DFL);
        raise(number);
    } else {
        caught_signal = number;
        if (running) {
            run_stop(signalled_run, STOP_SIGNAL);
            start_alarm(NS_PER_MS);
        }
    }
    errno = saved;
}

static void install(int number, int flags)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/* What this process used during the run: what it needed to get ready is not the model's. The peak
 * of memory is of the whole process. */
static void subtract_before(struct rusage *now, const struct rusage *before)
{
    timersub(&now->ru_utime, &before->ru_utime, &now->ru_utime);
    timersub(&now->ru_stime, &before->ru_stime, &now->ru_stime);
    now->ru_nvcsw -= before->ru_nvcsw;
    now->ru_nivcsw -= before->ru_nivcsw;
    now->ru_minflt -= before->ru_minflt;
    now->ru_majflt -= before->ru_majflt;
}

/* Not getrusage()'s: that is the process's, and remembers the memory of whoever launched it, from
 * the time before its exec. */
static uint64_t peak_rss_bytes(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[200];
    unsigned long long kib = 0;
    while (file != NULL && kib == 0 && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "VmHWM: %llu", &kib) != 1)
            kib = 0;
    if (file != NULL)
        fclose(file);
    return kib * 1024;
}

static int execute(struct invocation *invocation, struct usage *usage)
{
    struct run *run = &invocation->run;
    signalled_run = run;
    running = true;
    install(SIGALRM, 0);
    install(SIGINT, 0);
    install(SIGTERM, 0);
    if (invocation->deadline_ns != 0 && !run->model->simulated)
        start_alarm(invocation->deadline_ns);
    struct rusage before;
    getrusage(RUSAGE_SELF, &before);
    int status = run_execute(run);
    /* What is written from here on is not interrupted; a signal is died of in the end. */
    struct itimerval off = {0};
    running = false;
    signal(SIGALRM, SIG_IGN);
    setitimer(ITIMER_REAL, &off, NULL);
    install(SIGINT, SA_RESTART);
    install(SIGTERM, SA_RESTART);
    getrusage(RUSAGE_SELF, &usage->self);
    subtract_before(&usage->self, &before);
    getrusage(RUSAGE_CHILDREN, &usage->children);
    usage->peak_rss_bytes = peak_rss_bytes();
    return status;
}

/* ---- Results. ---- */

bool child_expected(const struct run *run, uint32_t child)
{
    if (run->workload->expected != NULL)
        return run->workload->expected(run, child);
    return run->children[child].outcome == OUTCOME_OK;
}

static void complain(const struct run *run, const char *sentence)
{
    char shown[600];
    fprintf(stderr, "%s: %s\n", run->workload_name, text_escape(sentence, shown, sizeof shown));
}

static int status_of(enum outcome outcome)
{
    return outcome == OUTCOME_RESOURCE ? STATUS_ENVIRONMENT : STATUS_FAILED;
}

static void complain_of(const struct run *run, uint32_t task, enum outcome outcome)
{
    const struct workload *workload = run->workload;
    char text[500];
    if (task != TASK_ROOT)
        snprintf(text, sizeof text, "task %u: %s", task, outcome_name(outcome));
    else if (outcome == OUTCOME_CANCELLED)
        snprintf(text, sizeof text, "the run was stopped before its end");
    else
        snprintf(text, sizeof text, "the root: %s", outcome_name(outcome));
    if (workload->explain != NULL && (task != TASK_ROOT || workload->root_step != NULL))
        workload->explain(run, task, text, sizeof text);
    complain(run, text);
}

/* Says what failed, and gives the exit status that follows from all outcomes. */
static int judge(const struct run *run)
{
    int status = STATUS_OK;
    uint32_t failures = 0;
    if (run->shortage.text[0] != 0) {
        complain(run, run->shortage.text);
        status = (int)run->shortage.status;
    }
    for (uint32_t i = 0; i < run->tasks; i++) {
        enum outcome outcome = run->children[i].outcome;
        if (child_expected(run, i))
            continue;
        if (++failures <= FAILURES_TOLD)
            complain_of(run, i, outcome);
        if (status != STATUS_ENVIRONMENT)
            status = status_of(outcome);
    }
    if (failures > FAILURES_TOLD)
        fprintf(stderr, "%s: … and %u more failed\n", run->workload_name, failures - FAILURES_TOLD);
    /* A root that was stopped shows in its children, where there are any. */
    enum outcome root = run->arena->root.outcome;
    if (root != OUTCOME_OK && (root != OUTCOME_CANCELLED || failures == 0)) {
        complain_of(run, TASK_ROOT, root);
        if (status != STATUS_ENVIRONMENT)
            status = status_of(root);
    }
    if (run->workload->verify != NULL && run->workload->verify(run) == VERIFIED_NO) {
        complain(run, "a result is wrong: it does not verify");
        status = status == STATUS_OK ? STATUS_FAILED : status;
    }
    return status;
}

/* Standard output, or what else went wrong there; a reader that has had enough is no problem. */
static int end_output(const struct run *run)
{
    struct problem problem = {0};
    int status = standard_flush(&problem);
    if (status > 0)
        complain(run, problem.text);
    return status > 0 ? status : STATUS_OK;
}

static int print_results(const struct invocation *invocation, const struct usage *usage)
{
    const struct run *run = &invocation->run;
    errno = 0; /* a task may have left one */
    if (!invocation->json) {
        run->workload->print(run, stdout);
    } else if (!record_print(invocation, usage, stdout) && !ferror(stdout)) {
        complain(run, "memory is short: there is no whole record of the run");
        return STATUS_ENVIRONMENT;
    }
    return end_output(run);
}

/* ---- The flow. ---- */

/* The root may use all of the CPUs that the workers are placed on. */
static int settle(struct run *run)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (uint32_t i = 0; i < run->cpu_count; i++)
        CPU_SET(run->cpus[i], &set);
    cpu_set_t now;
    if (run->cpu_count == 0)
        return 0;
    if (sched_setaffinity(0, sizeof set, &set) != 0 ||
        sched_getaffinity(0, sizeof now, &now) != 0 || !CPU_EQUAL(&set, &now))
        return problem_set(&run->problem, STATUS_USAGE,
                           "--cpus names a CPU that this process may not use; 'taskset -cp $$' "
                           "tells which it may");
    return 0;
}

/* Whoever answers the workload's requests, where that is not somebody else. */
static int prepare_peer(struct invocation *invocation, struct own_origin *origin)
{
    struct run *run = &invocation->run;
    const struct workload *workload = run->workload;
    struct simulated *simulated = &invocation->simulated;
    const char *const *wanted =
        workload->wants_origin != NULL
            ? workload->wants_origin(run, invocation->argc, invocation->argv)
            : NULL;
    int status = 0;
    if (run->model->simulated) {
        simulated->simulation.deadline_ns = invocation->deadline_ns;
        status = simulate_begin(simulated, run, invocation->origin);
        if (status == 0 && (wanted != NULL || invocation->origin != NULL))
            status = workload->option(run, "origin", simulated->directory);
    } else if (wanted != NULL) {
        status = own_origin_start(origin, wanted, &run->problem);
        if (status == 0)
            status = workload->option(run, "origin", origin->directory);
    }
    return status;
}

static int prepare(struct invocation *invocation, struct own_origin *origin)
{
    struct run *run = &invocation->run;
    int status = prepare_peer(invocation, origin);
    if (status == 0)
        status = settle(run);
    if (status == 0)
        status = run->workload->prepare(run, invocation->argc, invocation->argv);
    simulate_prepared(&invocation->simulated);
    return status != 0 ? status : run_open(run);
}

static int run_and_tell(struct invocation *invocation, struct own_origin *origin)
{
    struct run *run = &invocation->run;
    struct usage usage;
    int status = prepare(invocation, origin);
    if (status == 0)
        status = tracing_begin(&invocation->tracing, run);
    if (status == 0)
        status = execute(invocation, &usage);
    own_origin_stop(origin);
    if (status != 0) {
        complain(run, run->problem.text);
        return status;
    }
    int traced = tracing_tell(&invocation->tracing, run);
    int written = print_results(invocation, &usage);
    if (invocation->tracing.accounts && written == STATUS_OK)
        written = accounts_print(&invocation->tracing, usage_user_s(&usage), usage_system_s(&usage),
                                 stderr);
    status = judge(run);
    return written != STATUS_OK ? written : traced != STATUS_OK ? traced : status;
}

int program_main(const char *name, const struct workload *workload,
                 const struct simulated_peer *peer, int argc, char **argv)
{
    struct invocation invocation = {.run = {.workload = workload, .workload_name = name},
                                    .simulated = {.source = peer}};
    struct run *run = &invocation.run;
    struct own_origin origin = {0};
    standard_hold();
    if (workload->create != NULL && (run->settings = workload->create()) == NULL) {
        complain(run, memory_is_short);
        return STATUS_ENVIRONMENT;
    }
    int status = options_read(&invocation, argc, argv);
    if (status != 0)
        complain(run, run->problem.text);
    else if (invocation.finished)
        status = end_output(run);
    else
        status = run_and_tell(&invocation, &origin);

    if (caught_signal != 0) {
        signal(caught_signal, SIG_DFL);
        raise(caught_signal);
    }
    if (atomic_load(&run->abandoned)) /* an exit would wait for a look-up that nobody wants */
        _exit(status);
    tracing_end(&invocation.tracing, run);
    run_close(run);
    simulate_end(&invocation.simulated);
    if (workload->destroy != NULL)
        workload->destroy(run->settings);
    return status;
}
