/*
 * The stacks of coroutines: mapped by the slab, begun one after another, and idle between two
 * tasks. Below each is a guard, so that whoever needs more than there is dies of it and does not
 * write into its neighbour. The kernel's guards (Linux 6.13) are marks in the page tables; where it
 * has none they are mappings without access, which end at half of vm.max_map_count.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "models/wait/fiber.h"

#if !defined MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

/* The deepest that was measured are 14.1 KiB (docs/measuring.md) and a signal's frame; a
 * sanitizer's frames are several times as large. A guard is larger than any frame, so that none
 * steps over it. */
#if defined FIBER_ASAN || defined FIBER_TSAN
enum { STACK_BYTES = 512 << 10, STACKS_A_SLAB = 8 };
#else
enum { STACK_BYTES = 48 << 10, STACKS_A_SLAB = 64 };
#endif
enum { GUARD_BYTES = 16 << 10 };

/* To ThreadSanitizer a fiber is a thread, and it ends a process that wants more than 8,128. */
#if defined FIBER_TSAN
enum { STACKS_MAX = 6000 };
#else
enum { STACKS_MAX = INT32_MAX };
#endif

struct fiber_slab {
    struct fiber_slab *next;
    unsigned char *memory;
    uint32_t used; /* stacks, from the lowest one */
};

/* Rounded up to whole pages. */
static size_t in_pages(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (bytes + page - 1) / page * page;
}

/* The fiber at the top of a stack. */
static struct fiber *fiber_at(const struct fiber_stacks *stacks, const struct fiber_slab *slab,
                              uint32_t at)
{
    return (struct fiber *)(slab->memory + (at + 1) * stacks->stride) - 1;
}

static int map_slab(struct fiber_stacks *stacks)
{
    stacks->guard_bytes = in_pages(GUARD_BYTES);
    stacks->stride = stacks->guard_bytes + in_pages(STACK_BYTES);
    size_t bytes = stacks->stride * STACKS_A_SLAB;
    struct fiber_slab *slab = calloc(1, sizeof *slab);
    if (slab == NULL)
        return -ENOMEM;
    slab->memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (slab->memory == MAP_FAILED) {
        int rc = -errno;
        free(slab);
        return rc;
    }
    madvise(slab->memory, bytes, MADV_NOHUGEPAGE); /* of each only the top is used */
    slab->next = stacks->slabs;
    stacks->slabs = slab;
    return 0;
}

static int guard(unsigned char *below, size_t bytes)
{
    if (madvise(below, bytes, MADV_GUARD_INSTALL) == 0 || mprotect(below, bytes, PROT_NONE) == 0)
        return 0;
    return -errno;
}

static int make_idle(struct fiber_waiter *waiter, fiber_entry_fn *entry)
{
    struct fiber_stacks *stacks = &waiter->stacks;
    if (stacks->count == STACKS_MAX)
        return -EAGAIN;
    int rc = 0;
    if (stacks->slabs == NULL || stacks->slabs->used == STACKS_A_SLAB)
        rc = map_slab(stacks);
    if (rc != 0)
        return rc;
    struct fiber_slab *slab = stacks->slabs;
    unsigned char *below = slab->memory + slab->used * stacks->stride;
    rc = guard(below, stacks->guard_bytes);
    if (rc != 0)
        return rc;
    struct fiber *fiber = fiber_at(stacks, slab, slab->used++);
    unsigned char *stack = below + stacks->guard_bytes;
    size_t bytes = (size_t)((unsigned char *)fiber - stack);
    *fiber = (struct fiber){.waiter = waiter, .fd = -1};
    fiber->context = make_fcontext(fiber, bytes, entry);
    sanitized_begin(&fiber->sanitized, stack, bytes);
    stacks->count++;
    stacks->idle = fiber;
    return 0;
}

int fiber_stacks_reserve(struct fiber_waiter *waiter, fiber_entry_fn *entry)
{
    return waiter->stacks.idle != NULL ? 0 : make_idle(waiter, entry);
}

void fiber_stacks_free(struct fiber_stacks *stacks)
{
    for (struct fiber_slab *next, *slab = stacks->slabs; slab != NULL; slab = next) {
        next = slab->next;
        for (uint32_t i = 0; i < slab->used; i++)
            sanitized_end(&fiber_at(stacks, slab, i)->sanitized);
        munmap(slab->memory, stacks->stride * STACKS_A_SLAB);
        free(slab);
    }
}
