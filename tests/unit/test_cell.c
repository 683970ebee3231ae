/*
 * Cells judged from journals that are made up: medians, ratios by blocks, who is separated, who
 * wins, the rules' verdicts, the warnings. The statistics themselves are test_stats.c's.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bench/rules.h"
#include "bench/sample/cell.h"
#include "bench/sample/certificate.h"
#include "bench/sample/cost.h"
#include "bench/sample/tail.h"
#include "bench/sample/warn.h"
#include "bench/tell.h"
#include "core/random.h"

/* ---- A journal. ---- */

static struct sample sample;
static struct problem problem;

static int add(json_t *line)
{
    int status = sample_add(&sample, line, &problem);
    json_decref(line);
    return status;
}

static void begin(const char *const *names, size_t count)
{
    json_t *arms = json_array();
    sample_free(&sample);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            arms, json_pack("{s:s, s:s, s:[]}", "label", names[i], "model", names[i], "command"));
    assert_int_equal(add(json_pack("{s:s, s:i, s:s, s:s, s:s, s:{}, s:o}", "type", "cell",
                                   "schema_version", SAMPLE_SCHEMA_VERSION, "cell", "c", "workload",
                                   "download", "metric", "wall_s", "parameters", "arms", arms)),
                     0);
}

static json_t *launch_line(const char *arm, const char *kind, int block, double wall_s)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:I, s:f, s:{s:f, s:i}}", "type", "launch",
                     "cell", "c", "arm", arm, "kind", kind, "block", block, "position", 0,
                     "started_ns", (json_int_t)block * 1000, "process_s", wall_s + 0.001, "record",
                     "wall_s", wall_s, "tasks", 10);
}

static void end_block(int block, const char *type)
{
    assert_int_equal(add(json_pack("{s:s, s:s, s:i}", "type", type, "cell", "c", "block", block)),
                     0);
}

/* Blocks of arms with these medians; every launch differs by up to `spread` of itself, every block
 * of the machine by up to `mood`. */
static void measure(const char *const *names, const double *values, size_t count, int blocks,
                    double spread, double mood)
{
    begin(names, count);
    for (int block = 0; block < blocks; block++) {
        double machine = exp(mood * ((double)(random_at(5, (uint64_t)block) % 1000) / 500 - 1));
        for (size_t i = 0; i < 2 * count; i++) {
            size_t arm = i < count ? i : 2 * count - 1 - i;
            uint64_t place = (uint64_t)block * 64 + i;
            double off = spread * ((double)(random_at(7, place) % 1000) / 500 - 1);
            assert_int_equal(
                add(launch_line(names[arm], "timed", block, values[arm] * machine * (1 + off))), 0);
        }
        end_block(block, "block");
    }
}

static struct cell cell;

static struct cell *judge(const char *metric)
{
    cell_free(&cell);
    assert_int_equal(cell_judge(&cell, &sample.cells[0], metric, &problem), 0);
    return &cell;
}

static int clean_up(void **state)
{
    (void)state;
    cell_free(&cell);
    sample_free(&sample);
    return 0;
}

/* ---- Figures. ---- */

static void medians_and_ratios(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b"};
    measure(names, (double[]){1, 1.2}, 2, 10, 0, 0.5);
    judge(NULL);
    const struct cell_model *a = cell_find(&cell, "a"), *b = cell_find(&cell, "b");
    assert_int_equal(a->launches, 20);
    assert_int_equal(a->median.count, 10); /* blocks */
    struct estimate ratio = cell_ratio(&cell, b, a);
    assert_true(fabs(ratio.value - 1.2) < 1e-9); /* whatever the machine did from block to block */
    assert_true(fabs(ratio.low - 1.2) < 1e-9 && fabs(ratio.high - 1.2) < 1e-9);
    assert_true(fabs(cell_ratio(&cell, a, b).value - 1 / 1.2) < 1e-9);
    assert_true(cell_faster(&cell, a, b));
    assert_false(cell_faster(&cell, b, a));
    assert_true(b->median.low < a->median.high); /* the medians alone could not tell them apart */
    assert_ptr_equal(cell_best(&cell), a);
    assert_ptr_equal(cell_second(&cell), b);
    assert_true(cell_wins(&cell, a));
    assert_false(cell_wins(&cell, b));
}

static void what_is_as_fast_is_not_separated(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c"};
    char groups[200];
    measure(names, (double[]){1, 1.001, 2}, 3, 12, 0.05, 0.1);
    judge(NULL);
    assert_false(cell_faster(&cell, &cell.models[0], &cell.models[1]));
    assert_false(cell_faster(&cell, &cell.models[1], &cell.models[0]));
    assert_true(cell_faster(&cell, &cell.models[0], &cell.models[2]));
    assert_true(cell_wins(&cell, &cell.models[1]));
    tell_groups(&cell, groups, sizeof groups);
    assert_true(strcmp(groups, "a, b") == 0 || strcmp(groups, "b, a") == 0);
}

static void few_blocks_separate_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b"};
    measure(names, (double[]){1, 3}, 2, 5, 0, 0);
    judge(NULL);
    assert_int_equal(cell.blocks_needed, 6); /* 2·2⁻⁶ <= 0.05 */
    assert_false(cell_faster(&cell, &cell.models[0], &cell.models[1]));
    measure(names, (double[]){1, 3}, 2, 6, 0, 0);
    judge(NULL);
    assert_true(cell_faster(&cell, &cell.models[0], &cell.models[1]));
    assert_int_equal(cell_blocks_needed(5), 9); /* ten pairs: 2·2⁻⁹ <= 0.005 */
}

static void disturbed_and_open_blocks_do_not_count(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b"};
    measure(names, (double[]){1, 2}, 2, 8, 0, 0);
    for (int i = 0; i < 2; i++) {
        add(launch_line("a", "timed", 8, 100));
        add(launch_line("b", "timed", 8, 100));
        add(launch_line("a", "timed", 9, 100)); /* killed before its end */
    }
    end_block(8, "block");
    end_block(8, "disturbed");
    sample_settle(&sample.cells[0], 6);
    judge(NULL);
    assert_int_equal(cell.blocks, 8);
    assert_true(cell.models[0].median.high == 1);
    assert_false(sample.cells[0].unfit);
    for (int i = 0; i < 8; i++)
        end_block(i, "disturbed");
    sample_settle(&sample.cells[0], 6);
    judge(NULL);
    assert_true(sample.cells[0].unfit); /* then all count, and decide nothing */
    assert_int_equal(cell.models[0].launches, 18);
}

static void other_figures_have_their_own_winner(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b"};
    measure(names, (double[]){1, 2}, 2, 8, 0, 0);
    judge("process_s");
    assert_true(fabs(cell.models[0].median.value - 1.001) < 1e-9);
    cell_free(&cell);
    assert_int_equal(cell_judge(&cell, &sample.cells[0], "no_such_s", &problem), STATUS_USAGE);
    cell.count = 0;
}

static void failures_have_no_figure(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b"};
    measure(names, (double[]){1, 2}, 2, 8, 0, 0);
    json_t *line = launch_line("a", "timed", 8, 1);
    json_object_set_new(line, "failed", json_string("it ended with status 1"));
    add(line);
    judge(NULL);
    assert_false(cell_has_figure(&cell.models[0]));
    assert_string_equal(cell.models[0].failure, "it ended with status 1");
    assert_ptr_equal(cell_best(&cell), &cell.models[1]);
    assert_false(cell_wins(&cell, &cell.models[0]));
}

/* ---- The same work. ---- */

static json_t *certificate(const char *id, int tasks, int requests)
{
    return json_pack("{s:i, s:{s:i}, s:{s:i}, s:n, s:i, s:s, s:s}", "tasks", tasks, "outcomes",
                     "ok", tasks, "operations", "requests", requests, "bytes", "connections", tasks,
                     "digest", id, "id", id);
}

static void certificates_that_differ_say_in_what(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        int tasks, requests;
        const char *why;
    } cases[] = {
        {"x", 12, 12, ""},
        {"x", 12, 11, ""}, /* the id tells */
        {"y", 11, 11, "did other work: 11 tasks where the others did 12"},
        {"y", 12, 13, "did other work: 13 requests where the others did 12"},
        {"y", 12, 12, "did other work: its results have another digest"},
    };
    char why[WORK_WHY_BYTES];
    json_t *whole = certificate("x", 12, 12);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *other = certificate(cases[i].id, cases[i].tasks, cases[i].requests);
        why[0] = 0;
        assert_int_equal(certificate_same(other, whole, why, sizeof why), cases[i].why[0] == 0);
        assert_string_equal(why, cases[i].why);
        json_decref(other);
    }
    why[0] = 0;
    assert_true(certificate_same(NULL, NULL, why, sizeof why));
    assert_string_equal(why, "");
    assert_false(certificate_same(NULL, whole, why, sizeof why));
    assert_non_null(strstr(why, "nobody certifies"));
    assert_false(certificate_same(whole, NULL, why, sizeof why));
    json_t *named = json_pack("{s:s, s:{s:i}}", "id", "z", "operations", "a\x1b[31m", 1);
    json_t *unnamed = json_pack("{s:s, s:{}}", "id", "y", "operations");
    assert_false(certificate_same(named, unnamed, why, sizeof why)); /* missing there counts too */
    assert_string_equal(why, "did other work: 1 a\\x1b[31m where the others did no");
    json_decref(named);
    json_decref(unnamed);
    json_decref(whole);
}

/* Blocks of arms whose launches have these certificates, by their ids, the second of a block the
 * second one; "": none. */
static void measure_work(const char *const (*ids)[2], size_t count)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    begin(names, count);
    for (int block = 0; block < 12; block++) {
        for (size_t i = 0; i < 2 * count; i++) {
            size_t arm = i < count ? i : 2 * count - 1 - i;
            const char *id = ids[arm][i >= count];
            json_t *line = launch_line(names[arm], "timed", block, 1 + 0.5 * (double)arm);
            if (id[0] != 0)
                json_object_set_new(json_object_get(line, "record"), "certificate",
                                    certificate(id, 1, id[0]));
            assert_int_equal(add(line), 0);
        }
        end_block(block, "block");
    }
    judge(NULL);
}

/* Which arms are not compared, by their names. */
static const char *left_out(void)
{
    static char names[8];
    names[0] = 0;
    for (size_t i = 0; i < cell.count; i++) {
        assert_true(cell_has_figure(&cell.models[i]) == (cell.models[i].other_work == NULL));
        if (cell.models[i].other_work != NULL)
            strcat(names, cell.models[i].name);
    }
    return names;
}

static void arms_that_did_other_work_are_not_compared(void **state)
{
    (void)state;
    struct warnings warnings;
    measure_work((const char *const[][2]){{"x", "x"}, {"y", "y"}, {"y", "y"}}, 3);
    assert_string_equal(left_out(), "a"); /* though it is the fastest */
    assert_string_equal(cell.models[0].other_work,
                        "did other work: 120 requests where the others did 121");
    assert_ptr_equal(cell_best(&cell), &cell.models[1]);
    assert_false(cell_wins(&cell, &cell.models[0]));
    assert_int_equal(cell_ratio(&cell, &cell.models[0], &cell.models[1]).count, 0);
    warn_of(&warnings, &cell);
    assert_non_null(strstr(warnings.texts[0], "120 requests"));
    measure_work((const char *const[][2]){{"x", "x"}, {"x", "x"}, {"x", "x"}}, 3);
    assert_string_equal(left_out(), "");
    measure_work((const char *const[][2]){{"x", "x"}, {"y", "y"}, {"x", "x"}, {"y", "y"}}, 4);
    assert_string_equal(left_out(), "bd"); /* as many of both: the first arm's */
    measure_work((const char *const[][2]){{"x", "y"}, {"y", "y"}, {"x", "x"}}, 3);
    assert_string_equal(left_out(), "ac"); /* that of a is none: b's was there first */
    assert_non_null(strstr(cell.models[0].other_work, "not all the same: a launch did other work"));
}

static void what_has_no_certificate_is_compared_with_its_like(void **state)
{
    (void)state;
    measure_work((const char *const[][2]){{"", ""}, {"", ""}}, 2);
    assert_string_equal(left_out(), "");
    measure_work((const char *const[][2]){{"", ""}, {"x", "x"}, {"x", "x"}}, 3);
    assert_string_equal(left_out(), "a");
    measure_work((const char *const[][2]){{"", ""}, {"x", "x"}, {"", ""}}, 3);
    assert_string_equal(left_out(), "b");
}

/* What a launch that failed had done until then is not told a second time; and those that are not
 * compared may have done less. */
static void what_is_not_compared_did_no_other_work(void **state)
{
    (void)state;
    measure_work((const char *const[][2]){{"x", "x"}, {"x", "x"}}, 2);
    json_t *line = launch_line("b", "timed", 12, 1);
    json_object_set_new(json_object_get(line, "record"), "certificate", certificate("y", 1, 1));
    json_object_set_new(line, "failed", json_string("it ended with status 1"));
    add(line);
    judge(NULL);
    assert_null(cell.models[1].other_work);
    assert_string_equal(cell.models[1].failure, "it ended with status 1");

    line = launch_line("a", "observed-half", 0, 1); /* as if there were half as many tasks */
    json_object_set_new(json_object_get(line, "record"), "certificate", certificate("y", 1, 1));
    add(line);
    judge(NULL);
    assert_null(cell.models[0].other_work);

    measure_work((const char *const[][2]){{"x", "x"}, {"x", "x"}}, 2);
    line = launch_line("b", "timed", 12, 1);
    json_object_set_new(json_object_get(line, "record"), "certificate", certificate("y", 1, 1));
    json_object_set_new(line, "failed", json_string("stopped after 1 s"));
    json_object_set_new(line, "bound", json_true());
    add(line);
    judge(NULL);
    assert_null(cell.models[1].other_work);
    assert_true(cell.models[1].bounded);
}

static void what_is_no_journal_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"a"};
    measure(names, (double[]){1}, 1, 2, 0, 0);
    assert_int_equal(add(launch_line("z", "timed", 0, 1)), STATUS_INCOMPARABLE);
    assert_int_equal(add(launch_line("a", "other", 0, 1)), STATUS_INCOMPARABLE);
    assert_int_equal(add(json_pack("{s:s}", "type", "other")), STATUS_INCOMPARABLE);
    assert_int_equal(add(json_pack("{s:s, s:s, s:i}", "type", "block", "cell", "c", "block", -1)),
                     STATUS_INCOMPARABLE);
    assert_int_equal(add(json_pack("{s:s, s:i, s:s, s:[]}", "type", "cell", "schema_version", 999,
                                   "cell", "d", "arms")),
                     STATUS_INCOMPARABLE);
    assert_non_null(strstr(problem.text, "another schema"));
}

/* ---- What it costs. ---- */

static double cost(const char *name, char *why)
{
    struct measure measures[MEASURES_MAX];
    size_t count = cost_measures(&sample.cells[0], measures);
    for (size_t i = 0; i < count; i++)
        if (strcmp(measures[i].name, name) == 0)
            return cost_of(&sample.cells[0], 0, &measures[i], why);
    fail_msg("there is no measure %s", name);
    return NAN;
}

static json_t *observed_line(const char *kind, int tasks, double pss)
{
    json_t *line = launch_line("a", kind, 0, 1);
    json_object_set_new(line, "tree", json_pack("{s:f}", "pss_bytes", pss));
    json_object_set_new(json_object_get(line, "record"), "tasks", json_integer(tasks));
    return line;
}

static void slopes_take_what_a_task_adds(void **state)
{
    (void)state;
    static const char *const names[] = {"a"};
    char why[REASON_BYTES];
    measure(names, (double[]){1}, 1, 2, 0, 0);
    assert_true(isnan(cost("pss_per_task_bytes", why)));
    assert_true(why[0] != 0);
    add(observed_line("observed", 1000, 1e6 + 1000 * 128));
    assert_true(isnan(cost("pss_per_task_bytes", why)));
    add(observed_line("observed-half", 500, 1e6 + 500 * 128));
    assert_true(fabs(cost("pss_per_task_bytes", why) - 128) < 1e-6);
    assert_true(fabs(cost("peak_pss_bytes", why) - 1128000) < 1e-6);
}

static void what_is_missing_says_why(void **state)
{
    (void)state;
    static const char *const names[] = {"a"};
    char why[REASON_BYTES];
    measure(names, (double[]){1}, 1, 2, 0, 0);
    json_t *line = launch_line("a", "observed", 0, 1);
    json_object_set_new(line, "missing", json_pack("{s:s}", "tree", "it was over too soon"));
    json_object_set_new(json_object_get(line, "record"), "missing",
                        json_pack("{s:s}", "loop_stall_s", "the model has no loop"));
    add(line);
    assert_true(isnan(cost("peak_threads", why)));
    assert_string_equal(why, "it was over too soon");
    assert_true(isnan(cost("loop_stall_s", why)));
    assert_string_equal(why, "the model has no loop");
}

static void histograms_are_merged(void **state)
{
    (void)state;
    static const char *const names[] = {"a"};
    char why[REASON_BYTES];
    begin(names, 1);
    for (int i = 0; i < 2; i++) { /* ten tasks of about 1 ms, then ten of about 4 ms */
        json_t *line = launch_line("a", "timed", i, 1);
        json_int_t upper =
            (json_int_t)histogram_upper_ns(histogram_bucket(i == 0 ? 1000000 : 4000000));
        json_object_set_new(
            json_object_get(line, "record"), "histograms",
            json_pack("{s:[[I, i]], s:[]}", "latency", upper, 10, "latency_intended"));
        add(line);
        end_block(i, "block");
    }
    assert_true(fabs(cost("latency_p50_s", why) - 0.001) < 0.001 / 16);
    assert_true(fabs(cost("latency_p90_s", why) - 0.004) < 0.004 / 16);
    assert_true(isnan(cost("latency_intended_p50_s", why)));
}

/* Half of the launches have a slow task among their ten. */
static void tails_have_an_interval_from_many_launches_on(void **state)
{
    (void)state;
    static const char *const names[] = {"a"};
    begin(names, 1);
    for (int i = 0; i < 40; i++) {
        json_t *line = launch_line("a", "timed", i / 2, 1);
        json_int_t fast = (json_int_t)histogram_upper_ns(histogram_bucket(1000000));
        json_int_t slow = (json_int_t)histogram_upper_ns(histogram_bucket(8000000));
        json_object_set_new(json_object_get(line, "record"), "histograms",
                            json_pack("{s:[], s:[[I, i], [I, i]]}", "latency", "latency_intended",
                                      fast, i % 2 == 0 ? 9 : 10, slow, i % 2 == 0 ? 1 : 0));
        add(line);
        if (i % 2 == 1)
            end_block(i / 2, "block");
        struct estimate tail = tail_estimate(&sample.cells[0], 0, 0.96, 0.95);
        int whole = (i + 1) / 2 * 2;
        assert_int_equal(tail.count, whole);
        assert_true((tail.confidence > 0) == (whole >= TAIL_LAUNCHES_MIN));
        if (whole > 0)
            assert_true(fabs(tail.value - 0.008) < 0.008 / 16); /* one in twenty is slow */
    }
    struct estimate middle = tail_estimate(&sample.cells[0], 0, 0.5, 0.95);
    assert_true(fabs(middle.low - 0.001) < 0.001 / 16 && middle.low == middle.high);
    struct estimate tail = tail_estimate(&sample.cells[0], 0, 0.95, 0.95);
    assert_true(tail.low < 0.002 && tail.high > 0.007); /* it hangs on which launches there were */
}

/* ---- Warnings. ---- */

static bool warns(const char *text)
{
    struct warnings warnings;
    judge(NULL);
    warn_of(&warnings, &cell);
    for (size_t i = 0; i < warnings.count; i++)
        if (strstr(warnings.texts[i], text) != NULL)
            return true;
    return false;
}

static void a_quiet_run_warns_of_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b"};
    struct warnings warnings;
    measure(names, (double[]){1, 2}, 2, 20, 0.02, 0);
    judge(NULL);
    warn_of(&warnings, &cell);
    assert_int_equal(warnings.count, 0);
}

static void a_drift_is_told(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b"};
    begin(names, 2);
    for (int block = 0; block < 20; block++) {
        for (int i = 0; i < 4; i++)
            add(launch_line(names[i == 1 || i == 2], "timed", block,
                            (1 + block * 0.005) * (i == 1 || i == 2 ? 2 : 1)));
        end_block(block, "block");
    }
    assert_true(warns("slower while this was measured"));
}

static void moods_are_told(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b"};
    begin(names, 2);
    for (int block = 0; block < 40; block++) { /* six blocks fast, six slow, to and fro */
        for (int i = 0; i < 4; i++)
            add(launch_line(names[i == 1 || i == 2], "timed", block, block / 6 % 2 == 0 ? 1 : 1.3));
        end_block(block, "block");
    }
    assert_true(warns("fast or slow for a while"));
}

static void outliers_are_told_with_their_cause(void **state)
{
    (void)state;
    static const char *const names[] = {"a"};
    begin(names, 1);
    for (int block = 0; block < 20; block++) {
        for (int i = 0; i < 2; i++) {
            bool far = block % 5 == 0 && i == 0;
            json_t *line = launch_line("a", "timed", block,
                                       far ? 3 : 1 + 0.001 * (double)((block * 7 + i) % 10));
            json_object_set_new(
                line, "switches",
                json_pack("{s:i, s:i}", "voluntary", 10, "involuntary", far ? 50 : 2));
            add(line);
        }
        end_block(block, "block");
    }
    assert_true(warns("launches lie far from the median (a 4 of 40): they were put off their CPU"));
    assert_true(warns("Next: stop other programs"));
}

static void a_busy_origin_is_told(void **state)
{
    (void)state;
    static const char *const names[] = {"a"};
    begin(names, 1);
    for (int block = 0; block < 8; block++) {
        for (int i = 0; i < 2; i++) {
            json_t *line = launch_line("a", "timed", block, 1);
            json_object_set_new(line, "machine", json_pack("{s:f}", "origin_cpu_s", 0.95));
            add(line);
        }
        end_block(block, "block");
    }
    assert_true(warns("the origin was busy 95 % of the time"));
}

/* ---- The rules. ---- */

static enum verdict rule(int at)
{
    char why[600];
    judge(NULL);
    return rule_judge(&rules[at], &cell, why, sizeof why);
}

enum { SLOW, FAST, CPU };
#define RUN(spread, ...)                                                                           \
    do {                                                                                           \
        const struct {                                                                             \
            const char *name;                                                                      \
            double value;                                                                          \
        } list[] = {__VA_ARGS__};                                                                  \
        const char *names[8];                                                                      \
        double values[8];                                                                          \
        size_t count = sizeof list / sizeof list[0];                                               \
        for (size_t i = 0; i < count; i++) {                                                       \
            names[i] = list[i].name;                                                               \
            values[i] = list[i].value;                                                             \
        }                                                                                          \
        measure(names, values, count, 12, spread, 0.1);                                            \
    } while (0)

static void verdicts_are_as_defined(void **state)
{
    (void)state;
    RUN(0.01, {"sequential", 10}, {"uv", 1}, {"threads", 2});
    assert_int_equal(rule(SLOW), CONFIRMED);
    RUN(0.001, {"sequential", 10}, {"uv", 1.04}, {"threads", 1});
    assert_int_equal(rule(SLOW), CONFIRMED); /* within 5 % of the best */
    RUN(0.01, {"sequential", 10}, {"uv", 1.2}, {"threads", 1});
    assert_int_equal(rule(SLOW), REFUTED);
    RUN(0.5, {"sequential", 10}, {"uv", 1.06}, {"threads", 1});
    assert_int_equal(rule(SLOW), CONFIRMED); /* not separated from the best */
    RUN(0.1, {"sequential", 1}, {"uv", 1}, {"threads", 1.01});
    assert_int_equal(rule(SLOW), UNDECIDED); /* sequential is as good */
    RUN(0.01, {"sequential", 1}, {"threads", 1.2}, {"uv", 1.5});
    assert_int_equal(rule(FAST), REFUTED); /* by sequential itself */
    RUN(0.01, {"sequential", 2}, {"threads", 1});
    assert_int_equal(rule(CPU), NOT_MEASURED); /* without the rule's model */
    RUN(0.01, {"sequential", 2}, {"processes", 1});
    json_t *line = launch_line("processes", "timed", 12, 1);
    json_object_set_new(line, "failed", json_string("it crashed"));
    add(line);
    assert_int_equal(rule(CPU), NOT_MEASURED);
}

static void bound(double wall_s)
{
    json_t *line = launch_line("sequential", "warm-up", 0, wall_s);
    json_object_set_new(line, "bound", json_true());
    json_object_set_new(line, "failed", json_string("stopped"));
    add(line);
}

static void a_lower_bound_is_enough_to_lose(void **state)
{
    (void)state;
    static const char *const names[] = {"uv", "threads", "sequential"};
    for (int slow = 0; slow < 2; slow++) {
        double scale = slow ? 5 : 1;
        begin(names, 3);
        for (int block = 0; block < 8; block++) {
            for (int i = 0; i < 4; i++)
                add(launch_line(names[i == 1 || i == 2], "timed", block,
                                scale * (i == 1 || i == 2 ? 2 : 1)));
            end_block(block, "block");
        }
        bound(4);
        /* Beyond the bound nobody knows whether sequential was not faster. */
        assert_int_equal(rule(SLOW), slow ? UNDECIDED : CONFIRMED);
    }
}

/* ---- How figures are shown. ---- */

static void units_follow_from_names(void **state)
{
    (void)state;
    const char *unit;
    assert_true(metric_unit("wall_s", 0.02, &unit) == 1e3);
    assert_string_equal(unit, "ms");
    assert_true(metric_unit("record.latency_s.p99", 2, &unit) == 1);
    assert_string_equal(unit, "s");
    assert_true(fabs(metric_unit("figures.item_ns", 30000, &unit) - 1e-3) < 1e-12);
    assert_string_equal(unit, "us");
    assert_true(metric_unit("tree.pss_bytes", 2e6, &unit) == 0x1p-20);
    assert_string_equal(unit, "MiB");
    assert_true(metric_unit("switches.voluntary", 5, &unit) == 1);
    assert_string_equal(unit, "");
    assert_true(metric_unit("user_s", 0, &unit) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(medians_and_ratios),
        cmocka_unit_test(what_is_as_fast_is_not_separated),
        cmocka_unit_test(few_blocks_separate_nothing),
        cmocka_unit_test(disturbed_and_open_blocks_do_not_count),
        cmocka_unit_test(other_figures_have_their_own_winner),
        cmocka_unit_test(failures_have_no_figure),
        cmocka_unit_test(certificates_that_differ_say_in_what),
        cmocka_unit_test(arms_that_did_other_work_are_not_compared),
        cmocka_unit_test(what_has_no_certificate_is_compared_with_its_like),
        cmocka_unit_test(what_is_not_compared_did_no_other_work),
        cmocka_unit_test(what_is_no_journal_is_refused),
        cmocka_unit_test(slopes_take_what_a_task_adds),
        cmocka_unit_test(what_is_missing_says_why),
        cmocka_unit_test(histograms_are_merged),
        cmocka_unit_test(tails_have_an_interval_from_many_launches_on),
        cmocka_unit_test(a_quiet_run_warns_of_nothing),
        cmocka_unit_test(a_drift_is_told),
        cmocka_unit_test(moods_are_told),
        cmocka_unit_test(outliers_are_told_with_their_cause),
        cmocka_unit_test(a_busy_origin_is_told),
        cmocka_unit_test(verdicts_are_as_defined),
        cmocka_unit_test(a_lower_bound_is_enough_to_lose),
        cmocka_unit_test(units_follow_from_names),
    };
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
