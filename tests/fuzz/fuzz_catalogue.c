/*
 * What tells a client where to go: a file of URLs, and an origin's folder with its routes and its
 * manifest. The input is those files, in the order of `names`, with lines "---" between them; in
 * the first, "--resolve TEXT" and "--connect-to TEXT" are options. URLs by themselves are
 * fuzz_url.c's.
 */
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "workloads/net/catalogue.h"

static const char *const names[] = {"options", "connect-to", "sites", "manifest"};
enum { FILES = sizeof names / sizeof names[0] };

/* A folder whose files lie in memory. */
static char folder[200];
static int files[FILES];

static void remove_folder(void)
{
    char path[240];
    for (size_t i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void make_folder(void)
{
    char path[240], to[64];
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/catalogue-XXXXXX", parent != NULL ? parent : "/tmp");
    if (mkdtemp(folder) == NULL)
        abort();
    atexit(remove_folder);
    for (size_t i = 0; i < FILES; i++) {
        files[i] = memfd_create(names[i], MFD_CLOEXEC);
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        snprintf(to, sizeof to, "/proc/self/fd/%d", files[i]);
        if (files[i] < 0 || symlink(to, path) != 0)
            abort();
    }
}

/* The length of the first file, and in *rest where the next one begins. */
static size_t cut(const char *text, size_t length, const char **rest)
{
    const char *line = memmem(text, length, "---\n", 4);
    while (line != NULL && line != text && line[-1] != '\n')
        line = memmem(line + 1, length - (size_t)(line + 1 - text), "---\n", 4);
    *rest = line != NULL ? line + 4 : text + length;
    return line != NULL ? (size_t)(line - text) : length;
}

static void write_files(const char *text, size_t size)
{
    const char *end = text + size, *rest;
    for (size_t i = 0; i < FILES; i++, text = rest) {
        size_t length = cut(text, (size_t)(end - text), &rest);
        if (ftruncate(files[i], 0) != 0 || pwrite(files[i], text, length, 0) != (ssize_t)length)
            abort();
    }
}

static void check_routes(const struct route *routes)
{
    for (; routes != NULL; routes = routes->next) {
        REQUIRE(routes->from_host != NULL && routes->to_host != NULL);
        for (const char *at = routes->from_host; *at != 0; at++)
            REQUIRE(*at < 'A' || *at > 'Z');
    }
}

static bool take_option(struct catalogue *catalogue, const char *line)
{
    const char *why = NULL;
    if (strncmp(line, "--resolve ", 10) == 0)
        why = route_add_resolve(&catalogue->routes, line + 10);
    else if (strncmp(line, "--connect-to ", 13) == 0)
        why = route_add_connect_to(&catalogue->routes, line + 13);
    return why == NULL;
}

static void take_options(struct catalogue *catalogue, const char *text, size_t size)
{
    const char *rest;
    char *options = strndup(text, cut(text, size, &rest)), *more = options;
    for (char *line; (line = strsep(&more, "\n")) != NULL && take_option(catalogue, line);)
        check_routes(catalogue->routes);
    free(options);
}

static void check_sites(const struct catalogue *catalogue)
{
    for (uint32_t i = 0; i < catalogue->count; i++) {
        const struct target *target = &catalogue->sites[i].target;
        REQUIRE(target->connect_port != 0);
        REQUIRE(target->connect_host[0] != 0);
        REQUIRE(target->request[target->request_length - 1] == '\n');
        REQUIRE(!target->numeric || target->address.port == target->connect_port);
        REQUIRE(strpbrk(target->text, " \t\r\n#") == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct catalogue catalogue = {0};
    struct problem problem = {0};
    if (files[0] == 0)
        make_folder();
    const char *text = (const char *)data;
    write_files(text, size);
    take_options(&catalogue, text, size);
    int status = catalogue_read_routes(&catalogue, folder, &problem);
    check_routes(catalogue.routes);
    if (status == 0)
        status = catalogue_read_origin(&catalogue, folder, &problem);
    REQUIRE(status == 0 || (status == STATUS_USAGE && problem.text[0] != 0));
    check_sites(&catalogue);
    catalogue_free(&catalogue);
    return 0;
}
