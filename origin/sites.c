/* Sites, their bodies and responses, the manifest. */
#include "origin/sites.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/number.h"
#include "origin/films.h"

enum { BODY_MAX = 1 << 30, LATENCY_MS_MAX = 3600 * 1000, DRIP_MS_MAX = 60 * 1000 };

/* The default file, as the build has put it here. */
extern const char builtin_sites[];

/* ---- Bodies. ---- */

/* Text that differs from site to site and is the same on every run. */
static bool make_text(struct site *site)
{
    site->body = malloc(site->body_bytes + 1);
    if (site->body == NULL)
        return false;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz     <p>\n";
    uint64_t random = 14695981039346656037U;
    for (const char *at = site->text; *at != 0; at++)
        random = (random ^ (unsigned char)*at) * 1099511628211U;
    for (size_t i = 0; i < site->body_bytes; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        site->body[i] = letters[(random >> 33) % (sizeof letters - 1)];
    }
    return true;
}

/* Up to its path; the caller frees it. */
static char *site_base(const struct site *site)
{
    const char *path = strstr(site->text, "//");
    path = path != NULL ? strchr(path + 2, '/') : NULL;
    return path != NULL ? strndup(site->text, (size_t)(path - site->text)) : strdup(site->text);
}

static bool make_movie_page(struct site *site)
{
    size_t filler = site->body_bytes;
    char *base = site_base(site);
    FILE *file = base != NULL ? open_memstream(&site->body, &site->body_bytes) : NULL;
    if (file != NULL && site->page == PAGE_LISTING)
        films_write_listing(file, base, filler);
    else if (file != NULL)
        films_write_detail(file, base, site->film, filler);
    free(base);
    return file != NULL && fclose(file) == 0;
}

static bool make_answers(struct site *site)
{
    if (!(site->page == PAGE_TEXT ? make_text(site) : make_movie_page(site)))
        return false;
    EVP_Digest(site->body, site->body_bytes, site->sha256, NULL, EVP_sha256(), NULL);
    return answer_make(site, true, &site->kept) && answer_make(site, false, &site->closed);
}

/* ---- The file. ---- */

/* What is said twice is as it was said last. False: there is no such text, or no memory for it. */
static bool keep(char **to, char *text)
{
    free(*to);
    *to = text;
    return text != NULL;
}

/* "%0D%0A" and the like to bytes. NULL: a 0 among them, no hexadecimal digits, or no memory. */
static char *decode(const char *text)
{
    char *bytes = strdup(text), *to = bytes;
    while (bytes != NULL && *text != 0) {
        char byte = *text++;
        if (byte == '%') {
            char digits[3] = {text[0], text[0] != 0 ? text[1] : 0, 0};
            bool good = strspn(digits, "0123456789abcdefABCDEF") == 2;
            byte = good ? (char)strtoul(digits, NULL, 16) : 0;
            text += good ? 2 : 0;
        }
        if (byte == 0) {
            free(bytes);
            return NULL;
        }
        *to++ = byte;
    }
    if (bytes != NULL)
        *to = 0;
    return bytes;
}

/* Those that have to do with misbehaviour. */
static const char *read_fault(struct site *site, const char *word)
{
    uint64_t number;
    if (strncmp(word, "fault=", 6) == 0) {
        site->fault = fault_find(word + 6);
        if (site->fault == NULL)
            return "there is no such fault; origin --faults lists them";
        struct address literal;
        if (site->fault->stage == FAULT_HANDSHAKE &&
            (!site->url.tls || address_parse(site->url.host, 0, &literal)))
            return "this fault is one of a TLS handshake: it needs https and a host with a name";
    } else if (strncmp(word, "raw=", 4) == 0) {
        if (!keep(&site->raw, decode(word + 4)))
            return "raw= takes text in which % begins two hexadecimal digits, and no %00";
    } else if (strncmp(word, "drip=", 5) == 0) {
        if (!number_parse(word + 5, 1, DRIP_MS_MAX, &number))
            return "drip= takes a number of milliseconds from 1 to 60000";
        site->drip_ms = (uint32_t)number;
    } else if (strncmp(word, "certificate=", 12) == 0) {
        if (!site->url.tls)
            return "certificate= is for https";
        return keep(&site->certificate, strdup(word + 12)) ? NULL : memory_is_short;
    } else {
        return "an unknown word follows the bytes";
    }
    return NULL;
}

static const char *read_how(struct site *site, const char *word)
{
    uint64_t status;
    if (strcmp(word, "chunked") == 0) {
        site->chunked = true;
    } else if (strcmp(word, "close-delimited") == 0) {
        site->close_delimited = true;
    } else if (strcmp(word, "films") == 0) {
        site->page = PAGE_LISTING;
    } else if (strncmp(word, "redirect=", 9) == 0) {
        site->status = 302;
        return keep(&site->redirect, strdup(word + 9)) ? NULL : memory_is_short;
    } else if (strncmp(word, "status=", 7) == 0) {
        if (!number_parse(word + 7, 200, 599, &status))
            return "status= takes a number from 200 to 599";
        site->status = (uint32_t)status;
    } else {
        return read_fault(site, word);
    }
    return NULL;
}

static const char *read_line(struct site *site, char *line)
{
    char *rest = NULL;
    const char *url = strtok_r(line, " \t", &rest);
    const char *latency = strtok_r(NULL, " \t", &rest), *bytes = strtok_r(NULL, " \t", &rest);
    uint64_t number;
    if (bytes == NULL)
        return "it is not 'URL latency_ms bytes'";
    const char *why = url_parse(url, &site->url);
    if (why != NULL)
        return why;
    if (!number_parse(latency, 0, LATENCY_MS_MAX, &number))
        return "the latency is not a whole number of milliseconds up to an hour";
    site->latency_ms = (uint32_t)number;
    if (!number_parse(bytes, 0, BODY_MAX, &number))
        return "the bytes are not a whole number up to 2^30";
    site->body_bytes = (size_t)number;
    site->status = 200;
    site->text = strdup(url);
    for (const char *word; why == NULL && (word = strtok_r(NULL, " \t", &rest)) != NULL;)
        why = read_how(site, word);
    return why != NULL || site->text != NULL ? why : memory_is_short;
}

/* Whether a site before it has the same URL. */
static bool is_duplicate(const struct sites *sites, const struct site *site)
{
    const struct url *url = &site->url;
    return sites_find(sites, url->tls, url->host, url->port, url->target) != site;
}

static struct site *add_site(struct sites *sites)
{
    struct site *all = realloc(sites->all, (sites->count + 1) * sizeof *all);
    if (all == NULL)
        return NULL;
    sites->all = all;
    all[sites->count] = (struct site){0};
    return &all[sites->count++];
}

/* The detail page of a film, on the site of the listing `at`. */
static const char *add_film(struct sites *sites, size_t at, size_t filler, size_t film)
{
    struct site *site = add_site(sites);
    char *base = site != NULL ? site_base(&sites->all[at]) : NULL;
    if (base == NULL || asprintf(&site->text, "%s%s", base, films_path(film)) < 0) {
        free(base);
        return memory_is_short;
    }
    free(base);
    site->page = PAGE_FILM;
    site->film = film;
    site->latency_ms = sites->all[at].latency_ms;
    site->status = 200;
    site->body_bytes = filler;
    const char *why = url_parse(site->text, &site->url);
    site->duplicate = why == NULL && is_duplicate(sites, site);
    return why;
}

static const char *add_line(struct sites *sites, char *line)
{
    struct site *site = add_site(sites);
    if (site == NULL || (site->line = strdup(line)) == NULL)
        return memory_is_short;
    const char *why = read_line(site, line);
    if (why != NULL)
        return why;
    size_t at = sites->count - 1, filler = site->body_bytes;
    bool films = site->page == PAGE_LISTING;
    site->duplicate = is_duplicate(sites, site);
    for (size_t i = 0; i < films_count() && films && why == NULL; i++)
        why = add_film(sites, at, filler, i);
    return why;
}

int sites_parse(struct sites *sites, const char *path, struct problem *problem)
{
    FILE *file = path != NULL
                     ? fopen(path, "r")
                     : fmemopen((void *)(uintptr_t)builtin_sites, strlen(builtin_sites), "r");
    const char *from = path != NULL ? path : "the built-in sites";
    *sites = (struct sites){0};
    if (file == NULL)
        return problem_set(problem, STATUS_USAGE, "'%s' cannot be read: %s", from, strerror(errno));
    char *line = NULL;
    size_t room = 0, number = 0;
    int status = 0;
    while (status == 0 && getline(&line, &room, file) >= 0) {
        number++;
        line[strcspn(line, "#\r\n")] = 0;
        const char *why = line[strspn(line, " \t")] != 0 ? add_line(sites, line) : NULL;
        if (why != NULL)
            status = problem_set(problem, STATUS_USAGE, "%s line %zu: %s", from, number, why);
    }
    if (status == 0 && sites->count == 0)
        status = problem_set(problem, STATUS_USAGE, "%s names no site", from);
    free(line);
    fclose(file);
    if (status != 0)
        sites_free(sites);
    return status;
}

int sites_make(struct sites *sites, struct problem *problem)
{
    for (size_t i = 0; i < sites->count; i++)
        if (!sites->all[i].duplicate && !make_answers(&sites->all[i]))
            return problem_set(problem, STATUS_ENVIRONMENT, "memory is short for the body of '%s'",
                               sites->all[i].text);
    return 0;
}

void sites_free(struct sites *sites)
{
    for (size_t i = 0; i < sites->count; i++) {
        struct site *site = &sites->all[i];
        url_free(&site->url);
        free(site->line);
        free(site->text);
        free(site->redirect);
        free(site->body);
        free(site->raw);
        free(site->certificate);
        answer_free(&site->kept);
        answer_free(&site->closed);
    }
    free(sites->all);
    *sites = (struct sites){0};
}

/* ---- Looking up. ---- */

const struct site *sites_find(const struct sites *sites, bool tls, const char *host, uint16_t port,
                              const char *target)
{
    for (size_t i = 0; i < sites->count; i++) {
        const struct site *site = &sites->all[i];
        if (!site->duplicate && site->url.tls == tls && site->url.port == port &&
            strcmp(site->url.target, target) == 0 && strcasecmp(site->url.host, host) == 0)
            return site;
    }
    return NULL;
}

void sites_write_lines(const struct sites *sites, FILE *file)
{
    for (size_t i = 0; i < sites->count; i++)
        if (sites->all[i].line != NULL)
            fprintf(file, "%s\n", sites->all[i].line);
}

static const struct site *find_url(const struct sites *sites, const char *text)
{
    struct url url;
    if (url_parse(text, &url) != NULL)
        return NULL;
    const struct site *site = sites_find(sites, url.tls, url.host, url.port, url.target);
    url_free(&url);
    return site;
}

const struct fault *sites_handshake_fault(const struct sites *sites, const char *host)
{
    for (size_t i = 0; i < sites->count; i++) {
        const struct site *site = &sites->all[i];
        if (site->url.tls && site->fault != NULL && site->fault->stage == FAULT_HANDSHAKE &&
            strcasecmp(site->url.host, host) == 0)
            return site->fault;
    }
    return NULL;
}

const char *sites_certificate(const struct sites *sites, const char *host)
{
    for (size_t i = 0; i < sites->count; i++) {
        const struct site *site = &sites->all[i];
        if (site->certificate != NULL && strcasecmp(site->url.host, host) == 0)
            return site->certificate;
    }
    return NULL;
}

bool sites_write_manifest(const struct sites *sites, FILE *file)
{
    for (size_t i = 0; i < sites->count; i++) {
        const struct site *site = &sites->all[i];
        if (site->duplicate)
            continue;
        for (int hops = 0; site != NULL && site->redirect != NULL && hops < 10; hops++)
            site = find_url(sites, site->redirect);
        if (site == NULL || site->status != 200)
            continue;
        fprintf(file, "%s %zu ", sites->all[i].text, site->body_bytes);
        for (int j = 0; j < SHA256_BYTES; j++)
            fprintf(file, "%02x", site->sha256[j]);
        fprintf(file, "\n");
    }
    return !ferror(file);
}
