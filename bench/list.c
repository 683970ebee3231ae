/* crossover list: every registered model and workload, and the cells that cannot be, each with its
 * reason; with --json also what each model can do. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "bench/crossover.h"
#include "core/registry.h"
#include "core/run.h"

/* Of enum model_capability, by their bits. */
static const char *const capability_names[MODEL_CAPABILITIES] = {
    "concurrent", "parallel_compute", "all_live_at_once", "can_cancel",
    "channels",   "preemptive",       "parallel_steps",
};

/* Why a model that was built cannot run a workload. */
static const char *not_applicable(const struct workload_entry *workload,
                                  const struct model_entry *model)
{
    return model->model != NULL ? run_not_applicable(workload->workload, model->model) : NULL;
}

/* ---- JSON. ---- */

static json_t *capabilities_of(const struct model *model)
{
    json_t *can = json_array();
    for (int i = 0; i < MODEL_CAPABILITIES && model != NULL; i++)
        if (model->capabilities >> i & 1)
            json_array_append_new(can, json_string(capability_names[i]));
    return can;
}

static json_t *list_models(void)
{
    json_t *list = json_array();
    for (const struct model_entry *entry = model_registry; entry->name != NULL; entry++) {
        char why[200];
        json_array_append_new(
            list, json_pack("{s:s, s:s?, s:s?, s:b, s:o}", "name", entry->name, "summary",
                            entry->model != NULL ? entry->model->summary : NULL, "unavailable",
                            model_unavailable(entry, why, sizeof why), "simulated",
                            model_simulates(entry), "can", capabilities_of(entry->model)));
    }
    return list;
}

static json_t *list_workloads(void)
{
    json_t *list = json_array();
    for (const struct workload_entry *entry = workload_registry; entry->name != NULL; entry++) {
        json_t *cannot = json_object();
        for (const struct model_entry *model = model_registry; model->name != NULL; model++) {
            const char *why = not_applicable(entry, model);
            if (why != NULL)
                json_object_set_new(cannot, model->name, json_string(why));
        }
        json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "name", entry->name, "summary",
                                              entry->workload->summary, "not_applicable", cannot));
    }
    return list;
}

static int print_json(struct problem *problem)
{
    json_t *all = json_pack("{s:i, s:o, s:o}", "schema_version", 1, "models", list_models(),
                            "workloads", list_workloads());
    if (all == NULL)
        return problem_no_memory(problem);
    json_dumpf(all, stdout, JSON_INDENT(2));
    json_decref(all);
    putchar('\n');
    return 0;
}

/* ---- Text. ---- */

static void print_text(void)
{
    printf("models\n");
    for (const struct model_entry *entry = model_registry; entry->name != NULL; entry++) {
        char why[200];
        const char *reason = model_unavailable(entry, why, sizeof why);
        printf("  %-14s %s%s\n", entry->name, reason != NULL ? "unavailable: " : "",
               reason != NULL ? reason : entry->model->summary);
    }
    printf("\nworkloads\n");
    for (const struct workload_entry *entry = workload_registry; entry->name != NULL; entry++) {
        printf("  %-14s %s\n", entry->name, entry->workload->summary);
        for (const struct model_entry *model = model_registry; model->name != NULL; model++) {
            const char *why = not_applicable(entry, model);
            if (why != NULL)
                printf("  %-14s   n/a under %s: %s\n", "", model->name, why);
        }
    }
}

int crossover_list(int argc, char **argv, struct problem *problem)
{
    if (argc == 1 && strcmp(argv[0], "--json") == 0)
        return print_json(problem);
    if (argc > 0)
        return problem_set(problem, STATUS_USAGE, "list takes no argument but --json, not '%s'",
                           argv[0]);
    print_text();
    return 0;
}
