/* What the twins share. */
#include "tests/twins/twin.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what)
{
    fprintf(stderr, "twin: %s\n", what);
    exit(2);
}

static FILE *open_file(const char *directory, const char *name)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail(path);
    return file;
}

static void read_manifest(struct twin *twin, const char *directory, const char *url)
{
    char line[9000], text[8200], hex[65] = "";
    unsigned long long bytes = 0;
    FILE *file = open_file(directory, "manifest");
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "%8199s %llu %64s", text, &bytes, hex) == 3 && strcmp(text, url) == 0)
            break;
        else
            hex[0] = 0;
    fclose(file);
    if (hex[0] == 0)
        fail("the URL is not in the manifest");
    twin->expected_bytes = bytes;
    for (int i = 0; i < 32; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], 0};
        twin->expected_sha256[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
}

static void read_route(struct twin *twin, const char *directory, unsigned port)
{
    char line[1000], wanted[300];
    unsigned to = 0;
    FILE *file = open_file(directory, "connect-to");
    snprintf(wanted, sizeof wanted, "%s:%u:127.0.0.1:", twin->host, port);
    while (to == 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, wanted, strlen(wanted)) == 0)
            to = (unsigned)strtoul(line + strlen(wanted), NULL, 10);
    fclose(file);
    if (to == 0)
        fail("the host is not in connect-to");
    twin->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)to)};
    inet_pton(AF_INET, "127.0.0.1", &twin->address.sin_addr);
}

static void set_up_tls(struct twin *twin, const char *directory)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/ca.pem", directory);
    twin->ssl = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(twin->ssl, TLS1_2_VERSION);
    SSL_CTX_set_verify(twin->ssl, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(twin->ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(twin->ssl, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_max_send_fragment(twin->ssl, 512);
    if (SSL_CTX_load_verify_locations(twin->ssl, path, NULL) != 1)
        fail("ca.pem cannot be read");
}

void twin_set_up(struct twin *twin, int argc, char **argv)
{
    if (argc != 6)
        fail("usage: ORIGIN_DIR URL TASKS WIDTH REQUESTS");
    const char *url = argv[2];
    bool tls = strncmp(url, "https://", 8) == 0;
    static char host[256];
    const char *path = strchr(url + (tls ? 8 : 7), '/');
    if (path == NULL)
        fail("the URL has no path");
    snprintf(host, sizeof host, "%.*s", (int)(path - url) - (tls ? 8 : 7), url + (tls ? 8 : 7));
    twin->host = host;
    twin->tasks = (uint32_t)strtoul(argv[3], NULL, 10);
    twin->width = (uint32_t)strtoul(argv[4], NULL, 10);
    twin->requests = (uint32_t)strtoul(argv[5], NULL, 10);
    read_manifest(twin, argv[1], url);
    read_route(twin, argv[1], tls ? 443 : 80);
    if (tls)
        set_up_tls(twin, argv[1]);
    twin->keep_length = (size_t)snprintf(
        twin->keep_request, sizeof twin->keep_request,
        "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: crossover\r\nAccept: */*\r\n\r\n", path, host);
    twin->close_length =
        (size_t)snprintf(twin->close_request, sizeof twin->close_request,
                         "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: crossover\r\nAccept: "
                         "*/*\r\nConnection: close\r\n\r\n",
                         path, host);
    twin->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static void on_body(void *sink, const uint8_t *bytes, size_t length)
{
    EVP_DigestUpdate(((struct twin_response *)sink)->digest, bytes, length);
}

void twin_response_open(struct twin_response *response, const struct twin *twin)
{
    response->digest = EVP_MD_CTX_new();
    EVP_DigestInit_ex2(response->digest, twin->sha256, NULL);
}

void twin_response_begin(struct twin_response *response)
{
    http_begin(&response->http, on_body, response, UINT64_C(1) << 30);
}

bool twin_response_feed(struct twin_response *response, const void *bytes, size_t length)
{
    enum http_result result = http_feed(&response->http, bytes, length);
    return result == HTTP_MORE || result == HTTP_DONE;
}

bool twin_response_good(struct twin_response *response, const struct twin *twin)
{
    unsigned char digest[32];
    EVP_DigestFinal_ex(response->digest, digest, NULL);
    EVP_DigestInit_ex2(response->digest, NULL, NULL);
    return response->http.status == 200 && response->http.body_bytes == twin->expected_bytes &&
           memcmp(digest, twin->expected_sha256, sizeof digest) == 0;
}

void twin_response_close(struct twin_response *response)
{
    EVP_MD_CTX_free(response->digest);
}

SSL *twin_ssl(const struct twin *twin)
{
    SSL *ssl = SSL_new(twin->ssl);
    SSL_set_connect_state(ssl);
    SSL_set1_host(ssl, twin->host);
    SSL_set_tlsext_host_name(ssl, twin->host);
    return ssl;
}

int twin_summary(const struct twin *twin, uint32_t good)
{
    printf("%u of %u downloads good\n", good, twin->tasks);
    return good == twin->tasks ? 0 : 1;
}
