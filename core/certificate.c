/* Counts that do not go round, and numbers as bytes. */
#include "core/certificate.h"

#include <string.h>

#include "core/run.h"

static uint64_t add(uint64_t sum, uint64_t more)
{
    return more > (uint64_t)INT64_MAX - sum ? (uint64_t)INT64_MAX : sum + more;
}

void certificate_count(struct certificate *certificate, const char *name, uint64_t more)
{
    size_t at = 0;
    while (at < certificate->operation_count && strcmp(certificate->operations[at].name, name) != 0)
        at++;
    if (at == CERTIFICATE_OPERATIONS_MAX)
        return;
    if (at == certificate->operation_count)
        certificate->operations[certificate->operation_count++] =
            (struct certified_operation){.name = name};
    certificate->operations[at].count = add(certificate->operations[at].count, more);
}

void certificate_connections(struct certificate *certificate, uint64_t more)
{
    certificate->connects = true;
    certificate->connections = add(certificate->connections, more);
}

void certificate_sleep(struct certificate *certificate, const struct child *child, uint64_t ns)
{
    bool slept = (child->outcome == OUTCOME_OK || child->outcome == OUTCOME_TASK_ERROR) &&
                 child->started_ns != 0 && child->ended_ns - child->started_ns >= ns;
    certificate_count(certificate, "sleeps", slept);
    certificate_count(certificate, "slept_ns", slept ? ns : 0);
}

void certificate_number(struct certificate *certificate, uint64_t number)
{
    unsigned char bytes[8]; /* the least first, whatever the machine does */
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(number >> 8 * i);
    certificate->digest(certificate->sink, bytes, sizeof bytes);
}

void certificate_text(struct certificate *certificate, const char *text)
{
    size_t length = strlen(text);
    certificate_number(certificate, length);
    certificate->digest(certificate->sink, text, length);
}
