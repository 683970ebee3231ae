/* Loopback peers that misbehave on purpose, for tests below HTTP. */
#ifndef TESTS_SUPPORT_PEERS_H
#define TESTS_SUPPORT_PEERS_H

#include <stdint.h>

#include "core/address.h"

/* Listens and never accepts: connects succeed, nothing is ever read or sent. Returns its socket. */
int peer_silent(struct address *address);

/* Its backlog is full: a connect hangs. Returns its socket. */
int peer_full(struct address *address);

/* Nobody listens there any more: a connect is refused. */
void peer_refusing(struct address *address);

/* A child process that sends back what it receives, and closes when the client does. Ends with
 * this process. Returns its pid. */
int peer_echo(struct address *address);

/* The same, but it sends "hello" and closes at once. */
int peer_hello(struct address *address);

#endif
