/*
 * What is received into: buffers in a ring that the kernel takes from when bytes have come. It
 * takes the one that was given back longest ago, so all that are in use go through the CPU's cache:
 * there are few at first, and more when there were too few.
 */
#include "models/wait/uring.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BUFFERS = 64 /* a power of two */, FEW = 8 };

static size_t ring_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE); /* which it must be aligned to */
}

static size_t all_bytes(void)
{
    return ring_bytes() + (size_t)BUFFERS * RECV_BYTES_MAX;
}

uint8_t *uring_buffers_at(const struct uring_buffers *buffers, uint32_t at)
{
    return buffers->bytes + (size_t)at * RECV_BYTES_MAX;
}

void uring_buffers_give(struct uring_buffers *buffers, uint32_t at)
{
    io_uring_buf_ring_add(buffers->ring, uring_buffers_at(buffers, at), RECV_BYTES_MAX,
                          (unsigned short)at, io_uring_buf_ring_mask(BUFFERS), 0);
    io_uring_buf_ring_advance(buffers->ring, 1);
}

void uring_buffers_grow(struct uring_buffers *buffers)
{
    if (buffers->count < BUFFERS)
        uring_buffers_give(buffers, buffers->count++);
}

int uring_buffers_open(struct uring_buffers *buffers, struct io_uring *ring)
{
    void *memory = mmap(NULL, all_bytes(), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return -errno;
    buffers->ring = memory;
    buffers->bytes = (uint8_t *)memory + ring_bytes();
    struct io_uring_buf_reg registration = {.ring_addr = (uintptr_t)memory,
                                            .ring_entries = BUFFERS};
    int rc = io_uring_register_buf_ring(ring, &registration, 0);
    if (rc != 0)
        uring_buffers_free(buffers);
    for (int i = 0; i < FEW && rc == 0; i++)
        uring_buffers_grow(buffers);
    return rc;
}

void uring_buffers_free(struct uring_buffers *buffers)
{
    if (buffers->ring != NULL)
        munmap(buffers->ring, all_bytes());
    *buffers = (struct uring_buffers){0};
}
