# workloads/net/fetch.c: a connection that did not come about is closed again before the next address.
/^static bool closing_to_retry/,/^}/ s/^    return connect_next(fetch, task);/    fetch->state = CLOSING_TO_BEGIN;\n    yield_close(task);\n    return false;/
