/*
 * HTML pages, parsed by libxml2 from bytes that are all there, and what the movie pages are asked
 * for: the films of a listing, the first image of a page. No page is trusted: size and depth are
 * bounded, nothing is loaded from elsewhere, and text is what was found, not escaped.
 */
#ifndef WORKLOADS_NET_HTML_H
#define WORKLOADS_NET_HTML_H

#include <stdbool.h>
#include <stddef.h>

enum { HTML_BYTES_MAX = 2 << 20 };

/* Before any thread parses. */
void html_begin(void);

/* One item of a listing; valid during the call. False ends the reading. */
typedef bool html_film_fn(void *sink, const char *name, const char *date, const char *href);

/* The films in div#showing-soon: of each div.item the second link's text and address, and the first
 * list item's text, blanks around them cut off. Returns how many there were; -EBADMSG when the page
 * has no such part or an item lacks one of them, -EFBIG when it is too long or too deep, or has too
 * many names of attributes, -ENOMEM. */
int html_read_listing(const char *page, size_t length, html_film_fn *found, void *sink);

/* The address of the first image, in at most `size` bytes with the final 0. Returns 0, -EBADMSG
 * when there is none, -EFBIG when the address is too long or, as above, the page; -ENOMEM. */
int html_first_image(const char *page, size_t length, char *address, size_t size);

#endif
