/*
 * What every workload that fetches has in common: the network options of its command line, the
 * sites that they lead to, and the TLS context. Options have curl's names.
 */
#ifndef WORKLOADS_NET_CLIENT_H
#define WORKLOADS_NET_CLIENT_H

#include "core/certificate.h"
#include "core/run.h"
#include "workloads/net/catalogue.h"
#include "workloads/net/fetch.h"

struct net_client {
    struct fetch_settings fetch;
    struct catalogue catalogue;
    char *cacert;
    char *sites_file;
    char *origin; /* its directory */
    bool insecure;
    bool resume; /* --tls-session */
};

/* Rows for a workload's table of options. */
#define NET_CLIENT_OPTIONS                                                                         \
    {"cacert", "FILE", "trust this CA file alone (PEM); default: the system's store"},             \
        {"insecure", NULL, "do not verify certificates; it is recorded"},                          \
        {"tls-session", "HOW",                                                                     \
         "full: a full handshake for each connection (the default), or resume:\n"                  \
         "                         offer the site's newest session; worker processes have each\n"  \
         "                         their own"},                                                    \
        {"resolve", "HOST:PORT:ADDR", "take this address for the host"},                           \
        {"connect-to", "H1:P1:H2:P2", "connect to H2:P2 in place of H1:P1"},                       \
        {"connect-timeout", "S", "look-up, connect and TLS handshake together; default 10"},       \
        {"max-time", "S", "one transfer, redirects included; default 60"},                         \
        {"idle-timeout", "S", "between two receipts of bytes; default 30"},                        \
        {"max-filesize", "BYTES", "the largest body; default 1 GiB, of movies 2 MiB"},             \
        {"max-redirs", "N", "redirects that are followed; default 10"},                            \
        {"redirect-to-private", NULL,                                                              \
         "follow a redirect of a public address to one of this host or network"},                  \
        {"sites", "FILE", "URLs, one a line (# begins a comment)"},                                \
    {                                                                                              \
        "origin", "DIR", "use the origin that runs with --dir DIR, and its sites"                  \
    }

void net_client_defaults(struct net_client *client);
void net_client_free(struct net_client *client);

/* One of NET_CLIENT_OPTIONS. Returns 0 or the problem's status. */
int net_client_option(struct net_client *client, const char *name, const char *value,
                      struct problem *problem);

/* When no sites were named in any way: the arguments for an origin, ended by NULL; else NULL. */
const char *const *net_client_wants_origin(const struct net_client *client, int argc);

/* After all options: the sites of the arguments, files and origin (at least one), and the TLS
 * context where one is needed; a run that is simulated has none. Returns 0 or the problem's
 * status, in run->problem. */
int net_client_prepare(struct net_client *client, struct run *run, int argc, char **argv);

/* How many requests are in flight at most, unless told otherwise: few, when a site may be somebody
 * else's; 0, no limit, when all of them are on this host. */
uint32_t net_client_modest_width(const struct net_client *client);

/* Figures of the connections over TLS, as a workload fills them in; none when there were none. */
size_t net_client_figures(uint64_t full, uint64_t resumed, struct figure *figures);

/* A task's connections and requests, those that redirects led to among them. */
void net_client_certify(struct certificate *certificate, const struct fetch_work *work);

#endif
