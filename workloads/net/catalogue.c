/* Sites out of files. */
#include "workloads/net/catalogue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"

/* What to do with one line. */
typedef int line_fn(struct catalogue *catalogue, char *line, const char *path,
                    struct problem *problem);

static int unreadable(struct problem *problem, const char *path, int error)
{
    bool shortage = error == ENOMEM || error == EMFILE || error == ENFILE;
    return problem_set(problem, shortage ? STATUS_ENVIRONMENT : STATUS_USAGE,
                       "'%s' cannot be read: %s", path, strerror(error));
}

/* Comments and line ends cut off, blank lines skipped. */
static int each_line(struct catalogue *catalogue, const char *path, line_fn *use,
                     struct problem *problem)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return unreadable(problem, path, errno);
    char *line = NULL;
    size_t room = 0;
    int status = 0;
    while (status == 0 && getline(&line, &room, file) >= 0) {
        line[strcspn(line, "#\r\n")] = 0;
        if (line[strspn(line, " \t")] != 0)
            status = use(catalogue, line, path, problem);
    }
    if (status == 0 && !feof(file)) /* getline() has no other sign of a shortage */
        status = unreadable(problem, path, errno);
    free(line);
    fclose(file);
    return status;
}

int catalogue_add(struct catalogue *catalogue, const char *url, const char *from,
                  struct problem *problem)
{
    struct site *sites = realloc(catalogue->sites, (catalogue->count + 1) * sizeof *sites);
    if (sites == NULL)
        return problem_no_memory(problem);
    catalogue->sites = sites;
    struct site *site = &sites[catalogue->count];
    *site = (struct site){0};
    const char *why = target_make(url, catalogue->routes, &site->target);
    if (why == memory_is_short)
        return problem_no_memory(problem);
    if (why != NULL)
        return problem_set(problem, STATUS_USAGE, "%s%s'%s' is not a URL to fetch: %s",
                           from != NULL ? from : "", from != NULL ? ": " : "", url, why);
    catalogue->count++;
    return 0;
}

static int use_site(struct catalogue *catalogue, char *line, const char *path,
                    struct problem *problem)
{
    char *url = line + strspn(line, " \t");
    url[strcspn(url, " \t")] = 0;
    return catalogue_add(catalogue, url, path, problem);
}

int catalogue_read_sites(struct catalogue *catalogue, const char *path, struct problem *problem)
{
    return each_line(catalogue, path, use_site, problem);
}

static int use_route(struct catalogue *catalogue, char *line, const char *path,
                     struct problem *problem)
{
    const char *why = route_add_connect_to(&catalogue->routes, line);
    if (why == memory_is_short)
        return problem_no_memory(problem);
    return why == NULL ? 0 : problem_set(problem, STATUS_USAGE, "%s: '%s': %s", path, line, why);
}

static bool read_hex(const char *hex, unsigned char *out, size_t bytes)
{
    if (strlen(hex) != 2 * bytes || strspn(hex, "0123456789abcdef") != 2 * bytes)
        return false;
    for (size_t i = 0; i < bytes; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], 0};
        out[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    return true;
}

/* "URL BYTES SHA256": what every site of that URL is to be. */
static int use_manifest(struct catalogue *catalogue, char *line, const char *path,
                        struct problem *problem)
{
    struct expected expected = {.known = true};
    char *rest = line, *url = strsep(&rest, " "), *bytes = strsep(&rest, " ");
    if (rest == NULL || !number_parse(bytes, 0, UINT64_MAX, &expected.bytes) ||
        !read_hex(rest, expected.sha256, SHA256_BYTES))
        return problem_set(problem, STATUS_USAGE, "%s: a line is not 'URL BYTES SHA256'", path);
    for (uint32_t i = 0; i < catalogue->count; i++)
        if (strcmp(catalogue->sites[i].target.text, url) == 0)
            catalogue->sites[i].expected = expected;
    return 0;
}

static int origin_file(struct catalogue *catalogue, const char *origin, const char *name,
                       line_fn *use, struct problem *problem)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", origin, name) < 0)
        return problem_no_memory(problem);
    int status = each_line(catalogue, path, use, problem);
    free(path);
    return status;
}

int catalogue_read_routes(struct catalogue *catalogue, const char *origin, struct problem *problem)
{
    return origin_file(catalogue, origin, "connect-to", use_route, problem);
}

int catalogue_read_origin(struct catalogue *catalogue, const char *origin, struct problem *problem)
{
    int status = 0;
    if (catalogue->count == 0)
        status = origin_file(catalogue, origin, "sites", use_site, problem);
    return status != 0 ? status : origin_file(catalogue, origin, "manifest", use_manifest, problem);
}

void catalogue_free(struct catalogue *catalogue)
{
    for (uint32_t i = 0; i < catalogue->count; i++)
        target_free(&catalogue->sites[i].target);
    free(catalogue->sites);
    routes_free(catalogue->routes);
    *catalogue = (struct catalogue){0};
}
