/* The peer of a simulated run: the origin on paper that is open for all of them. What it does is
 * not what is tried: its allocations are neither counted nor refused. */
#include "tests/torture/allocations.h"
#include "tests/torture/trial.h"

/* ---- What it does. ---- */

static int look_up(struct peer *peer, const char *host, uint16_t port, struct address *addresses,
                   uint16_t capacity)
{
    (void)peer;
    allocations_pause(true);
    int result = paper.peer.resolve(&paper.peer, host, port, addresses, capacity);
    allocations_pause(false);
    return result;
}

static int connect_to(struct peer *peer, const struct address *address, void **connection)
{
    (void)peer;
    allocations_pause(true);
    int result = paper.peer.connect(&paper.peer, address, connection);
    allocations_pause(false);
    return result;
}

static int take_bytes(struct peer *peer, void *connection, const void *bytes, size_t length,
                      uint64_t now_ns)
{
    (void)peer;
    allocations_pause(true);
    int result = paper.peer.send(&paper.peer, connection, bytes, length, now_ns);
    allocations_pause(false);
    return result;
}

static int give_bytes(struct peer *peer, void *connection, size_t most, uint64_t now_ns,
                      const uint8_t **bytes, uint64_t *when_ns)
{
    (void)peer;
    allocations_pause(true);
    int result = paper.peer.recv(&paper.peer, connection, most, now_ns, bytes, when_ns);
    allocations_pause(false);
    return result;
}

static void close_connection(struct peer *peer, void *connection)
{
    (void)peer;
    allocations_pause(true);
    paper.peer.close(&paper.peer, connection);
    allocations_pause(false);
}

/* ---- For a program. ---- */

static int open_peer(const char *sites_file, struct peer **peer, const char **directory,
                     struct problem *problem)
{
    static struct peer paused = {.resolve = look_up,
                                 .connect = connect_to,
                                 .send = take_bytes,
                                 .recv = give_bytes,
                                 .close = close_connection};
    (void)sites_file, (void)problem;
    *peer = &paused;
    *directory = paper.directory;
    return 0;
}

/* It stays, for the next run. */
static void keep_peer(void)
{
}

const struct simulated_peer torture_peer = {open_peer, keep_peer, keep_peer};
