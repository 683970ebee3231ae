/*
 * From the words of a command line to cells and arms: what is found wrong before anything runs,
 * what the arms' commands are, how a grid unfolds, and the journal that a plan is checked against.
 * Nothing is launched here.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/engine/journal.h"
#include "bench/engine/plan.h"

static struct plan plan;
static struct wanted_origin origin;
static struct problem problem;

static const struct workload_entry *workload(const char *name)
{
    const struct workload_entry *entry = workload_registry;
    while (entry->name != NULL && strcmp(entry->name, name) != 0)
        entry++;
    assert_non_null(entry->name);
    return entry;
}

static int make(const struct request *request)
{
    plan_free(&plan);
    free(origin.sites);
    origin.sites = NULL;
    problem = (struct problem){0};
    return plan_make(&plan, request, &origin, &problem);
}

static int clean_up(void **state)
{
    (void)state;
    plan_free(&plan);
    free(origin.sites);
    return 0;
}

static bool has(const struct arm *arm, const char *word)
{
    for (int i = 0; i < arm->argc; i++)
        if (strcmp(arm->argv[i], word) == 0)
            return true;
    return false;
}

static void an_arm_is_a_command(void **state)
{
    (void)state;
    char *options[] = {(char[]){"--unit"}, (char[]){"1ms"}};
    struct request request = {.workload = workload("crawl"),
                              .models = {"sequential", "threads", "threads"},
                              .model_count = 3,
                              .argc = 2,
                              .argv = options,
                              .metric = "wall_s"};
    assert_int_equal(make(&request), 0);
    assert_int_equal(plan.count, 1);
    assert_string_equal(plan.cells[0].name, "crawl");
    const struct arm *arms = plan.cells[0].arms;
    assert_string_equal(arms[0].label, "sequential");
    assert_string_equal(arms[1].label, "threads");
    assert_string_equal(arms[2].label, "threads (2)"); /* an A/A check */
    assert_true(has(&arms[1], "threads") && has(&arms[1], "--unit") && has(&arms[1], "1ms"));
    assert_false(origin.wanted);
    assert_true(has(&plan.cells[0].floors[1], "threads")); /* noop under the same model */
}

static void a_model_that_cannot_is_kept_with_the_reason(void **state)
{
    (void)state;
    struct request request = {.workload = workload("switch"),
                              .models = {"sequential", "threads"},
                              .model_count = 2,
                              .metric = "wall_s"};
    assert_int_equal(make(&request), 0);
    assert_int_equal(plan.cells[0].arm_count, 2);
    assert_string_equal(plan.cells[0].arms[0].not_applicable, "it runs one task at a time");
    const json_t *arm = json_array_get(json_object_get(plan.cells[0].header, "arms"), 0);
    assert_string_equal(json_string_value(json_object_get(arm, "not_applicable")),
                        "it runs one task at a time");
}

/* How a cell's ideal is simulated. */
static const struct arm *ideal_of(const char *name, int argc, char **argv)
{
    struct request request = {.workload = workload(name),
                              .models = {"threads"},
                              .model_count = 1,
                              .argc = argc,
                              .argv = argv,
                              .metric = "wall_s"};
    assert_int_equal(make(&request), 0);
    assert_int_equal(plan.cells[0].arm_count, 1); /* it is no arm */
    return &plan.cells[0].ideal;
}

static void the_ideal_is_the_same_command_simulated(void **state)
{
    (void)state;
    char *options[] = {(char[]){"--width"}, (char[]){"3"}};
    const struct arm *ideal = ideal_of("download", 2, options);
    assert_true(model_find(ideal->model)->model->simulated);
    assert_true(has(ideal, "{bin}/download") && has(ideal, "--width") && has(ideal, "3"));
    assert_true(has(ideal, "{origin}"));
    assert_false(has(ideal, "--simulate"));
    assert_int_equal(plan.cells[0].ideal_launches, 1);
    assert_true(has(ideal_of("squares", 2, options), "compute=measured"));
    assert_int_equal(plan.cells[0].ideal_launches, 3);
}

static void an_ideal_that_cannot_be_has_a_reason(void **state)
{
    (void)state;
    char *options[] = {(char[]){"--loop-stall"}};
    assert_int_equal(ideal_of("crawl", 1, options)->not_applicable[0], 0);
    struct request request = {
        .others = {{.label = "a", .command = "true"}}, .other_count = 1, .metric = "process_s"};
    assert_int_equal(make(&request), 0); /* no workload, no ideal, and nothing to say about it */
    assert_int_equal(plan.cells[0].ideal.argc, 0);
    assert_int_equal(plan.cells[0].ideal.not_applicable[0], 0);
}

static void what_simulates_is_no_arm(void **state)
{
    (void)state;
    const struct model_entry *entry = model_registry;
    while (entry->name != NULL && !model_simulates(entry))
        entry++;
    struct request request = {.workload = workload("crawl"),
                              .models = {"threads", entry->name},
                              .model_count = 2,
                              .metric = "wall_s"};
    assert_int_equal(make(&request), STATUS_USAGE);
    assert_non_null(strstr(problem.text, "simulates"));
}

static void a_grid_unfolds(void **state)
{
    (void)state;
    struct request request = {
        .workload = workload("download"),
        .models = {"threads"},
        .model_count = 1,
        .parameters = {{"tasks", {(char[]){"1"}, (char[]){"10"}}, 2},
                       {"latency", {(char[]){"0"}, (char[]){"1ms"}, (char[]){"50ms"}}, 3}},
        .parameter_count = 2,
        .sweep = true,
        .metric = "wall_s"};
    assert_int_equal(make(&request), 0);
    assert_int_equal(plan.count, 6);
    assert_string_equal(plan.cells[0].name, "download,tasks=1,latency=0");
    assert_string_equal(plan.cells[4].name, "download,tasks=10,latency=1ms");
    assert_true(has(&plan.cells[4].arms[0], "http://latency-1ms.bytes-1024.test/"));
    assert_true(has(&plan.cells[4].arms[0], "--tasks"));
    assert_true(has(&plan.cells[4].arms[0], "{origin}"));
    assert_true(origin.wanted);
    assert_non_null(strstr(origin.sites, "http://latency-50ms.bytes-1024.test/ 50 1024\n"));
}

static void words_are_split_without_a_shell(void **state)
{
    (void)state;
    struct request request = {
        .others = {{"x", "prog  'a b' \"c 'd\" e''f $HOME *", "([0-9]+) done"}},
        .other_count = 1,
        .metric = "process_s"};
    assert_int_equal(make(&request), 0);
    const struct arm *arm = &plan.cells[0].arms[0];
    const char *words[] = {"prog", "a b", "c 'd", "ef", "$HOME", "*"};
    assert_int_equal(arm->argc, 6);
    for (int i = 0; i < 6; i++)
        assert_string_equal(arm->argv[i], words[i]);
    assert_string_equal(arm->count_pattern, "([0-9]+) done");
    request.others[0].command = "prog 'open";
    assert_int_equal(make(&request), STATUS_USAGE);
    request.others[0].command = "  ";
    assert_int_equal(make(&request), STATUS_USAGE);
}

static void commands_are_hashed_wherever_they_are(void **state)
{
    (void)state;
    struct request request = {.others = {{"a", "sh -c true", NULL}, {"b", "/nowhere/b x", NULL}},
                              .other_count = 2,
                              .metric = "process_s"};
    assert_int_equal(make(&request), 0);
    const json_t *header = plan.cells[0].header, *programs = json_object_get(header, "programs");
    assert_int_equal(json_string_length(json_object_get(programs, "sh")), 64); /* out of PATH */
    assert_true(json_is_null(json_object_get(programs, "/nowhere/b")));
    assert_non_null(json_object_get(json_object_get(header, "missing"), "programs./nowhere/b"));
    request.others[1].command = "/nowhere/b \xff"; /* JSON has no such word */
    assert_int_equal(make(&request), STATUS_USAGE);
}

static void refuse(struct request request, const char *why)
{
    request.metric = "wall_s";
    assert_int_equal(make(&request), STATUS_USAGE);
    if (strstr(problem.text, why) == NULL)
        fail_msg("'%s' does not say '%s'", problem.text, why);
}

static void what_is_wrong_is_found_before_anything_runs(void **state)
{
    (void)state;
    char *unknown[] = {(char[]){"--no-such"}};
    char *model[] = {(char[]){"-m"}, (char[]){"uv"}};
    char *log[] = {(char[]){"--log"}};
    struct request base = {.workload = workload("crawl"), .models = {"threads"}, .model_count = 1};
    struct request request = base;
    request.models[0] = "no-such";
    refuse(request, "there is no model 'no-such'");
    request = base;
    request.argc = 1, request.argv = unknown;
    refuse(request, "--no-such");
    request.argc = 2, request.argv = model;
    refuse(request, "--models");
    request.argc = 1, request.argv = log;
    refuse(request, "--log");
    request = base;
    request.parameter_count = 1;
    request.parameters[0] = (struct parameter){"no-such", {(char[]){"1"}}, 1};
    refuse(request, "crawl has no parameter 'no-such'");
    request.parameters[0] = (struct parameter){"tasks", {(char[]){"x"}}, 1};
    refuse(request, "--tasks");
    request.parameters[0] = (struct parameter){"tasks", {(char[]){"1"}, (char[]){"1"}}, 2};
    refuse(request, "the value '1' twice");
    request.parameters[0] = (struct parameter){"latency", {(char[]){"1ms"}}, 1};
    refuse(request, "crawl has no parameter 'latency'"); /* it has no peer */
    request.workload = workload("download");
    request.parameters[0] = (struct parameter){"latency", {(char[]){"1.5ms"}}, 1};
    refuse(request, "whole milliseconds");
    request.parameters[0] = (struct parameter){"scheme", {(char[]){"ftp"}}, 1};
    refuse(request, "http and https");
    request.parameters[0] = (struct parameter){"bytes", {(char[]){"-1"}}, 1};
    refuse(request, "-L bytes");
    request.parameter_count = 2;
    request.parameters[0] = request.parameters[1] = (struct parameter){"tasks", {(char[]){"1"}}, 1};
    refuse(request, "given twice");
    const char *const counts[] = {"", "0", "-1", "nan", "([0-9]+", "no group"};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        refuse((struct request){.others = {{"x", "prog", counts[i]}}, .other_count = 1}, "--count");
}

/* ---- The journal. ---- */

static char folder[] = "/tmp/crossover-test-XXXXXX";
static char journal_path[64];

static int count_line(void *data, json_t *line, struct problem *why)
{
    (void)line, (void)why;
    ++*(int *)data;
    return 0;
}

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(journal_path, sizeof journal_path, "%s/launches.jsonl", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(journal_path);
    int rc = rmdir(folder);
    strcpy(folder, "/tmp/crossover-test-XXXXXX");
    return rc;
}

static void write_text(const char *text)
{
    int fd = open(journal_path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void lines_are_kept_and_a_torn_one_is_cut(void **state)
{
    (void)state;
    struct journal journal;
    int lines = 0;
    assert_int_equal(journal_open(&journal, folder, count_line, &lines, &problem), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(journal_append(&journal, json_pack("{s:i}", "i", i), &problem), 0);
    assert_int_equal(journal_close(&journal, &problem), 0);
    write_text("{\"i\":3,\"torn");
    assert_int_equal(journal_read(folder, count_line, &lines, &problem), 0);
    assert_int_equal(lines, 3); /* who reads alone passes over it */
    lines = 0;
    assert_int_equal(journal_open(&journal, folder, count_line, &lines, &problem), 0);
    assert_int_equal(lines, 3);
    assert_int_equal(journal.cut_bytes, 12);
    assert_int_equal(journal_append(&journal, json_pack("{s:i}", "i", 4), &problem), 0);
    assert_int_equal(journal_close(&journal, &problem), 0);
    lines = 0;
    assert_int_equal(journal_read(folder, count_line, &lines, &problem), 0);
    assert_int_equal(lines, 4);
}

static void a_line_that_is_none_is_refused(void **state)
{
    (void)state;
    struct journal journal;
    int lines = 0;
    write_text("{\"i\":0}\nno JSON\n{\"i\":2}\n");
    assert_int_equal(journal_open(&journal, folder, count_line, &lines, &problem),
                     STATUS_INCOMPARABLE);
    assert_non_null(strstr(problem.text, "line 2"));
    assert_int_equal(journal.fd, -1);
    unlink(journal_path);
    write_text("[1]\n");
    assert_int_equal(journal_read(folder, count_line, &lines, &problem), STATUS_INCOMPARABLE);
}

static void one_writer_at_a_time(void **state)
{
    (void)state;
    struct journal journal, second;
    int lines = 0;
    assert_int_equal(journal_open(&journal, folder, count_line, &lines, &problem), 0);
    assert_int_equal(journal_open(&second, folder, count_line, &lines, &problem), STATUS_USAGE);
    assert_non_null(strstr(problem.text, "in use"));
    assert_int_equal(journal_close(&journal, &problem), 0);
    assert_int_equal(journal_open(&second, folder, count_line, &lines, &problem), 0);
    assert_int_equal(journal_close(&second, &problem), 0);
}

static void there_is_no_journal(void **state)
{
    (void)state;
    struct journal journal;
    int lines = 0;
    assert_int_equal(journal_read("/no/such/folder", count_line, &lines, &problem), -ENOENT);
    assert_int_equal(journal_open(&journal, "/proc/none", count_line, &lines, &problem),
                     STATUS_OUTPUT);
    write_text("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arm_is_a_command),
        cmocka_unit_test(a_model_that_cannot_is_kept_with_the_reason),
        cmocka_unit_test(the_ideal_is_the_same_command_simulated),
        cmocka_unit_test(an_ideal_that_cannot_be_has_a_reason),
        cmocka_unit_test(what_simulates_is_no_arm),
        cmocka_unit_test(a_grid_unfolds),
        cmocka_unit_test(words_are_split_without_a_shell),
        cmocka_unit_test(commands_are_hashed_wherever_they_are),
        cmocka_unit_test(what_is_wrong_is_found_before_anything_runs),
        cmocka_unit_test_setup_teardown(lines_are_kept_and_a_torn_one_is_cut, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_line_that_is_none_is_refused, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(one_writer_at_a_time, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(there_is_no_journal, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
