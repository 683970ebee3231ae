/* The origin's requests: whom and what they ask for, whole and byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "origin/request.h"

static const struct {
    const char *text, *target, *host; /* host NULL: it names none; target NULL: it is refused */
    int port;
} cases[] = {
    {"GET /a?b HTTP/1.1\r\nHost: h.test\r\n\r\n", "/a?b", "h.test", 80},
    {"GET / HTTP/1.1\r\nX-Host: a\r\nhOST:h:8080\r\nHosts: b\r\n\r\n", "/", "h", 8080},
    {"GET / HTTP/1.1\r\nHost: [::1]:81\r\n\r\n", "/", "::1", 81},
    {"GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n", "/", "::1", 80},
    {"GET / HTTP/1.1\r\nHost:  h:81 \t \r\n\r\n", "/", "h", 81},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHost: b\r\n\r\n", "/",
     "a", 80},
    {"GET / HTTP/1.0\r\n\r\n", "/", "", 80},
    {"GET / HTTP/1.1\r\nHost: a\tb\r\n\r\n", "/", NULL, 0},
    {"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "/", NULL, 0},
    {"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "/", NULL, 0},
    {"GET / HTTP/1.1\r\nHost: [::1]x:80\r\n\r\n", "/", NULL, 0},
    {"GET / HTTP/1.1\r\nHost: h:65536\r\n\r\n", "/", NULL, 0},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", NULL, NULL, 0},
    {"GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", NULL, NULL, 0},
    {"\x16\x03\x01", NULL, NULL, 0},
};

static void check(size_t at, size_t piece)
{
    struct request request = {0};
    const char *text = cases[at].text, *target, *host;
    size_t length = strlen(text), used;
    uint16_t port = 80;
    enum request_result result = REQUEST_MORE;
    request_begin(&request);
    for (size_t fed = 0; fed < length && result == REQUEST_MORE; fed += used)
        result =
            request_feed(&request, text + fed, piece < length - fed ? piece : length - fed, &used);
    assert_int_equal(result, cases[at].target != NULL ? REQUEST_COMPLETE : REQUEST_BAD);
    if (result == REQUEST_COMPLETE) {
        bool named = request_names(&request, &target, &host, &port);
        assert_int_equal(named, cases[at].host != NULL);
        if (named) {
            assert_string_equal(target, cases[at].target);
            assert_string_equal(host, cases[at].host);
            assert_int_equal(port, cases[at].port);
        }
    }
    request_release(&request);
}

static void requests_name_whom_they_ask(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t piece = 1; piece <= 1000; piece = piece == 1 ? 7 : piece * 12)
            check(i, piece);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(requests_name_whom_they_ask)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
