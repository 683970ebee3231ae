/* The bytes of an answer, right or spoilt. */
#include "origin/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "origin/sites.h"

enum { CHUNK_BYTES = 4000, ENDLESS_BYTES = 64 * 1024 };

static const char *reason(uint32_t status)
{
    switch (status) {
    case 200: return "OK";
    case 302: return "Found";
    case 404: return "Not Found";
    case 503: return "Service Unavailable";
    default: return "As Asked";
    }
}

static void write_head(const struct site *site, bool chunked, bool keep, FILE *file)
{
    const struct fault *fault = site->fault;
    fprintf(file,
            "HTTP/1.1 %u %s\r\nServer: origin\r\nContent-Type: text/html; charset=utf-8\r\n"
            "Connection: %s\r\n",
            site->status, reason(site->status), keep ? "keep-alive" : "close");
    if (site->redirect != NULL)
        fprintf(file, "Location: %s\r\n", site->redirect);
    if (chunked)
        fprintf(file, "Transfer-Encoding: chunked\r\n");
    else if (!site->close_delimited)
        fprintf(file, "Content-Length: %zu\r\n", site->body_bytes);
    if (fault != NULL && fault->header != NULL)
        fputs(fault->header, file);
    if (fault == NULL || fault->endless != ENDLESS_HEADERS)
        fprintf(file, "\r\n");
}

static void write_body(const struct site *site, bool chunked, FILE *file)
{
    if (!chunked)
        fwrite(site->body, 1, site->body_bytes, file);
    for (size_t at = 0; chunked && at < site->body_bytes; at += CHUNK_BYTES) {
        size_t left = site->body_bytes - at, length = left < CHUNK_BYTES ? left : CHUNK_BYTES;
        fprintf(file, "%zx\r\n", length);
        fwrite(site->body + at, 1, length, file);
        fprintf(file, "\r\n");
    }
    if (chunked)
        fprintf(file, "0\r\n\r\n");
}

/* Some of it, so that a write has enough to do; client.c sends it again and again. */
static void write_endless(const struct fault *fault, FILE *file, struct answer *answer)
{
    if (fault->endless == ENDLESS_HEADERS && strchr(fault->again, '\r') == NULL)
        fprintf(file, "X-Endless: ");
    answer->endless = true;
    answer->again_from = (size_t)ftell(file);
    size_t bytes = strlen(fault->again);
    for (size_t written = 0; written < ENDLESS_BYTES; written += bytes)
        fputs(fault->again, file);
}

static void write_all(const struct site *site, bool keep, FILE *file, struct answer *answer)
{
    const struct fault *fault = site->fault;
    bool chunked = site->chunked || (fault != NULL && fault->chunked);
    const char *instead = site->raw != NULL ? site->raw : fault != NULL ? fault->instead : NULL;
    if (instead != NULL) {
        fputs(instead, file);
        answer->head = (size_t)ftell(file);
        return;
    }
    if (fault == NULL || fault->endless != ENDLESS_FROM_START)
        write_head(site, chunked, keep, file);
    answer->head = (size_t)ftell(file);
    if (fault != NULL && fault->endless != ENDLESS_NOTHING)
        write_endless(fault, file, answer);
    else
        write_body(site, chunked, file);
    if (fault != NULL && fault->behind != NULL)
        fputs(fault->behind, file);
}

static void spoil(enum spoil how, struct answer *answer)
{
    /* None where a site's own text takes the place of the answer: that is sent as it is. */
    size_t body = answer->length - answer->head, last_chunk = strlen("0\r\n\r\n");
    switch (how) {
    case SPOIL_NONE: break;
    case SPOIL_ALL: answer->length = 0; break;
    case SPOIL_HALF: answer->length -= body - body / 2; break;
    case SPOIL_LAST_CHUNK: answer->length -= body < last_chunk ? body : last_chunk; break;
    case SPOIL_CHUNK_LINE:
        if (body > 0)
            answer->bytes[answer->head] = 'z';
        break;
    case SPOIL_BYTE:
        if (body > 0)
            answer->bytes[answer->length - 1] ^= 1;
        break;
    }
    if (answer->head > answer->length)
        answer->head = answer->length;
}

bool answer_make(const struct site *site, bool keep, struct answer *answer)
{
    const struct fault *fault = site->fault;
    bool kept = keep && !site->close_delimited && fault == NULL && site->raw == NULL;
    *answer = (struct answer){.ending = kept ? ENDING_KEPT : ENDING_CLOSED};
    FILE *file = open_memstream(&answer->bytes, &answer->length);
    if (file == NULL)
        return false;
    write_all(site, kept, file, answer);
    if (fclose(file) != 0)
        return false;
    if (site->drip_ms != 0) {
        answer->part_bytes = 1;
        answer->pause_ms = site->drip_ms;
    }
    if (fault == NULL)
        return true;
    spoil(fault->spoil, answer);
    if (fault->ending != ENDING_KEPT)
        answer->ending = fault->ending;
    return true;
}

void answer_free(struct answer *answer)
{
    free(answer->bytes);
    *answer = (struct answer){0};
}
