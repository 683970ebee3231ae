/*
 * One connection: for each request its site's ready-made answer is sent after the site's latency,
 * with its faults. What comes behind a request waits until it is answered.
 */
#include "origin/client.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

enum { READ_BYTES = 65536, RECORD_BYTES = 16384 };

#define PLAIN_ANSWER(text)                                                                         \
    {                                                                                              \
        .bytes = (char *)(uintptr_t)(text), .length = sizeof(text) - 1, .head = sizeof(text) - 1,  \
        .ending = ENDING_CLOSED                                                                    \
    }
static const struct answer not_found =
    PLAIN_ANSWER("HTTP/1.1 404 Not Found\r\nServer: origin\r\nContent-Length: 0\r\n"
                 "Connection: close\r\n\r\n");
static const struct answer bad_request =
    PLAIN_ANSWER("HTTP/1.1 400 Bad Request\r\nServer: origin\r\nContent-Length: 0\r\n"
                 "Connection: close\r\n\r\n");
static const struct answer bad_method =
    PLAIN_ANSWER("HTTP/1.1 405 Method Not Allowed\r\nServer: origin\r\nAllow: GET, HEAD\r\n"
                 "Content-Length: 0\r\nConnection: close\r\n\r\n");
/* To a TLS handshake: what a server says that knows no TLS. */
static const struct answer no_tls = PLAIN_ANSWER("HTTP/1.1 400 Bad Request\r\n\r\n");

static void advance(struct client *client);
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer);
static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer);

/* ---- The answer. ---- */

static const struct site *find_site(struct client *client)
{
    const char *target, *host;
    uint16_t port = client->tls != NULL ? 443 : 80;
    if (!request_names(&client->request, &target, &host, &port))
        return NULL;
    return sites_find(client->server->sites, client->tls != NULL, host, port, target);
}

static void set_answer(struct client *client, const struct answer *answer, bool head)
{
    client->answer = answer;
    client->answer_bytes = head ? answer->head : answer->length;
    client->answered = 0;
}

static void on_latency_over(uv_timer_t *timer)
{
    struct client *client = timer->data;
    client->answering = true;
    client->pausing = false;
    advance(client);
}

/* Never early: libuv counts whole milliseconds from when the loop woke. */
static void wait_ms(struct client *client, uint32_t ms)
{
    uint64_t due_ns = uv_hrtime() + ms * NS_PER_MS;
    uint64_t due_ms = due_ns / NS_PER_MS + (due_ns % NS_PER_MS != 0);
    uv_timer_start(&client->timer, on_latency_over, due_ms - uv_now(&client->server->loop), 0);
}

/* The answer to a request that was read whole: now, or after the site's latency. */
static void take_request(struct client *client)
{
    const struct site *site = NULL;
    bool head = client->request.parser.method == HTTP_HEAD;
    client->busy = true;
    if (client->request.parser.method != HTTP_GET && !head)
        set_answer(client, &bad_method, false);
    else if ((site = find_site(client)) == NULL)
        set_answer(client, &not_found, false);
    else
        set_answer(client, client->request.keeps_alive ? &site->kept : &site->closed, head);
    if (site == NULL || site->latency_ms == 0)
        client->answering = true;
    else
        wait_ms(client, site->latency_ms);
}

static void expect_request(struct client *client)
{
    request_begin(&client->request);
    client->busy = client->answering = false;
}

/* Takes a request out of the bytes; what lies behind it is kept. False: the client is of no use. */
static bool feed(struct client *client, const char *bytes, size_t length)
{
    size_t used = 0;
    if (!client->busy) {
        enum request_result result = request_feed(&client->request, bytes, length, &used);
        if (result == REQUEST_MORE)
            return true;
        if (result == REQUEST_BAD) {
            client->busy = client->answering = true;
            set_answer(client, &bad_request, false);
            return true;
        }
        take_request(client);
    }
    size_t left = length - used;
    if (left == 0)
        return true;
    if (client->surplus_bytes + left > SURPLUS_MAX)
        return false;
    char *surplus = realloc(client->surplus, client->surplus_bytes + left);
    if (surplus == NULL)
        return false;
    memcpy(surplus + client->surplus_bytes, bytes + used, left);
    client->surplus = surplus;
    client->surplus_bytes += left;
    return true;
}

/* ---- Writing. ---- */

static void on_written(uv_write_t *request, int status)
{
    struct client *client = (struct client *)request->handle;
    client->writing = false;
    if (client->closing)
        return;
    if (client->tls != NULL)
        uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_read);
    if (status != 0) {
        client_close(client);
        return;
    }
    if (client->tls != NULL)
        tls_sent(client->tls);
    advance(client);
}

/* True when all of it is gone; else libuv has it, or the client is closed. */
static bool write_all(struct client *client, const char *bytes, size_t length)
{
    uv_buf_t buffer = {.base = (char *)(uintptr_t)bytes, .len = length};
    int sent = uv_try_write((uv_stream_t *)&client->tcp, &buffer, 1);
    if (sent == (int)length)
        return true;
    if (sent > 0) {
        buffer.base += sent;
        buffer.len -= (size_t)sent;
    }
    if ((sent < 0 && sent != UV_EAGAIN) ||
        uv_write(&client->write, (uv_stream_t *)&client->tcp, &buffer, 1, on_written) != 0) {
        client_close(client);
        return false;
    }
    client->writing = true;
    /* What is read could add to the very buffer that is being written. */
    if (client->tls != NULL)
        uv_read_stop((uv_stream_t *)&client->tcp);
    return false;
}

static bool flush_tls(struct client *client)
{
    size_t length;
    const char *pending = tls_pending(client->tls, &length);
    if (length == 0)
        return true;
    if (!write_all(client, pending, length))
        return false;
    tls_sent(client->tls);
    return true;
}

/* The next part of the answer. True when it is gone. */
static bool write_part(struct client *client)
{
    const struct answer *answer = client->answer;
    const char *from = answer->bytes + client->answered;
    size_t part = client->answer_bytes - client->answered;
    if (answer->part_bytes != 0 && part > answer->part_bytes)
        part = answer->part_bytes;
    if (client->tls != NULL && part > RECORD_BYTES)
        part = RECORD_BYTES;
    client->answered += part;
    bool whole = client->answered == client->answer_bytes;
    if (whole && answer->endless)
        client->answered = answer->again_from;
    /* What has no end must not keep the others waiting. */
    client->pausing = (whole && answer->endless) || (!whole && answer->part_bytes != 0);
    if (client->pausing)
        wait_ms(client, answer->pause_ms);
    if (client->tls == NULL)
        return write_all(client, from, part);
    if (tls_write(client->tls, from, part) != TLS_OK) {
        client_close(client);
        return false;
    }
    return flush_tls(client);
}

static void end_connection(struct client *client)
{
    enum ending how = client->answer->ending;
    if (how == ENDING_NEVER) {
        client->mute = true;
        return;
    }
    if (client->tls != NULL && how == ENDING_CLOSED) {
        tls_finish(client->tls);
        size_t length;
        const char *pending = tls_pending(client->tls, &length);
        uv_buf_t buffer = {.base = (char *)(uintptr_t)pending, .len = length};
        if (length > 0) /* a goodbye: whether it arrives does not matter */
            uv_try_write((uv_stream_t *)&client->tcp, &buffer, 1);
    }
    client->reset = how == ENDING_RESET;
    client_close(client);
}

/* Goes on as far as it can: writes what is due, then takes the next request. */
static void advance(struct client *client)
{
    while (!client->closing && !client->writing && !client->pausing && !client->mute) {
        if (client->tls != NULL && !flush_tls(client))
            return;
        if (!client->answering)
            return;
        if (client->answered < client->answer_bytes) {
            if (!write_part(client))
                return;
            continue;
        }
        if (client->answer->ending != ENDING_KEPT) {
            end_connection(client);
            return;
        }
        expect_request(client);
        char *surplus = client->surplus;
        size_t length = client->surplus_bytes;
        client->surplus = NULL;
        client->surplus_bytes = 0;
        bool good = length == 0 || feed(client, surplus, length);
        free(surplus);
        if (!good)
            client_close(client);
    }
}

/* ---- Reading. ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    static char shared[READ_BYTES]; /* every byte is used up before the callback returns */
    (void)handle;
    (void)suggested;
    *buffer = (uv_buf_t){.base = shared, .len = sizeof shared};
}

/* The host has no certificate, or a fault of its own in place of one. */
static void fail_handshake(struct client *client)
{
    const char *host = tls_host(client->tls);
    const struct fault *fault =
        host != NULL ? sites_handshake_fault(client->server->sites, host) : NULL;
    if (fault != NULL && fault->handshake == HANDSHAKE_SILENT) {
        client->mute = true;
    } else if (fault != NULL && fault->handshake == HANDSHAKE_PLAIN) {
        tls_close(client->tls);
        client->tls = NULL;
        client->busy = client->answering = true;
        set_answer(client, &no_tls, false);
        advance(client);
    } else {
        flush_tls(client); /* the alert */
        client_close(client);
    }
}

static void read_tls(struct client *client, const char *bytes, size_t length)
{
    tls_lend(client->tls, (const uint8_t *)bytes, length);
    if (!client->shaken) {
        enum tls_result result = tls_handshake(client->tls);
        client->shaken = result == TLS_OK;
        if (result != TLS_OK && result != TLS_WANT) {
            fail_handshake(client);
            return;
        }
    }
    uint8_t plain[TLS_READ_BYTES];
    size_t count;
    enum tls_result result = TLS_WANT;
    while (client->shaken &&
           (result = tls_read(client->tls, plain, sizeof plain, &count)) == TLS_OK) {
        if (!feed(client, (const char *)plain, count)) {
            client_close(client);
            return;
        }
    }
    if (result == TLS_WANT)
        advance(client);
    else
        client_close(client);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct client *client = (struct client *)stream;
    if (count == 0)
        return;
    if (count < 0)
        client_close(client);
    else if (client->mute)
        return;
    else if (client->tls != NULL)
        read_tls(client, buffer->base, (size_t)count);
    else if (feed(client, buffer->base, (size_t)count))
        advance(client);
    else
        client_close(client);
}

/* ---- Beginning and end. ---- */

static void on_closed(uv_handle_t *handle)
{
    struct client *client = handle->data;
    if (--client->open_handles > 0)
        return;
    tls_close(client->tls);
    request_release(&client->request);
    free(client->surplus);
    struct server *server = client->server;
    free(client);
    server->client_count--;
    server_client_gone(server);
}

void client_close(struct client *client)
{
    if (client->closing)
        return;
    client->closing = true;
    *client->link = client->next;
    if (client->next != NULL)
        client->next->link = client->link;
    uv_close((uv_handle_t *)&client->timer, on_closed);
    if (!client->reset || uv_tcp_close_reset(&client->tcp, on_closed) != 0)
        uv_close((uv_handle_t *)&client->tcp, on_closed);
}

void client_accept(struct server *server, uv_stream_t *listener, bool tls)
{
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return;
    client->server = server;
    server->client_count++;
    uv_tcp_init(&server->loop, &client->tcp);
    uv_timer_init(&server->loop, &client->timer);
    client->tcp.data = client->timer.data = client;
    client->open_handles = 2;
    client->next = server->clients;
    client->link = &server->clients;
    if (client->next != NULL)
        client->next->link = &client->next;
    server->clients = client;
    expect_request(client);
    bool good = uv_accept(listener, (uv_stream_t *)&client->tcp) == 0;
    if (tls && good)
        good = server->tls != NULL && (client->tls = tls_accept(server->tls)) != NULL;
    if (good)
        good = uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_read) == 0;
    if (!good)
        client_close(client);
    else
        uv_tcp_nodelay(&client->tcp, 1); /* else a second write would wait for an ACK */
}
