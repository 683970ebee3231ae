/* The classes of failures. */
#include "tests/support/failure_class.h"

#include <errno.h>

enum outcome failure_class(enum op_kind kind, int error)
{
    switch (-error) {
    case 0:
    case EPIPE:
    case ECONNRESET:
    case ECONNABORTED: return OUTCOME_TRUNCATED;
    case ENOENT:
    case EIO: return OUTCOME_RESOLVE;
    case ETIMEDOUT:
        return kind == OP_RESOLVE   ? OUTCOME_RESOLVE
               : kind == OP_CONNECT ? OUTCOME_CONNECT_TIMEOUT
                                    : OUTCOME_IDLE_TIMEOUT;
    case ECONNREFUSED: return OUTCOME_REFUSED;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EACCES: return OUTCOME_UNREACHABLE;
    default: return OUTCOME_RESOURCE;
    }
}
