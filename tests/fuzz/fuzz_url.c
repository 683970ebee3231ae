/*
 * URLs, and where a redirect leads: the first line is a URL, the second a Location that came from
 * it. What is taken for a URL is safe to write into a request and names whom it seems to name.
 */
#include <stdbool.h>
#include <string.h>

#include "core/problem.h"
#include "tests/fuzz/fuzz.h"
#include "workloads/net/target.h"

static void check_url(const struct url *url)
{
    REQUIRE(url->port >= 1);
    REQUIRE(url->host[0] != 0 && strlen(url->host) <= 253);
    REQUIRE(strspn(url->host, "abcdefghijklmnopqrstuvwxyz0123456789.-_:") == strlen(url->host));
    REQUIRE((strchr(url->host, ':') != NULL) == url->has_colon);
    REQUIRE(url->target[0] == '/');
    for (const char *at = url->target; *at != 0; at++)
        REQUIRE(*at > ' ' && *at < 0x7f && *at != '#');
}

static bool same_place(const struct url *a, const struct url *b)
{
    return strcmp(a->host, b->host) == 0 && a->port == b->port && a->tls == b->tls;
}

/* Put together again, the parts mean the same. */
static void check_again(const struct url *url)
{
    char *text;
    struct url again;
    if (asprintf(&text, "http%s://%s%s%s:%u%s", url->tls ? "s" : "", url->has_colon ? "[" : "",
                 url->host, url->has_colon ? "]" : "", url->port, url->target) < 0)
        abort();
    if (strlen(text) <= 8192) {
        REQUIRE(url_parse(text, &again) == NULL);
        REQUIRE(same_place(url, &again) && strcmp(url->target, again.target) == 0);
        url_free(&again);
    }
    free(text);
}

static void check_request(const char *head, size_t length, bool keeps)
{
    const char *end = keeps ? "\r\nAccept: */*\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
    size_t lines = 0;
    REQUIRE(strncmp(head, "GET /", 5) == 0);
    REQUIRE(length > strlen(end) && memcmp(head + length - strlen(end), end, strlen(end)) == 0);
    for (size_t i = 0; i < length; i++) {
        lines += head[i] == '\n';
        REQUIRE(head[i] == '\r' || head[i] == '\n' || (head[i] >= ' ' && head[i] < 0x7f));
    }
    REQUIRE(lines == (keeps ? 5 : 6));
}

/* Nobody is named there: "http://known.test@other.test/" looks like another place than it is. */
static void check_authority(const char *text)
{
    const char *authority = strstr(text, "//") + 2;
    REQUIRE(memchr(authority, '@', strcspn(authority, "/?#")) == NULL);
}

static void check_target(const char *text)
{
    struct target target;
    if (target_make(text, NULL, &target) != NULL)
        return;
    check_url(&target.url);
    check_authority(text);
    REQUIRE(strcmp(target.text, text) == 0);
    REQUIRE(target.connect_host == target.url.host && target.connect_port == target.url.port);
    REQUIRE(strlen(target.request) == target.request_length + target.close_request_length);
    check_request(target.request, target.request_length, true);
    check_request(target.request + target.close_request_at, target.close_request_length, false);
    target_free(&target);
}

/* Whether a Location can lead to another host at all: it has a scheme, or an authority. */
static bool may_lead_away(const char *location)
{
    return strncmp(location, "//", 2) == 0 || location[strcspn(location, ":/?#")] == ':';
}

static void check_redirect(const char *base, const struct url *from, const char *location)
{
    struct url to;
    char *text;
    const char *why = url_resolve(base, location, &text);
    REQUIRE((why == NULL) == (text != NULL) && why != memory_is_short);
    if (text != NULL && url_parse(text, &to) == NULL) {
        check_url(&to);
        check_again(&to);
        REQUIRE(may_lead_away(location) || same_place(from, &to));
        url_free(&to);
        check_target(text);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size);
    char *location = strchr(text, '\n');
    if (location != NULL)
        *location++ = 0;
    struct url url;
    const char *why = url_parse(text, &url);
    REQUIRE(why != memory_is_short);
    if (why == NULL) {
        check_url(&url);
        check_again(&url);
        check_target(text);
        if (location != NULL)
            check_redirect(text, &url, location);
        url_free(&url);
    }
    free(text);
    return 0;
}
