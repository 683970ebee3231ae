/* Words to commands. */
#include "bench/engine/arms.h"

#include <getopt.h>
#include <libgen.h>
#include <math.h>
#include <openssl/evp.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/engine/journal.h"
#include "bench/program/program.h"

#define BIN "{bin}"

bool program_find(char *path, size_t size, const char *name)
{
    const char *folders = getenv("PATH");
    for (size_t length; folders != NULL && *folders != 0;
         folders += length + (folders[length] != 0)) {
        length = strcspn(folders, ":");
        snprintf(path, size, "%.*s/%s", (int)length, folders, name);
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

void program_folder(char *path, size_t size)
{
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = 0;
    snprintf(path, size, "%s", dirname(self));
}

/* A journal does not tell where on this machine a program lies. */
static void program_name(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", BIN, name);
}

/* Names stand in tables, on terminals, in files. */
int arms_check_name(const char *what, const char *name, struct problem *problem)
{
    char shown[4 * SAMPLE_NAME_BYTES];
    if (name[0] != 0 && strcmp(text_escape(name, shown, sizeof shown), name) == 0)
        return 0;
    return problem_set(problem, STATUS_USAGE,
                       "%s takes a name without control characters, not '%s'", what, name);
}

static bool add_argument(struct arm *arm, const char *text)
{
    if (arm->argc == ARGUMENTS_MAX || (arm->argv[arm->argc] = strdup(text)) == NULL)
        return false;
    arm->argc++;
    return true;
}

/* The words of a command: parted by blanks, '…' and "…" keep together. No shell sees it. */
static bool split_words(struct arm *arm, const char *command)
{
    char *word = malloc(strlen(command) + 1);
    bool good = word != NULL, begun = false;
    size_t length = 0;
    char quote = 0;
    for (const char *at = command; good; at++) {
        if (*at == 0 || (quote == 0 && (*at == ' ' || *at == '\t'))) {
            word[length] = 0;
            good = !begun || add_argument(arm, word);
            begun = false;
            length = 0;
            if (*at == 0)
                break;
        } else if (quote != 0 ? *at == quote : (*at == '\'' || *at == '"')) {
            quote = quote != 0 ? 0 : *at;
            begun = true;
        } else {
            word[length++] = *at;
            begun = true;
        }
    }
    free(word);
    return good && quote == 0 && arm->argc > 0;
}

/* Why a model cannot run the workload here, or NULL. */
static const char *why_not(const struct workload *workload, const struct model_entry *entry,
                           char *why, size_t size)
{
    const char *reason = model_unavailable(entry, why, size);
    return reason != NULL ? reason : run_not_applicable(workload, entry->model);
}

/* Reads an arm's command line as its program will. */
static int check_arguments(const struct workload_entry *workload, const struct arm *arm,
                           struct wanted_origin *origin, struct problem *problem)
{
    struct invocation invocation = {
        .run = {.workload = workload->workload, .workload_name = workload->name}};
    struct run *run = &invocation.run;
    char *argv[ARGUMENTS_MAX + 1];
    memcpy(argv, arm->argv, sizeof argv);
    if (run->workload->create != NULL && (run->settings = run->workload->create()) == NULL)
        return problem_no_memory(problem);
    optind = 0;
    int status = options_read(&invocation, arm->argc, argv);
    if (status != 0)
        *problem = run->problem;
    else if (invocation.finished || invocation.tracing.log || invocation.tracing.path != NULL ||
             invocation.tracing.accounts || invocation.deadline_ns != 0 ||
             strcmp(run->model_name, arm->model) != 0)
        status = problem_set(
            problem, STATUS_USAGE,
            "--help, --version, --log, --trace, --account, --deadline and --model cannot "
            "be given to %s behind --; crossover has --models and --launch-limit",
            workload->name);
    else if (run->workload->wants_origin != NULL) {
        const char *const *arguments =
            run->workload->wants_origin(run, invocation.argc, invocation.argv);
        if (arguments != NULL)
            *origin = (struct wanted_origin){.wanted = true, .arguments = arguments};
    }
    if (run->workload->destroy != NULL)
        run->workload->destroy(run->settings);
    return status;
}

/* A label that no arm of the cell has yet: "uv", then "uv (2)". */
static void set_label(struct plan_cell *cell, struct arm *arm, const char *name)
{
    snprintf(arm->label, sizeof arm->label, "%s", name);
    for (int copy = 2;; copy++) {
        bool taken = false;
        for (size_t i = 0; i + 1 < cell->arm_count; i++)
            taken |= strcmp(cell->arms[i].label, arm->label) == 0;
        if (!taken)
            return;
        snprintf(arm->label, sizeof arm->label, "%.80s (%d)", name, copy);
    }
}

static bool add_floor(struct plan_cell *cell, const struct arm *arm)
{
    struct arm *floor = &cell->floors[arm - cell->arms];
    char path[4200];
    program_name(path, sizeof path, "noop");
    memcpy(floor->label, arm->label, sizeof floor->label);
    memcpy(floor->model, arm->model, sizeof floor->model);
    return add_argument(floor, path) && add_argument(floor, "-m") &&
           add_argument(floor, arm->model);
}

/* A workload's command under a model, without its origin. */
static bool add_command(struct arm *arm, const struct request *request, const char *name,
                        const char *const *options, size_t option_count)
{
    char path[4200];
    snprintf(arm->model, sizeof arm->model, "%s", name);
    program_name(path, sizeof path, request->workload->name);
    bool good = add_argument(arm, path) && add_argument(arm, "-m") && add_argument(arm, name);
    for (size_t i = 0; i < option_count && good; i++)
        good = add_argument(arm, options[i]);
    for (int i = 0; i < request->argc && good; i++)
        good = add_argument(arm, request->argv[i]);
    return good;
}

static bool add_origin(struct arm *arm, const char *url)
{
    return add_argument(arm, "--origin") && add_argument(arm, "{origin}") &&
           (url == NULL || add_argument(arm, url));
}

static int refuse_words(struct problem *problem)
{
    return problem_set(problem, STATUS_USAGE, "a command takes at most %d words", ARGUMENTS_MAX);
}

int arms_add_model(struct plan_cell *cell, const struct request *request, const char *name,
                   const char *const *options, size_t option_count, const char *url,
                   struct wanted_origin *origin, struct problem *problem)
{
    const struct model_entry *entry = model_find(name);
    const struct workload_entry *workload = request->workload;
    char why[200];
    if (entry == NULL)
        return problem_set(problem, STATUS_USAGE,
                           "there is no model '%s'; crossover list names them", name);
    if (model_simulates(entry))
        return problem_set(problem, STATUS_USAGE,
                           "'%s' simulates, so that there is nothing to time: leave it out, its "
                           "ideal is shown beside the models anyway",
                           name);
    if (cell->arm_count == SAMPLE_ARMS_MAX)
        return problem_set(problem, STATUS_USAGE, "a cell takes at most %d arms", SAMPLE_ARMS_MAX);
    struct arm *arm = &cell->arms[cell->arm_count++];
    set_label(cell, arm, name);
    snprintf(arm->model, sizeof arm->model, "%s", name);
    const char *reason = why_not(workload->workload, entry, why, sizeof why);
    if (reason != NULL) {
        snprintf(arm->not_applicable, sizeof arm->not_applicable, "%s", reason);
        return 0;
    }
    if (!add_command(arm, request, name, options, option_count))
        return refuse_words(problem);
    struct wanted_origin wanted = {0};
    bool good = true;
    int status = check_arguments(workload, arm, &wanted, problem);
    if (status == 0 && url != NULL && !wanted.wanted)
        return problem_set(problem, STATUS_USAGE,
                           "-L latency, bytes and scheme make sites: give %s none of its own",
                           workload->name);
    if (wanted.wanted) {
        origin->wanted = true;
        origin->arguments = wanted.arguments;
        good = add_origin(arm, url);
    }
    if (status == 0 && strcmp(workload->name, "noop") != 0)
        good = good && add_floor(cell, arm);
    return status != 0 || good ? status : problem_no_memory(problem);
}

/* The first model that simulates; NULL when there is none. */
static const struct model_entry *find_simulation(void)
{
    for (const struct model_entry *entry = model_registry; entry->name != NULL; entry++)
        if (model_simulates(entry))
            return entry;
    return NULL;
}

int arms_set_ideal(struct plan_cell *cell, const struct request *request,
                   const char *const *options, size_t option_count, const char *url,
                   const struct wanted_origin *origin, struct problem *problem)
{
    static const char *const measured[] = {"--simulate", "compute=measured"};
    const struct workload *workload = request->workload->workload;
    const struct model_entry *entry = find_simulation();
    struct arm *arm = &cell->ideal;
    struct wanted_origin wanted = {0};
    struct problem refusal = {0};
    char why[200];
    const char *reason =
        entry != NULL ? why_not(workload, entry, why, sizeof why) : "no model simulates";
    if (reason == NULL) {
        bool good = add_command(arm, request, entry->name, options, option_count);
        for (size_t i = 0; i < 2 && workload->computes && good; i++)
            good = add_argument(arm, measured[i]);
        if (good && check_arguments(request->workload, arm, &wanted, &refusal) != 0)
            reason = refusal.text;
        else if (wanted.wanted && origin->wanted)
            good = good && add_origin(arm, url);
        if (!good)
            return refuse_words(problem);
    }
    if (reason != NULL) {
        arm_free(arm);
        snprintf(arm->not_applicable, sizeof arm->not_applicable, "%s", reason);
    }
    /* What was measured differs from time to time: the least of several is nearer to a bound. */
    cell->ideal_launches = workload->computes ? 3 : 1;
    return 0;
}

/* A number above 0, or a regular expression with a group. */
static int check_count(const char *pattern, struct problem *problem)
{
    regex_t compiled;
    char why[200] = "it has no group (…)", *end;
    double number = strtod(pattern, &end);
    bool good = end != pattern && *end == 0 && isfinite(number) && number > 0;
    if (!good) {
        int rc = regcomp(&compiled, pattern, REG_EXTENDED | REG_NEWLINE);
        if (rc != 0)
            regerror(rc, &compiled, why, sizeof why);
        good = rc == 0 && compiled.re_nsub > 0;
        if (rc == 0)
            regfree(&compiled);
    }
    return good ? 0
                : problem_set(problem, STATUS_USAGE,
                              "--count takes a number above 0 or a regular expression with a "
                              "group, not '%s': %s",
                              pattern, why);
}

int arms_add_other(struct plan_cell *cell, const struct other_arm *other, struct problem *problem)
{
    if (cell->arm_count == SAMPLE_ARMS_MAX)
        return problem_set(problem, STATUS_USAGE, "a cell takes at most %d arms", SAMPLE_ARMS_MAX);
    int status = arms_check_name("--arm", other->label, problem);
    if (status == 0 && other->count_pattern != NULL)
        status = check_count(other->count_pattern, problem);
    if (status != 0)
        return status;
    struct arm *arm = &cell->arms[cell->arm_count++];
    set_label(cell, arm, other->label);
    if (!split_words(arm, other->command))
        return problem_set(problem, STATUS_USAGE,
                           "--arm '%s' has no command behind its '=', or a quote that is not "
                           "closed",
                           other->label);
    if (other->count_pattern != NULL && (arm->count_pattern = strdup(other->count_pattern)) == NULL)
        return problem_no_memory(problem);
    return 0;
}

/* ---- In a cell's header. ---- */

static json_t *hash_of(const char *name)
{
    unsigned char buffer[65536], digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    char text[2 * EVP_MAX_MD_SIZE + 1] = "";
    char path[4400], folder[4200];
    bool other = strchr(name, '/') == NULL && program_find(path, sizeof path, name);
    if (strncmp(name, BIN "/", sizeof BIN) == 0) {
        program_folder(folder, sizeof folder);
        other = snprintf(path, sizeof path, "%s%s", folder, name + sizeof BIN - 1) > 0;
    }
    FILE *file = fopen(other ? path : name, "rbe");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = file != NULL && context != NULL && EVP_DigestInit(context, EVP_sha256()) == 1;
    for (size_t count; good && (count = fread(buffer, 1, sizeof buffer, file)) > 0;)
        good = EVP_DigestUpdate(context, buffer, count) == 1;
    good = good && EVP_DigestFinal(context, digest, &length) == 1;
    for (unsigned i = 0; i < length; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    EVP_MD_CTX_free(context);
    if (file != NULL)
        fclose(file);
    return good ? json_string(text) : NULL;
}

json_t *arms_describe(const struct plan_cell *cell)
{
    json_t *arms = json_array();
    bool good = true;
    for (size_t i = 0; i < cell->arm_count && good; i++) {
        const struct arm *arm = &cell->arms[i];
        json_t *command = json_array();
        for (int j = 0; j < arm->argc; j++)
            good = json_array_append_new(command, json_string(arm->argv[j])) == 0 && good;
        json_t *one = json_pack("{s:s, s:o}", "label", arm->label, "command", command);
        if (arm->model[0] != 0)
            json_object_set_new(one, "model", json_string(arm->model));
        if (arm->not_applicable[0] != 0)
            json_object_set_new(one, "not_applicable", json_string(arm->not_applicable));
        if (arm->count_pattern != NULL)
            good = json_object_set_new(one, "count", json_string(arm->count_pattern)) == 0 && good;
        good = json_array_append_new(arms, one) == 0 && good;
    }
    if (!good) {
        json_decref(arms);
        arms = NULL;
    }
    return arms;
}

/* What a program was when it was measured; null where it cannot be read. */
static void add_program(json_t *header, json_t *programs, const char *name)
{
    char path[4300];
    if (json_object_get(programs, name) != NULL)
        return;
    json_t *hash = hash_of(name);
    json_object_set_new(programs, name, hash != NULL ? hash : json_null());
    snprintf(path, sizeof path, "programs.%s", name);
    if (hash == NULL)
        journal_missing(header, path, "its file cannot be read");
}

void arms_hash(const struct plan_cell *cell, bool with_origin, json_t *header)
{
    json_t *programs = json_object();
    char origin[4200];
    for (size_t i = 0; i < cell->arm_count; i++) {
        if (cell->arms[i].argc > 0)
            add_program(header, programs, cell->arms[i].argv[0]);
        if (cell->floors[i].argc > 0)
            add_program(header, programs, cell->floors[i].argv[0]);
    }
    program_name(origin, sizeof origin, "origin");
    if (with_origin)
        add_program(header, programs, origin);
    json_object_set_new(header, "programs", programs);
}
