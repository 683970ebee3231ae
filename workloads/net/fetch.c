/* The fetch's states. Each function named after a state handles the result of the operation that
 * was outstanding in it. */
#include "workloads/net/fetch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/clock.h"
#include "core/problem.h"

/* Kept out of the functions of a plain request, which would save registers for it. */
#define APART __attribute__((noinline))

enum state {
    BEGINNING,
    RESOLVING,
    CONNECTING,
    HANDSHAKE_SENDING,
    HANDSHAKE_RECEIVING,
    REQUEST_SENDING,
    RECEIVING,
    CLOSING,          /* then it is over */
    CLOSING_TO_RETRY, /* then the next address */
    CLOSING_TO_BEGIN, /* then a redirect, or a request that the server gave no connection for */
};

void fetch_begin(struct fetch *fetch, const struct fetch_settings *settings,
                 const struct target *target, uint32_t requests, http_body_fn *on_body,
                 fetch_response_fn *on_response, void *sink)
{
    fetch->settings = settings;
    fetch->target = target;
    fetch->requests_left = requests;
    fetch->on_body = on_body;
    fetch->on_response = on_response;
    fetch->sink = sink;
}

static void release(struct fetch *fetch)
{
    tls_close(fetch->tls);
    fetch->tls = NULL;
    free(fetch->addresses);
    fetch->addresses = NULL;
    http_release(&fetch->http);
    if (fetch->redirect != NULL)
        target_free(fetch->redirect);
    free(fetch->redirect);
    fetch->redirect = NULL;
}

/* ---- Ends. ---- */

static bool close_or_end(struct fetch *fetch, struct task *task, uint64_t now_ns)
{
    fetch->times.end_ns = now_ns;
    if (task->connection != CONNECTION_NONE) {
        fetch->state = CLOSING;
        yield_close(task);
        return false;
    }
    release(fetch);
    return true;
}

static bool end(struct fetch *fetch, struct task *task, uint64_t now_ns, enum outcome outcome,
                int detail)
{
    fetch->outcome = (uint8_t)outcome;
    fetch->detail = (int16_t)detail;
    return close_or_end(fetch, task, now_ns);
}

/* Which limit a time-out belongs to: the transfer's own, or the phase's. */
static bool end_late(struct fetch *fetch, struct task *task, uint64_t now_ns, enum outcome phase)
{
    bool transfer = fetch->deadline_ns != 0 && now_ns >= fetch->deadline_ns;
    return end(fetch, task, now_ns, transfer ? OUTCOME_DEADLINE : phase, ETIMEDOUT);
}

APART static bool end_failed(struct fetch *fetch, struct task *task, uint64_t now_ns, int result,
                             enum outcome when_late)
{
    if (result == -ETIMEDOUT)
        return end_late(fetch, task, now_ns, when_late);
    return end(fetch, task, now_ns, outcome_of_errno(result), -result);
}

static bool end_tls(struct fetch *fetch, struct task *task, uint64_t now_ns, enum tls_result result,
                    enum outcome otherwise)
{
    switch (result) {
    case TLS_UNVERIFIED:
        return end(fetch, task, now_ns, OUTCOME_TLS_VERIFY, tls_verify_code(fetch->tls));
    case TLS_NO_MEMORY: return end(fetch, task, now_ns, OUTCOME_RESOURCE, ENOMEM);
    case TLS_CLOSED:
    case TLS_TRUNCATED:
        return end(fetch, task, now_ns,
                   otherwise == OUTCOME_PROTOCOL ? OUTCOME_TRUNCATED : otherwise, 0);
    default:
        return end(fetch, task, now_ns, otherwise,
                   otherwise == OUTCOME_PROTOCOL ? FETCH_FAULT_RECORD : 0);
    }
}

/* ---- To a connection. ---- */

static const struct address *peer(const struct fetch *fetch)
{
    return fetch->target->numeric ? &fetch->target->address : &fetch->addresses[fetch->address_at];
}

/* A server elsewhere must not send us to what only we can reach: a router's page, a service of this
 * host. */
static bool is_trespass(const struct fetch *fetch, const struct address *address)
{
    return fetch->from_public && address_reach(address) != REACH_PUBLIC;
}

static bool connect_next(struct fetch *fetch, struct task *task)
{
    fetch->state = CONNECTING;
    yield_connect(task, peer(fetch), fetch->connect_deadline_ns);
    return false;
}

APART static bool look_up(struct fetch *fetch, struct task *task, uint64_t now_ns)
{
    const struct target *target = fetch->target;
    fetch->addresses = calloc(ADDRESSES_MAX, sizeof *fetch->addresses);
    if (fetch->addresses == NULL)
        return end(fetch, task, now_ns, OUTCOME_RESOURCE, ENOMEM);
    fetch->state = RESOLVING;
    yield_resolve(task, target->connect_host, target->connect_port, fetch->addresses, ADDRESSES_MAX,
                  fetch->connect_deadline_ns);
    return false;
}

static bool begin(struct fetch *fetch, struct task *task, uint64_t now_ns)
{
    fetch->address_at = 0;
    fetch->connect_deadline_ns =
        deadline_min(clock_after(now_ns, fetch->settings->connect_timeout_ns), fetch->deadline_ns);
    if (!fetch->target->numeric)
        return look_up(fetch, task, now_ns);
    fetch->times.resolved_ns = now_ns;
    return connect_next(fetch, task);
}

static bool resolving(struct fetch *fetch, struct task *task, int result, uint64_t now_ns)
{
    if (result == -ENOENT || result == -EIO)
        return end(fetch, task, now_ns, OUTCOME_RESOLVE, -result);
    if (result < 0)
        return end_failed(fetch, task, now_ns, result, OUTCOME_RESOLVE);
    fetch->times.resolved_ns = now_ns;
    fetch->address_count = (uint8_t)result;
    for (int i = 0; i < result; i++)
        if (is_trespass(fetch, &fetch->addresses[i]))
            return end(fetch, task, now_ns, OUTCOME_PROTOCOL, FETCH_FAULT_PRIVATE);
    return connect_next(fetch, task);
}

static bool send_request(struct fetch *fetch, struct task *task, uint64_t now_ns);
static bool handshake(struct fetch *fetch, struct task *task, uint64_t now_ns);

static uint64_t idle_deadline(const struct fetch *fetch, uint64_t now_ns)
{
    return deadline_min(clock_after(now_ns, fetch->settings->idle_timeout_ns), fetch->deadline_ns);
}

APART static bool connect_failed(struct fetch *fetch, struct task *task, int result,
                                 uint64_t now_ns)
{
    bool another = !fetch->target->numeric && fetch->address_at + 1 < fetch->address_count;
    if (result == -ECANCELED || result == -ETIMEDOUT || !another)
        return end_failed(fetch, task, now_ns, result, OUTCOME_CONNECT_TIMEOUT);
    fetch->address_at++;
    fetch->state = CLOSING_TO_RETRY;
    yield_close(task);
    return false;
}

static bool speaks_tls(const struct fetch *fetch, const struct url *url)
{
    return url->tls && !fetch->settings->in_the_clear;
}

APART static bool begin_tls(struct fetch *fetch, struct task *task, uint64_t now_ns)
{
    const struct url *url = &fetch->target->url;
    fetch->tls = tls_open(fetch->settings->tls, url->host, url->port);
    if (fetch->tls == NULL)
        return end(fetch, task, now_ns, OUTCOME_RESOURCE, ENOMEM);
    return handshake(fetch, task, now_ns);
}

static bool connecting(struct fetch *fetch, struct task *task, int result, uint64_t now_ns)
{
    if (result < 0)
        return connect_failed(fetch, task, result, now_ns);
    fetch->times.connected_ns = now_ns;
    fetch->work.connections++;
    if (speaks_tls(fetch, &fetch->target->url))
        return begin_tls(fetch, task, now_ns);
    fetch->times.secured_ns = now_ns;
    return send_request(fetch, task, now_ns);
}

/* ---- TLS. ---- */

static bool handshake(struct fetch *fetch, struct task *task, uint64_t now_ns)
{
    enum tls_result result = tls_handshake(fetch->tls);
    if (result == TLS_OK) {
        /* What came behind the handshake (session tickets) is used up before its bytes are gone;
         * nobody may have answered yet. */
        uint8_t bytes[16];
        size_t length;
        if (tls_has_more(fetch->tls) &&
            tls_read(fetch->tls, bytes, sizeof bytes, &length) == TLS_OK)
            return end(fetch, task, now_ns, OUTCOME_PROTOCOL, HTTP_FAULT_SURPLUS);
        bool resumed = tls_resumed(fetch->tls);
        fetch->handshakes.resumed += resumed;
        fetch->handshakes.full += !resumed;
        fetch->times.secured_ns = now_ns;
        return send_request(fetch, task, now_ns);
    }
    if (result != TLS_WANT)
        return end_tls(fetch, task, now_ns, result, OUTCOME_TLS_HANDSHAKE);
    size_t length;
    const void *pending = tls_pending(fetch->tls, &length);
    if (length > 0) {
        fetch->state = HANDSHAKE_SENDING;
        yield_send(task, pending, length, fetch->connect_deadline_ns);
    } else {
        fetch->state = HANDSHAKE_RECEIVING;
        yield_recv(task, fetch->connect_deadline_ns);
    }
    return false;
}

static bool handshake_sending(struct fetch *fetch, struct task *task, int result, uint64_t now_ns)
{
    if (result < 0)
        return end_failed(fetch, task, now_ns, result, OUTCOME_CONNECT_TIMEOUT);
    tls_sent(fetch->tls);
    fetch->state = HANDSHAKE_RECEIVING;
    yield_recv(task, fetch->connect_deadline_ns);
    return false;
}

static bool handshake_receiving(struct fetch *fetch, struct task *task, int result, uint64_t now_ns)
{
    if (result == -ECONNRESET || result == 0)
        return end(fetch, task, now_ns, OUTCOME_TLS_HANDSHAKE, -result);
    if (result < 0)
        return end_failed(fetch, task, now_ns, result, OUTCOME_CONNECT_TIMEOUT);
    tls_lend(fetch->tls, task->op.recv.bytes, (size_t)result);
    return handshake(fetch, task, now_ns);
}

/* ---- The request and its response. ---- */

static bool send_request(struct fetch *fetch, struct task *task, uint64_t now_ns)
{
    const struct target *target = fetch->target;
    bool last = fetch->requests_left <= 1;
    const char *bytes = target->request + (last ? target->close_request_at : 0);
    size_t length = last ? target->close_request_length : target->request_length;
    http_begin(&fetch->http, fetch->on_body, fetch->sink, fetch->settings->max_filesize);
    fetch->state = REQUEST_SENDING;
    fetch->times.first_byte_ns = 0;
    if (fetch->tls == NULL) {
        yield_send(task, bytes, length, idle_deadline(fetch, now_ns));
        return false;
    }
    enum tls_result result = tls_write(fetch->tls, bytes, length);
    if (result != TLS_OK)
        return end_tls(fetch, task, now_ns, result, OUTCOME_TLS_HANDSHAKE);
    const void *pending = tls_pending(fetch->tls, &length);
    yield_send(task, pending, length, idle_deadline(fetch, now_ns));
    return false;
}

static bool follow_redirect(struct fetch *fetch, struct task *task, uint64_t now_ns);

static bool response_complete(struct fetch *fetch, struct task *task, uint64_t now_ns)
{
    struct http_response *http = &fetch->http;
    fetch->work.responses++;
    if (http->status / 100 == 3 && http->location != NULL)
        return follow_redirect(fetch, task, now_ns);
    if (http->status / 100 != 2)
        return end(fetch, task, now_ns, OUTCOME_HTTP_STATUS, http->status);
    if (!fetch->on_response(fetch->sink, http))
        return end(fetch, task, now_ns, OUTCOME_VERIFY_MISMATCH, 0);
    if (--fetch->requests_left == 0)
        return end(fetch, task, now_ns, OUTCOME_OK, 0);
    if (http_keeps_alive(http))
        return send_request(fetch, task, now_ns);
    fetch->state = CLOSING_TO_BEGIN;
    yield_close(task);
    return false;
}

APART static bool response_wrong(struct fetch *fetch, struct task *task, uint64_t now_ns,
                                 enum http_result result)
{
    switch (result) {
    case HTTP_TOO_LARGE: return end(fetch, task, now_ns, OUTCOME_TOO_LARGE, 0);
    case HTTP_TRUNCATED: return end(fetch, task, now_ns, OUTCOME_TRUNCATED, 0);
    case HTTP_NO_MEMORY: return end(fetch, task, now_ns, OUTCOME_RESOURCE, ENOMEM);
    default: return end(fetch, task, now_ns, OUTCOME_PROTOCOL, fetch->http.fault);
    }
}

/* Decrypts what was lent and feeds it to the parser, to the last byte. */
APART static bool receive_tls(struct fetch *fetch, struct task *task, uint64_t now_ns)
{
    enum http_result parsed = HTTP_MORE;
    enum tls_result result = TLS_WANT;
    uint8_t bytes[TLS_READ_BYTES];
    size_t length;
    while ((parsed == HTTP_MORE || tls_has_more(fetch->tls)) &&
           (result = tls_read(fetch->tls, bytes, sizeof bytes, &length)) == TLS_OK) {
        if (parsed == HTTP_DONE) /* a record behind the end of the message */
            return end(fetch, task, now_ns, OUTCOME_PROTOCOL, HTTP_FAULT_SURPLUS);
        if (fetch->times.first_byte_ns == 0)
            fetch->times.first_byte_ns = now_ns;
        parsed = http_feed(&fetch->http, bytes, length);
        if (parsed != HTTP_MORE && parsed != HTTP_DONE)
            return response_wrong(fetch, task, now_ns, parsed);
    }
    if (parsed == HTTP_DONE)
        return response_complete(fetch, task, now_ns);
    if (result == TLS_CLOSED) {
        parsed = http_end(&fetch->http);
        return parsed == HTTP_DONE ? response_complete(fetch, task, now_ns)
                                   : response_wrong(fetch, task, now_ns, parsed);
    }
    if (result != TLS_WANT)
        return end_tls(fetch, task, now_ns, result, OUTCOME_PROTOCOL);
    yield_recv(task, idle_deadline(fetch, now_ns));
    return false;
}

static bool receiving(struct fetch *fetch, struct task *task, int result, uint64_t now_ns)
{
    if (result < 0)
        return end_failed(fetch, task, now_ns, result, OUTCOME_IDLE_TIMEOUT);
    if (fetch->tls != NULL) {
        if (result == 0)
            tls_end(fetch->tls);
        tls_lend(fetch->tls, task->op.recv.bytes, (size_t)result);
        return receive_tls(fetch, task, now_ns);
    }
    if (fetch->times.first_byte_ns == 0)
        fetch->times.first_byte_ns = now_ns;
    enum http_result parsed = result > 0
                                  ? http_feed(&fetch->http, task->op.recv.bytes, (size_t)result)
                                  : http_end(&fetch->http);
    if (parsed == HTTP_DONE)
        return response_complete(fetch, task, now_ns);
    if (parsed != HTTP_MORE)
        return response_wrong(fetch, task, now_ns, parsed);
    yield_recv(task, idle_deadline(fetch, now_ns));
    return false;
}

static bool request_sending(struct fetch *fetch, struct task *task, int result, uint64_t now_ns)
{
    if (result < 0)
        return end_failed(fetch, task, now_ns, result, OUTCOME_IDLE_TIMEOUT);
    if (fetch->tls != NULL)
        tls_sent(fetch->tls);
    fetch->state = RECEIVING;
    yield_recv(task, idle_deadline(fetch, now_ns));
    return false;
}

/* ---- Redirects. ---- */

/* What is wrong with going on to a target; 0: nothing. (A name's addresses: resolving().) */
static int redirect_fault(const struct fetch *fetch, const struct target *next)
{
    const struct url *from = &fetch->target->url, *to = &next->url;
    if (from->tls && !to->tls)
        return FETCH_FAULT_DOWNGRADE;
    if (speaks_tls(fetch, to) && fetch->settings->tls == NULL)
        return FETCH_FAULT_NO_TLS;
    if (fetch->settings->stay_on_host && strcmp(from->host, to->host) != 0)
        return FETCH_FAULT_ELSEWHERE;
    if (next->numeric && is_trespass(fetch, &next->address))
        return FETCH_FAULT_PRIVATE;
    return 0;
}

APART static bool follow_redirect(struct fetch *fetch, struct task *task, uint64_t now_ns)
{
    if (++fetch->redirects > fetch->settings->max_redirs)
        return end(fetch, task, now_ns, OUTCOME_PROTOCOL, FETCH_FAULT_REDIRECTS);
    char *text;
    const char *why = url_resolve(fetch->target->text, fetch->http.location, &text);
    struct target *next = calloc(1, sizeof *next);
    if (next == NULL)
        why = memory_is_short;
    if (why == NULL)
        why = target_make(text, fetch->settings->routes, next);
    free(text);
    if (why == memory_is_short) {
        free(next);
        return end(fetch, task, now_ns, OUTCOME_RESOURCE, ENOMEM);
    }
    if (!fetch->settings->redirect_to_private)
        fetch->from_public |= address_reach(peer(fetch)) == REACH_PUBLIC;
    int fault = why != NULL ? FETCH_FAULT_TARGET : redirect_fault(fetch, next);
    if (fault != 0) {
        if (why == NULL)
            target_free(next);
        free(next);
        return end(fetch, task, now_ns, OUTCOME_PROTOCOL, fault);
    }
    release(fetch);
    fetch->redirect = next;
    fetch->target = next;
    fetch->state = CLOSING_TO_BEGIN;
    yield_close(task);
    return false;
}

/* ---- The table. ---- */

static bool beginning(struct fetch *fetch, struct task *task, int result, uint64_t now_ns)
{
    (void)result;
    fetch->times.begin_ns = now_ns;
    if (speaks_tls(fetch, &fetch->target->url) && fetch->settings->tls == NULL)
        return end(fetch, task, now_ns, OUTCOME_PROTOCOL, FETCH_FAULT_NO_TLS);
    if (fetch->settings->max_time_ns != 0)
        fetch->deadline_ns = clock_after(now_ns, fetch->settings->max_time_ns);
    return begin(fetch, task, now_ns);
}

static bool closing(struct fetch *fetch, struct task *task, int result, uint64_t now_ns)
{
    (void)task, (void)result, (void)now_ns;
    release(fetch);
    return true;
}

static bool closing_to_retry(struct fetch *fetch, struct task *task, int result, uint64_t now_ns)
{
    (void)result, (void)now_ns;
    return connect_next(fetch, task);
}

static bool closing_to_begin(struct fetch *fetch, struct task *task, int result, uint64_t now_ns)
{
    (void)result;
    tls_close(fetch->tls);
    fetch->tls = NULL;
    free(fetch->addresses);
    fetch->addresses = NULL;
    http_release(&fetch->http);
    return begin(fetch, task, now_ns);
}

typedef bool state_fn(struct fetch *fetch, struct task *task, int result, uint64_t now_ns);

/* Not a switch: that would be one function, whose every call saves the registers of the longest. */
static state_fn *const states[] = {
    [BEGINNING] = beginning,
    [RESOLVING] = resolving,
    [CONNECTING] = connecting,
    [HANDSHAKE_SENDING] = handshake_sending,
    [HANDSHAKE_RECEIVING] = handshake_receiving,
    [REQUEST_SENDING] = request_sending,
    [RECEIVING] = receiving,
    [CLOSING] = closing,
    [CLOSING_TO_RETRY] = closing_to_retry,
    [CLOSING_TO_BEGIN] = closing_to_begin,
};

bool fetch_step(struct fetch *fetch, struct task *task, int result, uint64_t now_ns)
{
    return states[fetch->state](fetch, task, result, now_ns);
}
