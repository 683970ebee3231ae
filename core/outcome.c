/* Names of the outcome classes, and which errno belongs to which. */
#include "core/outcome.h"

#include <errno.h>

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[OUTCOME_COUNT] = {
        [OUTCOME_OK] = "ok",
        [OUTCOME_HTTP_STATUS] = "http_status",
        [OUTCOME_RESOLVE] = "resolve",
        [OUTCOME_REFUSED] = "refused",
        [OUTCOME_UNREACHABLE] = "unreachable",
        [OUTCOME_CONNECT_TIMEOUT] = "connect_timeout",
        [OUTCOME_TLS_HANDSHAKE] = "tls_handshake",
        [OUTCOME_TLS_VERIFY] = "tls_verify",
        [OUTCOME_TRUNCATED] = "truncated",
        [OUTCOME_PROTOCOL] = "protocol",
        [OUTCOME_TOO_LARGE] = "too_large",
        [OUTCOME_IDLE_TIMEOUT] = "idle_timeout",
        [OUTCOME_DEADLINE] = "deadline",
        [OUTCOME_CANCELLED] = "cancelled",
        [OUTCOME_WORKER_LOST] = "worker_lost",
        [OUTCOME_RESOURCE] = "resource",
        [OUTCOME_VERIFY_MISMATCH] = "verify_mismatch",
        [OUTCOME_TASK_ERROR] = "task_error",
    };
    return outcome < OUTCOME_COUNT ? names[outcome] : "unknown";
}

enum outcome outcome_of_errno(int negative_errno)
{
    switch (-negative_errno) {
    case 0: return OUTCOME_OK;
    case ECANCELED: return OUTCOME_CANCELLED;
    case ECONNREFUSED: return OUTCOME_REFUSED;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EACCES:
    case EPERM: return OUTCOME_UNREACHABLE;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE: return OUTCOME_TRUNCATED;
    case ETIMEDOUT: return OUTCOME_DEADLINE;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EAGAIN:
    case EADDRNOTAVAIL:
    case ENOSPC: return OUTCOME_RESOURCE;
    default: return OUTCOME_TASK_ERROR;
    }
}
