/*
 * What both hand-written twins share: the command line, the request, the check of a response. Each
 * twin does the same bytes as `download` under one model, written as one would write it for that
 * model alone. They parse HTTP with the suite's own parser and its limits, and digest the body, so
 * that what differs is the task, its operations and the model: the price of the abstraction.
 */
#ifndef TESTS_TWINS_TWIN_H
#define TESTS_TWINS_TWIN_H

#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "workloads/net/http.h"

enum { TIMEOUT_S = 30 };

/* Of the whole program; read-only after twin_set_up(). */
struct twin {
    const char *host;
    struct sockaddr_in address;
    SSL_CTX *ssl; /* NULL: plain */
    uint32_t tasks;
    uint32_t width;
    uint32_t requests; /* on each connection */
    char keep_request[1024];
    char close_request[1024];
    size_t keep_length, close_length;
    uint64_t expected_bytes;
    unsigned char expected_sha256[32];
    EVP_MD *sha256;
};

/* One response being read. */
struct twin_response {
    struct http_response http;
    EVP_MD_CTX *digest;
};

/* ORIGIN_DIR URL TASKS WIDTH REQUESTS; ends the program when they are no good. */
void twin_set_up(struct twin *twin, int argc, char **argv);

void twin_response_open(struct twin_response *response, const struct twin *twin);
void twin_response_begin(struct twin_response *response);
/* True while the bytes are what HTTP allows. */
bool twin_response_feed(struct twin_response *response, const void *bytes, size_t length);
/* True when the body is the expected one. */
bool twin_response_good(struct twin_response *response, const struct twin *twin);
void twin_response_close(struct twin_response *response);

/* Verification on, the host set. */
SSL *twin_ssl(const struct twin *twin);

/* Prints the totals; the exit status. */
int twin_summary(const struct twin *twin, uint32_t good);

#endif
