# workloads/net/fetch.c: a server that falls silent is told as a connection that did not come about.
/^static bool receiving/,/^}/ s/OUTCOME_IDLE_TIMEOUT/OUTCOME_CONNECT_TIMEOUT/
