/* Name look-up on a helper thread. */
#include "models/wait/resolve.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/futex.h"
#include "core/limits.h"
#include "core/run.h"
#include "models/wait/socket.h"

int resolve_numeric(struct op *op)
{
    return op->capacity > 0 &&
                   address_parse(op->resolve.host, op->resolve.port, op->resolve.addresses)
               ? 1
               : 0;
}

int resolve_collect(const struct addrinfo *list, uint16_t port, struct address *addresses,
                    uint16_t capacity)
{
    uint16_t count = 0;
    for (; list != NULL && count < capacity; list = list->ai_next) {
        if (!socket_address_read(list->ai_addr, &addresses[count]))
            continue;
        addresses[count++].port = port;
    }
    return count > 0 ? count : -ENOENT;
}

/* ---- The helper. ---- */

void lookup_let_go(struct lookup *lookup)
{
    if (atomic_fetch_sub(&lookup->holders, 1) == 1)
        free(lookup);
}

static void *look_up(void *argument)
{
    struct lookup *lookup = argument;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int rc = getaddrinfo(lookup->host, NULL, &hints, &list);
    if (rc == 0) {
        lookup->result = resolve_collect(list, lookup->port, lookup->addresses, ADDRESSES_MAX);
        freeaddrinfo(list);
    } else if (rc == EAI_MEMORY) {
        lookup->result = -ENOMEM;
    } else {
        lookup->result = rc == EAI_NONAME || rc == EAI_NODATA ? -ENOENT : -EIO;
    }
    atomic_store(&lookup->done, 1);
    futex_wake(&lookup->done, 1);
    if (lookup->told != NULL)
        lookup->told(lookup);
    lookup_let_go(lookup);
    return NULL;
}

struct lookup *lookup_new(const struct op *op)
{
    size_t host_size = strlen(op->resolve.host) + 1;
    struct lookup *lookup = calloc(1, sizeof *lookup + host_size);
    if (lookup == NULL)
        return NULL;
    memcpy(lookup->host, op->resolve.host, host_size);
    lookup->port = op->resolve.port;
    atomic_store(&lookup->holders, 1);
    return lookup;
}

int lookup_begin(struct lookup *lookup)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t helper;
    atomic_fetch_add(&lookup->holders, 1);
    int rc = pthread_create(&helper, NULL, look_up, lookup);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc == 0)
        pthread_detach(helper);
    else
        atomic_fetch_sub(&lookup->holders, 1);
    return -rc;
}

int lookup_take(const struct lookup *lookup, struct op *op)
{
    int count = lookup->result < op->capacity ? lookup->result : op->capacity;
    for (int i = 0; i < count; i++)
        op->resolve.addresses[i] = lookup->addresses[i];
    return count;
}

/* ---- For who waits in the kernel. ---- */

int resolve_blocking(struct task *task)
{
    struct op *op = &task->op;
    int rc = resolve_numeric(op);
    if (rc != 0)
        return rc;
    struct lookup *lookup = lookup_new(op);
    rc = lookup != NULL ? lookup_begin(lookup) : -ENOMEM;
    if (rc != 0) {
        free(lookup);
        return rc;
    }
    while (atomic_load(&lookup->done) == 0 && rc == 0) {
        if (futex_wait(&lookup->done, 0, op->deadline_ns) == -ETIMEDOUT)
            rc = -ETIMEDOUT;
        else if (task_cancelled(task))
            rc = -ECANCELED;
    }
    if (atomic_load(&lookup->done) != 0 && rc != -ECANCELED)
        rc = lookup_take(lookup, op);
    else
        atomic_store(&task->run->abandoned, true);
    lookup_let_go(lookup);
    return rc;
}
