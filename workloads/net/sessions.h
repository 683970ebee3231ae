/*
 * The newest TLS session of each site, so that the next connection to it can resume. A site is the
 * host that the certificate must name and the port. Who resumes is shown no certificate: a session
 * stands for the verification of the full handshake that it comes from, so it must never get to
 * another host.
 */
#ifndef WORKLOADS_NET_SESSIONS_H
#define WORKLOADS_NET_SESSIONS_H

#include <stdint.h>

struct sessions;
struct session_slot;
struct ssl_st;

/* NULL when memory is short. */
struct sessions *sessions_make(void);
void sessions_free(struct sessions *sessions);

/* Where a site's session lies; it stays there until sessions_free(). NULL when memory is short. */
struct session_slot *sessions_slot(struct sessions *sessions, const char *host, uint16_t port);

/* Before a connection's handshake: it offers the session there, if there is one. */
void session_offer(struct session_slot *slot, struct ssl_st *ssl);

/* At a connection's end, as tickets come behind the handshake: its session takes the place of the
 * one there. When it cannot be resumed, or the connection failed, there is none from then on. */
void session_keep(struct session_slot *slot, struct ssl_st *ssl);

#endif
