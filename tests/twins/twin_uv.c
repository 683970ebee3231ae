/* The twin of `download -m uv`: raw libuv, callbacks, memory BIOs, a timer for each connection. */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "tests/twins/twin.h"

struct download {
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_connect_t connect;
    uv_write_t write;
    SSL *ssl;
    BIO *in, *out;
    char *sending;
    struct twin_response response;
    uint32_t requests_left;
    int open_handles;
    bool good;
};

static struct twin twin;
static uv_loop_t loop;
static uint32_t begun, good;
static char shared[65536];

static void begin(void);

static void on_closed(uv_handle_t *handle)
{
    struct download *download = handle->data;
    if (--download->open_handles > 0)
        return;
    good += download->good;
    twin_response_close(&download->response);
    SSL_free(download->ssl);
    free(download->sending);
    free(download);
    if (begun < twin.tasks)
        begin();
}

static void end(struct download *download)
{
    if (uv_is_closing((uv_handle_t *)&download->tcp))
        return;
    uv_close((uv_handle_t *)&download->tcp, on_closed);
    uv_close((uv_handle_t *)&download->timer, on_closed);
}

static void on_timeout(uv_timer_t *timer)
{
    end(timer->data);
}

static void on_written(uv_write_t *request, int status)
{
    struct download *download = request->handle->data;
    free(download->sending);
    download->sending = NULL;
    if (status != 0)
        end(download);
}

static void send_bytes(struct download *download, const char *bytes, size_t length, bool copy)
{
    uv_buf_t buffer = {.base = (char *)(uintptr_t)bytes, .len = length};
    int sent = uv_try_write((uv_stream_t *)&download->tcp, &buffer, 1);
    if (sent == (int)length)
        return;
    size_t done = sent > 0 ? (size_t)sent : 0;
    buffer.base += done;
    buffer.len -= done;
    if (copy) {
        download->sending = malloc(buffer.len);
        buffer.base = memcpy(download->sending, buffer.base, buffer.len);
    }
    uv_write(&download->write, (uv_stream_t *)&download->tcp, &buffer, 1, on_written);
}

static void flush_tls(struct download *download)
{
    char *bytes;
    long length = BIO_get_mem_data(download->out, &bytes);
    if (length <= 0)
        return;
    send_bytes(download, bytes, (size_t)length, true);
    (void)BIO_reset(download->out);
}

static void send_request(struct download *download)
{
    bool last = download->requests_left == 1;
    const char *request = last ? twin.close_request : twin.keep_request;
    size_t length = last ? twin.close_length : twin.keep_length;
    twin_response_begin(&download->response);
    if (download->ssl == NULL) {
        send_bytes(download, request, length, false);
        return;
    }
    SSL_write(download->ssl, request, (int)length);
    flush_tls(download);
}

static void take(struct download *download, const char *bytes, size_t length)
{
    if (!twin_response_feed(&download->response, bytes, length)) {
        end(download);
        return;
    }
    if (!download->response.http.complete)
        return;
    download->good = twin_response_good(&download->response, &twin);
    if (!download->good || --download->requests_left == 0)
        end(download);
    else
        send_request(download);
}

static void take_tls(struct download *download, const char *bytes, size_t length)
{
    char plain[16384];
    BIO_write(download->in, bytes, (int)length);
    if (!SSL_is_init_finished(download->ssl)) {
        int rc = SSL_do_handshake(download->ssl);
        if (rc != 1) {
            if (SSL_get_error(download->ssl, rc) != SSL_ERROR_WANT_READ)
                end(download);
            else
                flush_tls(download);
            return;
        }
        send_request(download);
    }
    int count;
    while (!uv_is_closing((uv_handle_t *)&download->tcp) &&
           (count = SSL_read(download->ssl, plain, sizeof plain)) > 0)
        take(download, plain, (size_t)count);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)handle;
    (void)suggested;
    *buffer = (uv_buf_t){.base = shared, .len = sizeof shared};
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct download *download = stream->data;
    if (count < 0)
        end(download);
    else if (count > 0 && download->ssl != NULL)
        take_tls(download, buffer->base, (size_t)count);
    else if (count > 0)
        take(download, buffer->base, (size_t)count);
}

static void on_connect(uv_connect_t *request, int status)
{
    struct download *download = request->handle->data;
    if (status != 0 || uv_read_start((uv_stream_t *)&download->tcp, on_alloc, on_read) != 0) {
        end(download);
        return;
    }
    if (twin.ssl == NULL) {
        send_request(download);
        return;
    }
    download->ssl = twin_ssl(&twin);
    download->in = BIO_new(BIO_s_mem());
    download->out = BIO_new(BIO_s_mem());
    SSL_set_bio(download->ssl, download->in, download->out);
    SSL_do_handshake(download->ssl);
    flush_tls(download);
}

static void begin(void)
{
    struct download *download = calloc(1, sizeof *download);
    begun++;
    download->requests_left = twin.requests;
    twin_response_open(&download->response, &twin);
    uv_tcp_init(&loop, &download->tcp);
    uv_timer_init(&loop, &download->timer);
    download->open_handles = 2;
    download->tcp.data = download->timer.data = download;
    uv_timer_start(&download->timer, on_timeout, TIMEOUT_S * 1000, 0);
    if (uv_tcp_connect(&download->connect, &download->tcp, (struct sockaddr *)&twin.address,
                       on_connect) != 0)
        end(download);
}

int main(int argc, char **argv)
{
    twin_set_up(&twin, argc, argv);
    uv_loop_init(&loop);
    while (begun < twin.width && begun < twin.tasks)
        begin();
    uv_run(&loop, UV_RUN_DEFAULT);
    return twin_summary(&twin, good);
}
