/* Sites on paper: the directory, the names, the bytes of one connection. */
#include "tests/support/paper_origin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/clock.h"
#include "origin/films.h"

/* ---- What a client reads. ---- */

static const char *const file_names[] = {"connect-to", "sites", "manifest", "films"};
enum { FILES = sizeof file_names / sizeof file_names[0] };

static void path_of(const struct paper_origin *origin, int at, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", origin->directory, file_names[at]);
}

static bool write_file(const struct paper_origin *origin, int at)
{
    char path[120];
    path_of(origin, at, path, sizeof path);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    for (size_t i = 0; i < origin->sites.count && at == 1; i++)
        if (origin->sites.all[i].page != PAGE_FILM)
            fprintf(file, "%s\n", origin->sites.all[i].text);
    if (at == 2)
        sites_write_manifest(&origin->sites, file);
    if (at == 3)
        films_write_lines(file);
    return fclose(file) == 0;
}

bool paper_origin_open(struct paper_origin *origin, const char *sites_file, struct problem *problem)
{
    if (sites_parse(&origin->sites, sites_file, problem) != 0 ||
        sites_make(&origin->sites, problem) != 0)
        return false;
    strcpy(origin->directory, "/tmp/crossover-paper-XXXXXX");
    bool good = mkdtemp(origin->directory) != NULL;
    for (int i = 0; i < FILES && good; i++)
        good = write_file(origin, i);
    if (!good)
        problem_set(problem, STATUS_ENVIRONMENT, "%s: %s", origin->directory, strerror(errno));
    return good;
}

void paper_origin_close(struct paper_origin *origin)
{
    for (int i = 0; i < FILES; i++) {
        char path[120];
        path_of(origin, i, path, sizeof path);
        unlink(path);
    }
    rmdir(origin->directory);
    sites_free(&origin->sites);
}

/* ---- Names. ---- */

int paper_origin_resolve(const struct paper_origin *origin, const char *host, uint16_t port,
                         struct address *addresses, uint16_t capacity)
{
    if (address_parse(host, port, addresses))
        return 1;
    for (size_t i = 0; i < origin->sites.count; i++) {
        if (strcasecmp(origin->sites.all[i].url.host, host) != 0)
            continue;
        address_parse("127.0.0.1", port, &addresses[0]);
        if (capacity < 2 || strncmp(host, "one", 3) == 0)
            return 1;
        address_parse("127.0.0.2", port, &addresses[1]);
        return 2;
    }
    return -ENOENT;
}

/* ---- A connection. ---- */

void paper_connect(struct paper_connection *connection)
{
    *connection = (struct paper_connection){.open = true};
    request_begin(&connection->request);
}

static const struct answer *answer_of(const struct paper_origin *origin, struct request *request,
                                      uint32_t *latency_ms)
{
    static char not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    static const struct answer none = {.bytes = not_found, .length = sizeof not_found - 1};
    const char *target, *host;
    uint16_t port = 80;
    const struct site *site = NULL;
    *latency_ms = 0;
    if (request_names(request, &target, &host, &port))
        site = sites_find(&origin->sites, false, host, port, target);
    if (site == NULL)
        return &none;
    *latency_ms = site->latency_ms;
    return request->keeps_alive ? &site->kept : &site->closed;
}

int paper_send(const struct paper_origin *origin, struct paper_connection *connection,
               const char *bytes, size_t length, uint64_t now_ns)
{
    size_t used = 0;
    if (connection->answer != NULL)
        return -EPIPE;
    switch (request_feed(&connection->request, bytes, length, &used)) {
    case REQUEST_MORE: return 0;
    case REQUEST_BAD: return -ECONNRESET;
    case REQUEST_COMPLETE: break;
    }
    uint32_t latency_ms;
    connection->answer = answer_of(origin, &connection->request, &latency_ms);
    connection->sent = 0;
    connection->ready_ns = now_ns + latency_ms * NS_PER_MS;
    return 0;
}

/* Behind the last byte. */
static int at_the_end(struct paper_connection *connection, uint64_t *when_ns)
{
    *when_ns = 0;
    switch (connection->answer->ending) {
    case ENDING_RESET: return -ECONNRESET;
    case ENDING_CLOSED:
    case ENDING_RUDE: return 0;
    default: return -EAGAIN;
    }
}

int paper_recv(struct paper_connection *connection, size_t most, uint64_t now_ns, uint64_t *when_ns)
{
    const struct answer *answer = connection->answer;
    *when_ns = 0;
    if (answer == NULL)
        return -EAGAIN;
    if (connection->sent == answer->length && answer->endless)
        connection->sent = answer->again_from;
    if (connection->sent == answer->length)
        return at_the_end(connection, when_ns);
    if (connection->ready_ns > now_ns) {
        *when_ns = connection->ready_ns;
        return -EAGAIN;
    }
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
    connection->ready_ns = now_ns + answer->pause_ms * NS_PER_MS;
    if (connection->sent == answer->length && answer->ending == ENDING_KEPT && !answer->endless) {
        connection->answer = NULL;
        request_begin(&connection->request);
    }
    return (int)count;
}

void paper_take_back(struct paper_connection *connection)
{
    if (connection->lent != NULL)
        memset(connection->lent, 0xdd, connection->lent_bytes);
    free(connection->lent);
    connection->lent = NULL;
}

void paper_disconnect(struct paper_connection *connection)
{
    paper_take_back(connection);
    request_release(&connection->request);
    connection->open = false;
}
