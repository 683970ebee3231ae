/*
 * The origin's sites: read from a sites file, each with its latency, its body and the ready-made
 * response. A line is `URL latency_ms bytes [how…]`, # begins a comment. How:
 *   chunked          the body in chunks, no Content-Length
 *   close-delimited  neither: the end of the connection ends the body
 *   redirect=URL     302 to that URL
 *   status=N         that status, with the body
 *   films            the listing of the built-in films; their detail pages are served as well, on
 * the same host with the same latency, and `bytes` is what else stands on each page
 */
#ifndef ORIGIN_SITES_H
#define ORIGIN_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/problem.h"
#include "workloads/net/url.h"

enum { SHA256_BYTES = 32 };

enum site_page { PAGE_TEXT, PAGE_LISTING, PAGE_FILM };

struct site {
    char *text; /* the URL as the file has it */
    struct url url;
    uint32_t latency_ms;
    uint32_t status;
    enum site_page page;
    size_t film; /* which one, on a film's page */
    bool chunked;
    bool close_delimited;
    char *redirect;
    char *body;
    size_t body_bytes;
    unsigned char sha256[SHA256_BYTES];
    char *response;       /* head and body as sent, the connection kept */
    char *close_response; /* the same with "Connection: close" */
    size_t response_head, response_bytes;
    size_t close_response_head, close_response_bytes;
    bool duplicate; /* of a line above: served by that */
};

struct sites {
    struct site *all; /* in the file's order */
    size_t count;
};

/* Reads a sites file, or the built-in one when path is NULL. Returns 0 or the problem's status. */
int sites_read(struct sites *sites, const char *path, struct problem *problem);
void sites_free(struct sites *sites);

/* The site of a request; NULL when there is none. `host` is the Host header without its port. */
const struct site *sites_find(const struct sites *sites, bool tls, const char *host, uint16_t port,
                              const char *target);

/* "URL BYTES SHA256" for each site that ends in a 200, a redirect with what it leads to. */
bool sites_write_manifest(const struct sites *sites, FILE *file);

#endif
