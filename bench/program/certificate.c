/*
 * The certificate in the record: what core/certificate.h collects, with the tasks and their
 * outcomes, which every run has. Its id is a digest of all of that: two certificates are equal
 * exactly when their ids are.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/program/record.h"
#include "core/certificate.h"

enum { ID_DIGITS = 16 };

/* ---- SHA-256. A task's few bytes are not worth a call each. ---- */

struct digest {
    EVP_MD_CTX *context; /* NULL: OpenSSL refused */
    size_t length;
    unsigned char bytes[4096];
};

static void begin_digest(struct digest *digest)
{
    digest->length = 0;
    digest->context = EVP_MD_CTX_new();
    if (digest->context != NULL && EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) == 1)
        return;
    EVP_MD_CTX_free(digest->context);
    digest->context = NULL;
}

static void flush_digest(struct digest *digest)
{
    if (digest->context != NULL)
        EVP_DigestUpdate(digest->context, digest->bytes, digest->length);
    digest->length = 0;
}

static void add_bytes(void *sink, const void *bytes, size_t length)
{
    struct digest *digest = sink;
    for (size_t done = 0; done < length;) {
        size_t room = sizeof digest->bytes - digest->length;
        size_t part = length - done < room ? length - done : room;
        memcpy(digest->bytes + digest->length, (const char *)bytes + done, part);
        digest->length += part;
        done += part;
        if (digest->length == sizeof digest->bytes)
            flush_digest(digest);
    }
}

/* In hexadecimal; false when OpenSSL refused. */
static bool end_digest(struct digest *digest, char hex[2 * EVP_MAX_MD_SIZE + 1])
{
    unsigned char result[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    flush_digest(digest);
    bool good =
        digest->context != NULL && EVP_DigestFinal_ex(digest->context, result, &length) == 1;
    EVP_MD_CTX_free(digest->context);
    for (unsigned int i = 0; good && i < length; i++)
        snprintf(hex + 2 * i, 3, "%02x", result[i]);
    return good;
}

/* ---- What was done. ---- */

/* How each task ended, and what with, where that was well: an error's details are the system's. */
static void add_ends(struct certificate *certificate, const struct run *run)
{
    for (uint32_t i = 0; i < run->tasks; i++) {
        const struct child *child = &run->children[i];
        certificate_number(certificate, child->outcome);
        certificate_number(certificate, child->outcome == OUTCOME_OK ? (uint64_t)child->value : 0);
    }
}

static json_t *operations(struct record *record, const struct run *run,
                          const struct certificate *certificate)
{
    if (run->workload->certify == NULL)
        return record_null(record, "certificate.operations", "the workload does not count any");
    json_t *all = json_object();
    for (size_t i = 0; i < certificate->operation_count; i++)
        record_set_in(record, all, certificate->operations[i].name,
                      json_integer((json_int_t)certificate->operations[i].count));
    return all;
}

static json_t *bytes(struct record *record, const struct run *run)
{
    if (run->workload->bytes_received == NULL)
        return record_null(record, "certificate.bytes", "the workload receives none");
    return json_integer((json_int_t)run->workload->bytes_received(run));
}

static json_t *connections(struct record *record, const struct certificate *certificate)
{
    if (!certificate->connects)
        return record_null(record, "certificate.connections", "the workload makes none");
    return json_integer((json_int_t)certificate->connections);
}

static json_t *results_digest(struct record *record, struct digest *digest)
{
    char hex[2 * EVP_MAX_MD_SIZE + 1], text[sizeof hex + sizeof "sha256:"];
    if (!end_digest(digest, hex)) {
        record->failed = true;
        return NULL;
    }
    snprintf(text, sizeof text, "sha256:%s", hex);
    return json_string(text);
}

/* Of the workload's name and the rest as JSON with sorted keys and no blanks. */
static json_t *id_of(struct record *record, const struct run *run, const json_t *certificate)
{
    struct digest digest;
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    char *text = json_dumps(certificate, JSON_COMPACT | JSON_SORT_KEYS);
    begin_digest(&digest);
    add_bytes(&digest, run->workload_name, strlen(run->workload_name) + 1);
    if (text != NULL)
        add_bytes(&digest, text, strlen(text));
    bool good = end_digest(&digest, hex) && text != NULL;
    free(text);
    record->failed |= !good;
    return good ? json_stringn(hex, ID_DIGITS) : NULL;
}

json_t *record_certificate(struct record *record, const struct run *run, json_t *outcomes)
{
    struct digest digest;
    struct certificate certificate = {.digest = add_bytes, .sink = &digest};
    begin_digest(&digest);
    add_ends(&certificate, run);
    if (run->workload->certify != NULL)
        run->workload->certify(run, &certificate);
    json_t *all = json_object();
    record_set_in(record, all, "tasks", json_integer(run->tasks));
    record_set_in(record, all, "outcomes", json_copy(outcomes));
    record_set_in(record, all, "operations", operations(record, run, &certificate));
    record_set_in(record, all, "bytes", bytes(record, run));
    record_set_in(record, all, "connections", connections(record, &certificate));
    record_set_in(record, all, "digest", results_digest(record, &digest));
    record_set_in(record, all, "id", id_of(record, run, all));
    return all;
}
