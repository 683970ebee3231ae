/* Objects of one size, allocated by the block when they are first needed and kept until the end: a
 * driver's connections, so that a million sleepers carry none. */
#ifndef MODELS_WAIT_SLAB_H
#define MODELS_WAIT_SLAB_H

#include <stddef.h>
#include <stdlib.h>

/* Zeroed before the first use. */
struct slab {
    struct slab_link *blocks;
    struct slab_link *idle;
};

/* At the beginning of a block, and of an object that is not in use. */
struct slab_link {
    struct slab_link *next;
};

enum { SLAB_OBJECTS = 64, SLAB_HEAD_BYTES = 16 /* so that what follows is aligned */ };

/* NULL when memory is short. What is in it is left over. */
static inline void *slab_take(struct slab *slab, size_t object_bytes)
{
    if (slab->idle == NULL) {
        struct slab_link *block = malloc(SLAB_HEAD_BYTES + SLAB_OBJECTS * object_bytes);
        if (block == NULL)
            return NULL;
        block->next = slab->blocks;
        slab->blocks = block;
        for (size_t i = SLAB_OBJECTS; i-- > 0;) {
            void *object = (char *)block + SLAB_HEAD_BYTES + i * object_bytes;
            ((struct slab_link *)object)->next = slab->idle;
            slab->idle = object;
        }
    }
    struct slab_link *taken = slab->idle;
    slab->idle = taken->next;
    return taken;
}

static inline void slab_give(struct slab *slab, void *object)
{
    ((struct slab_link *)object)->next = slab->idle;
    slab->idle = object;
}

static inline void slab_free(struct slab *slab)
{
    for (struct slab_link *next, *block = slab->blocks; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
}

#endif
