/*
 * An origin's sites file, and what follows from it: bodies, answers with their faults, manifest.
 * How an answer is sent is client.c's of the origin; here it is walked through as that does.
 */
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "origin/sites.h"
#include "tests/fuzz/fuzz.h"

enum { BODIES_MAX = 1 << 16 };

/* A file that lies in memory, and under this name. */
static const char *write_file(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    if (fd < 0) {
        fd = memfd_create("sites", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    return path;
}

static void check_answer(const struct answer *answer)
{
    uint32_t sum = 0;
    REQUIRE(answer->length <= SIZE_MAX / 2 && answer->head <= answer->length);
    REQUIRE(!answer->endless || answer->again_from < answer->length);
    for (size_t i = 0; i < answer->length; i++)
        sum += (unsigned char)answer->bytes[i];
    REQUIRE(answer->length > 0 || sum == 0);
}

/* In what was accepted, each % of a "raw=" begins two hexadecimal digits that are not 00. */
static void check_raw(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size), *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        line[strcspn(line, "#\r")] = 0;
        for (char *word; (word = strsep(&line, " \t")) != NULL;) {
            const char *at = strncmp(word, "raw=", 4) == 0 ? strchr(word, '%') : NULL;
            for (; at != NULL; at = strchr(at + 1, '%'))
                REQUIRE(strspn(at + 1, "0123456789abcdefABCDEF") >= 2 &&
                        strncmp(at, "%00", 3) != 0);
        }
    }
    free(text);
}

static void check_site(const struct sites *sites, const struct site *site)
{
    const struct url *url = &site->url;
    const struct site *found = sites_find(sites, url->tls, url->host, url->port, url->target);
    REQUIRE(found != NULL && !found->duplicate && (found == site) == !site->duplicate);
    REQUIRE(url->port != 0 && url->target[0] == '/');
    REQUIRE(site->status >= 200 && site->status <= 599);
    REQUIRE(site->latency_ms <= 3600 * 1000 && site->drip_ms <= 60 * 1000);
    REQUIRE(site->certificate == NULL || url->tls);
    sites_handshake_fault(sites, url->host);
    sites_certificate(sites, url->host);
}

/* Each line is what a client understands: a URL, the length of a body, its digest. */
static void check_manifest(const struct sites *sites)
{
    char *text, word[4];
    size_t length;
    FILE *file = open_memstream(&text, &length);
    if (file == NULL || !sites_write_manifest(sites, file) || fclose(file) != 0)
        abort();
    for (char *line = text; *line != 0; line = strchr(line, '\n') + 1) {
        unsigned long long bytes;
        int digits = 0;
        size_t url = strcspn(line, " ");
        REQUIRE(sscanf(line + url, " %llu %n%3[0-9a-f]", &bytes, &digits, word) == 2);
        REQUIRE(strspn(line + url + digits, "0123456789abcdef") == 64UL);
        REQUIRE(line[url + (size_t)digits + 64] == '\n');
    }
    free(text);
}

static void check_all(struct sites *sites)
{
    size_t bytes = 0;
    for (size_t i = 0; i < sites->count; i++) {
        check_site(sites, &sites->all[i]);
        bytes += sites->all[i].body_bytes;
    }
    /* Files may well ask for more; that takes its time, and finds nothing. */
    if (bytes > BODIES_MAX)
        return;
    struct problem problem;
    REQUIRE(sites_make(sites, &problem) == 0);
    for (size_t i = 0; i < sites->count; i++) {
        check_answer(&sites->all[i].kept);
        check_answer(&sites->all[i].closed);
    }
    check_manifest(sites);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sites sites;
    struct problem problem = {0};
    int status = sites_parse(&sites, write_file(data, size), &problem);
    REQUIRE(status == 0 || (status == STATUS_USAGE && problem.text[0] != 0));
    REQUIRE((status == 0) == (sites.count > 0));
    if (status == 0) {
        check_all(&sites);
        if (memchr(data, 0, size) == NULL) /* a line ends there, too */
            check_raw(data, size);
    }
    sites_free(&sites);
    return 0;
}
