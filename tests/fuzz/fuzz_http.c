/*
 * A response to the client, with its limits: whole, in pieces whose sizes the first byte chooses,
 * and byte by byte, which must all come to the same. What stands in a body is its receiver's.
 */
#include <stdbool.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "workloads/net/http.h"

struct body {
    uint8_t *bytes;
    size_t length, room;
    bool closed; /* nothing more may come */
};

struct outcome {
    struct http_response response;
    enum http_result result;
    struct body body;
};

/* The sizes of the pieces. */
struct cutter {
    uint32_t random; /* 0: all in one */
    uint32_t most;
};

static size_t next_piece(struct cutter *cutter, size_t left)
{
    if (cutter->random == 0)
        return left;
    cutter->random = cutter->random * 1664525 + 1013904223;
    size_t piece = 1 + (cutter->random >> 8) % cutter->most;
    return piece < left ? piece : left;
}

static void on_body(void *sink, const uint8_t *bytes, size_t length)
{
    struct body *body = sink;
    REQUIRE(!body->closed);
    REQUIRE(length > 0 && length <= body->room - body->length);
    memcpy(body->bytes + body->length, bytes, length);
    body->length += length;
}

static void check_end(struct outcome *outcome, const uint8_t *behind, size_t length)
{
    struct http_response *response = &outcome->response;
    enum http_result result = outcome->result;
    bool good = result == HTTP_DONE;
    REQUIRE(result != HTTP_MORE && result != HTTP_NO_MEMORY);
    REQUIRE(outcome->body.length <= response->body_max);
    if (good)
        REQUIRE(response->status >= 200 && response->body_bytes <= response->body_max);
    if (good)
        REQUIRE(outcome->body.length == (response->status / 100 == 2 ? response->body_bytes : 0));
    if (response->location != NULL)
        REQUIRE(strlen(response->location) <= 8192);
    /* What is over stays over. */
    outcome->body.closed = true;
    if (length > 0)
        REQUIRE(http_feed(response, behind, length) == (good ? HTTP_PROTOCOL : result));
    REQUIRE(http_end(response) == (good && length > 0 ? HTTP_PROTOCOL : result));
}

static void run(struct outcome *outcome, struct cutter cutter, uint64_t body_max,
                const uint8_t *data, size_t size)
{
    *outcome = (struct outcome){.body = {.bytes = malloc(size + 1), .room = size}};
    http_begin(&outcome->response, on_body, &outcome->body, body_max);
    /* So low that inputs of a fuzzer's size come to them. */
    outcome->response.framing_bytes_max = 700;
    outcome->response.headers_max = 12;
    enum http_result result = HTTP_MORE;
    size_t at = 0;
    while (at < size && result == HTTP_MORE) {
        size_t piece = next_piece(&cutter, size - at);
        /* Larger ones in memory of their own, so that a sanitizer sees what reads behind them. */
        uint8_t *copy = piece > 8 ? malloc(piece) : NULL;
        if (copy != NULL)
            memcpy(copy, data + at, piece);
        result = http_feed(&outcome->response, copy != NULL ? copy : data + at, piece);
        free(copy);
        at += piece;
    }
    if (result == HTTP_MORE)
        result = http_end(&outcome->response);
    outcome->result = result;
    check_end(outcome, data + at, size - at);
    if (result == HTTP_DONE && at < size)
        outcome->result = HTTP_PROTOCOL; /* as it is when the bytes behind come with the rest */
}

static void check_same(const struct outcome *a, const struct outcome *b)
{
    size_t common = a->body.length < b->body.length ? a->body.length : b->body.length;
    REQUIRE(a->result == b->result);
    REQUIRE(memcmp(a->body.bytes, b->body.bytes, common) == 0);
    if (a->result != HTTP_DONE)
        return;
    const struct http_response *one = &a->response, *other = &b->response;
    REQUIRE(one->status == other->status);
    REQUIRE(a->body.length == b->body.length);
    REQUIRE(one->body_bytes == other->body_bytes);
    REQUIRE(http_keeps_alive(one) == http_keeps_alive(other));
    REQUIRE((one->location == NULL) == (other->location == NULL));
    if (one->location != NULL)
        REQUIRE(strcmp(one->location, other->location) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t limits[] = {0, 5, 100, UINT64_MAX};
    if (size == 0)
        return 0;
    uint64_t body_max = limits[data[0] % 4];
    struct cutter whole = {0}, bytes = {.random = 1, .most = 1};
    struct cutter pieces = {.random = 1 + data[0], .most = 1U << (data[0] / 4 % 8)};
    struct outcome a, b, c;
    data++, size--;
    run(&a, whole, body_max, data, size);
    run(&b, pieces, body_max, data, size);
    run(&c, bytes, body_max, data, size);
    check_same(&a, &b);
    check_same(&a, &c);
    struct outcome *all[] = {&a, &b, &c};
    for (size_t i = 0; i < 3; i++) {
        http_release(&all[i]->response);
        free(all[i]->body.bytes);
    }
    return 0;
}
