/* One HTTP request, parsed by llhttp as its bytes come, within limits: what the origin needs to
 * know of it. Bodies are skipped. */
#ifndef ORIGIN_REQUEST_H
#define ORIGIN_REQUEST_H

#include <llhttp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REQUEST_TEXT_MAX = 16 * 1024 };

enum request_result {
    REQUEST_MORE,     /* feed on */
    REQUEST_COMPLETE, /* it is here; more bytes may follow it */
    REQUEST_BAD,      /* it is not HTTP, has two Hosts, is too long, or memory is short */
};

struct request {
    llhttp_t parser;
    bool in_host;   /* the header being read is Host */
    bool has_host;  /* its header is complete */
    size_t name_at; /* bytes of its name so far */
    char *text;     /* the target, then the Host; owned */
    size_t target_length, host_length, capacity;
    bool keeps_alive; /* valid once complete */
};

/* Ready for a request; keeps what memory it has. The struct is zeroed before the first time and
 * does not move. */
void request_begin(struct request *request);

/* The next bytes; *used of them belong to it. */
enum request_result request_feed(struct request *request, const char *bytes, size_t length,
                                 size_t *used);

/* The complete request's target and its host without port and brackets, 0-terminated and valid
 * until request_begin(), without blanks and control bytes; the port of the Host header, `port`
 * where it has none. Asked for once. False when the Host is none or memory is short. */
bool request_names(struct request *request, const char **target, const char **host, uint16_t *port);

void request_release(struct request *request);

#endif
