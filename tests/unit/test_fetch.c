/*
 * The fetch under a scripted waiter: no socket, no time. Each response is played in pieces of every
 * size, plain and over TLS (against a server in memory); then each operation fails in turn, with
 * each kind of failure. Every step goes through the contract's checks.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/check.h"
#include "core/clock.h"
#include "origin/certificates.h"
#include "workloads/net/fetch.h"

/* ---- The peer: answers requests with the script's responses, one after another. ---- */

struct script {
    const char *url;
    const char *responses[4];
    bool closes; /* behind the last response the peer ends the connection */
    bool rude;   /* … without TLS's goodbye */
    uint32_t requests;
    uint64_t body_max; /* 0: much */
    enum outcome outcome;
    int detail;
    const char *body; /* of all responses, when ok */
};

struct server {
    const struct script *script;
    struct tls *tls;
    uint16_t port; /* that was looked up last: 443 speaks TLS */
    int answered;
    char *queue; /* what the task is still to receive */
    size_t queued;
    size_t request_bytes; /* of the request that is coming in */
};

/* What play() does to the operations. */
struct interference {
    size_t split; /* bytes a RECV at most */
    int fail_at;  /* the operation that fails, -1: none */
    int fail_with;
};

struct state {
    struct fetch fetch;
};

struct settings {
    struct fetch_settings fetch;
    struct target target;
    uint32_t requests;
    char body[4096];
    size_t body_bytes;
    int good_responses;
};

static struct tls_context *server_context;
static struct certificates *certificates;
static char ca_path[] = "/tmp/test-fetch-ca-XXXXXX";

static void enqueue(struct server *peer, const void *bytes, size_t length)
{
    peer->queue = realloc(peer->queue, peer->queued + length + 1);
    memcpy(peer->queue + peer->queued, bytes, length);
    peer->queued += length;
}

static void flush_peer(struct server *peer)
{
    size_t length;
    const void *pending = tls_pending(peer->tls, &length);
    if (length > 0)
        enqueue(peer, pending, length);
    tls_sent(peer->tls);
}

static void answer(struct server *peer)
{
    const char *response = peer->script->responses[peer->answered];
    if (response == NULL)
        return;
    peer->answered++;
    if (peer->tls == NULL) {
        enqueue(peer, response, strlen(response));
        return;
    }
    if (strlen(response) > 0)
        assert_int_equal(tls_write(peer->tls, response, strlen(response)), TLS_OK);
    if (peer->script->closes && !peer->script->rude &&
        peer->script->responses[peer->answered] == NULL)
        tls_finish(peer->tls);
    flush_peer(peer);
}

/* Every request of this suite ends with an empty line and has no body. */
static void take_request(struct server *peer, const uint8_t *bytes, size_t length)
{
    static const char end[] = "\r\n\r\n";
    for (size_t i = 0; i < length; i++) {
        peer->request_bytes = bytes[i] == end[peer->request_bytes] ? peer->request_bytes + 1
                              : bytes[i] == '\r'                   ? 1
                                                                   : 0;
        if (peer->request_bytes == 4) {
            peer->request_bytes = 0;
            answer(peer);
        }
    }
}

static void peer_receives(struct server *peer, const void *bytes, size_t length)
{
    if (peer->tls == NULL) {
        take_request(peer, bytes, length);
        return;
    }
    uint8_t plain[2048];
    size_t count;
    tls_lend(peer->tls, bytes, length);
    if (tls_handshake(peer->tls) == TLS_OK)
        while (tls_read(peer->tls, plain, sizeof plain, &count) == TLS_OK)
            take_request(peer, plain, count);
    flush_peer(peer);
}

static void peer_reset(struct server *peer)
{
    tls_close(peer->tls);
    free(peer->queue);
    *peer = (struct server){.script = peer->script, .answered = peer->answered, .port = peer->port};
    if (peer->port == 443)
        peer->tls = tls_accept(server_context);
}

/* ---- The task. ---- */

static void on_body(void *sink, const uint8_t *bytes, size_t length)
{
    struct settings *settings = sink;
    assert_true(settings->body_bytes + length < sizeof settings->body);
    memcpy(settings->body + settings->body_bytes, bytes, length);
    settings->body_bytes += length;
    settings->body[settings->body_bytes] = 0;
}

static bool on_response(void *sink, const struct http_response *response)
{
    ((struct settings *)sink)->good_responses++;
    return response->status == 200;
}

static void step(struct task *task, int result, uint64_t now_ns)
{
    struct settings *settings = task->run->settings;
    struct fetch *fetch = &((struct state *)task_state(task))->fetch;
    if (task->stage == 0)
        fetch_begin(fetch, &settings->fetch, &settings->target, settings->requests, on_body,
                    on_response, settings);
    task->stage = 1;
    if (fetch_step(fetch, task, result, now_ns))
        yield_done(task, fetch->outcome, fetch->detail, 0);
}

static const struct workload workload_fetch = {.step = step, .state_size = sizeof(struct state)};
static const struct model model_none = {0};

/* ---- The scripted waiter. ---- */

static int receive(struct task *task, struct server *peer, size_t split, uint8_t **lent)
{
    size_t count = peer->queued < split ? peer->queued : split;
    if (count == 0)
        return peer->script->closes ? 0 : -ETIMEDOUT;
    *lent = malloc(count);
    memcpy(*lent, peer->queue, count);
    memmove(peer->queue, peer->queue + count, peer->queued - count);
    peer->queued -= count;
    task->op.recv.bytes = *lent;
    return (int)count;
}

static int perform(struct task *task, struct server *peer, const struct interference *how,
                   uint8_t **lent)
{
    switch ((enum op_kind)task->op.kind) {
    case OP_RESOLVE:
        peer->port = task->op.resolve.port;
        assert_true(address_parse("127.0.0.1", 1, &task->op.resolve.addresses[0]));
        assert_true(address_parse("::1", 1, &task->op.resolve.addresses[1]));
        return 2;
    case OP_CONNECT: peer_reset(peer); return 0;
    case OP_SEND: peer_receives(peer, task->op.send.bytes, task->op.send.length); return 0;
    case OP_RECV: return receive(task, peer, how->split, lent);
    case OP_CLOSE: return 0;
    default: fail_msg("unexpected operation %d", task->op.kind); return 0;
    }
}

/* Plays a script; returns how many operations it took. */
static int play(const struct script *script, const struct interference *how,
                struct settings *settings, struct child *out)
{
    struct run run = {.workload = &workload_fetch,
                      .model = &model_none,
                      .workload_name = "fetch",
                      .model_name = "script",
                      .settings = settings,
                      .tasks = 1};
    struct server peer = {.script = script};
    settings->requests = script->requests != 0 ? script->requests : 1;
    settings->fetch.max_filesize = script->body_max != 0 ? script->body_max : 4000;
    settings->body_bytes = 0;
    settings->good_responses = 0;
    settings->body[0] = 0;
    assert_null(target_make(script->url, NULL, &settings->target));
    assert_int_equal(run_open(&run), 0);
    root_spawn(&run, &(struct op){.children = {.first = 0, .count = 1}}, 1);
    assert_int_equal(child_take(&run, 1), 0);
    struct task *task = malloc(task_size(&run));
    uint64_t now_ns = NS_PER_S;
    task_begin(task, &run, 0, now_ns);
    task_step(task, 0, now_ns);
    int operations = 0;
    while (!task->ended) {
        uint8_t *lent = NULL;
        int result = perform(task, &peer, how, &lent);
        if (operations++ == how->fail_at && task->op.kind != OP_CLOSE)
            result = how->fail_with;
        now_ns += NS_PER_US;
        task_step(task, result, now_ns);
        free(lent);
        assert_true(operations < 100000);
    }
    *out = run.children[0];
    tls_close(peer.tls);
    free(peer.queue);
    free(task);
    run_close(&run);
    target_free(&settings->target);
    return operations;
}

/* ---- Scripts. ---- */

#define HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define LAST  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
#define CHUNKS                                                                                     \
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
#define MOVED(to) "HTTP/1.1 302 Found\r\nLocation: " to "\r\nContent-Length: 3\r\n\r\nxyz"

static const struct script scripts[] = {
    {"http://h/", {HELLO}, .body = "hello"},
    {"https://h/", {HELLO}, .body = "hello"},
    {"http://h/", {CHUNKS}, .body = "hello"},
    {"https://h/", {CHUNKS}, .body = "hello"},
    {"http://h/", {"HTTP/1.1 200 OK\r\n\r\nhello"}, .closes = true, .body = "hello"},
    {"https://h/", {"HTTP/1.1 200 OK\r\n\r\nhello"}, .closes = true, .body = "hello"},
    {"http://h/", {HELLO, HELLO, LAST}, .requests = 3, .body = "hellohellohello"},
    {"https://h/", {HELLO, HELLO, LAST}, .requests = 3, .body = "hellohellohello"},
    {"http://h/", {LAST, LAST}, .requests = 2, .body = "hellohello"},
    {"https://h/", {LAST, LAST}, .requests = 2, .body = "hellohello"},
    {"http://h/a", {MOVED("/b"), HELLO}, .body = "hello"},
    {"https://h/a", {MOVED("/b"), MOVED("https://h/c"), HELLO}, .body = "hello"},
    {"http://h/a", {MOVED("https://h/b"), HELLO}, .body = "hello"},
    /* A peer that closes at once behind a whole message. */
    {"https://h/", {HELLO}, .closes = true, .rude = true, .body = "hello"},
    /* Failures. */
    {"https://h/",
     {MOVED("http://h/")},
     .outcome = OUTCOME_PROTOCOL,
     .detail = FETCH_FAULT_DOWNGRADE},
    {"http://h/", {MOVED("ftp://h/")}, .outcome = OUTCOME_PROTOCOL, .detail = FETCH_FAULT_TARGET},
    {"http://h/",
     {MOVED("http://u@h/")},
     .outcome = OUTCOME_PROTOCOL,
     .detail = FETCH_FAULT_TARGET},
    {"http://h/",
     {MOVED("/1"), MOVED("/2"), MOVED("/3"), MOVED("/4")},
     .outcome = OUTCOME_PROTOCOL,
     .detail = FETCH_FAULT_REDIRECTS},
    {"http://h/",
     {"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"},
     .outcome = OUTCOME_HTTP_STATUS,
     .detail = 302},
    {"https://h/",
     {"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno"},
     .outcome = OUTCOME_HTTP_STATUS,
     .detail = 404},
    {"http://h/",
     {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"},
     .closes = true,
     .outcome = OUTCOME_TRUNCATED},
    {"https://h/",
     {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"},
     .closes = true,
     .outcome = OUTCOME_TRUNCATED},
    {"https://h/",
     {"HTTP/1.1 200 OK\r\n\r\nhello"},
     .closes = true,
     .rude = true,
     .outcome = OUTCOME_TRUNCATED},
    {"http://h/", {""}, .closes = true, .outcome = OUTCOME_TRUNCATED},
    {"https://h/", {""}, .closes = true, .outcome = OUTCOME_TRUNCATED},
    {"http://h/", {""}, .outcome = OUTCOME_IDLE_TIMEOUT, .detail = ETIMEDOUT},
    {"http://h/", {HELLO "x"}, .outcome = OUTCOME_PROTOCOL, .detail = HTTP_FAULT_SURPLUS},
    {"https://h/", {HELLO "x"}, .outcome = OUTCOME_PROTOCOL, .detail = HTTP_FAULT_SURPLUS},
    {"http://h/", {"no HTTP\r\n\r\n"}, .outcome = OUTCOME_PROTOCOL, .detail = -1},
    {"http://h/", {HELLO}, .body_max = 4, .outcome = OUTCOME_TOO_LARGE},
    {"https://h/", {CHUNKS}, .body_max = 4, .outcome = OUTCOME_TOO_LARGE},
    {"https://other/", {HELLO}, .outcome = OUTCOME_TLS_HANDSHAKE}, /* the peer has no such host */
};

static struct settings *new_settings(void)
{
    struct problem problem;
    struct settings *settings = calloc(1, sizeof *settings);
    settings->fetch = (struct fetch_settings){.connect_timeout_ns = NS_PER_S,
                                              .idle_timeout_ns = NS_PER_S,
                                              .max_redirs = 3,
                                              .tls = tls_context_make(ca_path, false, &problem)};
    assert_non_null(settings->fetch.tls);
    return settings;
}

static void free_settings(struct settings *settings)
{
    tls_context_free(settings->fetch.tls);
    free(settings);
}

static void check_script(const struct script *script, size_t at, const struct interference *how,
                         struct settings *settings)
{
    struct child child;
    play(script, how, settings, &child);
    /* A byte behind the message is seen only if it comes with it: alone, it comes too late. */
    bool too_late = script->detail == HTTP_FAULT_SURPLUS && strncmp(script->url, "https", 5) != 0 &&
                    strlen(HELLO) % how->split == 0 && child.outcome == OUTCOME_OK;
    if (child.outcome != script->outcome && !too_late)
        fail_msg("script %zu in pieces of %zu: %s, expected %s", at, how->split,
                 outcome_name(child.outcome), outcome_name(script->outcome));
    if (script->detail > 0 && !too_late)
        assert_int_equal(child.detail, script->detail);
    if (script->outcome == OUTCOME_OK)
        assert_string_equal(settings->body, script->body);
}

static void each_script_in_pieces_of_each_size(void **state)
{
    (void)state;
    struct settings *settings = new_settings();
    for (size_t at = 0; at < sizeof scripts / sizeof scripts[0]; at++) {
        bool tls = strncmp(scripts[at].url, "https", 5) == 0;
        for (size_t split = 1; split < (tls ? 1600 : 200); split += tls && split > 40 ? 97 : 1) {
            struct interference how = {.split = split, .fail_at = -1};
            check_script(&scripts[at], at, &how, settings);
        }
        struct interference whole = {.split = SIZE_MAX, .fail_at = -1};
        check_script(&scripts[at], at, &whole, settings);
    }
    free_settings(settings);
}

static void each_operation_fails_in_turn(void **state)
{
    (void)state;
    static const int failures[] = {-ECONNRESET, -ETIMEDOUT, -ECANCELED, -ENOMEM,
                                   -EMFILE,     -EIO,       -ENOENT,    -ECONNREFUSED};
    struct settings *settings = new_settings();
    for (size_t at = 0; at < sizeof scripts / sizeof scripts[0]; at++) {
        struct child child;
        struct interference none = {.split = 100, .fail_at = -1};
        int operations = play(&scripts[at], &none, settings, &child);
        for (int k = 0; k < operations - 1; k++) {
            for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
                struct interference how = {.split = 100, .fail_at = k, .fail_with = failures[i]};
                play(&scripts[at], &how, settings, &child);
                /* Only a second address may make good for a failure. */
                bool second = child.outcome == OUTCOME_OK && failures[i] != -ECANCELED;
                assert_true(second || child.outcome != OUTCOME_OK || k >= operations - 2 ||
                            settings->good_responses > 0);
                if (failures[i] == -ECANCELED && child.outcome != scripts[at].outcome)
                    assert_int_equal(child.outcome, OUTCOME_CANCELLED);
            }
        }
    }
    free_settings(settings);
}

static void expect_fault(struct settings *settings, const struct script *script)
{
    static const struct interference whole = {.split = SIZE_MAX, .fail_at = -1};
    check_script(script, 0, &whole, settings);
}

static void a_crawl_stays_on_its_host(void **state)
{
    (void)state;
    struct settings *settings = new_settings();
    static const struct script away = {"http://h/",
                                       {MOVED("http://other/")},
                                       .outcome = OUTCOME_PROTOCOL,
                                       .detail = FETCH_FAULT_ELSEWHERE};
    static const struct script along = {
        "http://h/", {MOVED("https://h/b"), HELLO}, .body = "hello"};
    settings->fetch.stay_on_host = true;
    expect_fault(settings, &away);
    expect_fault(settings, &along);
    free_settings(settings);
}

/* A server's page or redirect may lead to https where nobody said whom to trust. */
static void https_without_a_context_is_told(void **state)
{
    (void)state;
    struct settings *settings = new_settings();
    struct tls_context *tls = settings->fetch.tls;
    static const struct script first = {
        "https://h/", {HELLO}, .outcome = OUTCOME_PROTOCOL, .detail = FETCH_FAULT_NO_TLS};
    static const struct script redirected = {"http://h/",
                                             {MOVED("https://h/b"), HELLO},
                                             .outcome = OUTCOME_PROTOCOL,
                                             .detail = FETCH_FAULT_NO_TLS};
    settings->fetch.tls = NULL;
    expect_fault(settings, &first);
    expect_fault(settings, &redirected);
    settings->fetch.tls = tls;
    free_settings(settings);
}

static void a_stranger_is_not_trusted(void **state)
{
    (void)state;
    struct problem problem;
    struct child child;
    struct interference whole = {.split = SIZE_MAX, .fail_at = -1};
    struct settings *settings = new_settings();
    tls_context_free(settings->fetch.tls);
    settings->fetch.tls = tls_context_make(NULL, false, &problem);
    play(&scripts[1], &whole, settings, &child);
    assert_int_equal(child.outcome, OUTCOME_TLS_VERIFY);
    char text[200];
    fetch_explain(child.outcome, child.detail, text, sizeof text);
    assert_non_null(strstr(text, "issuer"));
    tls_context_free(settings->fetch.tls);
    settings->fetch.tls = tls_context_make(NULL, true, &problem);
    play(&scripts[1], &whole, settings, &child);
    assert_int_equal(child.outcome, OUTCOME_OK);
    free_settings(settings);
}

static int set_up(void **state)
{
    (void)state;
    static const char *const hosts[] = {"h"};
    struct problem problem;
    certificates = certificates_make(hosts, 1, &problem);
    assert_non_null(certificates);
    server_context = tls_context_of_server(certificates_context(certificates, 0));
    FILE *file = fdopen(mkstemp(ca_path), "w");
    assert_true(certificates_write_ca(certificates, file));
    fclose(file);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(ca_path);
    tls_context_free(server_context);
    certificates_free(certificates);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_script_in_pieces_of_each_size),
        cmocka_unit_test(each_operation_fails_in_turn),
        cmocka_unit_test(a_crawl_stays_on_its_host),
        cmocka_unit_test(https_without_a_context_is_told),
        cmocka_unit_test(a_stranger_is_not_trusted),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
