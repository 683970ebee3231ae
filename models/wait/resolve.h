/*
 * OP_RESOLVE for waiters that have no look-up of their own: getaddrinfo cannot be given a deadline
 * or be cancelled, so it runs on a helper thread that owns its memory and is abandoned when its
 * time is up.
 */
#ifndef MODELS_WAIT_RESOLVE_H
#define MODELS_WAIT_RESOLVE_H

#include <netdb.h>

#include <stdatomic.h>

#include "core/address.h"
#include "core/limits.h"
#include "core/task.h"

/* One look-up, shared by whoever wants it and the helper; the last to let go frees it. */
struct lookup {
    _Atomic uint32_t done; /* futex */
    _Atomic uint32_t holders;
    int result; /* this and `addresses`: once done */
    uint16_t port;
    void (*told)(struct lookup *lookup); /* by the helper, once done; it still holds it. NULL */
    void *argument;                      /* of whoever wants it, as these two */
    struct task *task;
    void *driver; /* what task->driver is again afterwards */
    struct lookup *next;
    struct address addresses[ADDRESSES_MAX];
    char host[];
};

/* NULL when memory is short. Held by the caller alone. */
struct lookup *lookup_new(const struct op *op);
/* On a helper thread of its own. Returns 0 or -errno, when it was not begun. */
int lookup_begin(struct lookup *lookup);
/* The operation's result; its addresses are filled in. */
int lookup_take(const struct lookup *lookup, struct op *op);
void lookup_let_go(struct lookup *lookup);

/* Performs the operation; blocks until its result, its deadline or the task's cancellation (which a
 * signal makes it look at). Numeric hosts need no helper. */
int resolve_blocking(struct task *task);

/* The operation's result when the host is numeric, else 0. */
int resolve_numeric(struct op *op);

/* What the name system found, as the operation's result; `list` is freed by the caller. */
int resolve_collect(const struct addrinfo *list, uint16_t port, struct address *addresses,
                    uint16_t capacity);

#endif
