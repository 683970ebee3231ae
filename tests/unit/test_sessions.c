/*
 * Resumed TLS sessions, client and server in memory: which connections resume, under TLS 1.2 and
 * 1.3, and that none does on the word of another host, port or context.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "origin/certificates.h"
#include "workloads/net/sessions.h"
#include "workloads/net/tls.h"

static struct certificates *certificates, *others;
static char ca_path[] = "/tmp/test-sessions-ca-XXXXXX";
static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
enum { VERSIONS = 2, THREADS = 4, SITES = 2000, CONNECTIONS = 100 };

/* ---- Both ends of a connection. ---- */

static struct tls_context *server_of(struct certificates *shown, int version, size_t tickets)
{
    SSL_CTX *ssl = certificates_context(shown, tickets);
    assert_int_equal(SSL_CTX_set_max_proto_version(ssl, version), 1);
    struct tls_context *server = tls_context_of_server(ssl);
    assert_non_null(server);
    return server;
}

static struct tls_context *client_of(bool insecure)
{
    struct problem problem;
    struct tls_context *client = tls_context_make(insecure ? NULL : ca_path, insecure, &problem);
    assert_non_null(client);
    assert_true(tls_context_resume(client));
    return client;
}

static void carry(struct tls *from, struct tls *to, enum tls_result *result)
{
    size_t length;
    const void *bytes = tls_pending(from, &length);
    tls_lend(to, bytes, length);
    if (*result == TLS_WANT)
        *result = tls_handshake(to);
}

enum made { FULL, RESUMED, UNVERIFIED, BROKEN };

/* One connection, a byte from the server, its end without a goodbye. */
static enum made connect_once(struct tls_context *client, struct tls_context *server,
                              const char *host, uint16_t port)
{
    struct tls *near = tls_open(client, host, port), *far = tls_accept(server);
    enum tls_result near_result = tls_handshake(near), far_result = TLS_WANT;
    while (near_result == TLS_WANT || (near_result == TLS_OK && far_result == TLS_WANT)) {
        carry(near, far, &far_result);
        tls_sent(near);
        if (near_result == TLS_OK)
            break;
        carry(far, near, &near_result);
        tls_sent(far);
    }
    uint8_t byte = 0;
    size_t length = 0;
    enum made made = near_result == TLS_UNVERIFIED ? UNVERIFIED : BROKEN;
    if (near_result == TLS_OK && far_result == TLS_OK && tls_write(far, "x", 1) == TLS_OK) {
        const void *bytes = tls_pending(far, &length);
        tls_lend(near, bytes, length);
        if (tls_read(near, &byte, 1, &length) == TLS_OK && byte == 'x')
            made = tls_resumed(near) ? RESUMED : FULL;
    }
    tls_close(near);
    tls_close(far);
    return made;
}

/* ---- Cases, each under both versions. ---- */

static void the_second_connection_resumes(void **state)
{
    (void)state;
    for (int i = 0; i < VERSIONS; i++) {
        struct tls_context *client = client_of(false),
                           *server = server_of(certificates, versions[i], 1);
        assert_int_equal(connect_once(client, server, "h", 443), FULL);
        for (int again = 0; again < 5; again++)
            assert_int_equal(connect_once(client, server, "h", 443), RESUMED);
        tls_context_free(client);
        tls_context_free(server);
    }
}

/* One ticket may serve several connections: those that are opened before the next one is there. */
static void connections_at_once_share_a_session(void **state)
{
    (void)state;
    struct tls_context *client = client_of(false);
    struct tls_context *server = server_of(certificates, TLS1_3_VERSION, 1);
    assert_int_equal(connect_once(client, server, "h", 443), FULL);
    struct tls *open[3];
    for (int i = 0; i < 3; i++)
        open[i] = tls_open(client, "h", 443);
    for (int i = 0; i < 3; i++) {
        struct tls *far = tls_accept(server);
        enum tls_result near_result = tls_handshake(open[i]), far_result = TLS_WANT;
        assert_int_equal(near_result, TLS_WANT);
        carry(open[i], far, &far_result);
        carry(far, open[i], &near_result);
        assert_int_equal(near_result, TLS_OK);
        assert_true(tls_resumed(open[i]));
        tls_close(far);
    }
    for (int i = 0; i < 3; i++)
        tls_close(open[i]);
    tls_context_free(client);
    tls_context_free(server);
}

static void without_tickets_all_are_full(void **state)
{
    (void)state;
    for (int i = 0; i < VERSIONS; i++) {
        struct tls_context *client = client_of(false),
                           *server = server_of(certificates, versions[i], 0);
        for (int again = 0; again < 3; again++)
            assert_int_equal(connect_once(client, server, "h", 443), FULL);
        tls_context_free(client);
        tls_context_free(server);
    }
}

static void who_does_not_ask_for_it_does_not_resume(void **state)
{
    (void)state;
    struct problem problem;
    struct tls_context *client = tls_context_make(ca_path, false, &problem);
    struct tls_context *server = server_of(certificates, TLS1_3_VERSION, 1);
    for (int again = 0; again < 3; again++)
        assert_int_equal(connect_once(client, server, "h", 443), FULL);
    tls_context_free(client);
    tls_context_free(server);
}

static void a_session_is_of_one_host_and_port(void **state)
{
    (void)state;
    for (int i = 0; i < VERSIONS; i++) {
        struct tls_context *client = client_of(false),
                           *server = server_of(certificates, versions[i], 1);
        assert_int_equal(connect_once(client, server, "h", 443), FULL);
        assert_int_equal(connect_once(client, server, "g", 443), FULL);
        assert_int_equal(connect_once(client, server, "h", 444), FULL);
        assert_int_equal(connect_once(client, server, "h", 443), RESUMED);
        assert_int_equal(connect_once(client, server, "g", 443), RESUMED);
        assert_int_equal(connect_once(client, server, "h", 444), RESUMED);
        /* Who names no host is shown the certificate of "h". */
        assert_int_equal(connect_once(client, server, "127.0.0.1", 443), UNVERIFIED);
        tls_context_free(client);
        tls_context_free(server);
    }
}

/* What an insecure context accepted says nothing to one that verifies. */
static void what_was_not_verified_is_not_resumed(void **state)
{
    (void)state;
    for (int i = 0; i < VERSIONS; i++) {
        struct tls_context *server = server_of(others, versions[i], 1);
        struct tls_context *insecure = client_of(true), *client = client_of(false);
        assert_int_equal(connect_once(client, server, "h", 443), UNVERIFIED);
        assert_int_equal(connect_once(insecure, server, "h", 443), FULL);
        assert_int_equal(connect_once(insecure, server, "h", 443), RESUMED);
        assert_int_equal(connect_once(client, server, "h", 443), UNVERIFIED);
        tls_context_free(client);
        tls_context_free(insecure);
        tls_context_free(server);
    }
}

/* Else a ticket that a server stumbles over would fail every connection to come. */
static void a_session_that_failed_is_not_offered_again(void **state)
{
    (void)state;
    static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 40}; /* fatal: handshake_failure */
    for (int i = 0; i < VERSIONS; i++) {
        struct tls_context *client = client_of(false);
        struct tls_context *server = server_of(certificates, versions[i], 1);
        assert_int_equal(connect_once(client, server, "h", 443), FULL);
        struct tls *near = tls_open(client, "h", 443);
        assert_int_equal(tls_handshake(near), TLS_WANT);
        tls_lend(near, alert, sizeof alert);
        assert_int_equal(tls_handshake(near), TLS_FAILED);
        tls_close(near);
        assert_int_equal(connect_once(client, server, "h", 443), FULL);
        assert_int_equal(connect_once(client, server, "h", 443), RESUMED);
        tls_context_free(client);
        tls_context_free(server);
    }
}

/* Under TLS 1.2 the ticket comes before the server has proved that it saw the same handshake. */
static void a_handshake_cut_short_leaves_no_session(void **state)
{
    (void)state;
    struct tls_context *client = client_of(false);
    struct tls_context *server = server_of(certificates, TLS1_2_VERSION, 1);
    struct tls *near = tls_open(client, "h", 443), *far = tls_accept(server);
    enum tls_result near_result = tls_handshake(near), far_result = TLS_WANT;
    while (far_result == TLS_WANT) {
        carry(near, far, &far_result);
        tls_sent(near);
        if (far_result == TLS_WANT) {
            carry(far, near, &near_result);
            tls_sent(far);
        }
    }
    size_t length;
    const void *last_flight = tls_pending(far, &length);
    tls_lend(near, last_flight, length - 1);
    assert_int_equal(tls_handshake(near), TLS_WANT);
    tls_close(near);
    tls_close(far);
    assert_int_equal(connect_once(client, server, "h", 443), FULL);
    tls_context_free(client);
    tls_context_free(server);
}

/* A server that cannot read the ticket shows its certificate, and that is verified. */
static void a_session_that_is_refused_is_verified_anew(void **state)
{
    (void)state;
    for (int i = 0; i < VERSIONS; i++) {
        struct tls_context *client = client_of(false);
        struct tls_context *first = server_of(certificates, versions[i], 1);
        struct tls_context *second = server_of(certificates, versions[i], 1);
        struct tls_context *stranger = server_of(others, versions[i], 1);
        struct tls_context *bare = server_of(certificates, versions[i], 0);
        assert_int_equal(connect_once(client, first, "h", 443), FULL);
        assert_int_equal(connect_once(client, second, "h", 443), FULL);
        assert_int_equal(connect_once(client, second, "h", 443), RESUMED);
        assert_int_equal(connect_once(client, bare, "h", 443), FULL);
        assert_int_equal(connect_once(client, second, "h", 443), FULL);
        assert_int_equal(connect_once(client, second, "h", 443), RESUMED);
        assert_int_equal(connect_once(client, stranger, "h", 443), UNVERIFIED);
        assert_int_equal(connect_once(client, stranger, "h", 443), UNVERIFIED);
        tls_context_free(client);
        tls_context_free(first);
        tls_context_free(second);
        tls_context_free(stranger);
        tls_context_free(bare);
    }
}

/* ---- Several threads on one session, and on the table. ---- */

struct worker {
    pthread_t thread;
    struct tls_context *client, *server;
    int made[BROKEN + 1];
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (int i = 0; i < CONNECTIONS; i++)
        worker->made[connect_once(worker->client, worker->server, "h", 443)]++;
    return NULL;
}

static void threads_share_sessions(void **state)
{
    (void)state;
    for (int i = 0; i < VERSIONS; i++) {
        struct tls_context *client = client_of(false),
                           *server = server_of(certificates, versions[i], 1);
        struct worker workers[THREADS] = {0};
        int made[BROKEN + 1] = {0};
        for (int w = 0; w < THREADS; w++) {
            workers[w].client = client;
            workers[w].server = server;
            assert_int_equal(pthread_create(&workers[w].thread, NULL, work, &workers[w]), 0);
        }
        for (int w = 0; w < THREADS; w++) {
            pthread_join(workers[w].thread, NULL);
            for (int kind = 0; kind <= BROKEN; kind++)
                made[kind] += workers[w].made[kind];
        }
        assert_in_range(made[FULL], 1, THREADS); /* each one's first at most */
        assert_int_equal(made[RESUMED], THREADS * CONNECTIONS - made[FULL]);
        tls_context_free(client);
        tls_context_free(server);
    }
}

struct finder {
    pthread_t thread;
    struct sessions *sessions;
    struct session_slot *found[SITES];
};

static void *find(void *argument)
{
    struct finder *finder = argument;
    for (uint16_t i = 0; i < SITES; i++)
        finder->found[i] = sessions_slot(finder->sessions, "h", i);
    return NULL;
}

static void threads_find_the_same_slots(void **state)
{
    (void)state;
    struct sessions *sessions = sessions_make();
    static struct finder finders[THREADS];
    for (int i = 0; i < THREADS; i++) {
        finders[i].sessions = sessions;
        assert_int_equal(pthread_create(&finders[i].thread, NULL, find, &finders[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(finders[i].thread, NULL);
    for (int i = 1; i < THREADS; i++)
        assert_memory_equal(finders[i].found, finders[0].found, sizeof finders[i].found);
    sessions_free(sessions);
}

static int set_up(void **state)
{
    (void)state;
    static const char *const hosts[] = {"h", "g"};
    struct problem problem;
    certificates = certificates_make(hosts, 2, &problem);
    others = certificates_make(hosts, 2, &problem);
    assert_non_null(certificates);
    assert_non_null(others);
    FILE *file = fdopen(mkstemp(ca_path), "w");
    assert_true(certificates_write_ca(certificates, file));
    fclose(file);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(ca_path);
    certificates_free(certificates);
    certificates_free(others);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_connection_resumes),
        cmocka_unit_test(connections_at_once_share_a_session),
        cmocka_unit_test(without_tickets_all_are_full),
        cmocka_unit_test(who_does_not_ask_for_it_does_not_resume),
        cmocka_unit_test(a_session_is_of_one_host_and_port),
        cmocka_unit_test(what_was_not_verified_is_not_resumed),
        cmocka_unit_test(a_session_that_failed_is_not_offered_again),
        cmocka_unit_test(a_handshake_cut_short_leaves_no_session),
        cmocka_unit_test(a_session_that_is_refused_is_verified_anew),
        cmocka_unit_test(threads_share_sessions),
        cmocka_unit_test(threads_find_the_same_slots),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
