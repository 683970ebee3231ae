/*
 * Requests to the origin, one behind the other on a connection: whole, in pieces whose sizes the
 * first byte chooses, and byte by byte, which must all come to the same requests.
 */
#include <stdbool.h>
#include <string.h>

#include "origin/request.h"
#include "tests/fuzz/fuzz.h"

/* What was understood, written down. */
struct transcript {
    char *text;
    size_t length;
    FILE *file;
};

static size_t next_piece(uint32_t *random, uint32_t most, size_t left)
{
    if (*random == 0)
        return left;
    *random = *random * 1664525 + 1013904223;
    size_t piece = 1 + (*random >> 8) % most;
    return piece < left ? piece : left;
}

static void check_text(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != 0; at++)
        REQUIRE(*at > ' ' && *at != 0x7f);
}

static void note(struct transcript *transcript, struct request *request)
{
    const char *target = NULL, *host = NULL;
    uint16_t port = 80;
    bool named = request_names(request, &target, &host, &port);
    fprintf(transcript->file, "%d %d", request->parser.method, request->keeps_alive);
    if (named) {
        check_text(target);
        check_text(host);
        REQUIRE(target[0] != 0 && port != 0);
        REQUIRE(strlen(target) + strlen(host) <= REQUEST_TEXT_MAX);
        fprintf(transcript->file, " %s %s %u", target, host, port);
    }
    fputc('\n', transcript->file);
}

static void run(struct transcript *transcript, uint32_t random, uint32_t most, const uint8_t *data,
                size_t size)
{
    struct request request;
    enum request_result result = REQUEST_MORE;
    memset(&request, 0, sizeof request);
    transcript->file = open_memstream(&transcript->text, &transcript->length);
    if (transcript->file == NULL)
        abort();
    request_begin(&request);
    for (size_t at = 0; at < size && result != REQUEST_BAD;) {
        size_t piece = next_piece(&random, most, size - at), used = SIZE_MAX;
        char *copy = piece > 8 ? malloc(piece) : NULL;
        if (copy != NULL)
            memcpy(copy, data + at, piece);
        result =
            request_feed(&request, copy != NULL ? copy : (const char *)data + at, piece, &used);
        free(copy);
        REQUIRE(used <= piece);
        REQUIRE(result == REQUEST_BAD || used > 0);
        at += used;
        if (result != REQUEST_COMPLETE)
            continue;
        note(transcript, &request);
        request_begin(&request);
        result = REQUEST_MORE;
    }
    fprintf(transcript->file, "%d\n", result);
    fclose(transcript->file);
    request_release(&request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct transcript whole, pieces, bytes;
    if (size == 0)
        return 0;
    run(&whole, 0, 0, data + 1, size - 1);
    run(&pieces, 1U + data[0], 1U << data[0] % 8, data + 1, size - 1);
    run(&bytes, 1, 1, data + 1, size - 1);
    REQUIRE(strcmp(whole.text, pieces.text) == 0);
    REQUIRE(strcmp(whole.text, bytes.text) == 0);
    free(whole.text);
    free(pieces.text);
    free(bytes.text);
    return 0;
}
