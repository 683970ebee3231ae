/* Numbers, escaping, outcomes, addresses, the deadline heap, the channel: small things, exactly. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/address.h"
#include "core/channel.h"
#include "core/clock.h"
#include "core/histogram.h"
#include "core/number.h"
#include "core/outcome.h"
#include "core/problem.h"
#include "core/task.h"
#include "models/wait/heap.h"
#include "workloads/queue_item.h"

static void numbers_are_read_strictly(void **state)
{
    (void)state;
    uint64_t value = 7;
    assert_true(number_parse("0", 0, 9, &value) && value == 0);
    assert_true(number_parse("18446744073709551615", 0, UINT64_MAX, &value) && value == UINT64_MAX);
    static const char *const bad[] = {"",    "-1",  "+1",  " 1", "1 ",
                                      "0x1", "1e3", "1.5", "10", "18446744073709551616"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(number_parse(bad[i], 0, 9, &value));
    assert_false(number_parse("0", 1, 9, &value));
}

static void durations_have_units(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t ns;
    } good[] = {{"2", 2 * NS_PER_S},      {"0.5", NS_PER_S / 2}, {"250ms", 250 * NS_PER_MS},
                {"80us", 80 * NS_PER_US}, {"10ns", 10},          {"1.5ms", 1500 * NS_PER_US},
                {"3s", 3 * NS_PER_S},     {".5s", NS_PER_S / 2}, {"0", 0}};
    static const char *const bad[] = {"",    "-1",  "1m",  "1 s", "s",     ".",
                                      "inf", "nan", "0x1", "1e3", "1.2.3", "99999999999999"};
    uint64_t ns;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(duration_parse(good[i].text, &ns));
        assert_true(ns == good[i].ns);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(duration_parse(bad[i], &ns));
}

static void deadlines_and_clocks_saturate(void **state)
{
    (void)state;
    assert_true(clock_after(5, UINT64_MAX) == UINT64_MAX);
    assert_true(clock_after(5, 6) == 11);
    assert_true(deadline_min(0, 0) == 0);
    assert_true(deadline_min(0, 3) == 3 && deadline_min(3, 0) == 3);
    assert_true(deadline_min(2, 3) == 2 && deadline_min(3, 2) == 2);
}

static void control_bytes_are_escaped(void **state)
{
    (void)state;
    char out[64];
    assert_string_equal(text_escape("a\x1b[31m\n\x7f", out, sizeof out), "a\\x1b[31m\\x0a\\x7f");
    assert_string_equal(text_escape("嘿 é", out, sizeof out), "嘿 é");
    assert_string_equal(text_escape("\xc2\x9b"
                                    "1m",
                                    out, sizeof out),
                        "\\xc2\\x9b1m");
    assert_string_equal(text_escape("\x9b", out, sizeof out), "\\x9b");
    assert_int_equal(strlen(text_escape("\n\n\n\n\n\n", out, 10)), 8);
}

static void every_outcome_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        assert_non_null(outcome_name((enum outcome)i));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(outcome_name((enum outcome)i), outcome_name((enum outcome)j));
    }
    assert_int_equal(outcome_of_errno(-ECONNREFUSED), OUTCOME_REFUSED);
    assert_int_equal(outcome_of_errno(-EMFILE), OUTCOME_RESOURCE);
    assert_int_equal(outcome_of_errno(-ECANCELED), OUTCOME_CANCELLED);
    assert_int_equal(outcome_of_errno(-ECONNRESET), OUTCOME_TRUNCATED);
}

static void addresses_are_numeric(void **state)
{
    (void)state;
    struct address address;
    char text[ADDRESS_TEXT_MAX];
    assert_true(address_parse("127.0.0.1", 80, &address) && address.family == 4);
    assert_string_equal(address_format(&address, text), "127.0.0.1:80");
    assert_true(address_parse("::1", 443, &address) && address.family == 6);
    assert_string_equal(address_format(&address, text), "[::1]:443");
    assert_false(address_parse("localhost", 80, &address));
    assert_false(address_parse("127.1", 80, &address));
    assert_false(address_parse("", 80, &address));
}

static void the_heap_gives_the_earliest(void **state)
{
    (void)state;
    struct heap heap = {0};
    uint64_t random = 88172645463325252U, last = 0;
    for (uint32_t i = 0; i < 5000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        assert_true(heap_push(&heap, random % 1000, i));
        if (i % 3 == 0)
            heap_pop(&heap);
    }
    while (heap.count > 0) {
        uint64_t due = heap_pop(&heap).due_ns;
        assert_true(due >= last);
        last = due;
    }
    free(heap.entries);
}

static void deadlines_of_the_same_time_come_up_in_order(void **state)
{
    (void)state;
    struct heap heap = {.pushes = UINT32_MAX - 100}; /* the count goes round */
    uint32_t next[3] = {0};
    for (uint32_t i = 0; i < 300; i++)
        assert_true(heap_push(&heap, i * 7919 % 3, i));
    while (heap.count > 0) {
        struct heap_entry entry = heap_pop(&heap);
        assert_true(entry.slot >= next[entry.due_ns]);
        next[entry.due_ns] = entry.slot + 1;
    }
    free(heap.entries);
}

static void a_histogram_is_right_within_its_step(void **state)
{
    (void)state;
    static struct histogram one, other;
    for (uint64_t ns = 0; ns < UINT64_C(3) << 62; ns += ns / 4 + 1) {
        uint64_t upper = histogram_upper_ns(histogram_bucket(ns));
        assert_true(upper >= ns && upper - ns <= ns / HISTOGRAM_STEPS);
        assert_true(upper == ns || histogram_bucket(upper) == histogram_bucket(ns));
    }
    assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
    assert_true(histogram_upper_ns(HISTOGRAM_BUCKETS - 1) == UINT64_MAX);
    assert_true(isnan(histogram_quantile_ns(&one, 0.5)));
    for (uint64_t i = 1; i <= 10; i++)
        histogram_add(i % 2 == 0 ? &one : &other, i);
    histogram_merge(&one, &other);
    assert_true(histogram_quantile_ns(&one, 0.5) == 5);
    assert_true(histogram_quantile_ns(&one, 0.91) == 10);
    assert_true(histogram_quantile_ns(&one, 1) == 10);
}

static void items_of_the_queue_keep_their_order(void **state)
{
    (void)state;
    uint64_t last_stamp = item_mask(ITEM_STAMP_BITS), last_number = item_mask(ITEM_NUMBER_BITS);
    uint64_t item = item_make(last_stamp, last_number, 255);
    assert_true(item_stamp(item) == last_stamp && item_number(item) == last_number);
    assert_true(item_producer(item) == 255);
    assert_true(item_age_ns(item, 1) == 2 * ITEM_STAMP_NS); /* the stamp went round */
    assert_true(item_follows(item_make(0, 0, 255), item));
    assert_false(item_follows(item, item_make(0, 0, 255)));
    assert_false(item_follows(item, item));                         /* twice the same */
    assert_true(item_follows(item_make(last_stamp, 0, 255), item)); /* the number went round */
    assert_false(item_follows(item, item_make(last_stamp, 0, 255)));
    uint64_t pause = item_stamp_at(ITEM_PAUSE_NS_MAX);
    assert_true(item_follows(item_make(pause, 5, 1), item_make(0, 5, 1)));
}

static int try(struct channel *channel, enum op_kind kind, uint16_t count, uint64_t *values)
{
    struct op op = {.kind = (uint8_t)kind, .capacity = count, .channel = {.channel = channel}};
    if (count > 0)
        op.channel.values = values;
    else
        op.channel.value = *values;
    int result = channel_try(&op);
    if (count == 0)
        *values = op.channel.value;
    return result;
}

static void a_channel_is_bounded_and_in_order(void **state)
{
    (void)state;
    struct channel *channel = calloc(1, channel_size(3));
    assert_int_equal(channel_init(channel, 0, 3), 0);
    uint64_t value = 99;
    assert_int_equal(try(channel, OP_TAKE, 0, &value), -EAGAIN);
    for (uint64_t round = 0; round < 5; round++) {
        for (uint64_t i = 0; i < 3; i++)
            assert_int_equal(try(channel, OP_PUT, 0, (uint64_t[]){10 * round + i}), 0);
        assert_int_equal(try(channel, OP_PUT, 0, &value), -EAGAIN);
        assert_true(channel_length(channel) == 3);
        assert_true(channel_item(channel, 1) == 10 * round + 1);
        for (uint64_t i = 0; i < 3; i++) {
            assert_int_equal(try(channel, OP_TAKE, 0, &value), 0);
            assert_true(value == 10 * round + i);
        }
    }
    channel_destroy(channel);
    free(channel);
}

static void several_items_are_put_together_or_not_at_all(void **state)
{
    (void)state;
    struct channel *channel = calloc(1, channel_size(5));
    assert_int_equal(channel_init(channel, 0, 5), 0);
    uint64_t taken[5], three[] = {1, 2, 3};
    for (int round = 0; round < 7; round++) { /* the ring has 8 places: all offsets */
        assert_int_equal(try(channel, OP_PUT, 3, three), 0);
        assert_int_equal(try(channel, OP_PUT, 3, three), -EAGAIN);
        assert_true(channel_length(channel) == 3);
        assert_int_equal(try(channel, OP_PUT, 2, three), 0);
        assert_int_equal(try(channel, OP_TAKE, 4, taken), 4);
        assert_memory_equal(taken, ((uint64_t[]){1, 2, 3, 1}), 4 * sizeof taken[0]);
        assert_int_equal(try(channel, OP_TAKE, 4, taken), 1);
        assert_true(taken[0] == 2);
    }
    channel_destroy(channel);
    free(channel);
}

static void addresses_have_a_reach(void **state)
{
    static const struct {
        const char *text;
        enum address_reach reach;
    } rows[] = {
        {"127.0.0.1", REACH_HOST},
        {"127.255.255.255", REACH_HOST},
        {"128.0.0.1", REACH_PUBLIC},
        {"126.255.255.255", REACH_PUBLIC},
        {"0.0.0.0", REACH_HOST},
        {"10.255.0.1", REACH_PRIVATE},
        {"11.0.0.1", REACH_PUBLIC},
        {"172.15.255.255", REACH_PUBLIC},
        {"172.16.0.1", REACH_PRIVATE},
        {"172.31.255.255", REACH_PRIVATE},
        {"172.32.0.0", REACH_PUBLIC},
        {"192.168.3.4", REACH_PRIVATE},
        {"192.169.0.1", REACH_PUBLIC},
        {"169.254.169.254", REACH_PRIVATE},
        {"100.64.0.1", REACH_PRIVATE},
        {"100.127.255.255", REACH_PRIVATE},
        {"100.128.0.0", REACH_PUBLIC},
        {"198.19.0.1", REACH_PRIVATE},
        {"224.0.0.1", REACH_PRIVATE},
        {"255.255.255.255", REACH_PRIVATE},
        {"8.8.8.8", REACH_PUBLIC},
        {"::1", REACH_HOST},
        {"::", REACH_HOST},
        {"::2", REACH_PUBLIC},
        {"::ffff:127.0.0.1", REACH_HOST},
        {"::ffff:10.0.0.1", REACH_PRIVATE},
        {"::ffff:8.8.8.8", REACH_PUBLIC},
        {"64:ff9b::192.168.0.1", REACH_PRIVATE},
        {"fe80::1", REACH_PRIVATE},
        {"fd00::1", REACH_PRIVATE},
        {"fc00::1", REACH_PRIVATE},
        {"fbff::1", REACH_PUBLIC},
        {"ff02::1", REACH_PRIVATE},
        {"2001:4860:4860::8888", REACH_PUBLIC},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct address address;
        assert_true(address_parse(rows[i].text, 80, &address));
        if (address_reach(&address) != rows[i].reach)
            fail_msg("%s: %d", rows[i].text, (int)address_reach(&address));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_strictly),
        cmocka_unit_test(durations_have_units),
        cmocka_unit_test(deadlines_and_clocks_saturate),
        cmocka_unit_test(control_bytes_are_escaped),
        cmocka_unit_test(addresses_have_a_reach),
        cmocka_unit_test(every_outcome_has_a_name_of_its_own),
        cmocka_unit_test(addresses_are_numeric),
        cmocka_unit_test(the_heap_gives_the_earliest),
        cmocka_unit_test(deadlines_of_the_same_time_come_up_in_order),
        cmocka_unit_test(a_histogram_is_right_within_its_step),
        cmocka_unit_test(items_of_the_queue_keep_their_order),
        cmocka_unit_test(a_channel_is_bounded_and_in_order),
        cmocka_unit_test(several_items_are_put_together_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
