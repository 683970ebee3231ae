/* crossover show: one table of a run, then the notes' three rules with their verdicts. */
#include "bench/show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/crossover.h"
#include "bench/rules.h"
#include "core/registry.h"
#include "core/run.h"

const struct shown_cell shown_cells[] = {
    {.name = "download",
     .workload = "download",
     .head = "download: 12 sites over HTTP and HTTPS, width 12"},
    {.name = "movies",
     .workload = "movies",
     .head = "movies: a listing, then the pages of 25 films, fetched and parsed, width 25"},
    {.name = "squares", .workload = "squares", .head = "squares: ten sums, width = CPUs"},
    {.name = "crawl", .workload = "crawl", .head = "crawl: four sleeps of 10, 20, 30 and 40 ms"},
    {.name = "order", .workload = "order", .head = "order: two tasks of 10 and 20 ms, awaited"},
    {.name = "gather",
     .workload = "gather",
     .head = "gather: a value, an error, a cancellation after 20 ms"},
    {.name = "queue",
     .workload = "queue",
     .head = "queue: ten items, each a pause of 10 ms, five a producer"},
    {.name = "queue-item",
     .workload = "queue",
     .head = "queue without pauses: time an item, 2 producers, 2 consumers",
     .source = "queue",
     .figure = "item_ns",
     .quantity = QUANTITY_NS},
    {.name = "switch-one-core",
     .workload = "switch",
     .head = "switch: a hand-off between two tasks, placed on one core",
     .source = "switch-1",
     .figure = "handoff_ns",
     .quantity = QUANTITY_NS},
    {.name = "switch-two-cores",
     .workload = "switch",
     .head = "switch: a hand-off between two tasks, placed on two cores",
     .source = "switch-2",
     .figure = "handoff_ns",
     .quantity = QUANTITY_NS},
    {.name = "switch-spawn",
     .workload = "switch",
     .head = "switch: the beginning and the end of a task, on one core",
     .source = "switch-1",
     .figure = "spawn_ns",
     .quantity = QUANTITY_NS},
    {.name = "race-plain",
     .workload = "race",
     .head = "race: updates lost per million, read and written plainly",
     .source = "race-plain",
     .figure = "plain_lost_per_million",
     .quantity = QUANTITY_LOST_PER_MILLION},
    {.name = "race-yield",
     .workload = "race",
     .head = "race: updates lost per million, a turn given away between read and write",
     .source = "race-yield",
     .figure = "yield_lost_per_million",
     .quantity = QUANTITY_LOST_PER_MILLION},
    {.name = "noop", .workload = "noop", .head = "noop: 1,000 tasks that do nothing, width = CPUs"},
    {.name = "rule-slow-io",
     .workload = "download",
     .head = "rule 1: 1,000 fresh plain requests of 50 ms, width 1,000"},
    {.name = "rule-fast-io",
     .workload = "download",
     .head = "rule 2: 8 fresh plain requests of 0 ms, width 8"},
};
const int shown_cell_count = sizeof shown_cells / sizeof shown_cells[0];

enum { CELLS_MAX = 32 };

bool show_speedup(const struct cell *cell, const struct cell_model *model, double *times,
                  double *low, double *high)
{
    const struct cell_model *base = cell_find(cell, "sequential");
    if (base == NULL || base->bounded || base->failed || model->bounded || model->failed ||
        cell->quantity != QUANTITY_PROCESS_S)
        return false;
    *times = base->median.value / model->median.value;
    *low = base->median.low / model->median.high;
    *high = base->median.high / model->median.low;
    return true;
}

/* ---- The table. ---- */

static void print_row(const struct cell *cell, const struct cell_model *model)
{
    const char *name;
    double unit = cell_unit(cell, model->median.value, &name);
    double times, low, high;
    printf("  %-12s", model->name);
    if (model->failed) {
        printf("   failed: no figure\n");
        return;
    }
    if (model->bounded) {
        printf("   over %.3g s: stopped with %u of %u done\n", model->bound_s, model->done,
               model->tasks);
        return;
    }
    char median[32], from[32], to[32];
    cell_number(cell, model->median.value * unit, median, sizeof median);
    cell_number(cell, model->median.low * unit, from, sizeof from);
    cell_number(cell, model->median.high * unit, to, sizeof to);
    printf(" %9s %-2s  %9s to %-9s", median, name, from, to);
    if (strcmp(model->name, "sequential") == 0 && cell->quantity == QUANTITY_PROCESS_S)
        printf("  %6d", 1);
    else if (show_speedup(cell, model, &times, &low, &high))
        printf("  %6.2f  (%.2f to %.2f)", times, low, high);
    printf("\n");
}

/* A model that cannot run the workload is told, with the reason. */
static void print_not_applicable(const struct shown_cell *shown, const struct cell *cell)
{
    const struct workload_entry *workload = workload_registry;
    while (workload->name != NULL && strcmp(workload->name, shown->workload) != 0)
        workload++;
    for (const struct model_entry *entry = model_registry; entry->name != NULL; entry++) {
        const char *why = entry->missing;
        if (entry->model != NULL && workload->name != NULL)
            why = run_not_applicable(workload->workload, entry->model);
        if (why != NULL && cell_find(cell, entry->name) == NULL)
            printf("  %-12s       n/a: %s\n", entry->name, why);
    }
}

static void print_table(const struct cell *cells)
{
    printf("%-25s  %-21s  %s\n", "                  median", "   95 % interval",
           "times as fast as sequential");
    for (int i = 0; i < shown_cell_count; i++) {
        if (cells[i].count == 0)
            continue;
        printf("%s\n", shown_cells[i].head);
        for (int j = 0; j < cells[i].count; j++)
            print_row(&cells[i], &cells[i].models[j]);
        print_not_applicable(&shown_cells[i], &cells[i]);
    }
}

static void print_legend(const struct cell *cells)
{
    size_t least = 0, most = 0;
    for (int i = 0; i < shown_cell_count; i++) {
        for (int j = 0; j < cells[i].count; j++) {
            size_t count = cells[i].models[j].median.count;
            least = count > 0 && (least == 0 || count < least) ? count : least;
            most = count > most ? count : most;
        }
    }
    printf(
        "Times in s and ms are of whole processes; %zu to %zu launches each. Where two intervals\n"
        "overlap, the models are not separated.\n",
        least, most);
}

static void print_rules(const struct cell *cells)
{
    printf("\nThe notes' three rules, here:\n");
    for (int i = 0; i < rule_count; i++) {
        const struct cell *cell = NULL;
        char why[600] = "its cell was not measured";
        for (int j = 0; j < shown_cell_count; j++)
            if (strcmp(shown_cells[j].name, rules[i].cell) == 0)
                cell = &cells[j];
        enum verdict verdict = cell != NULL && cell->count > 0
                                   ? rule_judge(&rules[i], cell, why, sizeof why)
                                   : NOT_MEASURED;
        printf("  %-34s %s\n      %s: %s\n", rules[i].text, verdict_name(verdict), rules[i].what,
               why);
    }
}

int crossover_show(int argc, char **argv, struct problem *problem)
{
    const char *run = NULL;
    bool data = false;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--data") == 0)
            data = true;
        else if (argv[i][0] == '-' || run != NULL)
            return problem_set(problem, STATUS_USAGE, "show does not know '%s'", argv[i]);
        else
            run = argv[i];
    }
    run = run != NULL ? run : "results/latest";
    static struct cell cells[CELLS_MAX];
    int status = 0, measured = 0;
    for (int i = 0; i < shown_cell_count && status == 0; i++) {
        const struct shown_cell *shown = &shown_cells[i];
        int rc = shown->source == NULL
                     ? cell_read(&cells[i], run, shown->name, problem)
                     : cell_read_figure(&cells[i], run, shown->name, shown->source, shown->figure,
                                        shown->quantity, problem);
        measured += rc == 0;
        status = rc == -ENOENT ? 0 : rc;
    }
    if (status == 0 && measured == 0)
        status = problem_set(problem, STATUS_INCOMPARABLE,
                             "'%s' holds no measured cell; ./run_all.sh makes a run", run);
    if (status == 0 && data)
        status = show_write_data(run, cells, problem);
    if (status == 0) {
        print_table(cells);
        print_legend(cells);
        print_rules(cells);
    }
    for (int i = 0; i < shown_cell_count; i++)
        cell_free(&cells[i]);
    return status;
}
