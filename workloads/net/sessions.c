/*
 * The sites in a table of chains; as workers may be threads, a lock guards it, and another each
 * slot. A connection writes to its session, and may end by calling it bad: so it gets a copy, and
 * leaves one.
 */
#include "workloads/net/sessions.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { CHAINS = 256 };

struct session_slot {
    struct session_slot *next;
    CRYPTO_RWLOCK *lock;  /* of the session */
    SSL_SESSION *session; /* no connection's own; NULL: none yet */
    char *host;
    uint16_t port;
};

struct sessions {
    CRYPTO_RWLOCK *lock; /* of the chains */
    struct session_slot *chains[CHAINS];
};

struct sessions *sessions_make(void)
{
    struct sessions *sessions = calloc(1, sizeof *sessions);
    if (sessions == NULL || (sessions->lock = CRYPTO_THREAD_lock_new()) == NULL) {
        free(sessions);
        return NULL;
    }
    return sessions;
}

static void slot_free(struct session_slot *slot)
{
    SSL_SESSION_free(slot->session);
    CRYPTO_THREAD_lock_free(slot->lock);
    free(slot->host);
    free(slot);
}

void sessions_free(struct sessions *sessions)
{
    if (sessions == NULL)
        return;
    for (size_t i = 0; i < CHAINS; i++) {
        while (sessions->chains[i] != NULL) {
            struct session_slot *slot = sessions->chains[i];
            sessions->chains[i] = slot->next;
            slot_free(slot);
        }
    }
    CRYPTO_THREAD_lock_free(sessions->lock);
    free(sessions);
}

/* FNV-1a. */
static uint32_t hash(const char *host, uint16_t port)
{
    uint32_t value = UINT32_C(2166136261) ^ port;
    for (; *host != 0; host++)
        value = (value ^ (unsigned char)*host) * UINT32_C(16777619);
    return value;
}

static struct session_slot *slot_make(const char *host, uint16_t port)
{
    struct session_slot *slot = calloc(1, sizeof *slot);
    if (slot == NULL)
        return NULL;
    slot->port = port;
    slot->host = strdup(host);
    slot->lock = CRYPTO_THREAD_lock_new();
    if (slot->host != NULL && slot->lock != NULL)
        return slot;
    slot_free(slot);
    return NULL;
}

struct session_slot *sessions_slot(struct sessions *sessions, const char *host, uint16_t port)
{
    struct session_slot **chain = &sessions->chains[hash(host, port) % CHAINS];
    CRYPTO_THREAD_write_lock(sessions->lock);
    struct session_slot *slot = *chain;
    while (slot != NULL && (slot->port != port || strcmp(slot->host, host) != 0))
        slot = slot->next;
    if (slot == NULL && (slot = slot_make(host, port)) != NULL) {
        slot->next = *chain;
        *chain = slot;
    }
    CRYPTO_THREAD_unlock(sessions->lock);
    return slot;
}

void session_offer(struct session_slot *slot, SSL *ssl)
{
    CRYPTO_THREAD_read_lock(slot->lock);
    SSL_SESSION *session = slot->session != NULL ? SSL_SESSION_dup(slot->session) : NULL;
    CRYPTO_THREAD_unlock(slot->lock);
    if (session == NULL || SSL_set_session(ssl, session) != 1)
        ERR_clear_error(); /* the handshake will be a full one */
    SSL_SESSION_free(session);
}

/* A handshake that is done was verified, where its context verifies. One that is not says nothing
 * of the session there, unless it failed. */
void session_keep(struct session_slot *slot, SSL *ssl)
{
    const SSL_SESSION *session = SSL_get_session(ssl);
    bool good = session != NULL && SSL_SESSION_is_resumable(session);
    if (good && !SSL_is_init_finished(ssl))
        return;
    SSL_SESSION *copy = good ? SSL_SESSION_dup(session) : NULL;
    if (copy == NULL)
        ERR_clear_error();
    CRYPTO_THREAD_write_lock(slot->lock);
    SSL_SESSION *old = slot->session;
    slot->session = copy;
    CRYPTO_THREAD_unlock(slot->lock);
    SSL_SESSION_free(old);
}
