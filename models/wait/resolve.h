/*
 * OP_RESOLVE for waiters that have no look-up of their own: getaddrinfo cannot be given a deadline
 * or be cancelled, so it runs on a helper thread that owns its memory and is abandoned when its
 * time is up.
 */
#ifndef MODELS_WAIT_RESOLVE_H
#define MODELS_WAIT_RESOLVE_H

#include <netdb.h>

#include "core/task.h"

/* Performs the operation; blocks until its result, its deadline or the task's cancellation (which a
 * signal makes it look at). Numeric hosts need no helper. */
int resolve_blocking(struct task *task);

/* The operation's result when the host is numeric, else 0. */
int resolve_numeric(struct op *op);

/* What the name system found, as the operation's result; `list` is freed by the caller. */
int resolve_collect(const struct addrinfo *list, uint16_t port, struct address *addresses,
                    uint16_t capacity);

#endif
