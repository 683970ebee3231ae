/* The response parser: each message whole and split at every byte, and those that must be refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/net/http.h"

struct body {
    char bytes[64];
    size_t length;
};

static void on_body(void *sink, const uint8_t *bytes, size_t length)
{
    struct body *body = sink;
    assert_true(body->length + length <= sizeof body->bytes);
    memcpy(body->bytes + body->length, bytes, length);
    body->length += length;
}

struct message {
    const char *text;
    enum http_result result; /* of the text, then of its end when that wants more */
    int status;
    const char *body;
    const char *location;
    int fault; /* 0: any of llhttp's */
};

#define OK "HTTP/1.1 200 OK\r\n"

static const struct message messages[] = {
    {OK "Content-Length: 5\r\n\r\nhello", HTTP_DONE, 200, "hello", NULL, 0},
    {OK "content-length: 0\r\n\r\n", HTTP_DONE, 200, "", NULL, 0},
    {OK "\r\nuntil the end", HTTP_DONE, 200, "until the end", NULL, 0},
    {OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: x\r\n\r\n",
     HTTP_DONE, 200, "abcde", NULL, 0},
    {"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", HTTP_DONE, 200, "x", NULL, 0},
    {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", HTTP_DONE, 200, "x", NULL, 0},
    {"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", HTTP_DONE, 204, "", NULL, 0},
    {"HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", HTTP_DONE, 304, "", NULL, 0},
    {"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" OK "Content-Length: 1\r\n\r\nx", HTTP_DONE, 200, "x",
     NULL, 0},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno", HTTP_DONE, 404,
     "", NULL, 0},
    {"HTTP/1.1 302 Found\r\nX: y\r\nLocation: /there and\tback\r\nContent-Length: 0\r\n\r\n",
     HTTP_DONE, 302, "", "/there and\tback", 0},
    {"HTTP/1.1 301\r\nlocation:http://h/\r\nContent-Length: 0\r\n\r\n", HTTP_DONE, 301, "",
     "http://h/", 0},
    {"HTTP/1.1 302 F\r\nLocations: a\r\nXLocation: b\r\nContent-Length: 0\r\n\r\n", HTTP_DONE, 302,
     "", NULL, 0},
    {"HTTP/1.1 302 F\r\nLocation:  /a \t \r\nContent-Length: 0\r\n\r\n", HTTP_DONE, 302, "", "/a",
     0},
    {"HTTP/1.1 302 F\r\nTransfer-Encoding: chunked\r\nLocation: /a\r\n\r\n0\r\nLocation: "
     "/b\r\n\r\n",
     HTTP_DONE, 302, "", "/a", 0},
    {OK "Location: /ignored\r\nContent-Length: 0\r\n\r\n", HTTP_DONE, 200, "", NULL, 0},
    /* Not what HTTP allows, or more than we take. */
    {"HTTP/1.1 302 F\r\nLocation: /a\r\nLocation: /b\r\n\r\n", HTTP_PROTOCOL, 0, NULL, NULL,
     HTTP_FAULT_LOCATIONS},
    {"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n", HTTP_PROTOCOL, 0, NULL, NULL, 0},
    {"SSH-2.0-OpenSSH\r\n", HTTP_PROTOCOL, 0, NULL, NULL, 0},
    {OK "Content-Length: 5\r\n\r\nhello!", HTTP_PROTOCOL, 200, NULL, NULL, HTTP_FAULT_SURPLUS},
    {OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", HTTP_PROTOCOL, 0, NULL, NULL, 0},
    {OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", HTTP_PROTOCOL, 0, NULL,
     NULL, 0},
    {OK "Transfer-Encoding: chunked\r\n\r\nzz\r\n", HTTP_PROTOCOL, 0, NULL, NULL, 0},
    {OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabcX", HTTP_PROTOCOL, 0, NULL, NULL, 0},
    {OK "A: b\r\n folded\r\nContent-Length: 0\r\n\r\n", HTTP_PROTOCOL, 0, NULL, NULL,
     HTTP_FAULT_FOLDED},
    {OK "A: b\rContent-Length: 5\r\n\r\n", HTTP_PROTOCOL, 0, NULL, NULL, 0},
    {OK "Content-Length: -1\r\n\r\n", HTTP_PROTOCOL, 0, NULL, NULL, 0},
    {OK "Content-Length: 99999999999999999999\r\n\r\n", HTTP_PROTOCOL, 0, NULL, NULL, 0},
    {"HTTP/1.1 101 Switch\r\nUpgrade: x\r\n\r\n", HTTP_PROTOCOL, 0, NULL, NULL, HTTP_FAULT_UPGRADE},
    {OK "Content-Length: 65\r\n\r\n", HTTP_TOO_LARGE, 200, NULL, NULL, 0},
    {OK "\r\n01234567890123456789012345678901234567890123456789012345678901234", HTTP_TOO_LARGE,
     200, NULL, NULL, 0},
    {OK "Content-Length: 5\r\n\r\nhell", HTTP_TRUNCATED, 200, NULL, NULL, 0},
    {OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", HTTP_TRUNCATED, 200, NULL, NULL, 0},
    {OK "Content-Le", HTTP_TRUNCATED, 0, NULL, NULL, 0},
    {"", HTTP_TRUNCATED, 0, NULL, NULL, 0},
};

static enum http_result parse(struct http_response *response, struct body *body, const char *text,
                              size_t length, size_t split)
{
    /* Each piece in memory of its own size, so that a sanitizer sees what reads behind it. */
    enum http_result result = HTTP_MORE;
    body->length = 0;
    http_begin(response, on_body, body, 64);
    for (size_t at = 0; at < length && result == HTTP_MORE;) {
        size_t piece = split == 0 ? 1 : at < split && split < length ? split : length - at;
        uint8_t *bytes = malloc(piece);
        memcpy(bytes, text + at, piece);
        result = http_feed(response, bytes, piece);
        free(bytes);
        at += piece;
        if (result == HTTP_DONE && at < length)
            result = HTTP_PROTOCOL, response->fault = HTTP_FAULT_SURPLUS;
    }
    return result == HTTP_MORE ? http_end(response) : result;
}

static void each_message_at_each_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        const struct message *message = &messages[i];
        size_t length = strlen(message->text);
        for (size_t split = 0; split <= length; split++) {
            struct http_response response;
            struct body body;
            enum http_result result = parse(&response, &body, message->text, length, split);
            if (result != message->result)
                fail_msg("message %zu split at %zu: result %d, expected %d", i, split, result,
                         message->result);
            if (message->result == HTTP_DONE) {
                assert_int_equal(response.status, message->status);
                assert_int_equal(body.length, strlen(message->body));
                assert_memory_equal(body.bytes, message->body, body.length);
                if (message->location != NULL)
                    assert_string_equal(response.location, message->location);
                else
                    assert_null(response.location);
            } else if (message->fault != 0) {
                assert_int_equal(response.fault, message->fault);
            }
            http_release(&response);
        }
    }
}

/* `line` again and again: it must be refused before `limit` bytes. */
static void check_endless(const char *head, const char *line, size_t limit)
{
    struct http_response response;
    struct body body = {0};
    http_begin(&response, on_body, &body, UINT64_MAX);
    enum http_result result = http_feed(&response, (const uint8_t *)head, strlen(head));
    size_t fed = 0;
    for (; result == HTTP_MORE && fed <= limit; fed += strlen(line))
        result = http_feed(&response, (const uint8_t *)line, strlen(line));
    assert_int_equal(result, HTTP_PROTOCOL);
    assert_true(fed <= limit);
    http_release(&response);
}

/* The result of a text in pieces of this size. */
static enum http_result feed_in(const char *text, size_t length, size_t piece)
{
    struct http_response response;
    struct body body = {0};
    enum http_result result = HTTP_MORE;
    http_begin(&response, on_body, &body, UINT64_MAX);
    for (size_t at = 0; at < length && result == HTTP_MORE; at += piece)
        result = http_feed(&response, (const uint8_t *)text + at,
                           piece < length - at ? piece : length - at);
    http_release(&response);
    return result;
}

/* Limits are reached by what is there, not by the pieces in which it comes. */
static void limits_do_not_depend_on_pieces(void **state)
{
    (void)state;
    static const size_t lengths[] = {6000, 310 * 1024};
    for (size_t i = 0; i < 2; i++) {
        char *text;
        char *value = calloc(lengths[i] + 1, 1);
        memset(value, 'a', lengths[i]);
        int length = asprintf(&text, OK "A: %s\r\nContent-Length: 0\r\n\r\n", value);
        enum http_result expected = i == 0 ? HTTP_DONE : HTTP_PROTOCOL;
        assert_int_equal(feed_in(text, (size_t)length, (size_t)length), expected);
        assert_int_equal(feed_in(text, (size_t)length, 65536), expected);
        assert_int_equal(feed_in(text, (size_t)length, 1), expected);
        free(text);
        free(value);
    }
}

static void what_is_over_stays_over(void **state)
{
    (void)state;
    static const char done[] = OK "Content-Length: 0\r\n\r\n", wrong[] = OK "A: b\r\n c\r\n";
    struct http_response response;
    struct body body = {0};
    http_begin(&response, on_body, &body, 64);
    assert_int_equal(http_feed(&response, (const uint8_t *)done, sizeof done - 1), HTTP_DONE);
    assert_int_equal(http_end(&response), HTTP_DONE);
    assert_int_equal(http_feed(&response, (const uint8_t *)"x", 1), HTTP_PROTOCOL);
    assert_int_equal(response.fault, HTTP_FAULT_SURPLUS);
    http_begin(&response, on_body, &body, 64);
    assert_int_equal(http_feed(&response, (const uint8_t *)wrong, sizeof wrong - 1), HTTP_PROTOCOL);
    assert_int_equal(http_feed(&response, (const uint8_t *)done, sizeof done - 1), HTTP_PROTOCOL);
    assert_int_equal(http_end(&response), HTTP_PROTOCOL);
}

static void what_does_not_end_is_refused(void **state)
{
    (void)state;
    check_endless(OK,
                  "A-rather-long-header-name-so-that-bytes-count-first: and a value to it, as "
                  "long again as the name\r\n",
                  310 * 1024);
    check_endless(OK, "A: b\r\n", 6 * 5002);
    check_endless(OK, "a", 310 * 1024);
    check_endless(OK "A: ", "a", 310 * 1024);
    check_endless("", "HTTP/1.1 100 Continue\r\n\r\n", 26 * 18);
    check_endless(OK "Transfer-Encoding: chunked\r\n\r\n1;", "x", 310 * 1024);
    check_endless("HTTP/1.1 302 Found\r\nLocation: /", "a", 9000);
}

static void keeping_the_connection_is_the_servers_choice(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool keeps;
    } cases[] = {{OK "Content-Length: 0\r\n\r\n", true},
                 {OK "Content-Length: 0\r\nConnection: close\r\n\r\n", false},
                 {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false},
                 {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", true}};
    for (size_t i = 0; i < 4; i++) {
        struct http_response response;
        struct body body;
        assert_int_equal(parse(&response, &body, cases[i].text, strlen(cases[i].text), 9999),
                         HTTP_DONE);
        assert_int_equal(http_keeps_alive(&response), cases[i].keeps);
    }
}

static void every_fault_has_a_sentence(void **state)
{
    (void)state;
    for (int fault = HTTP_FAULT_SURPLUS; fault <= HTTP_FAULT_LOCATIONS; fault++)
        assert_string_not_equal(http_fault_text(fault), http_fault_text(1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_message_at_each_split),
        cmocka_unit_test(limits_do_not_depend_on_pieces),
        cmocka_unit_test(what_is_over_stays_over),
        cmocka_unit_test(what_does_not_end_is_refused),
        cmocka_unit_test(keeping_the_connection_is_the_servers_choice),
        cmocka_unit_test(every_fault_has_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
