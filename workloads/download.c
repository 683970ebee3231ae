/*
 * download: fetches a list of sites over HTTP and HTTPS and holds each body's length and SHA-256
 * against what the origin's manifest says. One task, one connection, one or more requests. The
 * protocol is net/fetch.h's; what is kept here is the list, the options and the check.
 */
#include <endian.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "workloads/net/client.h"

enum { NOTE_READ = 1 };

struct settings {
    struct net_client client;
    uint64_t requests; /* of each task, on one connection */
    EVP_MD *sha256;
};

struct result {
    struct fetch_times times;
    struct fetch_handshakes handshakes;
    struct fetch_work work;
    uint64_t body_bytes; /* of all responses, and the sum of their digests, as four numbers */
    uint64_t digests[SHA256_BYTES / sizeof(uint64_t)];
};

struct state {
    struct fetch fetch;
    const struct expected *expected;
    struct result *kept;
    EVP_MD_CTX *digest;
    uint64_t last_bytes;
    bool no_digest; /* OpenSSL refused to make one: nothing is known of the body */
};

/* ---- Settings. ---- */

static void *create(void)
{
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings == NULL)
        return NULL;
    net_client_defaults(&settings->client);
    settings->requests = 1;
    return settings;
}

static void destroy(void *pointer)
{
    struct settings *settings = pointer;
    net_client_free(&settings->client);
    EVP_MD_free(settings->sha256);
    free(settings);
}

static const struct workload_option options[] = {
    NET_CLIENT_OPTIONS,
    {"requests-per-connection", "K", "requests of each task, one after another; default 1"},
    {0},
};

static int option(struct run *run, const char *name, const char *value)
{
    struct settings *settings = run->settings;
    if (strcmp(name, "requests-per-connection") == 0)
        return option_number(name, value, 1, 1000000000, &settings->requests, &run->problem);
    return net_client_option(&settings->client, name, value, &run->problem);
}

static const char *const *wants_origin(const struct run *run, int argc, char **argv)
{
    (void)argv;
    return net_client_wants_origin(&((const struct settings *)run->settings)->client, argc);
}

static int prepare(struct run *run, int argc, char **argv)
{
    struct settings *settings = run->settings;
    int status = net_client_prepare(&settings->client, run, argc, argv);
    if (status != 0)
        return status;
    settings->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (settings->sha256 == NULL) {
        ERR_clear_error();
        return problem_set(&run->problem, STATUS_ENVIRONMENT, "OpenSSL has no SHA-256 here");
    }
    run->tasks = run->tasks_asked != 0 ? run->tasks_asked : settings->client.catalogue.count;
    run->width_modest = net_client_modest_width(&settings->client);
    run->note_capacity = run->tasks;
    return 0;
}

/* ---- The task. ---- */

static const struct site *site_of(const struct run *run, uint32_t child)
{
    const struct catalogue *catalogue = &((const struct settings *)run->settings)->client.catalogue;
    return &catalogue->sites[child % catalogue->count];
}

static void on_body(void *sink, const uint8_t *bytes, size_t length)
{
    EVP_DigestUpdate(((struct state *)sink)->digest, bytes, length);
}

/* All that a task receives is of one site: a sum of equal digests tells their number as well. */
static void keep_digest(struct result *kept, const uint64_t *digest)
{
    for (size_t i = 0; i < sizeof kept->digests / sizeof kept->digests[0]; i++)
        kept->digests[i] += le64toh(digest[i]);
}

static bool on_response(void *sink, const struct http_response *response)
{
    struct state *state = sink;
    const struct expected *expected = state->expected;
    uint64_t digest[SHA256_BYTES / sizeof(uint64_t)];
    state->last_bytes = response->body_bytes;
    state->kept->body_bytes += response->body_bytes;
    if (EVP_DigestFinal_ex(state->digest, (unsigned char *)digest, NULL) != 1 ||
        EVP_DigestInit_ex2(state->digest, NULL, NULL) != 1) {
        state->no_digest = true;
        return false;
    }
    keep_digest(state->kept, digest);
    return !expected->known || (expected->bytes == response->body_bytes &&
                                memcmp(digest, expected->sha256, sizeof digest) == 0);
}

/* This and finish() are not for each step: kept out of line, their registers are not either. */
__attribute__((noinline)) static bool begin(struct task *task)
{
    struct state *state = task_state(task);
    const struct settings *settings = task->run->settings;
    const struct site *site = site_of(task->run, task->index);
    task->stage = 1;
    state->expected = &site->expected;
    state->kept = task_result(task);
    state->digest = EVP_MD_CTX_new();
    if (state->digest == NULL || EVP_DigestInit_ex2(state->digest, settings->sha256, NULL) != 1) {
        EVP_MD_CTX_free(state->digest);
        ERR_clear_error(); /* the thread's queue of them is TLS's */
        yield_done(task, OUTCOME_RESOURCE, ENOMEM, 0);
        return false;
    }
    fetch_begin(&state->fetch, &settings->client.fetch, &site->target, (uint32_t)settings->requests,
                on_body, on_response, state);
    return true;
}

__attribute__((noinline)) static void finish(struct task *task)
{
    struct state *state = task_state(task);
    EVP_MD_CTX_free(state->digest);
    if (state->no_digest) {
        ERR_clear_error();
        state->fetch.outcome = OUTCOME_RESOURCE;
        state->fetch.detail = ENOMEM;
    }
    struct result *kept = state->kept;
    kept->times = state->fetch.times;
    kept->handshakes = state->fetch.handshakes;
    kept->work = state->fetch.work;
    if (state->fetch.outcome == OUTCOME_OK)
        task_note(task, NOTE_READ, state->last_bytes);
    yield_done(task, state->fetch.outcome, state->fetch.detail, (int64_t)state->last_bytes);
}

static void step(struct task *task, int result, uint64_t now_ns)
{
    struct state *state = task_state(task);
    if (task->stage == 0 && !begin(task))
        return;
    if (fetch_step(&state->fetch, task, result, now_ns))
        finish(task);
}

/* ---- After the clock. ---- */

static enum verified verify(const struct run *run)
{
    enum verified verified = VERIFIED_YES;
    uint32_t ok = 0;
    for (uint32_t i = 0; i < run->tasks; i++) {
        if (run->children[i].outcome == OUTCOME_VERIFY_MISMATCH)
            return VERIFIED_NO;
        if (!site_of(run, i)->expected.known)
            verified = VERIFIED_UNKNOWN;
        ok += run->children[i].outcome == OUTCOME_OK;
    }
    return ok > 0 ? verified : VERIFIED_UNKNOWN; /* nothing was read: nothing was verified */
}

static uint64_t bytes_received(const struct run *run)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < run->tasks; i++)
        bytes += ((const struct result *)run_result(run, i))->body_bytes;
    return bytes;
}

static void certify(const struct run *run, struct certificate *certificate)
{
    for (uint32_t i = 0; i < run->tasks; i++) {
        const struct result *kept = run_result(run, i);
        net_client_certify(certificate, &kept->work);
        for (size_t j = 0; j < sizeof kept->digests / sizeof kept->digests[0]; j++)
            certificate_number(certificate, kept->digests[j]);
    }
}

static size_t figures(const struct run *run, struct figure *figures)
{
    uint64_t full = 0, resumed = 0;
    for (uint32_t i = 0; i < run->tasks; i++) {
        const struct result *result = run_result(run, i);
        full += result->handshakes.full;
        resumed += result->handshakes.resumed;
    }
    return net_client_figures(full, resumed, figures);
}

static void print(const struct run *run, FILE *out)
{
    for (uint32_t i = 0; i < run_note_count(run); i++) {
        const struct note *note = run_note(run, i);
        if (note != NULL)
            fprintf(out, "Read %llu from %s\n", (unsigned long long)note->value,
                    site_of(run, note->task)->target.text);
    }
    fprintf(out, "Download %u sites in %.2f seconds\n", run->tasks, run_seconds(run));
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
    .step = step,
    .create = create,
    .destroy = destroy,
    .option = option,
    .wants_origin = wants_origin,
    .prepare = prepare,
    .verify = verify,
    .bytes_received = bytes_received,
    .certify = certify,
    .phase_names = phase_names,
    .phases = phases,
    .figures = figures,
    .print = print,
    .explain = explain,
};
