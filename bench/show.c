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
     "download, 12 sites"},
    {"squares", "squares: ten sums, as many at once as there are CPUs", "squares, 10 sums"},
    {"noop", "noop: a thousand tasks that do nothing", "noop, 1,000 tasks"},
    {"rule-slow-io", "1,000 fresh requests of 50 ms, all at once", NULL},
    {"rule-fast-io", "8 fresh requests of 0 ms, all at once", NULL},
};
const int shown_cell_count = sizeof shown_cells / sizeof shown_cells[0];

enum { CELLS_MAX = 16, MODEL_COLUMN = 12, COLUMN = 36 };

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

/* Four digits, in the unit in which they read best. */
static void format_time(double seconds, char *text, size_t size)
{
    if (seconds < 0.1)
        snprintf(text, size, "%.4g ms", seconds * 1e3);
    else
        snprintf(text, size, "%.4g s", seconds);
}

static void print_figure(const struct cell *cell, const struct cell_model *model)
{
    char text[120] = "–", time[32], low[32], high[32];
    double times, from, to;
    if (model != NULL && model->failed) {
        snprintf(text, sizeof text, "failed");
    } else if (model != NULL && model->bounded) {
        snprintf(text, sizeof text, "over %.3g s", model->bound_s);
    } else if (model != NULL) {
        double unit = model->median.value < 0.1 ? 1e3 : 1;
        format_time(model->median.value, time, sizeof time);
        snprintf(low, sizeof low, "%.4g", model->median.low * unit);
        snprintf(high, sizeof high, "%.4g", model->median.high * unit);
        int used = snprintf(text, sizeof text, "%9s [%s, %s]", time, low, high);
        if (used > 0 && show_speedup(cell, model, &times, &from, &to))
            snprintf(text + used, sizeof text - (size_t)used, " %.2f×", times);
    }
    /* Pad by characters: "×" and "–" are more than one byte. */
    int width = 0;
    for (const char *at = text; *at != 0; at++)
        width += (*at & 0xc0) != 0x80;
    printf("  %s%*s", text, COLUMN - width > 0 ? COLUMN - width : 0, "");
}

static bool is_anywhere(const struct cell *cells, const char *model)
{
    for (int i = 0; i < shown_cell_count; i++)
        if (shown_cells[i].head != NULL && cell_find(&cells[i], model) != NULL)
            return true;
    return false;
}

static void print_table(const struct cell *cells)
{
    printf("%-*s", MODEL_COLUMN, "model");
    for (int i = 0; i < shown_cell_count; i++)
        if (shown_cells[i].head != NULL && cells[i].count > 0)
            printf("  %-*s", COLUMN, shown_cells[i].head);
    printf("\n");
    /* The models of all cells, each once, in the order in which they come. */
    const char *printed[CELL_MODELS_MAX];
    int count = 0;
    for (int i = 0; i < shown_cell_count; i++) {
        for (int j = 0; j < cells[i].count; j++) {
            const char *name = cells[i].models[j].name;
            bool known = !is_anywhere(cells, name) || count == CELL_MODELS_MAX;
            for (int k = 0; k < count && !known; k++)
                known = strcmp(printed[k], name) == 0;
            if (!known)
                printed[count++] = name;
        }
    }
    for (int k = 0; k < count; k++) {
        printf("%-*s", MODEL_COLUMN, printed[k]);
        for (int i = 0; i < shown_cell_count; i++)
            if (shown_cells[i].head != NULL && cells[i].count > 0)
                print_figure(&cells[i], cell_find(&cells[i], printed[k]));
        printf("\n");
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
        "\nMedians of whole processes with their 95 %% intervals (%zu to %zu launches%s), and how "
        "many\ntimes as fast as sequential. Times with overlapping intervals are not separated.\n",
        least, most, least < 6 ? "; fewer than 6 give only least and greatest" : "");
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
