/*
 * One connection: for each request its site's ready-made response is sent after the site's latency.
 * What comes behind a request waits until it is answered.
 */
#include "origin/client.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

enum { READ_BYTES = 65536, RECORD_BYTES = 16384 };

static const char not_found[] = "HTTP/1.1 404 Not Found\r\nServer: origin\r\nContent-Length: 0\r\n"
                                "Connection: close\r\n\r\n";
static const char bad_request[] = "HTTP/1.1 400 Bad Request\r\nServer: origin\r\n"
                                  "Content-Length: 0\r\nConnection: close\r\n\r\n";
static const char bad_method[] = "HTTP/1.1 405 Method Not Allowed\r\nServer: origin\r\n"
                                 "Allow: GET, HEAD\r\nContent-Length: 0\r\n"
                                 "Connection: close\r\n\r\n";

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

static void set_answer(struct client *client, const char *bytes, size_t length)
{
    client->answer = bytes;
    client->answer_bytes = length;
    client->answered = 0;
}

static void on_latency_over(uv_timer_t *timer)
{
    struct client *client = timer->data;
    client->answering = true;
    advance(client);
}

/* The answer to a request that was read whole: now, or after the site's latency. Never early: libuv
 * counts whole milliseconds from when the loop woke. */
static void take_request(struct client *client)
{
    const struct site *site = NULL;
    bool head = client->request.parser.method == HTTP_HEAD;
    client->busy = true;
    if (client->request.parser.method != HTTP_GET && !head) {
        client->keep = false;
        set_answer(client, bad_method, sizeof bad_method - 1);
    } else if ((site = find_site(client)) == NULL) {
        client->keep = false;
        set_answer(client, not_found, sizeof not_found - 1);
    } else {
        bool keep = client->request.keeps_alive && !site->close_delimited;
        client->keep = keep;
        set_answer(client, keep ? site->response : site->close_response,
                   head   ? (keep ? site->response_head : site->close_response_head)
                   : keep ? site->response_bytes
                          : site->close_response_bytes);
    }
    if (site == NULL || site->latency_ms == 0) {
        client->answering = true;
        return;
    }
    uint64_t due_ns = uv_hrtime() + site->latency_ms * NS_PER_MS;
    uint64_t due_ms = due_ns / NS_PER_MS + (due_ns % NS_PER_MS != 0);
    uv_timer_start(&client->timer, on_latency_over, due_ms - uv_now(&client->server->loop), 0);
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
            client->keep = false;
            set_answer(client, bad_request, sizeof bad_request - 1);
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
    const char *from = client->answer + client->answered;
    size_t left = client->answer_bytes - client->answered;
    if (client->tls == NULL) {
        client->answered = client->answer_bytes;
        return write_all(client, from, left);
    }
    size_t part = left < RECORD_BYTES ? left : RECORD_BYTES;
    if (tls_write(client->tls, from, part) != TLS_OK) {
        client_close(client);
        return false;
    }
    client->answered += part;
    return flush_tls(client);
}

static void end_connection(struct client *client)
{
    if (client->tls != NULL) {
        tls_finish(client->tls);
        size_t length;
        const char *pending = tls_pending(client->tls, &length);
        uv_buf_t buffer = {.base = (char *)(uintptr_t)pending, .len = length};
        if (length > 0) /* a goodbye: whether it arrives does not matter */
            uv_try_write((uv_stream_t *)&client->tcp, &buffer, 1);
    }
    client_close(client);
}

/* Goes on as far as it can: writes what is due, then takes the next request. */
static void advance(struct client *client)
{
    while (!client->closing && !client->writing) {
        if (client->tls != NULL && !flush_tls(client))
            return;
        if (!client->answering)
            return;
        if (client->answered < client->answer_bytes) {
            if (!write_part(client))
                return;
            continue;
        }
        if (!client->keep) {
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

static void read_tls(struct client *client, const char *bytes, size_t length)
{
    tls_lend(client->tls, (const uint8_t *)bytes, length);
    if (!client->shaken) {
        enum tls_result result = tls_handshake(client->tls);
        client->shaken = result == TLS_OK;
        if (result != TLS_OK && result != TLS_WANT) {
            flush_tls(client); /* the alert */
            client_close(client);
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
    free(client);
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
    uv_close((uv_handle_t *)&client->tcp, on_closed);
}

void client_accept(struct server *server, uv_stream_t *listener, bool tls)
{
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return;
    client->server = server;
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
