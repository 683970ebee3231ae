/*
 * The movie pages: a listing with the structure that the study notes scrape (div#showing-soon,
 * div.item, links, dates) and a detail page for each film, whose first image is its poster. Data
 * compiled in from films.txt.
 */
#ifndef ORIGIN_FILMS_H
#define ORIGIN_FILMS_H

#include <stddef.h>
#include <stdio.h>

/* How many films there are. */
size_t films_count(void);

/* Where the detail page of film `at` is, below its site. */
const char *films_path(size_t at);

/* The pages, with about `filler` bytes of what else stands on such a page. `base` is the site's URL
 * up to its path ("https://movie.douban.com"). */
void films_write_listing(FILE *file, const char *base, size_t filler);
void films_write_detail(FILE *file, const char *base, size_t at, size_t filler);

/* A line a film, "NAME DATE POSTER": what a reader of all pages finds out. */
void films_write_lines(FILE *file);

#endif
