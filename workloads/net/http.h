/*
 * One HTTP/1.1 response to a GET, parsed by llhttp as its bytes come, within limits; in what pieces
 * they come makes no difference. It owns no bytes: the body is handed on as it is found in what was
 * fed.
 */
#ifndef WORKLOADS_NET_HTTP_H
#define WORKLOADS_NET_HTTP_H

#include <llhttp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum http_result {
    HTTP_MORE,      /* feed on */
    HTTP_DONE,      /* the message is complete */
    HTTP_PROTOCOL,  /* it is not HTTP, or breaks a limit on headers */
    HTTP_TOO_LARGE, /* the body exceeds the limit */
    HTTP_TRUNCATED, /* it ended too early */
    HTTP_NO_MEMORY,
};

/* Why HTTP_PROTOCOL, beyond llhttp's own codes (which are below 100). */
enum http_fault {
    HTTP_FAULT_SURPLUS = 100, /* bytes behind the message */
    HTTP_FAULT_HEADERS,       /* more than 300 KB or 5,000 headers, or endless chunk framing */
    HTTP_FAULT_FOLDED,        /* a header folded over two lines */
    HTTP_FAULT_UPGRADE,       /* 101, or endless 1xx */
    HTTP_FAULT_LOCATION,      /* longer than a URL may be */
    HTTP_FAULT_CODING,        /* a transfer coding that is not chunked at its end */
    HTTP_FAULT_LOCATIONS,     /* more than one */
};

typedef void http_body_fn(void *sink, const uint8_t *bytes, size_t length);

struct http_response {
    llhttp_t parser;
    http_body_fn *on_body; /* called for a 2xx only */
    void *sink;
    uint64_t body_max;
    uint32_t framing_bytes_max; /* headers, trailers, chunk lines; http_begin() sets the usual */
    uint16_t headers_max;
    uint64_t body_bytes;
    uint64_t fed_bytes; /* before the feed that is being parsed */
    char *location;     /* of a 3xx; owned */
    const uint8_t *feed_begin;
    enum http_result ended; /* how, which then stays; HTTP_MORE: not yet */
    uint16_t status;
    uint16_t headers;      /* so far */
    uint8_t fault;         /* enum http_fault or llhttp's code, with HTTP_PROTOCOL */
    uint8_t informational; /* 1xx responses so far */
    uint8_t name_length;   /* of the header name being read, in `name` */
    char name[9];          /* long enough for "location" */
    uint8_t last_byte;     /* of the feed before */
    bool has_location;     /* its header is complete */
    bool complete;
    bool too_large;
    bool no_memory;
};

/* Ready for a response. A body of more than body_max bytes is HTTP_TOO_LARGE. */
void http_begin(struct http_response *response, http_body_fn *on_body, void *sink,
                uint64_t body_max);

/* The next bytes. HTTP_MORE, HTTP_DONE, or what is wrong with them. Whoever feeds on behind the end
 * gets HTTP_PROTOCOL, behind a failure the same again. */
enum http_result http_feed(struct http_response *response, const uint8_t *bytes, size_t length);

/* The stream has ended: HTTP_DONE for a body that this delimits, else HTTP_TRUNCATED. */
enum http_result http_end(struct http_response *response);

/* Whether the server keeps the connection, once the message is complete. */
bool http_keeps_alive(const struct http_response *response);

/* Frees what it holds; http_begin() makes it usable again. */
void http_release(struct http_response *response);

/* A sentence for a fault. */
const char *http_fault_text(int fault);

#endif
