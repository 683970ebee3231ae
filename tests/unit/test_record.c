/*
 * The JSON record of runs that never were: children with stamps made by hand, so that every number
 * is known beforehand.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "bench/program/sha256.h"
#include "core/certificate.h"
#include "core/check.h"
#include "tests/support/records.h"

enum { US = 1000 };

static const struct model model = {.capabilities = MODEL_CONCURRENT};
static struct workload workload;
static struct invocation invocation;
static const struct usage usage = {.peak_rss_bytes = 4096};

/* `count` children, none of them begun. */
static struct run *begin(uint32_t count)
{
    invocation = (struct invocation){.run = {.workload = &workload,
                                             .model = &model,
                                             .workload_name = "by-hand",
                                             .model_name = "none",
                                             .tasks = count,
                                             .clock_start_ns = UINT64_C(123456789012345678),
                                             .clock_end_ns = UINT64_C(123456789212345678)}};
    assert_int_equal(run_open(&invocation.run), 0);
    return &invocation.run;
}

static void make(struct run *run, uint32_t at, enum outcome outcome, uint64_t waited_ns,
                 uint64_t took_ns)
{
    struct child *child = &run->children[at];
    child->intended_ns = run->clock_start_ns;
    child->started_ns = child->intended_ns + waited_ns;
    child->ended_ns = child->started_ns + took_ns;
    child->outcome = (uint8_t)outcome;
}

static json_t *end(struct run *run, const struct usage *used)
{
    json_t *record = record_read(&invocation, used);
    run_close(run);
    assert_non_null(record);
    const char *wrong = record_fault(record);
    if (wrong != NULL)
        fail_msg("%s", wrong);
    return record;
}

/* The value at keys joined by dots. */
static const json_t *at(const json_t *record, const char *path)
{
    char keys[100];
    snprintf(keys, sizeof keys, "%s", path);
    for (char *rest, *key = strtok_r(keys, ".", &rest); key != NULL;
         key = strtok_r(NULL, ".", &rest))
        record = json_object_get(record, key);
    return record;
}

static const char *reason(const json_t *record, const char *path)
{
    const char *why = json_string_value(json_object_get(json_object_get(record, "missing"), path));
    return why != NULL ? why : "(none)";
}

static void is(const json_t *record, const char *path, double value)
{
    if (fabs(json_number_value(at(record, path)) - value) > 1e-12)
        fail_msg("%s is %.12g, not %.12g", path, json_number_value(at(record, path)), value);
}

/* Latencies of 1 … 1000 us, in no order, 200 us after each was meant to begin; but one had no time
 * that it was meant for, and one that failed took longest. */
static void quantiles_are_exact(void **state)
{
    (void)state;
    struct run *run = begin(1001);
    for (uint32_t i = 0; i < 1000; i++)
        make(run, i, OUTCOME_OK, 200 * US, (i * 7919 % 1000 + 1) * US);
    make(run, 1000, OUTCOME_DEADLINE, 0, 9000 * US);
    run->children[0].intended_ns = 0; /* of 1 us */
    json_t *record = end(run, &usage);
    static const struct {
        const char *path;
        double us;
    } expected[] = {
        {"latency_s.p50", 500},
        {"latency_s.p90", 900},
        {"latency_s.p99", 990},
        {"latency_s.p99_9", 999},
        {"latency_s.max", 1000},
        {"latency_intended_s.p50", 701},
        {"latency_intended_s.p90", 1101},
        {"latency_intended_s.p99", 1191},
        {"latency_intended_s.p99_9", 1200},
        {"latency_intended_s.max", 1200},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        is(record, expected[i].path, expected[i].us / 1e6);
    is(record, "latency_s.count", 1000);
    is(record, "latency_intended_s.count", 999);
    assert_int_equal(json_integer_value(at(record, "clock_start_ns")), 123456789012345678);
    is(record, "wall_s", 0.2);
    json_decref(record);
}

/* Of one task all quantiles are the same, and short ones are told to the nanosecond, long ones too.
 */
static void a_single_latency_is_all_quantiles(void **state)
{
    (void)state;
    static const uint64_t each[] = {0, 1, 15, 17, 123456789, UINT64_C(3600) * 1000000000};
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
        struct run *run = begin(1);
        make(run, 0, OUTCOME_OK, 0, each[i]);
        json_t *record = end(run, &usage);
        is(record, "latency_s.p50", (double)each[i] / 1e9);
        is(record, "latency_intended_s.p99_9", (double)each[i] / 1e9);
        const json_t *only = json_array_get(at(record, "histograms.latency"), 0);
        uint64_t upper = (uint64_t)json_integer_value(json_array_get(only, 0));
        assert_true(upper >= each[i] && upper - each[i] <= each[i] / 16);
        assert_int_equal(json_integer_value(json_array_get(only, 1)), 1);
        json_decref(record);
    }
}

static void what_never_began_is_missing(void **state)
{
    (void)state;
    struct run *run = begin(3);
    for (uint32_t i = 0; i < 3; i++)
        child_end_waiting(run, i, OUTCOME_CANCELLED, 0, run->clock_end_ns);
    json_t *record = end(run, &(struct usage){0});
    assert_string_equal(reason(record, "startup_s"), "no task was begun");
    assert_string_equal(reason(record, "latency_s"), "no task ended well");
    assert_string_equal(reason(record, "latency_intended_s"), "no task ended well");
    assert_string_equal(reason(record, "cancel_latency_s"), "no task in progress was cancelled");
    assert_string_equal(reason(record, "phases_s"), "its tasks have no phases");
    assert_string_equal(reason(record, "verified"), "there is nothing to hold the results against");
    assert_string_equal(reason(record, "figures"), "the workload has none of its own");
    assert_string_equal(reason(record, "bytes_received"), "the workload receives none");
    assert_string_equal(reason(record, "loop_stall_s"), "not asked for: --loop-stall");
    assert_string_equal(reason(record, "memory_bytes.peak_rss_main"), "the system did not tell");
    assert_string_equal(reason(record, "memory_bytes.peak_rss_largest_worker"),
                        "there was no worker process");
    is(record, "outcomes.cancelled", 3);
    is(record, "peak_live_tasks", 0);
    json_decref(record);
}

static void what_was_measured_is_there(void **state)
{
    (void)state;
    struct run *run = begin(2);
    run->watch_stall = true;
    run->arena->loop_stall_ns = 1500 * US;
    run->arena->cancels_observed = 2;
    run->arena->cancel_ns_sum = 30 * US;
    run->arena->cancel_ns_max = 20 * US;
    run->arena->first_start_ns = run->clock_start_ns + 7 * US;
    struct usage used = usage;
    used.children.ru_maxrss = 12;
    json_t *record = end(run, &used);
    is(record, "loop_stall_s", 0.0015);
    is(record, "cancel_latency_s.count", 2);
    is(record, "cancel_latency_s.mean", 15e-6);
    is(record, "cancel_latency_s.max", 20e-6);
    is(record, "startup_s", 7e-6);
    is(record, "memory_bytes.peak_rss_main", 4096);
    is(record, "memory_bytes.peak_rss_largest_worker", 12 * 1024);
    json_decref(record);

    run = begin(1);
    run->watch_stall = true;
    record = end(run, &usage);
    assert_string_equal(reason(record, "loop_stall_s"), "the model has no loop");
    json_decref(record);
}

static size_t some_figures(const struct run *run, struct figure *figures)
{
    (void)run;
    figures[0] = (struct figure){"known", 0, "not said"};
    figures[1] = (struct figure){"unknown", NAN, "the clock stood still"};
    figures[2] = (struct figure){"endless", INFINITY, NULL};
    return 3;
}

static bool some_phases(const struct run *run, uint32_t child, double *seconds)
{
    seconds[0] = 0.001 * (child + 1);
    seconds[1] = 0.002;
    return run->children[child].outcome == OUTCOME_OK;
}

static void the_workload_s_own_numbers_are_told(void **state)
{
    (void)state;
    static const char *const names[] = {"first", "second", NULL};
    workload.figures = some_figures;
    workload.phase_names = names;
    workload.phases = some_phases;
    struct run *run = begin(3);
    make(run, 0, OUTCOME_OK, 0, 1);
    make(run, 1, OUTCOME_OK, 0, 1);
    make(run, 2, OUTCOME_TRUNCATED, 0, 1);
    json_t *record = end(run, &usage);
    assert_true(json_is_real(at(record, "figures.known")));
    assert_string_equal(reason(record, "figures.unknown"), "the clock stood still");
    assert_string_equal(reason(record, "figures.endless"), "the workload does not say");
    is(record, "phases_s.first.count", 2);
    is(record, "phases_s.first.p50", 0.001);
    is(record, "phases_s.first.p99_9", 0.002);
    json_decref(record);

    run = begin(1);
    make(run, 0, OUTCOME_TRUNCATED, 0, 1);
    record = end(run, &usage);
    assert_string_equal(reason(record, "phases_s"), "no task came to the end of its phases");
    json_decref(record);
    workload = (struct workload){0};
}

/* ---- The certificate. ---- */

static uint64_t told_sleeps;
static const char *told_text;

static void certify_by_hand(const struct run *run, struct certificate *certificate)
{
    (void)run;
    certificate_count(certificate, "sleeps", told_sleeps);
    certificate_count(certificate, "sleeps", told_sleeps);
    certificate_count(certificate, "none", 0);
    certificate_text(certificate, told_text);
}

static void connect_by_hand(const struct run *run, struct certificate *certificate)
{
    certify_by_hand(run, certificate);
    certificate_connections(certificate, 3);
}

/* Two tasks that ended in this way; the certificate's id. */
static void certify(enum outcome outcome, int64_t value, uint64_t waited_ns, char id[17])
{
    struct run *run = begin(2);
    make(run, 0, OUTCOME_OK, waited_ns, 10 * US);
    make(run, 1, outcome, waited_ns, 10 * US);
    run->children[1].value = value;
    json_t *record = end(run, &usage);
    snprintf(id, 17, "%s", json_string_value(at(record, "certificate.id")));
    json_decref(record);
}

static void a_certificate_says_what_was_done_and_not_how(void **state)
{
    (void)state;
    char id[17], other[17];
    workload.certify = certify_by_hand;
    told_sleeps = 3;
    told_text = "a line";
    certify(OUTCOME_OK, 7, 5 * US, id);
    certify(OUTCOME_OK, 7, 500 * US, other); /* only times differ */
    assert_string_equal(id, other);
    assert_int_equal(strlen(id), 16);
    certify(OUTCOME_OK, 8, 5 * US, other);
    assert_string_not_equal(id, other);
    certify(OUTCOME_TRUNCATED, 7, 5 * US, other);
    assert_string_not_equal(id, other);
    told_sleeps = 4;
    certify(OUTCOME_OK, 7, 5 * US, other);
    assert_string_not_equal(id, other);
    told_sleeps = 3;
    told_text = "another line";
    certify(OUTCOME_OK, 7, 5 * US, other);
    assert_string_not_equal(id, other);
    told_text = "a line";
    workload.certify = connect_by_hand;
    certify(OUTCOME_OK, 7, 5 * US, other);
    assert_string_not_equal(id, other);
    workload = (struct workload){0};
}

static void what_a_certificate_does_not_count_says_why(void **state)
{
    (void)state;
    json_t *record = end(begin(2), &usage);
    is(record, "certificate.tasks", 2);
    is(record, "certificate.outcomes.ok", 2);
    assert_string_equal(reason(record, "certificate.operations"),
                        "the workload does not count any");
    assert_string_equal(reason(record, "certificate.bytes"), "the workload receives none");
    assert_string_equal(reason(record, "certificate.connections"), "the workload makes none");
    json_decref(record);
    workload.certify = connect_by_hand;
    told_sleeps = (uint64_t)INT64_MAX - 1; /* told twice: it does not go round */
    told_text = "";
    record = end(begin(1), &usage);
    assert_int_equal(json_integer_value(at(record, "certificate.operations.sleeps")), INT64_MAX);
    assert_true(json_is_integer(at(record, "certificate.operations.none")));
    is(record, "certificate.connections", 3);
    json_decref(record);
    workload = (struct workload){0};
}

/* Bytes go into the digest as they are, however they are cut: SHA-256 of both tasks' ends (two
 * numbers of 8 bytes each, all 0) and 10000 times "x" behind its length, by sha256sum. */
static void certify_much(const struct run *run, struct certificate *certificate)
{
    (void)run;
    char text[10001] = {0};
    memset(text, 'x', sizeof text - 1);
    certificate_text(certificate, text);
}

static void a_digest_is_that_of_all_bytes(void **state)
{
    (void)state;
    workload.certify = certify_much;
    json_t *record = end(begin(2), &usage);
    assert_string_equal(json_string_value(at(record, "certificate.digest")),
                        "sha256:aecbe065e15a250ca3de3afd25a987ca"
                        "6dfcb48554a491a6b5963faf81602360");
    json_decref(record);
    workload = (struct workload){0};
}

/* OpenSSL's is the oracle: all lengths around whole blocks, in pieces of all sizes. */
static void the_digest_is_sha_256(void **state)
{
    (void)state;
    unsigned char bytes[200], expected[EVP_MAX_MD_SIZE];
    char hex[SHA256_HEX + 1], expected_hex[SHA256_HEX + 1];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 151 + 7);
    for (size_t length = 0; length <= sizeof bytes; length++) {
        struct sha256 sha;
        sha256_begin(&sha);
        for (size_t at = 0, part; at < length; at += part) {
            part = length % 67 + 1 < length - at ? length % 67 + 1 : length - at;
            sha256_add(&sha, bytes + at, part);
        }
        sha256_end(&sha, hex);
        assert_int_equal(EVP_Digest(bytes, length, expected, NULL, EVP_sha256(), NULL), 1);
        for (size_t i = 0; i < SHA256_HEX / 2; i++)
            snprintf(expected_hex + 2 * i, 3, "%02x", expected[i]);
        assert_string_equal(hex, expected_hex);
    }
}

static void what_is_simulated_tells_nothing_of_the_machine(void **state)
{
    (void)state;
    static const struct model simulator = {.capabilities = MODEL_CONCURRENT, .simulated = true};
    static const char *const keys[] = {"user_s", "sys_s", "memory_bytes", "context_switches",
                                       "page_faults"};
    struct run *run = begin(1);
    run->model = &simulator;
    json_t *record = end(run, &usage);
    assert_true(json_is_true(at(record, "simulated")));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_non_null(strstr(reason(record, keys[i]), "the model simulates"));
    json_decref(record);
    record = end(begin(1), &usage);
    assert_true(json_is_false(at(record, "simulated")));
    json_decref(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_exact),
        cmocka_unit_test(a_single_latency_is_all_quantiles),
        cmocka_unit_test(what_never_began_is_missing),
        cmocka_unit_test(what_was_measured_is_there),
        cmocka_unit_test(the_workload_s_own_numbers_are_told),
        cmocka_unit_test(a_certificate_says_what_was_done_and_not_how),
        cmocka_unit_test(what_a_certificate_does_not_count_says_why),
        cmocka_unit_test(a_digest_is_that_of_all_bytes),
        cmocka_unit_test(the_digest_is_sha_256),
        cmocka_unit_test(what_is_simulated_tells_nothing_of_the_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
