/* Cells out of a sample, in the forms that were asked for. */
#include "bench/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/engine/plan.h"
#include "bench/export.h"
#include "bench/tell.h"

void view_print_help(void)
{
    printf("      --histogram        how launches and latencies are spread\n"
           "      --json             the judged figures as JSON in place of the text\n"
           "      --export-json FILE      in hyperfine's shape: whole processes\n"
           "      --export-csv FILE       every launch with every figure\n"
           "      --export-markdown FILE  the tables\n");
}

int view_option(struct view *view, int code, const char *value)
{
    switch ((enum view_code)code) {
    case VIEW_JSON: view->json = true; break;
    case VIEW_HISTOGRAM: view->histogram = true; break;
    case VIEW_EXPORT_JSON: view->export_json = value; break;
    case VIEW_EXPORT_CSV: view->export_csv = value; break;
    case VIEW_EXPORT_MARKDOWN: view->export_markdown = value; break;
    }
    return 0;
}

static bool is_wanted(const struct view *view, const struct sample_cell *cell)
{
    for (size_t i = 0; view->only != NULL && i < view->only->count; i++)
        if (strcmp(view->only->cells[i].name, cell->name) == 0)
            return true;
    return view->only == NULL;
}

static int write_files(const struct view *view, const struct cell *cells, size_t count,
                       struct problem *problem)
{
    int status = 0;
    if (view->export_json != NULL)
        status = export_hyperfine(cells, count, view->export_json, problem);
    if (status == 0 && view->export_csv != NULL)
        status = export_csv(cells, count, view->export_csv, problem);
    if (status == 0 && view->export_markdown != NULL)
        status = export_markdown(cells, count, view->export_markdown, problem);
    return status;
}

/* Fewer than two arms are left to compare, as others did other work. */
static bool is_alone(const struct cell *cell)
{
    size_t left = 0, other = 0;
    for (size_t i = 0; i < cell->count; i++) {
        left += cell_has_figure(&cell->models[i]) || cell->models[i].bounded;
        other += cell->models[i].other_work != NULL;
    }
    return other > 0 && left < 2;
}

/* A failed launch weighs more than a machine that was not alone. */
static int judge(const struct cell *cells, size_t count, struct problem *problem)
{
    int status = 0;
    for (size_t i = 0; i < count; i++) {
        if (cells[i].sample->unfit && status == 0)
            status = problem_set(problem, STATUS_INCOMPARABLE,
                                 "others used the CPUs while cell '%s' was measured: it decides "
                                 "nothing; stop them and run it again",
                                 cells[i].sample->name);
        if (is_alone(&cells[i]) && status == 0)
            status = problem_set(problem, STATUS_INCOMPARABLE,
                                 "nothing is left to compare in cell '%s': its arms did not do the "
                                 "same work, see its warnings",
                                 cells[i].sample->name);
        for (size_t j = 0; j < cells[i].count && status != STATUS_FAILED; j++)
            if (cells[i].models[j].failure != NULL)
                status = problem_set(problem, STATUS_FAILED, "%s in cell '%s': %s",
                                     cells[i].models[j].name, cells[i].sample->name,
                                     cells[i].models[j].failure);
    }
    return status;
}

int view_show(const struct view *view, struct sample *sample, struct problem *problem)
{
    struct cell *cells = calloc(sample->count + 1, sizeof *cells);
    size_t count = 0;
    int status = cells != NULL ? 0 : problem_no_memory(problem);
    for (size_t i = 0; i < sample->count && status == 0; i++) {
        if (!is_wanted(view, &sample->cells[i]))
            continue;
        sample_settle(&sample->cells[i], cell_blocks_needed(sample->cells[i].arms_possible));
        status = cell_judge(&cells[count], &sample->cells[i], view->metric, problem);
        count += status == 0;
    }
    struct tone tone = tone_of(stdout);
    tone.costs = view->costs;
    tone.histogram = view->histogram;
    if (status == 0 && view->json)
        status = export_summary(cells, count, stdout, problem);
    for (size_t i = 0; i < count && status == 0 && !view->json; i++)
        tell_cell(&cells[i], NULL, &tone, stdout);
    if (status == 0)
        status = write_files(view, cells, count, problem);
    if (status == 0)
        status = judge(cells, count, problem);
    for (size_t i = 0; i < count; i++)
        cell_free(&cells[i]);
    free(cells);
    return status;
}
