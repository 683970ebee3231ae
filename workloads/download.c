/*
 * download: fetches a list of sites over HTTP and HTTPS and holds each body's length and SHA-256
 * against what the origin's manifest says. One task, one connection, one or more requests. The
 * protocol is net/fetch.h's; what is kept here is the list, the options and the check.
 */
#include <ctype.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/number.h"
#include "core/run.h"
#include "workloads/net/fetch.h"

enum { DIGEST_BYTES = 32, NOTE_READ = 1 };

/* What the manifest says of a target. */
struct expected {
    bool known;
    uint64_t bytes;
    unsigned char sha256[DIGEST_BYTES];
};

struct site {
    struct target target;
    struct expected expected;
};

struct settings {
    struct fetch_settings fetch;
    char *cacert;
    char *sites_file;
    char *origin; /* its directory */
    bool insecure;
    uint64_t requests;
    struct site *sites;
    uint32_t site_count;
    EVP_MD *sha256;
};

struct result {
    struct fetch_times times;
    uint64_t body_bytes;
};

struct state {
    struct fetch fetch;
    const struct expected *expected;
    EVP_MD_CTX *digest;
    uint64_t body_bytes; /* of all requests */
    uint64_t last_bytes;
};

/* ---- Settings. ---- */

static void *create(void)
{
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings == NULL)
        return NULL;
    settings->requests = 1;
    settings->fetch = (struct fetch_settings){.connect_timeout_ns = 10 * NS_PER_S,
                                              .max_time_ns = 60 * NS_PER_S,
                                              .idle_timeout_ns = 30 * NS_PER_S,
                                              .max_filesize = UINT64_C(1) << 30,
                                              .max_redirs = 10};
    return settings;
}

static void destroy(void *pointer)
{
    struct settings *settings = pointer;
    for (uint32_t i = 0; i < settings->site_count; i++)
        target_free(&settings->sites[i].target);
    free(settings->sites);
    routes_free(settings->fetch.routes);
    tls_context_free(settings->fetch.tls);
    EVP_MD_free(settings->sha256);
    free(settings->cacert);
    free(settings->sites_file);
    free(settings->origin);
    free(settings);
}

static const struct workload_option options[] = {
    {"cacert", "FILE", "trust this CA file alone (PEM); default: the system's store"},
    {"insecure", NULL, "do not verify certificates; it is recorded"},
    {"resolve", "HOST:PORT:ADDR", "take this address for the host"},
    {"connect-to", "H1:P1:H2:P2", "connect to H2:P2 in place of H1:P1"},
    {"connect-timeout", "S", "look-up, connect and TLS handshake together; default 10"},
    {"max-time", "S", "one transfer, redirects included; default 60"},
    {"idle-timeout", "S", "between two receipts of bytes; default 30"},
    {"max-filesize", "BYTES", "the largest body; default 1 GiB"},
    {"max-redirs", "N", "redirects that are followed; default 10"},
    {"requests-per-connection", "K", "requests of each task, one after another; default 1"},
    {"sites", "FILE", "URLs, one a line (# begins a comment)"},
    {"origin", "DIR", "use the origin that runs with --dir DIR, and its sites"},
    {0},
};

static int set_number(struct run *run, const char *name, const char *value, uint64_t min,
                      uint64_t max, uint64_t *out)
{
    if (number_parse(value, min, max, out))
        return 0;
    return problem_set(&run->problem, STATUS_USAGE,
                       "--%s takes a whole number from %llu to %llu, not '%s'", name,
                       (unsigned long long)min, (unsigned long long)max, value);
}

static int set_duration(struct run *run, const char *name, const char *value, uint64_t *out_ns)
{
    if (duration_parse(value, out_ns) && *out_ns > 0)
        return 0;
    return problem_set(&run->problem, STATUS_USAGE,
                       "--%s takes a time above 0 like 2, 0.5 or 250ms, not '%s'", name, value);
}

static int set_text(struct run *run, const char *value, char **out)
{
    free(*out);
    *out = strdup(value);
    return *out != NULL ? 0 : problem_set(&run->problem, STATUS_ENVIRONMENT, "memory is short");
}

static int option(struct run *run, const char *name, const char *value)
{
    struct settings *settings = run->settings;
    struct fetch_settings *fetch = &settings->fetch;
    const char *why = NULL;
    uint64_t number = 0;
    int status = 0;
    if (strcmp(name, "cacert") == 0)
        return set_text(run, value, &settings->cacert);
    if (strcmp(name, "sites") == 0)
        return set_text(run, value, &settings->sites_file);
    if (strcmp(name, "origin") == 0)
        return set_text(run, value, &settings->origin);
    if (strcmp(name, "insecure") == 0)
        settings->insecure = true;
    else if (strcmp(name, "connect-timeout") == 0)
        return set_duration(run, name, value, &fetch->connect_timeout_ns);
    else if (strcmp(name, "max-time") == 0)
        return set_duration(run, name, value, &fetch->max_time_ns);
    else if (strcmp(name, "idle-timeout") == 0)
        return set_duration(run, name, value, &fetch->idle_timeout_ns);
    else if (strcmp(name, "max-filesize") == 0)
        return set_number(run, name, value, 0, UINT64_C(1) << 50, &fetch->max_filesize);
    else if (strcmp(name, "requests-per-connection") == 0)
        return set_number(run, name, value, 1, 1000000000, &settings->requests);
    else if (strcmp(name, "max-redirs") == 0 &&
             (status = set_number(run, name, value, 0, 1000, &number)) == 0)
        fetch->max_redirs = (uint32_t)number;
    else if (strcmp(name, "resolve") == 0)
        why = route_add_resolve(&fetch->routes, value);
    else if (strcmp(name, "connect-to") == 0)
        why = route_add_connect_to(&fetch->routes, value);
    if (why != NULL)
        return problem_set(&run->problem, STATUS_USAGE, "--%s '%s': %s", name, value, why);
    return status;
}

/* ---- Before the clock. ---- */

/* Calls `use` with each line of a file, comments and line end cut off, blank ones skipped. */
static int each_line(struct run *run, const char *path,
                     int (*use)(struct run *run, char *line, const char *path))
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return problem_set(&run->problem, STATUS_USAGE, "'%s' cannot be read: %s", path,
                           strerror(errno));
    char *line = NULL;
    size_t room = 0;
    int status = 0;
    while (status == 0 && getline(&line, &room, file) >= 0) {
        line[strcspn(line, "#\r\n")] = 0;
        if (line[strspn(line, " \t")] != 0)
            status = use(run, line, path);
    }
    if (status == 0 && ferror(file))
        status = problem_set(&run->problem, STATUS_USAGE, "'%s' cannot be read: %s", path,
                             strerror(errno));
    free(line);
    fclose(file);
    return status;
}

static int add_site(struct run *run, const char *url, const char *from)
{
    struct settings *settings = run->settings;
    struct site *sites =
        realloc(settings->sites, (settings->site_count + 1) * sizeof *settings->sites);
    if (sites == NULL)
        return problem_set(&run->problem, STATUS_ENVIRONMENT, "memory is short");
    settings->sites = sites;
    struct site *site = &sites[settings->site_count];
    *site = (struct site){0};
    const char *why = target_make(url, settings->fetch.routes, &site->target);
    if (why != NULL)
        return problem_set(&run->problem, STATUS_USAGE, "%s%s'%s' is not a URL to fetch: %s",
                           from != NULL ? from : "", from != NULL ? ": " : "", url, why);
    settings->site_count++;
    return 0;
}

static int use_site_line(struct run *run, char *line, const char *path)
{
    char *url = line + strspn(line, " \t");
    url[strcspn(url, " \t")] = 0;
    return add_site(run, url, path);
}

static int use_route_line(struct run *run, char *line, const char *path)
{
    struct settings *settings = run->settings;
    const char *why = route_add_connect_to(&settings->fetch.routes, line);
    return why == NULL ? 0
                       : problem_set(&run->problem, STATUS_USAGE, "%s: '%s': %s", path, line, why);
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
static int use_manifest_line(struct run *run, char *line, const char *path)
{
    struct settings *settings = run->settings;
    struct expected expected = {.known = true};
    char *rest = line, *url = strsep(&rest, " "), *bytes = strsep(&rest, " ");
    if (rest == NULL || !number_parse(bytes, 0, UINT64_MAX, &expected.bytes) ||
        !read_hex(rest, expected.sha256, DIGEST_BYTES))
        return problem_set(&run->problem, STATUS_USAGE, "%s: a line is not 'URL BYTES SHA256'",
                           path);
    for (uint32_t i = 0; i < settings->site_count; i++)
        if (strcmp(settings->sites[i].target.text, url) == 0)
            settings->sites[i].expected = expected;
    return 0;
}

/* A file of the origin's directory. */
static int origin_file(struct run *run, const char *name,
                       int (*use)(struct run *run, char *line, const char *path))
{
    const struct settings *settings = run->settings;
    char *path = NULL;
    if (asprintf(&path, "%s/%s", settings->origin, name) < 0)
        return problem_set(&run->problem, STATUS_ENVIRONMENT, "memory is short");
    int status = each_line(run, path, use);
    free(path);
    return status;
}

static int read_sites(struct run *run, int argc, char **argv)
{
    struct settings *settings = run->settings;
    int status = settings->origin != NULL ? origin_file(run, "connect-to", use_route_line) : 0;
    for (int i = 0; i < argc && status == 0; i++)
        status = add_site(run, argv[i], NULL);
    if (status == 0 && settings->sites_file != NULL)
        status = each_line(run, settings->sites_file, use_site_line);
    if (status != 0 || settings->origin == NULL)
        return status;
    if (settings->site_count == 0)
        status = origin_file(run, "sites", use_site_line);
    return status != 0 ? status : origin_file(run, "manifest", use_manifest_line);
}

/* An origin without https sites leaves no authority, and then there is nothing to trust. */
static bool origin_is_plain(struct settings *settings)
{
    if (settings->origin == NULL || settings->cacert != NULL ||
        asprintf(&settings->cacert, "%s/ca.pem", settings->origin) < 0)
        return false;
    FILE *file = fopen(settings->cacert, "r");
    if (file != NULL) {
        fclose(file);
        return false;
    }
    free(settings->cacert);
    settings->cacert = NULL;
    for (uint32_t i = 0; i < settings->site_count; i++)
        if (settings->sites[i].target.url.tls)
            return false;
    return true;
}

static int make_tls(struct run *run)
{
    struct settings *settings = run->settings;
    if (origin_is_plain(settings))
        return 0;
    if (settings->insecure)
        fprintf(stderr, "download: certificates are NOT verified (--insecure)\n");
    settings->fetch.tls = tls_context_make(settings->cacert, settings->insecure, &run->problem);
    return settings->fetch.tls != NULL ? 0 : (int)run->problem.status;
}

static bool wants_origin(const struct run *run, int argc, char **argv)
{
    const struct settings *settings = run->settings;
    (void)argv;
    return argc == 0 && settings->sites_file == NULL && settings->origin == NULL;
}

static int prepare(struct run *run, int argc, char **argv)
{
    struct settings *settings = run->settings;
    int status = read_sites(run, argc, argv);
    if (status == 0)
        status = make_tls(run);
    if (status != 0)
        return status;
    if (settings->site_count == 0)
        return problem_set(&run->problem, STATUS_USAGE,
                           "there is no site to fetch: the list is empty");
    settings->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (settings->sha256 == NULL)
        return problem_set(&run->problem, STATUS_ENVIRONMENT, "OpenSSL has no SHA-256 here");
    run->tasks = run->tasks_asked != 0 ? run->tasks_asked : settings->site_count;
    return 0;
}

/* ---- The task. ---- */

static const struct site *site_of(const struct run *run, uint32_t child)
{
    const struct settings *settings = run->settings;
    return &settings->sites[child % settings->site_count];
}

static void on_body(void *sink, const uint8_t *bytes, size_t length)
{
    EVP_DigestUpdate(((struct state *)sink)->digest, bytes, length);
}

static bool on_response(void *sink, const struct http_response *response)
{
    struct state *state = sink;
    unsigned char digest[DIGEST_BYTES];
    state->last_bytes = response->body_bytes;
    state->body_bytes += response->body_bytes;
    if (EVP_DigestFinal_ex(state->digest, digest, NULL) != 1 ||
        EVP_DigestInit_ex2(state->digest, NULL, NULL) != 1)
        return false;
    return !state->expected->known || (state->expected->bytes == response->body_bytes &&
                                       memcmp(digest, state->expected->sha256, sizeof digest) == 0);
}

static void step(struct task *task, int result, uint64_t now_ns)
{
    struct state *state = task_state(task);
    const struct settings *settings = task->run->settings;
    if (task->stage == 0) {
        const struct site *site = site_of(task->run, task->index);
        task->stage = 1;
        state->expected = &site->expected;
        state->digest = EVP_MD_CTX_new();
        if (state->digest == NULL ||
            EVP_DigestInit_ex2(state->digest, settings->sha256, NULL) != 1) {
            EVP_MD_CTX_free(state->digest);
            yield_done(task, OUTCOME_RESOURCE, ENOMEM, 0);
            return;
        }
        fetch_begin(&state->fetch, &settings->fetch, &site->target, (uint32_t)settings->requests,
                    on_body, on_response, state);
    }
    if (!fetch_step(&state->fetch, task, result, now_ns))
        return;
    EVP_MD_CTX_free(state->digest);
    struct result *kept = task_result(task);
    kept->times = state->fetch.times;
    kept->body_bytes = state->body_bytes;
    if (state->fetch.outcome == OUTCOME_OK)
        task_note(task, NOTE_READ, state->last_bytes);
    yield_done(task, state->fetch.outcome, state->fetch.detail, (int64_t)state->last_bytes);
}

/* ---- After the clock. ---- */

static enum verified verify(const struct run *run)
{
    enum verified verified = VERIFIED_YES;
    for (uint32_t i = 0; i < run->tasks; i++) {
        if (run->children[i].outcome == OUTCOME_VERIFY_MISMATCH)
            return VERIFIED_NO;
        if (!site_of(run, i)->expected.known)
            verified = VERIFIED_UNKNOWN;
    }
    return verified;
}

static uint64_t bytes_received(const struct run *run)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < run->tasks; i++)
        bytes += ((const struct result *)run_result(run, i))->body_bytes;
    return bytes;
}

static void print(const struct run *run, FILE *out)
{
    uint32_t notes = atomic_load(&run->arena->note_count);
    for (uint32_t i = 0; i < notes && i < run->note_capacity; i++)
        if (atomic_load(&run->notes[i].complete))
            fprintf(out, "Read %llu from %s\n", (unsigned long long)run->notes[i].value,
                    site_of(run, run->notes[i].task)->target.text);
    fprintf(out, "Download %u sites in %.2f seconds\n", run->tasks,
            (double)(run->clock_end_ns - run->clock_start_ns) / 1e9);
}

static void explain(const struct run *run, uint32_t child, char *text, size_t size)
{
    char why[160];
    fetch_explain(run->children[child].outcome, run->children[child].detail, why, sizeof why);
    snprintf(text, size, "%s: %s", site_of(run, child)->target.text, why);
}

static const char *const phase_names[] = {"resolve", "connect", "tls", "first_byte", "body", NULL};

static bool phases(const struct run *run, uint32_t child, double *seconds)
{
    const struct fetch_times *times = &((const struct result *)run_result(run, child))->times;
    const uint64_t marks[] = {times->begin_ns,   times->resolved_ns,   times->connected_ns,
                              times->secured_ns, times->first_byte_ns, times->end_ns};
    for (int i = 0; i < 5; i++)
        seconds[i] = (double)(marks[i + 1] - marks[i]) / 1e9;
    return run->children[child].outcome == OUTCOME_OK;
}

const struct workload workload_download = {
    .summary = "fetch sites over HTTP and HTTPS, each body checked",
    .arguments = "[URL…]",
    .sized = true,
    .options = options,
    .state_size = sizeof(struct state),
    .result_size = sizeof(struct result),
    .child_notes = 1,
    .step = step,
    .create = create,
    .destroy = destroy,
    .option = option,
    .wants_origin = wants_origin,
    .prepare = prepare,
    .verify = verify,
    .bytes_received = bytes_received,
    .phase_names = phase_names,
    .phases = phases,
    .print = print,
    .explain = explain,
};
