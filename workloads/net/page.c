/* Pages, collected. */
#include "workloads/net/page.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 16384 };

static void on_body(void *sink, const uint8_t *bytes, size_t length)
{
    struct page *page = sink;
    if (page->no_memory)
        return;
    if (page->length + length > page->room) {
        size_t room = 2 * (page->length + length) + ROOM_FIRST;
        char *moved = realloc(page->bytes, room);
        page->no_memory = moved == NULL;
        if (moved == NULL)
            return;
        page->bytes = moved;
        page->room = room;
    }
    memcpy(page->bytes + page->length, bytes, length);
    page->length += length;
}

/* Whether it is what it should be, its parser will tell. */
static bool on_response(void *sink, const struct http_response *response)
{
    struct page *page = sink;
    (void)response;
    page->url = strdup(page->fetch->target->text);
    page->no_memory |= page->url == NULL;
    return true;
}

void page_fetch(struct page *page, struct fetch *fetch, const struct fetch_settings *settings,
                const struct target *target)
{
    page->fetch = fetch;
    fetch_begin(fetch, settings, target, 1, on_body, on_response, page);
}

void page_free(struct page *page)
{
    free(page->url);
    free(page->bytes);
    *page = (struct page){0};
}
