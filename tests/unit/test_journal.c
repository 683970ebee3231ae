/* Journals from anywhere, too large for a fuzzer: what has no end is refused before it is held. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/engine/journal.h"
#include "bench/sample/sample.h"

#define CELL                                                                                       \
    "{\"type\":\"cell\",\"schema_version\":1,\"cell\":\"c\",\"arms\":[{\"label\":\"a\"}]}\n"
#define LAUNCH "{\"type\":\"launch\",\"cell\":\"c\",\"arm\":\"a\",\"kind\":\"timed\""

struct journal_text {
    FILE *file;
    char *text;
    size_t length;
};

static void begin(struct journal_text *journal)
{
    journal->file = open_memstream(&journal->text, &journal->length);
    assert_non_null(journal->file);
    fputs(CELL, journal->file);
}

/* Reads what was written; `why` is part of the sentence, NULL: it is fine. */
static void check(struct journal_text *journal, const char *why)
{
    struct sample sample = {0};
    struct problem problem = {0};
    fclose(journal->file);
    FILE *file = fmemopen(journal->text, journal->length, "r");
    assert_non_null(file);
    int status = journal_read_file(file, "it", sample_add, &sample, &problem);
    assert_int_equal(status, why != NULL ? STATUS_INCOMPARABLE : 0);
    if (why != NULL)
        assert_non_null(strstr(problem.text, why));
    fclose(file);
    sample_free(&sample);
    free(journal->text);
}

static void a_line_has_an_end(void **state)
{
    (void)state;
    for (int over = 0; over <= 1; over++) {
        struct journal_text journal;
        begin(&journal);
        int head = fprintf(journal.file, LAUNCH ",\"failed\":\"");
        for (int i = head; i < JOURNAL_LINE_MAX - 3 + over; i++)
            fputc('x', journal.file);
        fputs("\"}\n", journal.file);
        check(&journal, over ? "line 2 of 'it' is longer than 4 MiB" : NULL);
    }
}

static void figures_have_a_number(void **state)
{
    (void)state;
    for (int over = 0; over <= 1; over++) {
        struct journal_text journal;
        begin(&journal);
        fputs(LAUNCH, journal.file);
        for (int i = 0; i < SAMPLE_COLUMNS_MAX + over; i++)
            fprintf(journal.file, ",\"f%d\":1", i);
        fputs("}\n", journal.file);
        check(&journal, over ? "more than 1024 figures" : NULL);
    }
}

static void a_block_has_launches(void **state)
{
    (void)state;
    struct journal_text journal;
    begin(&journal);
    fputs(LAUNCH "}\n{\"type\":\"block\",\"cell\":\"c\",\"block\":0}\n", journal.file);
    check(&journal, NULL);
    begin(&journal);
    fputs("{\"type\":\"block\",\"cell\":\"c\",\"block\":1000000}\n", journal.file);
    check(&journal, "no block 1000000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_line_has_an_end),
                                       cmocka_unit_test(figures_have_a_number),
                                       cmocka_unit_test(a_block_has_launches)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
