/* Two tables of the same processes. */
#include "bench/hyperfine.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/sample/cell.h"
#include "bench/stats/median.h"

static struct estimate median_of_times(const json_t *result)
{
    const json_t *times = json_object_get(result, "times");
    size_t count = json_array_size(times);
    struct estimate median = {0};
    double *values = malloc((count + 1) * sizeof *values);
    for (size_t i = 0; i < count && values != NULL; i++)
        values[i] = json_number_value(json_array_get(times, i));
    if (values != NULL && count > 0)
        median = median_of(values, count, CELL_CONFIDENCE);
    free(values);
    return median;
}

static struct estimate median_of_arm(const struct sample_cell *cell, const char *label)
{
    struct estimate median = {0};
    int arm = label != NULL ? sample_arm_find(cell, label) : -1;
    double *values = malloc((cell->launch_count + 1) * sizeof *values);
    if (values != NULL && arm >= 0) {
        size_t count = sample_values(cell, (size_t)arm, LAUNCH_TIMED,
                                     sample_column(cell, "process_s"), values);
        if (count > 0)
            median = median_of(values, count, CELL_CONFIDENCE);
    }
    free(values);
    return median;
}

static void compare_one(const struct sample_cell *cell, const json_t *result,
                        struct hyperfine_agreement *agreement, FILE *out)
{
    const char *label = json_string_value(json_object_get(result, "command"));
    struct estimate theirs = median_of_times(result), ours = median_of_arm(cell, label);
    double ratio = ours.value / theirs.value;
    if (theirs.count == 0 || ours.count == 0 || !isfinite(ratio) || ratio <= 0)
        return;
    bool agree = fabs(ratio - 1) <= HYPERFINE_WITHIN || !median_separated(&ours, &theirs);
    const char *unit;
    double scale = metric_unit("process_s", theirs.value, &unit);
    fprintf(out, "  %-18s %-14s %10.4g %10.4g %-3s  %6.3f%s\n", cell->name, label,
            theirs.value * scale, ours.value * scale, unit, ratio, agree ? "" : "  differ");
    agreement->compared++;
    agreement->agreed += agree;
    if (agreement->widest <= 0 || fabs(log(ratio)) > fabs(log(agreement->widest)))
        agreement->widest = ratio;
}

void hyperfine_compare_cell(const struct sample_cell *cell, const json_t *root,
                            struct hyperfine_agreement *agreement, FILE *out)
{
    const json_t *results = json_object_get(root, "results");
    if (agreement->compared == 0 && json_array_size(results) > 0)
        fprintf(out,
                "\nWhole processes, median: by hyperfine, one model after another, and by our own "
                "engine\n  %-18s %-14s %10s %10s %-3s  %6s\n",
                "", "", "hyperfine", "crossover", "", "ratio");
    for (size_t i = 0; i < json_array_size(results); i++)
        compare_one(cell, json_array_get(results, i), agreement, out);
}

int hyperfine_compare(const struct sample *sample, const char *run, FILE *out,
                      struct problem *problem)
{
    struct hyperfine_agreement agreement = {0};
    for (size_t i = 0; i < sample->count; i++) {
        char path[4400];
        json_error_t error;
        snprintf(path, sizeof path, "%s/hyperfine/%s.json", run, sample->cells[i].name);
        if (access(path, F_OK) != 0)
            continue;
        json_t *root = json_load_file(path, 0, &error);
        if (root == NULL)
            return problem_set(problem, STATUS_INCOMPARABLE, "'%s' cannot be read as JSON: %s",
                               path, error.text);
        hyperfine_compare_cell(&sample->cells[i], root, &agreement, out);
        json_decref(root);
    }
    if (agreement.compared > 0)
        fprintf(out,
                "  The two agree in %u of %u (within %.0f %%, or with intervals that overlap); "
                "farthest apart: %.3f.\n",
                agreement.agreed, agreement.compared, HYPERFINE_WITHIN * 100, agreement.widest);
    return 0;
}
