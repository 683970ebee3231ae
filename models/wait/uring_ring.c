/*
 * A ring, set up with what the kernel has; and whether it has enough. Each operation, flag and
 * feature that the driver uses is asked for by name, because kernels of one version differ in what
 * was ported back to them and in what their administrators allow.
 */
#include "models/wait/uring.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Only the loop's thread submits, and what completes is looked at when it asks, not whenever the
 * kernel likes. That saves time and changes nothing: a kernel that does not know it goes without.
 */
static const unsigned wishes[] = {
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
    IORING_SETUP_COOP_TASKRUN,
    0,
};

int uring_ring_open(struct io_uring *ring, unsigned submissions, unsigned completions)
{
    int rc = -EINVAL;
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes && rc == -EINVAL; i++) {
        struct io_uring_params parameters = {
            .flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL | wishes[i],
            .cq_entries = completions,
        };
        rc = io_uring_queue_init_params(submissions, ring, &parameters);
    }
    return rc;
}

static const struct {
    unsigned flag;
    const char *name;
} features[] = {
    {IORING_FEAT_NODROP, "completions that are never dropped"},
    {IORING_FEAT_SUBMIT_STABLE, "operations that are read when submitted"},
    {IORING_FEAT_FAST_POLL, "waiting without threads"},
    {IORING_FEAT_EXT_ARG, "waiting with a time-out"},
};

static const struct {
    uint8_t operation;
    const char *name;
} operations[] = {
    {IORING_OP_CONNECT, "CONNECT"},
    {IORING_OP_SEND, "SEND"},
    {IORING_OP_RECV, "RECV"},
    {IORING_OP_CLOSE, "CLOSE"},
    {IORING_OP_ASYNC_CANCEL, "ASYNC_CANCEL"},
    {IORING_OP_POLL_ADD, "POLL_ADD"},
};

/* What is missing, or NULL. */
static const char *missing(struct io_uring *ring)
{
    for (size_t i = 0; i < sizeof features / sizeof *features; i++)
        if (!(ring->features & features[i].flag))
            return features[i].name;
    struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
    if (probe == NULL)
        return "telling its operations";
    const char *missing = NULL;
    for (size_t i = 0; i < sizeof operations / sizeof *operations && missing == NULL; i++)
        if (!io_uring_opcode_supported(probe, operations[i].operation))
            missing = operations[i].name;
    io_uring_free_probe(probe);
    struct uring_buffers buffers = {0}; /* what RECV's flags mean came along with them */
    if (missing == NULL && uring_buffers_open(&buffers, ring) == -EINVAL)
        missing = "rings of buffers";
    uring_buffers_free(&buffers);
    return missing;
}

/* Why a ring was refused. */
static void tell_refusal(int rc, char *why, size_t why_size)
{
    const char *cause = "";
    if (rc == -EPERM || rc == -EACCES)
        cause = " (kernel.io_uring_disabled or a container's seccomp filter)";
    else if (rc == -ENOSYS)
        cause = " (it was built without, or a container's seccomp filter)";
    else if (rc == -ENOMEM)
        cause = " (memory is short, or the limit of locked memory)";
    snprintf(why, why_size, "the kernel refuses io_uring: %s%s", strerror(-rc), cause);
}

bool uring_available(char *why, size_t why_size)
{
    struct io_uring ring;
    int rc = uring_ring_open(&ring, 1, 2);
    if (rc != 0) {
        tell_refusal(rc, why, why_size);
        return false;
    }
    const char *what = missing(&ring);
    io_uring_queue_exit(&ring);
    if (what != NULL)
        snprintf(why, why_size, "the kernel is too old: its io_uring does not have %s", what);
    return what == NULL;
}
