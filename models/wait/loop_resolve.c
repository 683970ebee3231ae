/*
 * OP_RESOLVE for loops whose driver has no look-up of its own: on helper threads, so many at a time
 * as libuv's pool has, the others in a line. A look-up that was given up goes on, for nobody, and
 * may outlive its loop; so what it is told to belongs to both.
 */
#include <errno.h>
#include <stdlib.h>

#include "models/wait/loop.h"
#include "models/wait/resolve.h"

enum { LOOKUPS_AT_ONCE = 4 };

struct loop_lookups {
    pthread_mutex_t lock;
    struct loop *loop;   /* under the lock; NULL: it is gone */
    struct lookup *done; /* under the lock: to be taken by the loop */
    uint32_t helpers;    /* under the lock: at work, for somebody or not */
    _Atomic uint32_t holders;
    /* The loop's: */
    uint32_t wanted;             /* look-ups under way that were not given up */
    struct lookup *first, *last; /* in the line */
};

static void let_go(struct loop_lookups *lookups)
{
    if (atomic_fetch_sub(&lookups->holders, 1) > 1)
        return;
    pthread_mutex_destroy(&lookups->lock);
    free(lookups);
}

/* In the helper. */
static void on_done(struct lookup *lookup)
{
    struct loop_lookups *lookups = lookup->argument;
    pthread_mutex_lock(&lookups->lock);
    struct loop *loop = lookups->loop;
    lookups->helpers--;
    if (loop != NULL) {
        lookup->next = lookups->done;
        lookups->done = lookup;
        loop->driver->poke(loop);
    }
    pthread_mutex_unlock(&lookups->lock);
    if (loop == NULL)
        lookup_let_go(lookup); /* in the loop's place */
    let_go(lookups);
}

static int begin(struct loop_lookups *lookups, struct lookup *lookup)
{
    pthread_mutex_lock(&lookups->lock);
    lookups->helpers++;
    pthread_mutex_unlock(&lookups->lock);
    atomic_fetch_add(&lookups->holders, 1);
    int rc = lookup_begin(lookup);
    if (rc == 0) {
        lookups->wanted++;
        return 0;
    }
    pthread_mutex_lock(&lookups->lock);
    lookups->helpers--;
    pthread_mutex_unlock(&lookups->lock);
    atomic_fetch_sub(&lookups->holders, 1);
    return rc;
}

static void begin_waiting(struct loop *loop)
{
    struct loop_lookups *lookups = loop->lookups;
    while (lookups->first != NULL && lookups->wanted < LOOKUPS_AT_ONCE) {
        struct lookup *lookup = lookups->first, *next = lookup->next; /* once begun it is another */
        int rc = begin(lookups, lookup);
        if (rc != 0 && lookups->wanted > 0)
            return; /* there is no thread now, but one will be free */
        lookups->first = next;
        if (rc == 0)
            continue;
        lookup->task->driver = lookup->driver;
        loop_ready(loop, lookup->task, rc);
        lookup_let_go(lookup);
    }
}

static int make(struct loop *loop)
{
    struct loop_lookups *lookups = calloc(1, sizeof *lookups);
    if (lookups == NULL)
        return -ENOMEM;
    pthread_mutex_init(&lookups->lock, NULL);
    lookups->loop = loop;
    atomic_store(&lookups->holders, 1);
    loop->lookups = lookups;
    return 0;
}

int loop_resolve(struct loop *loop, struct task *task)
{
    int numeric = resolve_numeric(&task->op);
    if (numeric != 0)
        return numeric;
    if (loop->lookups == NULL && make(loop) != 0)
        return -ENOMEM;
    struct lookup *lookup = lookup_new(&task->op);
    if (lookup == NULL)
        return -ENOMEM;
    struct loop_lookups *lookups = loop->lookups;
    lookup->task = task;
    lookup->told = on_done;
    lookup->argument = lookups;
    lookup->driver = task->driver;
    task->driver = lookup;
    if (lookups->first == NULL)
        lookups->first = lookup;
    else
        lookups->last->next = lookup;
    lookups->last = lookup;
    begin_waiting(loop);
    return PENDING;
}

void loop_resolve_abandon(struct loop *loop, struct task *task)
{
    struct loop_lookups *lookups = loop->lookups;
    struct lookup *lookup = task->driver, *before = NULL, *at = lookups->first;
    for (; at != NULL && at != lookup; at = at->next)
        before = at;
    task->driver = lookup->driver;
    if (at == NULL) { /* under way, or done and not yet taken */
        lookup->task = NULL;
        lookups->wanted--;
        begin_waiting(loop);
        return;
    }
    if (before == NULL)
        lookups->first = lookup->next;
    else
        before->next = lookup->next;
    if (lookups->last == lookup)
        lookups->last = before;
    lookup_let_go(lookup);
}

void loop_take_lookups(struct loop *loop)
{
    struct loop_lookups *lookups = loop->lookups;
    if (lookups == NULL)
        return;
    pthread_mutex_lock(&lookups->lock);
    struct lookup *next, *lookup = lookups->done;
    lookups->done = NULL;
    pthread_mutex_unlock(&lookups->lock);
    for (; lookup != NULL; lookup = next) {
        struct task *task = lookup->task;
        next = lookup->next;
        if (task != NULL) {
            lookups->wanted--;
            task->driver = lookup->driver;
            loop_ready(loop, task, lookup_take(lookup, &task->op));
        }
        lookup_let_go(lookup);
    }
    begin_waiting(loop);
}

bool loop_resolve_free(struct loop *loop)
{
    struct loop_lookups *lookups = loop->lookups;
    if (lookups == NULL)
        return false;
    loop_take_lookups(loop); /* those that nobody wants any more */
    pthread_mutex_lock(&lookups->lock);
    lookups->loop = NULL;
    bool outlived = lookups->helpers > 0;
    pthread_mutex_unlock(&lookups->lock);
    let_go(lookups);
    return outlived;
}
