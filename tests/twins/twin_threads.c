/* The twin of `download -m threads`: a thread for each download, blocking calls, SSL_set_fd. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/twins/twin.h"

static struct twin twin;
static _Atomic uint32_t begun, good;

static bool send_all(int fd, SSL *ssl, const char *bytes, size_t length)
{
    if (ssl != NULL)
        return SSL_write(ssl, bytes, (int)length) == (int)length;
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool exchange(int fd, SSL *ssl, struct twin_response *response)
{
    char buffer[65536];
    for (uint32_t i = twin.requests; i > 0; i--) {
        twin_response_begin(response);
        if (!send_all(fd, ssl, i == 1 ? twin.close_request : twin.keep_request,
                      i == 1 ? twin.close_length : twin.keep_length))
            return false;
        while (!response->http.complete) {
            ssize_t count = ssl != NULL ? SSL_read(ssl, buffer, sizeof buffer)
                                        : recv(fd, buffer, sizeof buffer, 0);
            if (count <= 0 || !twin_response_feed(response, buffer, (size_t)count))
                return false;
        }
        if (!twin_response_good(response, &twin))
            return false;
    }
    return true;
}

static bool download(void)
{
    struct timeval timeout = {.tv_sec = TIMEOUT_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    struct twin_response response;
    twin_response_open(&response, &twin);
    bool ok = connect(fd, (struct sockaddr *)&twin.address, sizeof twin.address) == 0;
    SSL *ssl = NULL;
    if (ok && twin.ssl != NULL) {
        ssl = twin_ssl(&twin);
        SSL_set_fd(ssl, fd);
        ok = SSL_connect(ssl) == 1;
    }
    ok = ok && exchange(fd, ssl, &response);
    SSL_free(ssl);
    close(fd);
    twin_response_close(&response);
    return ok;
}

static void *run_one(void *argument)
{
    (void)argument;
    good += download();
    return NULL;
}

/* As many chains of threads as the width, each starting the next one. */
static void *run_chain(void *argument)
{
    pthread_attr_t *attributes = argument;
    while (atomic_fetch_add(&begun, 1) < twin.tasks) {
        pthread_t thread;
        if (pthread_create(&thread, attributes, run_one, NULL) == 0)
            pthread_join(thread, NULL);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    twin_set_up(&twin, argc, argv);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 512 * 1024);
    pthread_t *chains = calloc(twin.width, sizeof *chains);
    for (uint32_t i = 0; i < twin.width; i++)
        pthread_create(&chains[i], NULL, run_chain, &attributes);
    for (uint32_t i = 0; i < twin.width; i++)
        pthread_join(chains[i], NULL);
    free(chains);
    return twin_summary(&twin, good);
}
