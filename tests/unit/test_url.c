/* URLs, redirect targets, --connect-to and --resolve. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/net/target.h"

static void check_url(const char *text, bool tls, const char *host, int port, const char *target)
{
    struct url url;
    assert_null(url_parse(text, &url));
    assert_int_equal(url.tls, tls);
    assert_string_equal(url.host, host);
    assert_int_equal(url.port, port);
    assert_string_equal(url.target, target);
    url_free(&url);
}

static void good_urls_are_taken_apart(void **state)
{
    (void)state;
    check_url("https://www.sina.com.cn/", true, "www.sina.com.cn", 443, "/");
    check_url("http://www.ce.cn", false, "www.ce.cn", 80, "/");
    check_url("HTTP://WWW.CE.CN:8080/a/b?c=d#e", false, "www.ce.cn", 8080, "/a/b?c=d");
    check_url("http://host?q", false, "host", 80, "/?q");
    check_url("http://host#f", false, "host", 80, "/");
    check_url("http://[::1]:81/x", false, "::1", 81, "/x");
    check_url("http://[0:00::FFFF:1.2.3.4]/", false, "::ffff:1.2.3.4", 80, "/");
    check_url("http://127.0.0.1/", false, "127.0.0.1", 80, "/");
    check_url("http://h/影", false, "h", 80, "/%E5%BD%B1");
    check_url("http://h:/", false, "h", 80, "/");
}

static void others_are_refused_with_a_reason(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "www.ce.cn",
                                      "ftp://h/",
                                      "file:///etc/passwd",
                                      "javascript:x",
                                      "http:",
                                      "http://",
                                      "http:///x",
                                      "http://user@h/",
                                      "http://user:secret@h/",
                                      "http://h:0/",
                                      "http://h:65536/",
                                      "http://h:x/",
                                      "http://h:99999999999/",
                                      "http://a b/",
                                      "http://h/a b",
                                      "http://h/\r\nX: y",
                                      "http://h/\x7f",
                                      "http://影/",
                                      "http://h%41/",
                                      "http://[::1/",
                                      "http://[v1.x]/",
                                      "http://h/%zz"};
    struct url url;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *why = url_parse(bad[i], &url);
        if (why == NULL)
            fail_msg("'%s' was taken", bad[i]);
        assert_true(strlen(why) > 10);
    }
    char *longest = malloc(10000);
    memset(longest, 'a', 9999);
    memcpy(longest, "http://h/", 9);
    longest[9999] = 0;
    assert_non_null(url_parse(longest, &url));
    free(longest);
}

static void check_resolved(const char *base, const char *location, const char *expected)
{
    char *text;
    const char *why = url_resolve(base, location, &text);
    assert_true((why == NULL) == (text != NULL));
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void locations_are_resolved(void **state)
{
    (void)state;
    check_resolved("http://h/a/b", "/c", "http://h/c");
    check_resolved("http://h/a/b", "c?d", "http://h/a/c?d");
    check_resolved("http://h/a/b", "../x", "http://h/x");
    check_resolved("http://h/a", "//g/y", "http://g/y");
    check_resolved("http://h/a", "https://i/z", "https://i/z");
    check_resolved("http://h/a", "/b c", "http://h/b%20c");
    check_resolved("http://h/a", "?q", "http://h/a?q");
    char *text; /* the resolver writes the address at its longest */
    assert_null(url_resolve("http://[::1]/", "a", &text));
    check_url(text, false, "::1", 80, "/a");
    free(text);
}

static void routes_are_curls(void **state)
{
    (void)state;
    struct route *routes = NULL;
    assert_null(route_add_connect_to(&routes, "www.ce.cn:80:127.0.0.1:8080"));
    assert_null(route_add_connect_to(&routes, ":443:[::1]:8443"));
    assert_null(route_add_resolve(&routes, "other:81:10.0.0.1"));
    struct target target;
    assert_null(target_make("http://www.ce.cn/x", routes, &target));
    assert_true(target.numeric && target.address.family == 4 && target.address.port == 8080);
    assert_non_null(strstr(target.request, "Host: www.ce.cn\r\n"));
    target_free(&target);
    assert_null(target_make("https://any/", routes, &target));
    assert_true(target.numeric && target.address.family == 6 && target.address.port == 8443);
    target_free(&target);
    assert_null(target_make("http://other:81/", routes, &target));
    assert_true(target.numeric && target.address.port == 81);
    assert_non_null(strstr(target.request, "Host: other:81\r\n"));
    target_free(&target);
    assert_null(route_add_connect_to(&routes, "[0::2]:82:there:"));
    assert_null(target_make("http://[::0002]:82/", routes, &target));
    assert_string_equal(target.connect_host, "there");
    target_free(&target);
    assert_null(target_make("http://www.ce.cn:81/", routes, &target));
    assert_false(target.numeric);
    assert_string_equal(target.connect_host, "www.ce.cn");
    target_free(&target);
    static const char *const bad[] = {"",        "a",           "a:1",     "a:1:b",
                                      "a:x:b:1", "a:1:b:99999", "[a:1:b:1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_non_null(route_add_connect_to(&routes, bad[i]));
    assert_non_null(route_add_resolve(&routes, "a:1:name"));
    assert_non_null(route_add_resolve(&routes, ":1:10.0.0.1"));
    routes_free(routes);
}

static void requests_keep_or_close(void **state)
{
    (void)state;
    struct target target;
    assert_null(target_make("http://[::1]/p?q#f", NULL, &target));
    assert_int_equal(strncmp(target.request, "GET /p?q HTTP/1.1\r\nHost: [::1]\r\n", 32), 0);
    assert_int_equal(memcmp(target.request + target.request_length - 4, "\r\n\r\n", 4), 0);
    const char *closing = target.request + target.close_request_at;
    assert_int_equal(strlen(closing), target.close_request_length);
    assert_non_null(strstr(closing, "\r\nConnection: close\r\n\r\n"));
    target_free(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_urls_are_taken_apart),
        cmocka_unit_test(others_are_refused_with_a_reason),
        cmocka_unit_test(locations_are_resolved),
        cmocka_unit_test(routes_are_curls),
        cmocka_unit_test(requests_keep_or_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
