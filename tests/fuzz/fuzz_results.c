/*
 * What `crossover show` reads: a journal from anywhere, read, judged and told in every form. The
 * letters of the first line choose the forms; a line "hyperfine" ends the journal, and what
 * hyperfine wrote follows. Whatever stands there is refused or shown: it is never more memory or
 * time than its size accounts for, and no control byte comes out of it.
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "bench/engine/journal.h"
#include "bench/export.h"
#include "bench/hyperfine.h"
#include "bench/rules.h"
#include "bench/tell.h"
#include "tests/fuzz/fuzz.h"

/* What is told goes into memory, to be looked at. */
struct told {
    FILE *file;
    char *text;
    size_t length;
};

static void begin_text(struct told *told)
{
    told->file = open_memstream(&told->text, &told->length);
    if (told->file == NULL)
        abort();
}

static void end_text(struct told *told)
{
    fclose(told->file);
    for (size_t i = 0; i < told->length; i++)
        REQUIRE(told->text[i] == '\n' || (unsigned char)told->text[i] >= ' ');
    free(told->text);
}

static void check_cell(const struct cell *cell)
{
    char why[600];
    size_t order[SAMPLE_ARMS_MAX], sorted = cell_sorted(cell, order);
    REQUIRE(cell->count <= SAMPLE_ARMS_MAX && sorted <= cell->count);
    for (size_t i = 1; i < sorted; i++)
        REQUIRE(cell->models[order[i - 1]].median.value <= cell->models[order[i]].median.value);
    for (size_t i = 0; i < cell->count; i++)
        for (size_t j = 0; j < cell->count && i != j; j++)
            REQUIRE(!cell_faster(cell, &cell->models[i], &cell->models[j]) ||
                    !cell_faster(cell, &cell->models[j], &cell->models[i]));
    for (int i = 0; i < rule_count; i++)
        REQUIRE(rule_judge(&rules[i], cell, why, sizeof why) <= NOT_MEASURED);
}

/* Nothing is left out of it. */
static void check_summary(const struct cell *cell)
{
    struct problem problem;
    json_error_t error;
    struct told told;
    begin_text(&told);
    REQUIRE(export_summary(cell, 1, told.file, &problem) == 0);
    fflush(told.file);
    json_t *root = json_loads(told.text, 0, &error);
    const json_t *shown = json_array_get(json_object_get(root, "cells"), 0);
    REQUIRE(json_array_size(json_object_get(shown, "arms")) == cell->count);
    json_decref(root);
    end_text(&told);
}

static void tell(const struct cell *cell, const char *forms)
{
    struct problem problem;
    struct tone tone = {.costs = strchr(forms, 'c') != NULL,
                        .histogram = strchr(forms, 'h') != NULL};
    struct told told;
    begin_text(&told);
    tell_cell(cell, NULL, &tone, told.file);
    if (strchr(forms, 'j') != NULL)
        check_summary(cell);
    if (strchr(forms, 'e') != NULL) {
        REQUIRE(export_csv(cell, 1, "/dev/null", &problem) == 0);
        REQUIRE(export_markdown(cell, 1, "/dev/null", &problem) == 0);
        REQUIRE(export_hyperfine(cell, 1, "/dev/null", &problem) == 0);
    }
    end_text(&told);
}

static void tell_hyperfine(const struct sample *sample, const char *json)
{
    json_error_t error;
    struct hyperfine_agreement agreement = {0};
    json_t *root = json_loads(json, 0, &error);
    struct told told;
    begin_text(&told);
    for (size_t i = 0; i < sample->count && root != NULL; i++)
        hyperfine_compare_cell(&sample->cells[i], root, &agreement, told.file);
    REQUIRE(agreement.agreed <= agreement.compared);
    REQUIRE(agreement.compared == 0 || (isfinite(agreement.widest) && agreement.widest > 0));
    end_text(&told);
    json_decref(root);
}

static void show(struct sample *sample, const char *forms, const char *hyperfine)
{
    for (size_t i = 0; i < sample->count; i++) {
        struct cell cell;
        struct problem problem = {0};
        REQUIRE(sample->cells[i].block_count <= sample->cells[i].launch_count);
        REQUIRE(sample->cells[i].column_count <= SAMPLE_COLUMNS_MAX);
        sample_settle(&sample->cells[i], cell_blocks_needed(sample->cells[i].arms_possible));
        int status = cell_judge(&cell, &sample->cells[i], NULL, &problem);
        REQUIRE(status == 0 || status == STATUS_USAGE);
        if (status != 0)
            continue;
        check_cell(&cell);
        tell(&cell, forms);
        cell_free(&cell);
    }
    if (hyperfine != NULL)
        tell_hyperfine(sample, hyperfine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* With a 0 behind it, which text in a file could have anywhere. */
    char *text = malloc(size + 1), forms[16] = "";
    memcpy(text, data, size);
    text[size] = 0;
    size_t begin = strcspn(text, "\n");
    if (begin < size) {
        snprintf(forms, sizeof forms, "%.*s", (int)begin, text);
        begin++;
        char *hyperfine = strstr(text + begin, "\nhyperfine\n");
        size_t length = hyperfine != NULL ? (size_t)(hyperfine + 1 - text) - begin : size - begin;
        struct sample sample = {0};
        struct problem problem = {0};
        FILE *file = length > 0 ? fmemopen(text + begin, length, "r") : NULL;
        if (file != NULL) {
            int status = journal_read_file(file, "the journal", sample_add, &sample, &problem);
            REQUIRE(status == 0 || status == STATUS_INCOMPARABLE);
            REQUIRE(status == 0 || problem.text[0] != 0);
            if (status == 0)
                show(&sample, forms, hyperfine != NULL ? hyperfine + 11 : NULL);
            fclose(file);
        }
        sample_free(&sample);
    }
    free(text);
    return 0;
}
