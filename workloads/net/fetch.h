/*
 * The fetch: one or more GETs over one connection, as a state machine for a task. It resolves,
 * connects, speaks TLS and HTTP, follows redirects, and classifies whatever goes wrong. What is
 * done with the body is the caller's.
 */
#ifndef WORKLOADS_NET_FETCH_H
#define WORKLOADS_NET_FETCH_H

#include "core/limits.h"
#include "core/task.h"
#include "workloads/net/http.h"
#include "workloads/net/target.h"
#include "workloads/net/tls.h"

/* The same for all fetches of a run; read-only during it, but for the sessions that are resumed. */
struct fetch_settings {
    uint64_t connect_timeout_ns; /* look-up, connect and TLS handshake together */
    uint64_t max_time_ns;        /* of one transfer, redirects included; 0: none */
    uint64_t idle_timeout_ns;    /* between two receipts of bytes */
    uint64_t max_filesize;
    uint32_t max_redirs;
    bool stay_on_host;        /* a redirect to another host is a fault */
    bool redirect_to_private; /* one of a public address to one of this host or network is none */
    struct tls_context *tls;  /* NULL: no https */
    bool in_the_clear; /* the peer speaks plain HTTP, whatever the URL says: a simulation's */
    struct route *routes;
};

/* `detail` of OUTCOME_PROTOCOL, beyond http.h's faults. */
enum fetch_fault {
    FETCH_FAULT_REDIRECTS = 200, /* more than max_redirs */
    FETCH_FAULT_DOWNGRADE,       /* from https to http */
    FETCH_FAULT_TARGET,          /* to what is no http or https URL */
    FETCH_FAULT_NO_TLS,          /* it is https, and there is no TLS context */
    FETCH_FAULT_ELSEWHERE,       /* to another host, and stay_on_host */
    FETCH_FAULT_PRIVATE,         /* from a public address to one of this host or network */
    FETCH_FAULT_RECORD,          /* TLS failed behind its handshake */
};

/* When each phase ended, on the task's clock; 0: it was not reached. With several requests on a
 * connection the first byte is that of the last one; after a redirect the phases are those of the
 * last connection, and what came before it counts as resolving. */
struct fetch_times {
    uint64_t begin_ns;
    uint64_t resolved_ns;
    uint64_t connected_ns;
    uint64_t secured_ns; /* the TLS handshake; equal to connected_ns without TLS */
    uint64_t first_byte_ns;
    uint64_t end_ns;
};

/* TLS handshakes that were done: more than one after a redirect, or where the server gave no
 * connection for all requests. */
struct fetch_handshakes {
    uint32_t full;
    uint32_t resumed;
};

/* What was done, whatever came of it: connections that were made, responses that were whole, those
 * that redirect among them. */
struct fetch_work {
    uint32_t connections;
    uint32_t responses;
};

/* Called with the whole response: false ends the fetch as verify_mismatch. */
typedef bool fetch_response_fn(void *sink, const struct http_response *response);

struct fetch {
    const struct fetch_settings *settings;
    const struct target *target;
    struct target *redirect; /* what a redirect led to; owned */
    http_body_fn *on_body;
    fetch_response_fn *on_response;
    void *sink;
    struct tls *tls;
    struct address *addresses; /* those of a name; owned */
    uint64_t deadline_ns;
    uint64_t connect_deadline_ns;
    struct fetch_times times;
    struct fetch_handshakes handshakes;
    struct fetch_work work;
    struct http_response http;
    uint32_t requests_left;
    uint16_t redirects;
    uint8_t state;
    uint8_t address_count;
    uint8_t address_at;
    bool from_public; /* a redirect came from a public address */
    uint8_t outcome;  /* enum outcome, once fetch_step() returned true */
    int16_t detail;
};

/* In zeroed memory: ready to fetch `target` `requests` times over one connection. The target, the
 * settings and the sink outlive the fetch. Nothing is held before the first step. */
void fetch_begin(struct fetch *fetch, const struct fetch_settings *settings,
                 const struct target *target, uint32_t requests, http_body_fn *on_body,
                 fetch_response_fn *on_response, void *sink);

/* Takes the result of the operation that it yielded last (0 to begin). False: it has yielded the
 * next one. True: it is over, its connection closed, its memory given back; `outcome` and `detail`
 * tell how. */
bool fetch_step(struct fetch *fetch, struct task *task, int result, uint64_t now_ns);

/* A sentence for an outcome and its detail. */
void fetch_explain(enum outcome outcome, int detail, char *text, size_t size);

#endif
