/* Sites on paper: the directory, the names, the bytes of a connection. */
#include "origin/paper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/address.h"
#include "core/clock.h"
#include "origin/films.h"
#include "origin/request.h"

/* ---- What a client reads. ---- */

enum { ROUTES, SITES, MANIFEST, FILMS, FILES };
static const char *const file_names[FILES] = {"connect-to", "sites", "manifest", "films"};

static void path_of(const struct paper_origin *origin, int at, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", origin->directory, file_names[at]);
}

static bool write_contents(const struct paper_origin *origin, int at, FILE *file)
{
    for (size_t i = 0; i < origin->sites.count && at == SITES; i++)
        if (origin->sites.all[i].page == PAGE_TEXT)
            fprintf(file, "%s\n", origin->sites.all[i].text);
    if (at == FILMS)
        films_write_lines(file);
    return at != MANIFEST || sites_write_manifest(&origin->sites, file);
}

static bool write_file(const struct paper_origin *origin, int at)
{
    char path[220];
    path_of(origin, at, path, sizeof path);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    bool good = write_contents(origin, at, file);
    return fclose(file) == 0 && good;
}

static int write_directory(struct paper_origin *origin, struct problem *problem)
{
    const char *base = getenv("TMPDIR");
    snprintf(origin->directory, sizeof origin->directory, "%s/crossover-paper-XXXXXX",
             base != NULL && strlen(base) < 150 ? base : "/tmp");
    bool good = mkdtemp(origin->directory) != NULL;
    for (int i = 0; i < FILES && good; i++)
        good = write_file(origin, i);
    return good
               ? 0
               : problem_set(problem, STATUS_ENVIRONMENT,
                             "the simulated origin's folder '%s' cannot be written: %s; set TMPDIR "
                             "to one with room",
                             origin->directory, strerror(errno));
}

void paper_origin_remove_files(struct paper_origin *origin)
{
    for (int i = 0; i < FILES && origin->directory[0] != 0; i++) {
        char path[220];
        path_of(origin, i, path, sizeof path);
        unlink(path);
    }
    if (origin->directory[0] != 0)
        rmdir(origin->directory);
    origin->directory[0] = 0;
}

void paper_origin_close(struct paper_origin *origin)
{
    paper_origin_remove_files(origin);
    sites_free(&origin->sites);
    *origin = (struct paper_origin){0};
}

/* ---- Names. ---- */

/* Where no connection comes about (enum trap). */
static const char *const traps[TRAPS] = {[TRAP_REFUSED] = "127.0.0.3", [TRAP_FULL] = "127.0.0.4"};

/* Two addresses, as a rule; one of a host whose name begins with "one". */
static int look_up(struct peer *peer, const char *host, uint16_t port, struct address *addresses,
                   uint16_t capacity)
{
    const struct paper_origin *origin = (struct paper_origin *)peer;
    if (address_parse(host, port, addresses))
        return 1;
    for (size_t i = 0; i < origin->sites.count; i++) {
        const struct url *url = &origin->sites.all[i].url;
        if (url->port != port || strcasecmp(url->host, host) != 0)
            continue;
        const struct fault *fault = origin->sites.all[i].fault;
        bool trap = fault != NULL && fault->stage == FAULT_CONNECT;
        address_parse(trap ? traps[fault->trap] : "127.0.0.1", port, &addresses[0]);
        if (trap || capacity < 2 || strncmp(host, "one", 3) == 0)
            return 1;
        address_parse("127.0.0.2", port, &addresses[1]);
        return 2;
    }
    return -ENOENT;
}

/* ---- A connection. ---- */

struct connection {
    uint16_t port;
    struct request request;
    const struct answer *answer;
    size_t sent;       /* bytes of the answer */
    uint64_t ready_ns; /* when the next ones are there */
    uint8_t *lent;     /* a block of its own for each receipt … */
    size_t lent_bytes; /* … and overwritten behind it, so that a late look is seen */
};

static void take_back(struct connection *connection)
{
    if (connection->lent != NULL)
        memset(connection->lent, 0xdd, connection->lent_bytes);
    free(connection->lent);
    connection->lent = NULL;
}

static bool is_trap(const struct address *address, enum trap trap)
{
    struct address at;
    return address_parse(traps[trap], address->port, &at) && address->family == at.family &&
           memcmp(address->bytes, at.bytes, 4) == 0;
}

static int connect_to(struct peer *peer, const struct address *address, void **made)
{
    if (is_trap(address, TRAP_REFUSED))
        return -ECONNREFUSED;
    if (is_trap(address, TRAP_FULL))
        return -EAGAIN;
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        return -ENOMEM;
    connection->port = address->port;
    request_begin(&connection->request);
    ((struct paper_origin *)peer)->open++;
    *made = connection;
    return 0;
}

static void close_connection(struct peer *peer, void *pointer)
{
    struct connection *connection = pointer;
    take_back(connection);
    request_release(&connection->request);
    free(connection);
    ((struct paper_origin *)peer)->open--;
}

static const struct answer *answer_of(const struct paper_origin *origin,
                                      struct connection *connection, uint32_t *latency_ms)
{
    static char not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    static const struct answer none = {.bytes = not_found, .length = sizeof not_found - 1};
    struct request *request = &connection->request;
    const char *target, *host;
    const struct site *site = NULL;
    uint16_t port = 0;
    *latency_ms = 0;
    bool tls = connection->port == 443, named = request_names(request, &target, &host, &port);
    for (int i = 0; i < 2 && named && site == NULL; i++, tls = !tls)
        site = sites_find(&origin->sites, tls, host, port != 0 ? port : tls ? 443 : 80, target);
    if (site == NULL)
        return &none;
    *latency_ms = site->latency_ms;
    return request->keeps_alive ? &site->kept : &site->closed;
}

static int take_bytes(struct peer *peer, void *pointer, const void *bytes, size_t length,
                      uint64_t now_ns)
{
    struct connection *connection = pointer;
    size_t used = 0;
    take_back(connection);
    if (connection->answer != NULL)
        return -EPIPE;
    switch (request_feed(&connection->request, bytes, length, &used)) {
    case REQUEST_MORE: return 0;
    case REQUEST_BAD: return -ECONNRESET;
    case REQUEST_COMPLETE: break;
    }
    uint32_t latency_ms;
    connection->answer = answer_of((struct paper_origin *)peer, connection, &latency_ms);
    connection->sent = 0;
    connection->ready_ns = now_ns + latency_ms * NS_PER_MS;
    return 0;
}

/* Behind the last byte. */
static int at_the_end(const struct connection *connection)
{
    switch (connection->answer->ending) {
    case ENDING_RESET: return -ECONNRESET;
    case ENDING_CLOSED:
    case ENDING_RUDE: return 0;
    default: return -EAGAIN;
    }
}

static int lend(struct connection *connection, size_t most, const uint8_t **bytes)
{
    const struct answer *answer = connection->answer;
    size_t count = answer->length - connection->sent;
    if (answer->part_bytes != 0 && count > answer->part_bytes)
        count = answer->part_bytes;
    if (count > most)
        count = most;
    connection->lent = malloc(count);
    if (connection->lent == NULL)
        return -ENOMEM;
    connection->lent_bytes = count;
    memcpy(connection->lent, answer->bytes + connection->sent, count);
    connection->sent += count;
    *bytes = connection->lent;
    return (int)count;
}

static int give_bytes(struct peer *peer, void *pointer, size_t most, uint64_t now_ns,
                      const uint8_t **bytes, uint64_t *when_ns)
{
    struct connection *connection = pointer;
    const struct answer *answer = connection->answer;
    (void)peer;
    take_back(connection);
    *when_ns = 0;
    if (answer == NULL)
        return -EAGAIN;
    if (connection->sent == answer->length && answer->endless)
        connection->sent = answer->again_from;
    bool over = connection->sent == answer->length;
    if (connection->ready_ns > now_ns && (!over || answer->length == 0)) {
        *when_ns = connection->ready_ns;
        return -EAGAIN;
    }
    if (over)
        return at_the_end(connection);
    int count = lend(connection, most, bytes);
    connection->ready_ns = now_ns + answer->pause_ms * NS_PER_MS;
    if (connection->sent == answer->length && answer->ending == ENDING_KEPT && !answer->endless) {
        connection->answer = NULL;
        request_begin(&connection->request);
    }
    return count;
}

int paper_origin_open(struct paper_origin *origin, const char *sites_file, struct problem *problem)
{
    *origin = (struct paper_origin){.peer = {.resolve = look_up,
                                             .connect = connect_to,
                                             .send = take_bytes,
                                             .recv = give_bytes,
                                             .close = close_connection}};
    int status = sites_parse(&origin->sites, sites_file, problem);
    if (status == 0)
        status = sites_make(&origin->sites, problem);
    return status != 0 ? status : write_directory(origin, problem);
}
