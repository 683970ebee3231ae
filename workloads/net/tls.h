/*
 * TLS by OpenSSL, on lent bytes: what the peer sent is read where it lies, what is to
 * be sent gathers in a buffer of its own. It knows no socket. Verification is on unless the context
 * says otherwise.
 */
#ifndef WORKLOADS_NET_TLS_H
#define WORKLOADS_NET_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/problem.h"

struct tls;
struct tls_context;

enum tls_result {
    TLS_OK,         /* handshake: done; read: bytes were given */
    TLS_WANT,       /* needs more bytes of the peer; send what is pending first */
    TLS_CLOSED,     /* the peer ended the stream as it should */
    TLS_TRUNCATED,  /* the stream ended without that */
    TLS_FAILED,     /* not TLS, an alert, or a broken record */
    TLS_UNVERIFIED, /* the certificate does not verify: tls_verify_code() */
    TLS_NO_MEMORY,
};

/* The one context of a program, shared by its workers: trusts the CA file alone, or the system's
 * store when that is NULL. NULL with the problem set when the file is none. */
struct tls_context *tls_context_make(const char *cacert, bool insecure, struct problem *problem);
void tls_context_free(struct tls_context *context);

/* From now on a connection offers the newest session that an earlier one to the same host and port
 * has left, and leaves its own: for a client, before its first connection. False when memory is
 * short. */
bool tls_context_resume(struct tls_context *context);

/* A context around an OpenSSL one of a server, which it takes over; NULL when memory is short. */
struct ssl_ctx_st;
struct tls_context *tls_context_of_server(struct ssl_ctx_st *ssl);

/* A connection that was accepted. NULL when memory is short. */
struct tls *tls_accept(struct tls_context *context);

/* A connection to `host`, which is also what the certificate must be for (a name or an IP literal)
 * and, a name, is sent as SNI. The port only tells sites apart. NULL when memory is short. */
struct tls *tls_open(struct tls_context *context, const char *host, uint16_t port);
void tls_close(struct tls *tls);

/* Lends the bytes that came; they are consumed by handshake and read before those answer TLS_WANT.
 * tls_end(): no more will come. */
void tls_lend(struct tls *tls, const uint8_t *bytes, size_t length);
void tls_end(struct tls *tls);

enum tls_result tls_handshake(struct tls *tls);

/* Whether the handshake, done, resumed a session. */
bool tls_resumed(const struct tls *tls);

/* The next decrypted bytes. A buffer for them is best on the stack and a part of a record: one of
 * 16 KB for each thread would be zeroed whenever a thread begins. */
enum { TLS_READ_BYTES = 8192 };
enum tls_result tls_read(struct tls *tls, uint8_t *buffer, size_t room, size_t *length);

/* True while lent bytes are left, or records that are not read to their end. */
bool tls_has_more(const struct tls *tls);

/* Encrypts; the result is pending then. TLS_OK, TLS_FAILED or TLS_NO_MEMORY. */
enum tls_result tls_write(struct tls *tls, const void *bytes, size_t length);

/* For a server: the host that the client named, or NULL. */
const char *tls_host(const struct tls *tls);

/* Says that no more will be sent; the alert is pending then. */
void tls_finish(struct tls *tls);

/* What is to be sent; tls_sent() when it has been. */
const void *tls_pending(const struct tls *tls, size_t *length);
void tls_sent(struct tls *tls);

/* OpenSSL's X509_V_ERR_… after TLS_UNVERIFIED, and its text. */
int tls_verify_code(const struct tls *tls);
const char *tls_verify_text(int code);

#endif
