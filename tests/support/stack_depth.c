/*
 * Loaded before a program (LD_PRELOAD), this tells on stderr how deep the stacks of its coroutines
 * were used: they are painted where they are mapped and looked at where they are given back. They
 * are known by their guards.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#if !defined MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

enum { GUARDS_MAX = 4096, PAINT = 0x5a };

static struct {
    unsigned char *end, *next; /* of the guard; where the next stack's guard begins */
} guards[GUARDS_MAX];
static int guard_count;

static void note_guard(void *address, size_t bytes)
{
    if (guard_count == GUARDS_MAX)
        return;
    guards[guard_count].end = (unsigned char *)address + bytes;
    if (guard_count > 0 && (unsigned char *)address > guards[guard_count - 1].end)
        guards[guard_count - 1].next = address;
    guard_count++;
}

void *mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    void *mapped = (void *)syscall(SYS_mmap, address, bytes, protection, flags, fd, offset);
    if (mapped != MAP_FAILED && flags & MAP_STACK && flags & MAP_NORESERVE)
        memset(mapped, PAINT, bytes);
    return mapped;
}

int madvise(void *address, size_t bytes, int advice)
{
    int rc = (int)syscall(SYS_madvise, address, bytes, advice);
    if (rc == 0 && advice == MADV_GUARD_INSTALL)
        note_guard(address, bytes);
    return rc;
}

int mprotect(void *address, size_t bytes, int protection)
{
    int rc = (int)syscall(SYS_mprotect, address, bytes, protection);
    if (rc == 0 && protection == PROT_NONE)
        note_guard(address, bytes);
    return rc;
}

int munmap(void *address, size_t bytes)
{
    unsigned char *from = address;
    size_t deepest = 0, room = 0;
    for (int i = 0; i < guard_count; i++) {
        unsigned char *at = guards[i].end, *next = guards[i].next;
        if (at < from || at >= from + bytes || next == NULL)
            continue; /* the last one's end is not known */
        room = (size_t)(next - at);
        while (at < next && *at == PAINT)
            at++;
        if ((size_t)(next - at) > deepest)
            deepest = (size_t)(next - at);
    }
    if (room > 0)
        fprintf(stderr, "stacks of %zu bytes: %zu used at most\n", room, deepest);
    return (int)syscall(SYS_munmap, address, bytes);
}
