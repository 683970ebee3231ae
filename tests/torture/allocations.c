/* malloc() and its kin, in front of the C library's. */
#include "tests/torture/allocations.h"

#include <stddef.h>

#if defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED
#endif

#if defined SANITIZED || !defined __GLIBC__

const char *allocations_unwatched(void)
{
    return "the allocator is a sanitizer's, or not glibc's";
}

void allocations_count_few(bool on)
{
    (void)on;
}

void allocations_begin(uint64_t refuse)
{
    (void)refuse;
}

uint64_t allocations_end(void)
{
    return 0;
}

void allocations_spare(bool (*is_fragile)(void))
{
    (void)is_fragile;
}

uint64_t allocations_spared(void)
{
    return 0;
}

void allocations_pause(bool on)
{
    (void)on;
}

int64_t allocations_live(void)
{
    return 0;
}

void allocations_trace(bool on)
{
    (void)on;
}

bool allocations_refused_in(const char *function)
{
    (void)function;
    return false;
}

bool allocations_refused_by(const char *function, const char *library)
{
    (void)function;
    (void)library;
    return false;
}

void allocations_tell_refused(int fd)
{
    (void)fd;
}

void allocations_tell_live(int fd)
{
    (void)fd;
}

#else

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

enum { FRAMES = 16, TRACED_MAX = 1 << 17, RANGES_MAX = 32 };

/* Code of a library. */
struct range {
    uintptr_t from, to;
};

struct trace {
    void *block;
    void *frames[FRAMES];
    int count;
};

static _Atomic bool counting;
static _Atomic uint64_t asked;
static _Atomic int64_t live;
static uint64_t refuse_at;
static struct trace refused;
static bool (*must_be_spared)(void);
static uint64_t spared;
static bool few;
static struct range crowd[RANGES_MAX];
static int crowd_count;
static bool tracing;
static struct trace *traced; /* a ring of blocks, the newest last; a NULL block was given back */
static size_t traced_count;

const char *allocations_unwatched(void)
{
    return NULL;
}

static int add_library(struct dl_phdr_info *info, size_t size, void *unused)
{
    static const char *const names[] = {"/libcrypto.", "/libssl.", "/libxml2."};
    bool wanted = false;
    (void)size, (void)unused;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        wanted |= strstr(info->dlpi_name, names[i]) != NULL;
    for (int i = 0; i < info->dlpi_phnum && wanted && crowd_count < RANGES_MAX; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t from = info->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD && part->p_flags & PF_X)
            crowd[crowd_count++] = (struct range){from, from + part->p_memsz};
    }
    return 0;
}

void allocations_count_few(bool on)
{
    if (crowd_count == 0)
        dl_iterate_phdr(add_library, NULL);
    few = on;
}

static bool is_in_the_crowd(const void *caller)
{
    for (int i = 0; i < crowd_count; i++)
        if ((uintptr_t)caller >= crowd[i].from && (uintptr_t)caller < crowd[i].to)
            return true;
    return false;
}

void allocations_begin(uint64_t refuse)
{
    backtrace(refused.frames, 1); /* which loads what it needs when it is first called */
    refused.count = 0;
    refuse_at = refuse;
    traced_count = 0;
    atomic_store(&asked, 0);
    atomic_store(&counting, true);
}

uint64_t allocations_end(void)
{
    atomic_store(&counting, false);
    return atomic_load(&asked);
}

void allocations_spare(bool (*is_fragile)(void))
{
    must_be_spared = is_fragile;
}

uint64_t allocations_spared(void)
{
    return spared;
}

void allocations_pause(bool on)
{
    atomic_store(&counting, !on);
}

int64_t allocations_live(void)
{
    return atomic_load(&live);
}

void allocations_trace(bool on)
{
    if (traced == NULL)
        traced = __libc_calloc(TRACED_MAX, sizeof *traced);
    tracing = on && traced != NULL;
}

static void tell(const struct trace *trace, int fd)
{
    static const char line[] = "# ----\n";
    if (write(fd, line, sizeof line - 1) > 0)
        backtrace_symbols_fd(trace->frames, trace->count, fd);
}

bool allocations_refused_in(const char *function)
{
    Dl_info info;
    for (int i = 0; i < refused.count; i++)
        if (dladdr(refused.frames[i], &info) != 0 && info.dli_sname != NULL &&
            strcmp(info.dli_sname, function) == 0)
            return true;
    return false;
}

/* The allocator's own frames come first. */
bool allocations_refused_by(const char *function, const char *library)
{
    Dl_info info = {0};
    int at = 0;
    while (at < refused.count && (dladdr(refused.frames[at], &info) == 0 ||
                                  info.dli_sname == NULL || strcmp(info.dli_sname, function) != 0))
        at++;
    return at + 1 < refused.count && dladdr(refused.frames[at + 1], &info) != 0 &&
           info.dli_fname != NULL && strstr(info.dli_fname, library) != NULL;
}

void allocations_tell_refused(int fd)
{
    tell(&refused, fd);
}

void allocations_tell_live(int fd)
{
    for (size_t i = 0; i < traced_count; i++)
        if (traced[i].block != NULL)
            tell(&traced[i], fd);
}

/* ---- Each call. ---- */

/* Whether this one is refused. */
static bool is_refused(const void *caller)
{
    if (!atomic_load_explicit(&counting, memory_order_relaxed) || (few && is_in_the_crowd(caller)))
        return false;
    if (atomic_fetch_add(&asked, 1) + 1 != refuse_at)
        return false;
    refused.count = backtrace(refused.frames, FRAMES);
    if (must_be_spared != NULL && must_be_spared()) {
        spared++;
        return false;
    }
    errno = ENOMEM;
    return true;
}

static void *given(void *block)
{
    if (block == NULL)
        return NULL;
    atomic_fetch_add(&live, 1);
    if (tracing && atomic_load(&counting) && traced_count < TRACED_MAX) {
        struct trace *trace = &traced[traced_count++];
        trace->block = block;
        trace->count = backtrace(trace->frames, FRAMES);
    }
    return block;
}

static void given_back(const void *block)
{
    atomic_fetch_sub(&live, 1);
    for (size_t i = tracing ? traced_count : 0; i > 0; i--) {
        if (traced[i - 1].block == block) {
            traced[i - 1].block = NULL;
            return;
        }
    }
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size)
{
    return is_refused(CALLER) ? NULL : given(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return is_refused(CALLER) ? NULL : given(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
    if (is_refused(CALLER))
        return NULL;
    void *moved = __libc_realloc(block, size);
    if (block != NULL && (moved != NULL || size == 0))
        given_back(block);
    return given(moved);
}

void *reallocarray(void *block, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, bytes);
}

static void *give_aligned(size_t alignment, size_t size, const void *caller)
{
    return is_refused(caller) ? NULL : given(__libc_memalign(alignment, size));
}

void *memalign(size_t alignment, size_t size)
{
    return give_aligned(alignment, size, CALLER);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return give_aligned(alignment, size, CALLER);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *block = give_aligned(alignment, size, CALLER);
    if (block != NULL)
        *out = block;
    return block != NULL ? 0 : ENOMEM;
}

void free(void *block)
{
    if (block == NULL)
        return;
    int saved = errno;
    given_back(block);
    __libc_free(block);
    errno = saved;
}

#endif
