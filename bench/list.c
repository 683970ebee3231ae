/* crossover list: every registered model and workload, and the cells that cannot be, each with its
 * reason. */
#include <stdio.h>

#include "bench/crossover.h"
#include "core/registry.h"
#include "core/run.h"

int crossover_list(int argc, char **argv, struct problem *problem)
{
    if (argc > 0)
        return problem_set(problem, STATUS_USAGE, "list takes no argument, but got '%s'", argv[0]);
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
            const char *why =
                model->model != NULL ? run_not_applicable(entry->workload, model->model) : NULL;
            if (why != NULL)
                printf("  %-14s   n/a under %s: %s\n", "", model->name, why);
        }
    }
    return 0;
}
