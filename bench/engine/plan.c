/* Cells and arms out of a request. */
#include "bench/engine/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/engine/arms.h"
#include "bench/engine/journal.h"
#include "core/clock.h"
#include "core/number.h"

/* ---- Sites. ---- */

enum site_axis { SITE_SCHEME, SITE_LATENCY, SITE_BYTES, SITE_AXES };
static const char *const site_axes[SITE_AXES] = {"scheme", "latency", "bytes"};

static int site_axis(const char *name)
{
    for (int i = 0; i < SITE_AXES; i++)
        if (strcmp(site_axes[i], name) == 0)
            return i;
    return -1;
}

static bool has_option(const struct workload *workload, const char *name)
{
    if (strcmp(name, "width") == 0 || strcmp(name, "seed") == 0 || strcmp(name, "workers") == 0 ||
        strcmp(name, "cpus") == 0)
        return true;
    if (strcmp(name, "tasks") == 0)
        return workload->sized;
    for (const struct workload_option *own = workload->options; own != NULL && own->name != NULL;
         own++)
        if (strcmp(own->name, name) == 0)
            return own->value != NULL;
    return false;
}

/* A site of one's own, where the parameters ask for one: its URL, and its line for the origin. */
static int make_site(const char *const *values, char *url, size_t url_size, char *line,
                     size_t line_size, struct problem *problem)
{
    const char *scheme = values[SITE_SCHEME] != NULL ? values[SITE_SCHEME] : "http";
    uint64_t latency_ns = 0, bytes = 1024;
    if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
        return problem_set(problem, STATUS_USAGE, "-L scheme takes http and https, not '%s'",
                           scheme);
    if (values[SITE_LATENCY] != NULL &&
        (!duration_parse(values[SITE_LATENCY], &latency_ns) || latency_ns % NS_PER_MS != 0 ||
         latency_ns > 3600 * NS_PER_S))
        return problem_set(problem, STATUS_USAGE,
                           "-L latency takes whole milliseconds up to an hour like 0,1ms,50ms, not "
                           "'%s'",
                           values[SITE_LATENCY]);
    if (values[SITE_BYTES] != NULL &&
        !number_parse(values[SITE_BYTES], 0, UINT64_C(1) << 30, &bytes))
        return problem_set(problem, STATUS_USAGE,
                           "-L bytes takes whole numbers up to %llu, not '%s'", 1ULL << 30,
                           values[SITE_BYTES]);
    snprintf(url, url_size, "%s://latency-%llums.bytes-%llu.test/", scheme,
             (unsigned long long)(latency_ns / NS_PER_MS), (unsigned long long)bytes);
    snprintf(line, line_size, "%s %llu %llu\n", url, (unsigned long long)(latency_ns / NS_PER_MS),
             (unsigned long long)bytes);
    return 0;
}

/* ---- Cells. ---- */

static bool describe_cell(struct plan_cell *cell, const struct request *request,
                          const size_t *chosen, bool with_origin)
{
    json_t *parameters = json_object(), *options = json_array();
    for (size_t i = 0; i < request->parameter_count; i++)
        json_object_set_new(parameters, request->parameters[i].name,
                            journal_text(request->parameters[i].values[chosen[i]]));
    for (int i = 0; i < request->argc; i++)
        json_array_append_new(options, journal_text(request->argv[i]));
    cell->header = json_pack(
        "{s:s, s:i, s:s, s:o, s:s, s:o, s:o, s:o}", "type", "cell", "schema_version",
        SAMPLE_SCHEMA_VERSION, "cell", cell->name, "workload",
        request->workload != NULL ? json_string(request->workload->name) : json_null(), "metric",
        request->metric, "parameters", parameters, "options", options, "arms", arms_describe(cell));
    if (cell->header == NULL)
        return false;
    arms_hash(cell, with_origin, cell->header);
    return true;
}

static int make_cell(struct plan_cell *cell, const struct request *request, const size_t *chosen,
                     FILE *sites, struct wanted_origin *origin, struct problem *problem)
{
    const char *options[2 * PARAMETERS_MAX], *site[SITE_AXES] = {NULL};
    char names[PARAMETERS_MAX][80], url[200], line[300];
    size_t option_count = 0, length;
    bool own_site = false;
    const char *base = request->cell != NULL       ? request->cell
                       : request->workload != NULL ? request->workload->name
                                                   : "commands";
    int status = arms_check_name("--cell", base, problem);
    if (status != 0)
        return status;
    length = (size_t)snprintf(cell->name, sizeof cell->name, "%s", base);
    for (size_t i = 0; i < request->parameter_count; i++) {
        const struct parameter *parameter = &request->parameters[i];
        const char *value = parameter->values[chosen[i]];
        int axis = site_axis(parameter->name);
        if (request->sweep && length < sizeof cell->name)
            length += (size_t)snprintf(cell->name + length, sizeof cell->name - length, ",%s=%s",
                                       parameter->name, value);
        if (axis >= 0) {
            site[axis] = value;
            own_site = true;
            continue;
        }
        snprintf(names[i], sizeof names[i], "--%s", parameter->name);
        options[option_count++] = names[i];
        options[option_count++] = value;
    }
    if (length >= sizeof cell->name)
        return problem_set(problem, STATUS_USAGE, "the cell's name '%s…' is too long", cell->name);
    if (own_site)
        status = make_site(site, url, sizeof url, line, sizeof line, problem);
    if (status == 0 && own_site)
        fputs(line, sites);
    cell->sized = request->workload != NULL && request->workload->workload->sized;
    for (size_t i = 0; i < request->model_count && status == 0; i++)
        status = arms_add_model(cell, request, request->models[i], options, option_count,
                                own_site ? url : NULL, origin, problem);
    if (status == 0 && request->workload != NULL)
        status = arms_set_ideal(cell, request, options, option_count, own_site ? url : NULL, origin,
                                problem);
    for (size_t i = 0; i < request->other_count && status == 0; i++)
        status = arms_add_other(cell, &request->others[i], problem);
    if (status == 0 && !describe_cell(cell, request, chosen, origin->wanted))
        status = problem_set(problem, STATUS_USAGE,
                             "the names and commands of cell '%s' are not all UTF-8", cell->name);
    return status;
}

/* ---- The grid. ---- */

static int check_parameter(const struct request *request, size_t at, struct problem *problem)
{
    const struct parameter *parameter = &request->parameters[at];
    if (request->workload == NULL)
        return problem_set(problem, STATUS_USAGE, "-L varies a workload's options: name one");
    const struct workload *workload = request->workload->workload;
    bool known = site_axis(parameter->name) >= 0
                     ? has_option(workload, "origin") && workload->arguments != NULL
                     : has_option(workload, parameter->name);
    if (!known)
        return problem_set(problem, STATUS_USAGE,
                           "%s has no parameter '%s'; -L takes its options by their long names%s",
                           request->workload->name, parameter->name,
                           has_option(workload, "origin") ? ", and latency, bytes, scheme" : "");
    for (size_t i = 0; i < at; i++)
        if (strcmp(request->parameters[i].name, parameter->name) == 0)
            return problem_set(problem, STATUS_USAGE, "-L %s is given twice", parameter->name);
    for (size_t i = 0; i < parameter->count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(parameter->values[i], parameter->values[j]) == 0)
                return problem_set(problem, STATUS_USAGE, "-L %s has the value '%s' twice",
                                   parameter->name, parameter->values[i]);
    return 0;
}

static int check_parameters(const struct request *request, size_t *cells, struct problem *problem)
{
    *cells = 1;
    for (size_t i = 0; i < request->parameter_count; i++) {
        int status = check_parameter(request, i, problem);
        if (status != 0)
            return status;
        *cells *= request->parameters[i].count;
        if (*cells > CELLS_MAX)
            return problem_set(problem, STATUS_USAGE,
                               "the grid has more than %d cells: give -L %s fewer values",
                               CELLS_MAX, request->parameters[i].name);
    }
    return 0;
}

int plan_make(struct plan *plan, const struct request *request, struct wanted_origin *origin,
              struct problem *problem)
{
    size_t count = 0, size = 0, chosen[PARAMETERS_MAX] = {0};
    *origin = (struct wanted_origin){0};
    int status = check_parameters(request, &count, problem);
    if (status != 0)
        return status;
    FILE *lines = open_memstream(&origin->sites, &size);
    plan->cells = calloc(count, sizeof *plan->cells);
    if (plan->cells == NULL || lines == NULL)
        status = problem_no_memory(problem);
    for (; plan->count < count && status == 0;) {
        status = make_cell(&plan->cells[plan->count++], request, chosen, lines, origin, problem);
        /* The last parameter changes fastest. */
        for (size_t i = request->parameter_count; i-- > 0;) {
            if (++chosen[i] < request->parameters[i].count)
                break;
            chosen[i] = 0;
        }
    }
    if (lines != NULL)
        fclose(lines);
    return status;
}

void plan_free(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        for (size_t j = 0; j < plan->cells[i].arm_count; j++) {
            arm_free(&plan->cells[i].arms[j]);
            arm_free(&plan->cells[i].floors[j]);
        }
        arm_free(&plan->cells[i].ideal);
        json_decref(plan->cells[i].header);
    }
    free(plan->cells);
    plan->cells = NULL;
    plan->count = 0;
}

static json_t *cpu_list(const cpu_set_t *cpus)
{
    json_t *list = json_array();
    for (size_t i = 0; cpus != NULL && i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, cpus))
            json_array_append_new(list, json_integer((json_int_t)i));
    return list;
}

void plan_place(struct plan *plan, const cpu_set_t *clients, const cpu_set_t *origin)
{
    for (size_t i = 0; i < plan->count; i++)
        json_object_set_new(plan->cells[i].header, "placement",
                            json_pack("{s:o, s:o}", "client_cpus", cpu_list(clients), "origin_cpus",
                                      cpu_list(origin)));
}

int plan_check(const struct plan *plan, const struct sample *sample, struct problem *problem)
{
    static const char *const keys[] = {"workload",  "parameters", "arms",
                                       "placement", "programs",   "metric"};
    for (size_t i = 0; i < plan->count; i++) {
        const struct sample_cell *before = sample_find(sample, plan->cells[i].name);
        for (size_t j = 0; before != NULL && j < sizeof keys / sizeof keys[0]; j++)
            if (!json_equal(json_object_get(before->header, keys[j]),
                            json_object_get(plan->cells[i].header, keys[j])))
                return problem_set(problem, STATUS_USAGE,
                                   "the folder holds a cell '%s' with other %s; name another "
                                   "folder with --out, or the cell with --cell",
                                   before->name, keys[j]);
    }
    return 0;
}
