/* A 4-ary min-heap of deadlines, for loops: one timer and this serve any number of tasks, where a
 * timer object each costs four times the memory. Entries are not removed when a deadline is lifted
 * but recognised as stale when they come up. */
#ifndef MODELS_WAIT_HEAP_H
#define MODELS_WAIT_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct heap_entry {
    uint64_t due_ns;
    uint32_t slot;
    uint32_t order; /* of the pushes: those due at the same time come up first in, first out */
};

struct heap {
    struct heap_entry *entries;
    size_t count;
    size_t capacity;
    uint32_t pushes;
};

static inline bool heap_earlier(const struct heap_entry *a, const struct heap_entry *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : (int32_t)(a->order - b->order) < 0;
}

/* False when memory is short. */
static inline bool heap_push(struct heap *heap, uint64_t due_ns, uint32_t slot)
{
    if (heap->count == heap->capacity) {
        size_t capacity = heap->capacity > 0 ? heap->capacity * 2 : 64;
        void *entries = realloc(heap->entries, capacity * sizeof *heap->entries);
        if (entries == NULL)
            return false;
        heap->entries = entries;
        heap->capacity = capacity;
    }
    size_t at = heap->count++;
    for (; at > 0; at = (at - 1) / 4) {
        struct heap_entry parent = heap->entries[(at - 1) / 4];
        if (parent.due_ns <= due_ns) /* the newest of its kind: behind its equals */
            break;
        heap->entries[at] = parent;
    }
    heap->entries[at] =
        (struct heap_entry){.due_ns = due_ns, .slot = slot, .order = heap->pushes++};
    return true;
}

/* Removes and returns the earliest; the heap must not be empty. */
static inline struct heap_entry heap_pop(struct heap *heap)
{
    struct heap_entry top = heap->entries[0];
    struct heap_entry last = heap->entries[--heap->count];
    size_t at = 0;
    for (;;) {
        size_t first = at * 4 + 1, least = first;
        if (first >= heap->count)
            break;
        size_t end = first + 4 < heap->count ? first + 4 : heap->count;
        for (size_t i = first + 1; i < end; i++)
            if (heap_earlier(&heap->entries[i], &heap->entries[least]))
                least = i;
        if (heap_earlier(&last, &heap->entries[least]))
            break;
        heap->entries[at] = heap->entries[least];
        at = least;
    }
    heap->entries[at] = last;
    return top;
}

#endif
