/* Pages: what is found in them, and what becomes of those that are not what they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/net/html.h"

struct seen {
    int count;
    char text[400];
    int stop_after; /* 0: never */
};

static bool on_film(void *sink, const char *name, const char *date, const char *href)
{
    struct seen *seen = sink;
    size_t at = strlen(seen->text);
    seen->count++;
    snprintf(seen->text + at, sizeof seen->text - at, "%s|%s|%s;", name, date, href);
    return seen->count != seen->stop_after;
}

static int read_listing(const char *page, struct seen *seen)
{
    return html_read_listing(page, strlen(page), on_film, seen);
}

#define ITEM(NAME, DATE, HREF)                                                                     \
    "<div class='item mod odd'><a href='/pic'><img src=x></a><h3><a class='' href='" HREF "'>"     \
    "\n  " NAME " </a></h3><ul><li class=dt> " DATE "</li><li>more</li></ul></div>"

static void a_listing_gives_its_films(void **state)
{
    (void)state;
    struct seen seen = {0};
    assert_int_equal(
        read_listing(
            "<html><body><div class=item><a></a><a href=/no>no</a><li>no</li></div>"
            "<div id=showing-soon>" ITEM("哪吒 &amp; 悟空", "07月26日", "/subject/1/") ITEM(
                "B", "07月27日",
                "https://x.test/2") "</div>"
                                    "<div class=item><a></a><a href=/no>no</a><li>no</li></div>",
            &seen),
        2);
    assert_string_equal(seen.text, "哪吒 & 悟空|07月26日|/subject/1/;B|07月27日|https://x.test/2;");
}

static void a_class_is_a_whole_word(void **state)
{
    (void)state;
    struct seen seen = {0};
    assert_int_equal(
        read_listing("<div id=showing-soon><div class='items'>x</div><div class='an-item'>x</div>"
                     "<p class=item>x</p>" ITEM("A", "1", "/1") "</div>",
                     &seen),
        1);
}

static void the_reader_may_stop(void **state)
{
    (void)state;
    struct seen seen = {.stop_after = 1};
    assert_int_equal(read_listing("<div id=showing-soon>" ITEM("A", "1", "/1")
                                      ITEM("B", "2", "/2") "</div>",
                                  &seen),
                     1);
    assert_int_equal(seen.count, 1);
}

static void what_is_no_listing_is_told(void **state)
{
    (void)state;
    struct seen seen = {0};
    assert_int_equal(read_listing("", &seen), -EBADMSG);
    assert_int_equal(read_listing("<html></html>", &seen), -EBADMSG);
    assert_int_equal(read_listing("<div id=showing-soon-not></div>", &seen), -EBADMSG);
    assert_int_equal(read_listing("\xff\xfe\x01", &seen), -EBADMSG);
    assert_int_equal(read_listing("<div id=showing-soon></div>", &seen), 0);
    /* An item without its link, or its date: better nothing than half of it. */
    assert_int_equal(
        read_listing("<div id=showing-soon><div class=item><a>1</a><li>d</li></div></div>", &seen),
        -EBADMSG);
    assert_int_equal(
        read_listing("<div id=showing-soon><div class=item><a></a><a href=/x>n</a></div></div>",
                     &seen),
        -EBADMSG);
    assert_int_equal(seen.count, 0);
}

static void the_first_image_is_found(void **state)
{
    (void)state;
    char address[32];
    static const char page[] = "<p>text<div><IMG alt='' src=' https://i.test/1.jpg '><img src=2>";
    assert_int_equal(html_first_image(page, sizeof page - 1, address, sizeof address), 0);
    assert_string_equal(address, "https://i.test/1.jpg");
    static const char none[] = "<p>no image <image>";
    assert_int_equal(html_first_image(none, sizeof none - 1, address, sizeof address), -EBADMSG);
    static const char bare[] = "<img alt=x>";
    assert_int_equal(html_first_image(bare, sizeof bare - 1, address, sizeof address), -EBADMSG);
    static const char long_one[] = "<img src='https://i.test/0123456789012345678901234567890.jpg'>";
    assert_int_equal(html_first_image(long_one, sizeof long_one - 1, address, sizeof address),
                     -EFBIG);
}

static void a_page_too_long_or_too_deep_is_told(void **state)
{
    (void)state;
    char address[32];
    size_t length = HTML_BYTES_MAX + 1;
    char *page = malloc(length);
    assert_non_null(page);
    memset(page, ' ', length);
    memcpy(page, "<img src=1>", 11);
    assert_int_equal(html_first_image(page, length, address, sizeof address), -EFBIG);
    assert_int_equal(html_first_image(page, length - 1, address, sizeof address), 0);
    /* Half a tree would have the image, which stands first, but not all of the page. */
    for (size_t i = 11; i + 5 <= length; i += 5)
        memcpy(page + i, "<div>", 5);
    assert_int_equal(html_first_image(page, HTML_BYTES_MAX, address, sizeof address), -EFBIG);
    free(page);
}

/* `count` attributes that differ, and an image behind them. */
static int image_behind(unsigned count)
{
    char *page, address[32];
    size_t length;
    FILE *file = open_memstream(&page, &length);
    fprintf(file, "<p ");
    for (unsigned i = 0; i < count; i++)
        fprintf(file, "a%06u ", i);
    fprintf(file, "><img src=1>");
    fclose(file);
    int rc = html_first_image(page, length, address, sizeof address);
    free(page);
    return rc;
}

/* They are held against each other: without a limit the last one here takes minutes. */
static void attributes_without_end_are_told(void **state)
{
    (void)state;
    assert_int_equal(image_behind(1000), 0);
    assert_int_equal(image_behind(4000), -EFBIG);
    assert_int_equal(image_behind((HTML_BYTES_MAX - 100) / 8), -EFBIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listing_gives_its_films),
        cmocka_unit_test(a_class_is_a_whole_word),
        cmocka_unit_test(the_reader_may_stop),
        cmocka_unit_test(what_is_no_listing_is_told),
        cmocka_unit_test(the_first_image_is_found),
        cmocka_unit_test(a_page_too_long_or_too_deep_is_told),
        cmocka_unit_test(attributes_without_end_are_told),
    };
    html_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
