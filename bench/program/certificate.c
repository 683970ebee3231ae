/*
 * The certificate in the record: what core/certificate.h collects, with the tasks and their
 * outcomes, which every run has. Its id is a digest of all of that: two certificates are equal
 * exactly when their ids are.
 */

#include "core/certificate.h"
#include "bench/program/record.h"
#include "bench/program/sha256.h"

enum { ID_DIGITS = 16 };

static void add_bytes(void *sink, const void *bytes, size_t length)
{
    sha256_add(sink, bytes, length);
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

/* What has been taken so far; more may follow. */
static json_t *digest_of(const struct sha256 *so_far)
{
    struct sha256 digest = *so_far;
    char hex[SHA256_HEX + 1];
    sha256_end(&digest, hex);
    return json_sprintf("sha256:%s", hex);
}

/* Of the results and of all else that is told, in the order in which it is; 0 stands for what there
 * is not. */
static json_t *id_of(struct certificate *certificate, const struct run *run)
{
    const struct workload *workload = run->workload;
    char hex[SHA256_HEX + 1];
    certificate_text(certificate, run->workload_name);
    certificate_number(certificate, run->tasks);
    for (size_t i = 0; i < certificate->operation_count; i++) {
        certificate_text(certificate, certificate->operations[i].name);
        certificate_number(certificate, certificate->operations[i].count);
    }
    certificate_number(certificate,
                       workload->bytes_received != NULL ? workload->bytes_received(run) + 1 : 0);
    certificate_number(certificate, certificate->connects ? certificate->connections + 1 : 0);
    sha256_end(certificate->sink, hex);
    return json_stringn(hex, ID_DIGITS);
}

json_t *record_certificate(struct record *record, const struct run *run, json_t *outcomes)
{
    struct sha256 digest;
    struct certificate certificate = {.digest = add_bytes, .sink = &digest};
    sha256_begin(&digest);
    add_ends(&certificate, run);
    if (run->workload->certify != NULL)
        run->workload->certify(run, &certificate);
    json_t *all = json_object();
    record_set_in(record, all, "tasks", json_integer(run->tasks));
    record_set_in(record, all, "outcomes", json_incref(outcomes)); /* a copy may lose some */
    record_set_in(record, all, "operations", operations(record, run, &certificate));
    record_set_in(record, all, "bytes", bytes(record, run));
    record_set_in(record, all, "connections", connections(record, &certificate));
    record_set_in(record, all, "digest", digest_of(&digest));
    record_set_in(record, all, "id", id_of(&certificate, run));
    return all;
}
