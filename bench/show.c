/* crossover show: one table of a run, then the notes' three rules with their verdicts. */
#include "bench/show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/crossover.h"
#include "bench/rules.h"

const struct shown_cell shown_cells[] = {
    {"download", "download: twelve sites over HTTP and HTTPS, all at once where the model can",
     "download: 12 sites over HTTP and HTTPS, width 12"},
    {"squares", "squares: ten sums, as many at once as there are CPUs",
     "squares: ten sums, width = CPUs"},
    {"noop", "noop: a thousand tasks that do nothing",
     "noop: 1,000 tasks that do nothing, width = CPUs"},
    {"rule-slow-io", "1,000 fresh requests of 50 ms, all at once",
     "rule 1: 1,000 fresh plain requests of 50 ms, width 1,000"},
    {"rule-fast-io", "8 fresh requests of 0 ms, all at once",
     "rule 2: 8 fresh plain requests of 0 ms, width 8"},
};
const int shown_cell_count = sizeof shown_cells / sizeof shown_cells[0];

enum { CELLS_MAX = 16 };

bool show_speedup(const struct cell *cell, const struct cell_model *model, double *times,
                  double *low, double *high)
{
    const struct cell_model *base = cell_find(cell, "sequential");
    if (base == NULL || base->bounded || base->failed || model->bounded || model->failed)
        return false;
    *times = base->median.value / model->median.value;
    *low = base->median.low / model->median.high;
    *high = base->median.high / model->median.low;
    return true;
}

/* ---- The table. ---- */

static void print_row(const struct cell *cell, const struct cell_model *model)
{
    double unit = model->median.value < 0.1 ? 1e3 : 1;
    const char *name = unit > 1 ? "ms" : "s";
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
    printf(" %9.4g %-2s  %9.4g to %-9.4g", model->median.value * unit, name,
           model->median.low * unit, model->median.high * unit);
    if (strcmp(model->name, "sequential") == 0)
        printf("  %6d", 1);
    else if (show_speedup(cell, model, &times, &low, &high))
        printf("  %6.2f  (%.2f to %.2f)", times, low, high);
    printf("\n");
}

static void print_table(const struct cell *cells)
{
    printf("%-25s  %-21s  %s\n", "whole process:    median", "   95 % interval",
           "times as fast as sequential");
    for (int i = 0; i < shown_cell_count; i++) {
        if (cells[i].count == 0)
            continue;
        printf("%s\n", shown_cells[i].head);
        for (int j = 0; j < cells[i].count; j++)
            print_row(&cells[i], &cells[i].models[j]);
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
    printf("%zu to %zu launches each. Where two intervals overlap, the models are not separated.\n",
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
        int rc = cell_read(&cells[i], run, shown_cells[i].name, problem);
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
