/*
 * The origin's sites: read from a sites file, each with its latency, its body and the ready-made
 * response. A line is `URL latency_ms bytes [how…]`, # begins a comment. How:
 *   chunked          the body in chunks, no Content-Length
 *   close-delimited  neither: the end of the connection ends the body
 *   redirect=URL     302 to that URL
 *   status=N         that status, with the body
 *   drip=N           a byte every N milliseconds
 *   fault=NAME       it misbehaves: fault.h
 *   raw=TEXT         this is sent, whatever it is, and the connection closed; %XX is a byte (not 0)
 *   certificate=FILE over TLS, the host shows this one: PEM, its own first, the chain, the key
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
#include "origin/answer.h"
#include "workloads/net/url.h"

enum { SHA256_BYTES = 32 };

enum site_page { PAGE_TEXT, PAGE_LISTING, PAGE_FILM };

struct site {
    char *line; /* as the file has it, without a comment; NULL: a page of a line above */
    char *text; /* the URL as the file has it */
    struct url url;
    uint32_t latency_ms;
    uint32_t status;
    enum site_page page;
    size_t film; /* which one, on a film's page */
    bool chunked;
    bool close_delimited;
    char *redirect;
    uint32_t drip_ms;
    const struct fault *fault; /* NULL: none */
    char *raw;
    char *certificate; /* a path; NULL: the origin's own */
    char *body;
    size_t body_bytes;
    unsigned char sha256[SHA256_BYTES];
    struct answer kept;   /* for a client that goes on with the connection */
    struct answer closed; /* for one that does not */
    bool duplicate;       /* of a line above: served by that */
};

struct sites {
    struct site *all; /* in the file's order */
    size_t count;
};

/* Reads a sites file, or the built-in one when path is NULL. Returns 0 or the problem's status. */
int sites_parse(struct sites *sites, const char *path, struct problem *problem);

/* Then makes their bodies and responses. Returns 0 or the problem's status. */
int sites_make(struct sites *sites, struct problem *problem);

void sites_free(struct sites *sites);

/* The site of a request; NULL when there is none. `host` is the Host header without its port. */
const struct site *sites_find(const struct sites *sites, bool tls, const char *host, uint16_t port,
                              const char *target);

/* The fault that a TLS host has in its handshake, or NULL; the certificate file that it shows, or
 * NULL. A host that no line of its own names has none. */
const struct fault *sites_handshake_fault(const struct sites *sites, const char *host);
const char *sites_certificate(const struct sites *sites, const char *host);

/* The lines that it was read from: sites_parse() takes them again. */
void sites_write_lines(const struct sites *sites, FILE *file);

/* "URL BYTES SHA256" for each site that ends in a 200, a redirect with what it leads to. */
bool sites_write_manifest(const struct sites *sites, FILE *file);

#endif
