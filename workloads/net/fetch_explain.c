/* The fetch's outcomes as sentences. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "workloads/net/fetch.h"

static const char *protocol_text(int detail)
{
    switch (detail) {
    case FETCH_FAULT_REDIRECTS: return "it redirects too often";
    case FETCH_FAULT_DOWNGRADE: return "it redirects from https to http";
    case FETCH_FAULT_TARGET: return "it redirects to what is no http or https URL";
    case FETCH_FAULT_NO_TLS: return "it is https, and there is no authority to trust";
    case FETCH_FAULT_ELSEWHERE: return "it redirects to another host";
    case FETCH_FAULT_RECORD: return "the TLS connection failed";
    case FETCH_FAULT_PRIVATE:
        return "it redirects from a public address to one of this host or network; "
               "--redirect-to-private would follow";
    default: return http_fault_text(detail);
    }
}

void fetch_explain(enum outcome outcome, int detail, char *text, size_t size)
{
    const char *why = outcome_name(outcome);
    switch (outcome) {
    case OUTCOME_HTTP_STATUS: snprintf(text, size, "the server answered %d", detail); return;
    case OUTCOME_TLS_VERIFY: why = tls_verify_text(detail); break;
    case OUTCOME_RESOLVE:
        why = detail == ENOENT ? "the name is not known" : "the name could not be looked up";
        break;
    case OUTCOME_TLS_HANDSHAKE: why = "the TLS handshake failed"; break;
    case OUTCOME_CONNECT_TIMEOUT: why = "the connection was not there in time"; break;
    case OUTCOME_IDLE_TIMEOUT: why = "the server fell silent"; break;
    case OUTCOME_DEADLINE: why = "it was not over in time"; break;
    case OUTCOME_TRUNCATED: why = "the response ended too early"; break;
    case OUTCOME_TOO_LARGE: why = "the body is larger than --max-filesize"; break;
    case OUTCOME_VERIFY_MISMATCH: why = "length or digest differ from the manifest"; break;
    case OUTCOME_WORKER_LOST: why = "its worker died"; break;
    case OUTCOME_CANCELLED: why = "it was cancelled"; break;
    case OUTCOME_PROTOCOL: why = protocol_text(detail); break;
    case OUTCOME_REFUSED:
    case OUTCOME_UNREACHABLE:
    case OUTCOME_RESOURCE: why = strerror(detail); break;
    default: break;
    }
    snprintf(text, size, "%s", why);
}
