/*
 * A certificate authority for one run, and a certificate for each host: made fresh in memory, the
 * authority's key never written, and constrained to these hosts.
 */
#ifndef ORIGIN_CERTIFICATES_H
#define ORIGIN_CERTIFICATES_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>

#include "core/problem.h"

struct certificates;

/* For `count` hosts (names or literal addresses). NULL with the problem set. */
struct certificates *certificates_make(const char *const *hosts, size_t count,
                                       struct problem *problem);
void certificates_free(struct certificates *certificates);

/* What a host shows instead of its certificate: the PEM file's, with its chain and key, whatever
 * they are worth; or, when the path is NULL, nothing: its handshakes fail. Returns 0 or the
 * problem's status. */
int certificates_replace(struct certificates *certificates, const char *host, const char *path,
                         struct problem *problem);

/* The authority's certificate, as PEM: what clients are to trust. */
bool certificates_write_ca(const struct certificates *certificates, FILE *file);

/* A server context that shows the certificate of the host which the client names; the caller owns
 * it, and keeps the certificates as long. Behind a full handshake it issues so many session tickets
 * (TLS 1.2 knows one alone), behind a resumed one one; 0: clients cannot resume. NULL when memory
 * is short. */
SSL_CTX *certificates_context(struct certificates *certificates, size_t tickets);

#endif
