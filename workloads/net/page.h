/* A whole page in memory: a fetch that collects the body, for parsers that want it all. */
#ifndef WORKLOADS_NET_PAGE_H
#define WORKLOADS_NET_PAGE_H

#include "workloads/net/fetch.h"

struct page {
    char *url; /* where it came from, redirects followed; owned, as the bytes are */
    char *bytes;
    size_t length;
    size_t room;
    bool no_memory; /* it is not whole */
    const struct fetch *fetch;
};

/* In zeroed memory: begins a fetch of one target into the page. All arguments outlive the fetch. */
void page_fetch(struct page *page, struct fetch *fetch, const struct fetch_settings *settings,
                const struct target *target);

void page_free(struct page *page);

#endif
