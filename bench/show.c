/* crossover show: one table of a run, then the notes' three rules with their verdicts. */
#include "bench/show.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "bench/crossover.h"
#include "bench/engine/journal.h"
#include "bench/hyperfine.h"
#include "bench/rules.h"
#include "bench/tell.h"
#include "bench/view.h"

const struct shown_cell shown_cells[] = {
    {"download", "download", NULL, "download: 12 sites over HTTP and HTTPS, width 12"},
    {"movies", "movies", NULL,
     "movies: a listing, then the pages of 25 films, fetched and parsed, width 25"},
    {"squares", "squares", NULL, "squares: ten sums, width = CPUs"},
    {"crawl", "crawl", NULL, "crawl: four sleeps of 10, 20, 30 and 40 ms"},
    {"order", "order", NULL, "order: two tasks of 10 and 20 ms, awaited"},
    {"gather", "gather", NULL, "gather: a value, an error, a cancellation after 20 ms"},
    {"queue", "queue", NULL, "queue: ten items, each a pause of 10 ms, five a producer"},
    {"queue-item", "queue-item", NULL,
     "queue without pauses: time an item, 2 producers, 2 consumers"},
    {"switch-one-core", "switch-one-core", NULL,
     "switch: a hand-off between two tasks, placed on one core"},
    {"switch-two-cores", "switch-two-cores", NULL,
     "switch: a hand-off between two tasks, placed on two cores"},
    {"switch-spawn", "switch-one-core", "figures.spawn_ns",
     "switch: the beginning and the end of a task, on one core"},
    {"race-plain", "race-plain", NULL, "race: updates lost per million, read and written plainly"},
    {"race-yield", "race-yield", NULL,
     "race: updates lost per million, a turn given away between read and write"},
    {"noop", "noop", NULL, "noop: 1,000 tasks that do nothing, width = CPUs"},
    {"rule-slow-io", "rule-slow-io", NULL,
     "rule 1: 1,000 fresh plain requests of 50 ms, width 1,000"},
    {"rule-fast-io", "rule-fast-io", NULL, "rule 2: 8 fresh plain requests of 0 ms, width 8"},
};
const int shown_cell_count = sizeof shown_cells / sizeof shown_cells[0];

enum { SHOWN_MAX = 32 };

bool show_speedup(const struct cell *cell, const struct cell_model *model, double *times,
                  double *low, double *high)
{
    const struct cell_model *base = cell_find(cell, "sequential");
    if (base == NULL || !cell_has_figure(base) || !cell_has_figure(model) ||
        strcmp(metric_short(cell->metric), "wall_s") != 0)
        return false;
    struct estimate ratio = {.count = 1, .value = 1, .low = 1, .high = 1};
    if (base != model)
        ratio = cell_ratio(cell, base, model);
    *times = ratio.value;
    *low = ratio.low;
    *high = ratio.high;
    return ratio.count > 0;
}

/* ---- The table. ---- */

static bool is_shown(const char *name)
{
    for (int i = 0; i < shown_cell_count; i++)
        if (strcmp(shown_cells[i].cell, name) == 0)
            return true;
    return false;
}

static void print_rules(const struct cell *cells)
{
    bool any = false;
    for (int i = 0; i < rule_count; i++) {
        const struct cell *cell = NULL;
        char why[600];
        for (int j = 0; j < shown_cell_count; j++)
            if (strcmp(shown_cells[j].name, rules[i].cell) == 0)
                cell = &cells[j];
        if (cell == NULL || cell->count == 0)
            continue;
        if (!any)
            printf("\nThe notes' three rules, here:\n");
        any = true;
        enum verdict verdict = rule_judge(&rules[i], cell, why, sizeof why);
        printf("  %-34s %s\n      %s: %s\n", rules[i].text, verdict_name(verdict), rules[i].what,
               why);
    }
}

/* What run_all.sh measures under its headings; the other cells of the run after them. */
static int show_table(const struct sample *sample, const struct cell *cells,
                      const struct view *view, struct problem *problem)
{
    struct tone tone = tone_of(stdout);
    tone.costs = view->costs;
    tone.histogram = view->histogram;
    for (int i = 0; i < shown_cell_count; i++)
        if (cells[i].count > 0)
            tell_cell(&cells[i], shown_cells[i].head, &tone, stdout);
    for (size_t i = 0; i < sample->count; i++) {
        struct cell cell;
        if (is_shown(sample->cells[i].name))
            continue;
        int status = cell_judge(&cell, &sample->cells[i], NULL, problem);
        if (status != 0)
            return status;
        tell_cell(&cell, NULL, &tone, stdout);
        cell_free(&cell);
    }
    print_rules(cells);
    return 0;
}

/* A second figure of a cell that was measured without it is left out. */
static int judge_shown(const struct sample *sample, struct cell *cells, struct problem *problem)
{
    int status = 0;
    for (int i = 0; i < shown_cell_count && status == 0; i++) {
        const struct sample_cell *cell = sample_find(sample, shown_cells[i].cell);
        const char *metric = shown_cells[i].metric;
        if (cell != NULL && (metric == NULL || sample_column(cell, metric) != NULL))
            status = cell_judge(&cells[i], cell, metric, problem);
    }
    return status;
}

/* "A:B": how many times B's figure A's is, in each cell that has both, in columns for scripts. */
static int show_ratio(const struct sample *sample, const char *metric, const char *names,
                      struct problem *problem)
{
    char a[SAMPLE_NAME_BYTES] = "";
    const char *colon = strchr(names, ':');
    if (colon == NULL || colon - names >= SAMPLE_NAME_BYTES)
        return problem_set(problem, STATUS_USAGE, "--ratio takes two arms, 'A:B', not '%s'", names);
    memcpy(a, names, (size_t)(colon - names));
    printf("cell\tratio\tlow\thigh\tconfidence\tblocks\n");
    for (size_t i = 0; i < sample->count; i++) {
        struct cell cell;
        int status = cell_judge(&cell, &sample->cells[i], metric, problem);
        if (status != 0)
            return status;
        const struct cell_model *of = cell_find(&cell, a), *to = cell_find(&cell, colon + 1);
        struct estimate ratio = {0};
        if (of != NULL && to != NULL)
            ratio = cell_ratio(&cell, of, to);
        if (ratio.count > 0)
            printf("%s\t%.4f\t%.4f\t%.4f\t%.4f\t%zu\n", cell.sample->name, ratio.value, ratio.low,
                   ratio.high, ratio.confidence, ratio.count);
        else
            printf("%s\t-\t-\t-\t-\t0\n", cell.sample->name);
        cell_free(&cell);
    }
    return 0;
}

struct show_line {
    struct view view;
    const char *run, *ratio;
    bool data;
};

static bool wants_files(const struct view *view)
{
    return view->json || view->metric != NULL || view->export_json != NULL ||
           view->export_csv != NULL || view->export_markdown != NULL;
}

static int read_line(int argc, char **argv, struct show_line *line, struct problem *problem)
{
    enum { OPT_METRIC = 256, OPT_COSTS, OPT_DATA, OPT_RATIO, OPT_VIEW };
    static const struct option options[] = {{"metric", required_argument, NULL, OPT_METRIC},
                                            {"costs", no_argument, NULL, OPT_COSTS},
                                            {"data", no_argument, NULL, OPT_DATA},
                                            {"ratio", required_argument, NULL, OPT_RATIO},
                                            VIEW_OPTIONS(OPT_VIEW),
                                            {0}};
    optind = 0;
    opterr = 0;
    for (int code; (code = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        if (code == ':' || code == '?')
            return problem_set(problem, STATUS_USAGE,
                               code == ':' ? "%s needs a value" : "show does not know '%s'",
                               argv[optind - 1]);
        if (code == OPT_METRIC)
            line->view.metric = optarg;
        else if (code == OPT_COSTS)
            line->view.costs = true;
        else if (code == OPT_DATA)
            line->data = true;
        else if (code == OPT_RATIO)
            line->ratio = optarg;
        else
            view_option(&line->view, code - OPT_VIEW, optarg);
    }
    if (optind < argc - 1)
        return problem_set(problem, STATUS_USAGE, "show takes one run, but got '%s' too",
                           argv[optind + 1]);
    if (line->data && (line->ratio != NULL || wants_files(&line->view)))
        return problem_set(problem, STATUS_USAGE,
                           "--data writes what the charts are drawn from, and goes with no other "
                           "form: call show twice");
    line->run = optind < argc ? argv[optind] : "results/latest";
    return 0;
}

int crossover_show(int argc, char **argv, struct problem *problem)
{
    struct show_line line = {.run = NULL};
    struct sample sample = {0};
    static struct cell cells[SHOWN_MAX];
    int status = read_line(argc + 1, argv - 1, &line, problem);
    if (status == 0)
        status = journal_read(line.run, sample_add, &sample, problem);
    if (status == -ENOENT || (status == 0 && sample.count == 0))
        status = problem_set(problem, STATUS_INCOMPARABLE,
                             "'%s' holds no measured cell; ./run_all.sh makes a run", line.run);
    for (size_t i = 0; i < sample.count; i++)
        sample_settle(&sample.cells[i], cell_blocks_needed(sample.cells[i].arms_possible));
    if (status == 0 && (line.ratio != NULL || wants_files(&line.view))) {
        status = line.ratio != NULL ? show_ratio(&sample, line.view.metric, line.ratio, problem)
                                    : view_show(&line.view, &sample, problem);
        sample_free(&sample);
        return status;
    }
    if (status == 0)
        status = judge_shown(&sample, cells, problem);
    if (status == 0 && line.data)
        status = show_write_data(line.run, cells, problem);
    if (status == 0)
        status = show_table(&sample, cells, &line.view, problem);
    if (status == 0)
        status = hyperfine_compare(&sample, line.run, stdout, problem);
    for (int i = 0; i < shown_cell_count; i++)
        cell_free(&cells[i]);
    sample_free(&sample);
    return status;
}
