/*
 * The program of a workload: options, the run with its signals, and what is printed. program.c is
 * the flow, options.c the command line, record.c the JSON record, durations.c the times in it and
 * certificate.c what was done, tracing.c the run's trace with log.c and accounts.c, what is told of
 * it, own_origin.c the site server that a workload without sites gets, simulate.c what takes its
 * place and the machine's where the model simulates (paper_peer.c for those that fetch).
 */
#ifndef BENCH_PROGRAM_H
#define BENCH_PROGRAM_H

#include <sys/resource.h>
#include <sys/types.h>

#include "bench/program/simulate.h"
#include "bench/program/tracing.h"
#include "core/limits.h"
#include "core/registry.h"
#include "core/run.h"

/* What the command line asked for, beside what is in the run. */
struct invocation {
    struct run run;
    const struct model_entry *model;
    bool json;
    struct tracing tracing;
    bool finished; /* --help, --version, --model list: all is said and done */
    uint64_t deadline_ns;
    const char *origin; /* the option of that name, where the workload has it; NULL: not given */
    bool simulates;     /* --simulate was given */
    struct simulated simulated;
    uint16_t cpus[CPUS_MAX]; /* run.cpus */
    int argc;                /* the arguments behind the options */
    char **argv;
    int full_argc; /* the whole line, for the record */
    char **full_argv;
};

/* Resources of this process and its workers over the run. */
struct usage {
    struct rusage self;
    struct rusage children;
    uint64_t peak_rss_bytes; /* of this program; 0: not known */
};

/* CPU seconds of all processes. */
double usage_user_s(const struct usage *usage);
double usage_system_s(const struct usage *usage);

struct own_origin {
    pid_t pid; /* 0: none */
    char directory[256];
};

/* main() of every workload's program; `peer`: who answers it in a simulation, NULL: it has none.
 * Returns the exit status. */
int program_main(const char *name, const struct workload *workload,
                 const struct simulated_peer *peer, int argc, char **argv);

/* Reads the command line. Returns 0 or the problem's status, in invocation->run.problem. */
int options_read(struct invocation *invocation, int argc, char **argv);

/* One JSON object and a newline. False when it could not be written or memory was short. */
bool record_print(const struct invocation *invocation, const struct usage *usage, FILE *out);

/* True when this child's end is one that the workload expects. */
bool child_expected(const struct run *run, uint32_t child);

/* Starts the origin that lies beside this program, with these arguments (ended by NULL; NULL:
 * none), on another CPU than this process keeps where there are two. Returns 0 or the problem's
 * status. */
int own_origin_start(struct own_origin *origin, const char *const *arguments,
                     struct problem *problem);
void own_origin_stop(struct own_origin *origin);

#endif
