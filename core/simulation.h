/*
 * What a simulated run is told beside its tasks: how much there is of the machine, who answers its
 * connections, and what goes wrong. Times are virtual, in nanoseconds; nothing here waits.
 */
#ifndef CORE_SIMULATION_H
#define CORE_SIMULATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address;
struct task;

/* Who is at the other end of every connection, in memory, over plain HTTP. It does nothing by
 * itself: what it sends follows from what it was sent. */
struct peer {
    /* As OP_RESOLVE: how many addresses, or -errno. */
    int (*resolve)(struct peer *peer, const char *host, uint16_t port, struct address *addresses,
                   uint16_t capacity);
    /* 0 and a new connection; -errno; or -EAGAIN: none ever comes about. */
    int (*connect)(struct peer *peer, const struct address *address, void **connection);
    /* 0 or -errno. */
    int (*send)(struct peer *peer, void *connection, const void *bytes, size_t length,
                uint64_t now_ns);
    /* Lends at most `most` bytes, until the next call for this connection: their count, 0 at the
     * stream's end, -errno; or -EAGAIN, and in *when_ns when there will be more, 0 for never. */
    int (*recv)(struct peer *peer, void *connection, size_t most, uint64_t now_ns,
                const uint8_t **bytes, uint64_t *when_ns);
    /* Frees the connection. */
    void (*close)(struct peer *peer, void *connection);
};

/* What becomes of one operation; zeroed but for fail_with: as it should. */
#define OMEN_GOOD 1
struct omen {
    uint64_t delay_ns;  /* it takes so much longer: sleeps, computations, the network */
    int fail_with;      /* OMEN_GOOD, or in place of its performance: -errno, which for -ETIMEDOUT,
                           of the network alone, comes at its deadline; of an OP_RECV 0: the
                           stream's end */
    size_t recv_most;   /* an OP_RECV lends no more than this; 0: what there is */
    bool stop;          /* the run is stopped before it */
    bool cancel;        /* its task, a child, is cancelled before it … */
    bool cancel_behind; /* … or once it is under way */
    uint32_t cancel_other; /* before it, this child is cancelled, as by the root, whatever it waits
                              for: its index and 1; 0: none */
};

/* What goes wrong. */
struct weather {
    /* Asked once for each operation, in the order of their beginning. */
    void (*ask)(struct weather *weather, const struct task *task, struct omen *omen);
    /* Which of `count` tasks that are ready is next, the longest waiting is 0; NULL: that one. */
    uint32_t (*pick)(struct weather *weather, uint32_t count);
};

/* Zeroed: an ideal machine, without bounds and without a cost of its own. */
struct simulation {
    uint32_t cpus;           /* computations, and sleeps that hold, at a time; 0: any number */
    uint64_t step_ns;        /* what a step takes; there is one at a time */
    bool measured;           /* an OP_COMPUTE takes the CPU time it took, not its cost_ns */
    uint64_t deadline_ns;    /* of the whole run, from its start; 0: none */
    struct peer *peer;       /* NULL: there is no network */
    struct weather *weather; /* NULL: fair */
};

#endif
