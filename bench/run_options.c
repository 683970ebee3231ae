/* Options of crossover run and sweep. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/run.h"
#include "bench/sample/cell.h"
#include "core/clock.h"
#include "core/number.h"

enum {
    OPT_ARM = 256,
    OPT_COUNT,
    OPT_BUDGET,
    OPT_PRECISION,
    OPT_METRIC,
    OPT_LIMIT,
    OPT_OBSERVE,
    OPT_NO_TRACE,
    OPT_NO_ACCOUNT,
    OPT_FLOORS,
    OPT_FOREIGN,
    OPT_SEED,
    OPT_OUT,
    OPT_CELL,
    OPT_SERVER,
    OPT_VIEW
};

static const struct option options[] = {{"models", required_argument, NULL, 'm'},
                                        {"arm", required_argument, NULL, OPT_ARM},
                                        {"count", required_argument, NULL, OPT_COUNT},
                                        {"parameter-list", required_argument, NULL, 'L'},
                                        {"warmup", required_argument, NULL, 'w'},
                                        {"runs", required_argument, NULL, 'r'},
                                        {"time-budget", required_argument, NULL, OPT_BUDGET},
                                        {"precision", required_argument, NULL, OPT_PRECISION},
                                        {"metric", required_argument, NULL, OPT_METRIC},
                                        {"launch-limit", required_argument, NULL, OPT_LIMIT},
                                        {"observe", required_argument, NULL, OPT_OBSERVE},
                                        {"no-trace", no_argument, NULL, OPT_NO_TRACE},
                                        {"no-account", no_argument, NULL, OPT_NO_ACCOUNT},
                                        {"floors", required_argument, NULL, OPT_FLOORS},
                                        {"max-foreign", required_argument, NULL, OPT_FOREIGN},
                                        {"seed", required_argument, NULL, OPT_SEED},
                                        {"out", required_argument, NULL, OPT_OUT},
                                        {"cell", required_argument, NULL, OPT_CELL},
                                        {"server", required_argument, NULL, OPT_SERVER},
                                        {"help", no_argument, NULL, 'h'},
                                        VIEW_OPTIONS(OPT_VIEW),
                                        {0}};

static int real_option(const char *name, const char *value, double above, double most, double *out,
                       struct problem *problem)
{
    char *end;
    double number = strtod(value, &end);
    if (end == value || *end != 0 || !(number > above) || number > most)
        return problem_set(problem, STATUS_USAGE,
                           "--%s takes a number above %g and up to %g, not "
                           "'%s'",
                           name, above, most, value);
    *out = number;
    return 0;
}

static int count_option(const char *name, const char *value, uint64_t least, uint32_t *out,
                        struct problem *problem)
{
    uint64_t number = 0;
    int status = option_number(name, value, least, 100000, &number, problem);
    *out = (uint32_t)number;
    return status;
}

/* What goes into the lines of the journal as it is. */
static int check_text(const char *name, const char *value, struct problem *problem)
{
    json_t *text = json_string(value);
    if (text == NULL)
        return problem_set(problem, STATUS_USAGE, "--%s takes UTF-8, not '%s'", name, value);
    json_decref(text);
    return 0;
}

/* "A,B,…" taken apart in place. */
static int read_models(struct command_line *line, const char *value, struct problem *problem)
{
    struct request *request = &line->request;
    if ((size_t)snprintf(line->models, sizeof line->models, "%s", value) >= sizeof line->models)
        return problem_set(problem, STATUS_USAGE, "--models is too long");
    char *rest = line->models;
    request->model_count = 0;
    for (char *name; (name = strsep(&rest, ",")) != NULL;) {
        if (request->model_count == SAMPLE_ARMS_MAX)
            return problem_set(problem, STATUS_USAGE, "--models takes at most %d", SAMPLE_ARMS_MAX);
        request->models[request->model_count++] = name;
    }
    return 0;
}

static int read_arm(struct command_line *line, const char *value, struct problem *problem)
{
    struct request *request = &line->request;
    const char *equals = strchr(value, '=');
    struct other_arm arm = {0};
    if (equals == NULL || equals == value || equals - value >= SAMPLE_NAME_BYTES - 8)
        return problem_set(problem, STATUS_USAGE,
                           "--arm takes 'LABEL=COMMAND' with a short label, not '%s'", value);
    if (request->other_count == SAMPLE_ARMS_MAX)
        return problem_set(problem, STATUS_USAGE, "there are at most %d arms", SAMPLE_ARMS_MAX);
    memcpy(arm.label, value, (size_t)(equals - value));
    arm.command = equals + 1;
    request->others[request->other_count++] = arm;
    return 0;
}

/* hyperfine's -L takes two words. */
static int read_parameter(struct command_line *line, const char *name, const char *values,
                          struct problem *problem)
{
    struct request *request = &line->request;
    if (values == NULL)
        return problem_set(problem, STATUS_USAGE, "-L takes a name and values: -L tasks 1,10,100");
    if (request->parameter_count == PARAMETERS_MAX)
        return problem_set(problem, STATUS_USAGE, "there are at most %d -L", PARAMETERS_MAX);
    char *rest = line->values[request->parameter_count] = strdup(values);
    struct parameter *parameter = &request->parameters[request->parameter_count++];
    *parameter = (struct parameter){.name = name};
    if (rest == NULL)
        return problem_no_memory(problem);
    for (char *value; (value = strsep(&rest, ",")) != NULL;) {
        if (value[0] == 0 || parameter->count == PARAMETER_VALUES_MAX)
            return problem_set(problem, STATUS_USAGE,
                               "-L %s takes from 1 to %d values with commas between them, not '%s'",
                               name, PARAMETER_VALUES_MAX, values);
        parameter->values[parameter->count++] = value;
    }
    return 0;
}

static int read_option(struct command_line *line, int code, struct problem *problem)
{
    struct request *request = &line->request;
    struct rule *rule = &line->rule;
    uint64_t number = 0;
    int status = 0;
    switch (code) {
    case 'm': return read_models(line, optarg, problem);
    case OPT_ARM: return read_arm(line, optarg, problem);
    case OPT_COUNT:
        if (request->other_count == 0)
            return problem_set(problem, STATUS_USAGE, "--count belongs behind an --arm");
        request->others[request->other_count - 1].count_pattern = optarg;
        return 0;
    case 'w': return count_option("warmup", optarg, 1, &rule->warm_ups, problem);
    case 'r':
        status = count_option("runs", optarg, 1, &rule->blocks_max, problem);
        rule->blocks_max = (rule->blocks_max + 1) / 2;
        return status;
    case OPT_BUDGET:
        status = option_duration("time-budget", optarg, 1, &number, problem);
        rule->budget_s = (double)number / 1e9;
        return status;
    case OPT_PRECISION:
        status = real_option("precision", optarg, 0, 100, &rule->precision, problem);
        rule->precision /= 100;
        return status;
    case OPT_METRIC:
        if (strlen(optarg) >= sizeof rule->metric)
            return problem_set(problem, STATUS_USAGE, "--metric '%s' is too long", optarg);
        strcpy(rule->metric, optarg);
        return check_text("metric", optarg, problem);
    case OPT_LIMIT: return option_duration("launch-limit", optarg, 1, &line->limit_ns, problem);
    case OPT_OBSERVE: return count_option("observe", optarg, 0, &rule->observed, problem);
    case OPT_NO_TRACE: rule->traced = false; return 0;
    case OPT_NO_ACCOUNT: rule->accounts = false; return 0;
    case OPT_FLOORS: return count_option("floors", optarg, 0, &rule->floors, problem);
    case OPT_FOREIGN:
        return real_option("max-foreign", optarg, 0, 100000, &rule->foreign_max, problem);
    case OPT_SEED:
        line->seeded = true;
        return option_number("seed", optarg, 0, INT64_MAX, &rule->seed, problem);
    case OPT_SERVER:
        status = option_number("server", optarg, 1, 1 << 22, &number, problem);
        line->server = (pid_t)number;
        if (status == 0 && kill(line->server, 0) != 0 && errno == ESRCH)
            return problem_set(problem, STATUS_USAGE, "--server: there is no process %d",
                               (int)line->server);
        return status;
    case OPT_OUT: line->out = optarg; return 0;
    case OPT_CELL: request->cell = optarg; return 0;
    default: return view_option(&line->view, code - OPT_VIEW, optarg);
    }
}

/* The workload's name may stand anywhere before the "--". */
static int read_line(struct command_line *line, int argc, char **argv, struct problem *problem)
{
    const char *name = NULL;
    int status = 0;
    optind = 0;
    opterr = 0;
    for (bool behind = false; status == 0;) {
        int at = optind > 0 ? optind : 1;
        int code = getopt_long(argc, argv, "+:m:L:w:r:h", options, NULL);
        if (code == -1) {
            behind =
                optind > 0 && optind <= argc && at < argc && strcmp(argv[optind - 1], "--") == 0;
            if (behind || optind >= argc)
                break;
            if (name != NULL)
                return problem_set(problem, STATUS_USAGE,
                                   "one workload at a time: '%s' or '%s'? Its own options stand "
                                   "behind --",
                                   name, argv[optind]);
            name = argv[optind++];
        } else if (code == ':') {
            status = problem_set(problem, STATUS_USAGE, "%s needs a value; see crossover %s --help",
                                 argv[optind - 1], line->name);
        } else if (code == '?') {
            status = problem_set(problem, STATUS_USAGE,
                                 "there is no option '%s'; see crossover %s --help (the workload's "
                                 "own stand behind --)",
                                 argv[optind - 1], line->name);
        } else if (code == 'h') {
            run_print_help(line->name);
            return -1;
        } else if (code == 'L') {
            const char *values = optind < argc ? argv[optind++] : NULL;
            status = read_parameter(line, optarg, values, problem);
        } else {
            status = read_option(line, code, problem);
        }
    }
    line->request.argc = argc - optind;
    line->request.argv = argv + optind;
    for (const struct workload_entry *entry = workload_registry; entry->name != NULL; entry++)
        if (name != NULL && strcmp(entry->name, name) == 0)
            line->request.workload = entry;
    if (status == 0 && name != NULL && line->request.workload == NULL)
        status = problem_set(problem, STATUS_USAGE,
                             "there is no workload '%s'; crossover list names them", name);
    return status;
}

/* What was not said. */
static int complete(struct command_line *line, struct problem *problem)
{
    struct request *request = &line->request;
    struct rule *rule = &line->rule;
    if (request->workload == NULL && request->other_count == 0)
        return problem_set(problem, STATUS_USAGE,
                           "it takes a workload, or --arm; see crossover %s --help", line->name);
    if (strcmp(line->name, "sweep") == 0 && request->parameter_count == 0)
        return problem_set(problem, STATUS_USAGE,
                           "a sweep takes -L NAME VALUES, for one or more parameters");
    for (size_t i = 0; strcmp(line->name, "run") == 0 && i < request->parameter_count; i++)
        if (request->parameters[i].count != 1)
            return problem_set(
                problem, STATUS_USAGE,
                "a run is one cell: -L %s takes one value; crossover sweep takes more",
                request->parameters[i].name);
    request->sweep = strcmp(line->name, "sweep") == 0;
    if (request->workload == NULL && (request->model_count > 0 || request->argc > 0))
        return problem_set(problem, STATUS_USAGE,
                           "--models and options behind -- are a workload's: name one");
    for (const struct model_entry *entry = model_registry;
         request->workload != NULL && line->models[0] == 0 && entry->name != NULL &&
         request->model_count < SAMPLE_ARMS_MAX;
         entry++)
        if (!model_simulates(entry))
            request->models[request->model_count++] = entry->name;
    if (rule->metric[0] == 0)
        strcpy(rule->metric, request->other_count > 0 ? "process_s" : "wall_s");
    request->metric = rule->metric;
    if (!line->seeded)
        rule->seed = (clock_now_ns() ^ (uint64_t)getpid() << 40) & INT64_MAX;
    return 0;
}

int command_line_read(struct command_line *line, const char *name, int argc, char **argv,
                      struct problem *problem)
{
    *line = (struct command_line){.name = name,
                                  .limit_ns = 60 * NS_PER_S,
                                  .view = {.costs = strcmp(name, "run") == 0},
                                  .rule = {.confidence = CELL_CONFIDENCE,
                                           .precision = 0.02,
                                           .warm_ups = 1,
                                           .observed = 3,
                                           .traced = true,
                                           .accounts = true,
                                           .floors = 10,
                                           .foreign_max = 0.1}};
    int status = read_line(line, argc, argv, problem);
    return status == 0 ? complete(line, problem) : status;
}

void command_line_free(struct command_line *line)
{
    for (size_t i = 0; i < line->request.parameter_count; i++)
        free(line->values[i]);
}
