/*
 * A page from anywhere, asked for what the movie pages are: films, and the first image. Whom a
 * link leads to is fuzz_url.c's; here only that movies can do with it what it does.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "workloads/net/html.h"
#include "workloads/net/url.h"

struct reader {
    int found, most;
    char first[64]; /* how the first film's name begins */
};

static void check_trimmed(const char *text)
{
    static const char blanks[] = " \t\r\n\f";
    REQUIRE(text[0] == 0 || strchr(blanks, text[0]) == NULL);
    REQUIRE(text[0] == 0 || strchr(blanks, text[strlen(text) - 1]) == NULL);
}

static bool on_film(void *sink, const char *name, const char *date, const char *href)
{
    struct reader *reader = sink;
    REQUIRE(reader->found < reader->most);
    check_trimmed(name);
    check_trimmed(date);
    check_trimmed(href);
    if (reader->found == 0)
        snprintf(reader->first, sizeof reader->first, "%s", name);
    char *absolute;
    url_resolve("https://movie.example/later/", href, &absolute);
    struct url url;
    if (absolute != NULL && url_parse(absolute, &url) == NULL)
        url_free(&url);
    free(absolute);
    return ++reader->found < reader->most;
}

static void check_listing(const char *page, size_t size)
{
    struct reader all = {.most = 1 << 20}, one = {.most = 1};
    int rc = html_read_listing(page, size, on_film, &all);
    REQUIRE(rc == all.found || rc == -EBADMSG || rc == -EFBIG);
    if (all.found == 0)
        return;
    REQUIRE(html_read_listing(page, size, on_film, &one) == 1);
    REQUIRE(strcmp(all.first, one.first) == 0);
}

static void check_image(const char *page, size_t size)
{
    char address[512] = "", cut[9] = "";
    int rc = html_first_image(page, size, address, sizeof address);
    REQUIRE(rc == 0 || rc == -EBADMSG || rc == -EFBIG);
    if (rc != 0)
        return;
    check_trimmed(address);
    int small = html_first_image(page, size, cut, sizeof cut);
    REQUIRE(small == 0 || small == -EFBIG);
    if (small == 0)
        REQUIRE(strcmp(address, cut) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    html_begin();
    /* A page without these words takes as long to parse, and there is nothing in it to be found. */
    if (memmem(data, size, "showing", 7) != NULL)
        check_listing((const char *)data, size);
    if (memmem(data, size, "<im", 3) != NULL || size < 40)
        check_image((const char *)data, size);
    return 0;
}
