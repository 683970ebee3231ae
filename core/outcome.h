/*
 * How a task can end. Every task ends in exactly one class, and the classes sum to the tasks. What
 * `detail` means depends on the class: an errno for resolve to resource, an HTTP status for
 * http_status, an OpenSSL X509_V_ERR_* code for tls_verify, the workload's own code for task_error.
 */
#ifndef CORE_OUTCOME_H
#define CORE_OUTCOME_H

enum outcome {
    OUTCOME_OK,
    OUTCOME_HTTP_STATUS,
    OUTCOME_RESOLVE,
    OUTCOME_REFUSED,
    OUTCOME_UNREACHABLE,
    OUTCOME_CONNECT_TIMEOUT,
    OUTCOME_TLS_HANDSHAKE,
    OUTCOME_TLS_VERIFY,
    OUTCOME_TRUNCATED,
    OUTCOME_PROTOCOL,
    OUTCOME_TOO_LARGE,
    OUTCOME_IDLE_TIMEOUT,
    OUTCOME_DEADLINE,
    OUTCOME_CANCELLED,
    OUTCOME_WORKER_LOST,
    OUTCOME_RESOURCE,
    OUTCOME_VERIFY_MISMATCH,
    OUTCOME_TASK_ERROR,
    OUTCOME_COUNT
};

/* The class's name as records and tables spell it, e.g. "connect_timeout". */
const char *outcome_name(enum outcome outcome);

/* The class that an operation's -errno belongs to when nothing more is known: shortage of
 * descriptors, memory, threads or ports is `resource`, -ECANCELED is `cancelled`, and so on. */
enum outcome outcome_of_errno(int negative_errno);

#endif
