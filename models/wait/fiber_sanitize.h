/*
 * What AddressSanitizer and ThreadSanitizer are told of stacks that are no thread's: where one is,
 * and each switch from one to another. Without them all of this is nothing.
 */
#ifndef MODELS_WAIT_FIBER_SANITIZE_H
#define MODELS_WAIT_FIBER_SANITIZE_H

#include <stddef.h>
#include <stdint.h>

#if defined __has_feature
#if __has_feature(address_sanitizer)
#define FIBER_ASAN
#elif __has_feature(thread_sanitizer)
#define FIBER_TSAN
#endif
#elif defined __SANITIZE_ADDRESS__
#define FIBER_ASAN
#elif defined __SANITIZE_THREAD__
#define FIBER_TSAN
#endif

#if defined FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#elif defined FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif

struct sanitized {
    const void *stack;
    size_t bytes;
    void *shadow; /* the sanitizer's own */
};

/* Before the first switch to a new stack. */
static inline void sanitized_begin(struct sanitized *own, const void *stack, size_t bytes)
{
    *own = (struct sanitized){.stack = stack, .bytes = bytes};
#if defined FIBER_TSAN
    own->shadow = __tsan_create_fiber(0);
#endif
}

/* The thread's own stack; where it is, AddressSanitizer tells when it is left. */
static inline void sanitized_begin_thread(struct sanitized *own)
{
#if defined FIBER_TSAN
    own->shadow = __tsan_get_current_fiber();
#else
    (void)own;
#endif
}

/* Just before the switch … */
static inline void sanitized_leave(struct sanitized *own, const struct sanitized *to)
{
#if defined FIBER_ASAN
    __sanitizer_start_switch_fiber(&own->shadow, to->stack, to->bytes);
#elif defined FIBER_TSAN
    (void)own;
    __tsan_switch_to_fiber(to->shadow, 0);
#else
    (void)own, (void)to;
#endif
}

/* … and just after it, on the other one. */
static inline void sanitized_arrive(const struct sanitized *own, struct sanitized *from)
{
#if defined FIBER_ASAN
    __sanitizer_finish_switch_fiber(own->shadow, &from->stack, &from->bytes);
#else
    (void)own, (void)from;
#endif
}

/* After the last one; whatever is mapped there next begins with a clean slate. */
static inline void sanitized_end(const struct sanitized *own)
{
#if defined FIBER_ASAN
    __asan_unpoison_memory_region(own->stack, own->bytes);
#elif defined FIBER_TSAN
    __tsan_destroy_fiber(own->shadow);
#else
    (void)own;
#endif
}

#endif
