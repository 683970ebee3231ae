/* Network options and what follows from them. */
#include "workloads/net/client.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/number.h"

/* As many as a browser opens to one host. */
enum { MODEST_WIDTH = 6 };

void net_client_defaults(struct net_client *client)
{
    *client = (struct net_client){.fetch = {.connect_timeout_ns = 10 * NS_PER_S,
                                            .max_time_ns = 60 * NS_PER_S,
                                            .idle_timeout_ns = 30 * NS_PER_S,
                                            .max_filesize = UINT64_C(1) << 30,
                                            .max_redirs = 10}};
}

void net_client_free(struct net_client *client)
{
    catalogue_free(&client->catalogue);
    tls_context_free(client->fetch.tls);
    free(client->cacert);
    free(client->sites_file);
    free(client->origin);
}

/* ---- Options. ---- */

static int option_text(const char *value, char **out, struct problem *problem)
{
    free(*out);
    *out = strdup(value);
    return *out != NULL ? 0 : problem_no_memory(problem);
}

static int option_route(struct net_client *client, const char *name, const char *value,
                        struct problem *problem)
{
    struct route **routes = &client->catalogue.routes;
    const char *why = strcmp(name, "resolve") == 0 ? route_add_resolve(routes, value)
                                                   : route_add_connect_to(routes, value);
    if (why == memory_is_short)
        return problem_no_memory(problem);
    return why == NULL ? 0 : problem_set(problem, STATUS_USAGE, "--%s '%s': %s", name, value, why);
}

static int option_session(struct net_client *client, const char *value, struct problem *problem)
{
    client->resume = strcmp(value, "resume") == 0;
    if (client->resume || strcmp(value, "full") == 0)
        return 0;
    return problem_set(problem, STATUS_USAGE, "--tls-session takes full or resume, not '%s'",
                       value);
}

int net_client_option(struct net_client *client, const char *name, const char *value,
                      struct problem *problem)
{
    struct fetch_settings *fetch = &client->fetch;
    uint64_t number = fetch->max_redirs;
    int status = 0;
    if (strcmp(name, "cacert") == 0)
        status = option_text(value, &client->cacert, problem);
    else if (strcmp(name, "sites") == 0)
        status = option_text(value, &client->sites_file, problem);
    else if (strcmp(name, "origin") == 0)
        status = option_text(value, &client->origin, problem);
    else if (strcmp(name, "insecure") == 0)
        client->insecure = true;
    else if (strcmp(name, "redirect-to-private") == 0)
        fetch->redirect_to_private = true;
    else if (strcmp(name, "tls-session") == 0)
        status = option_session(client, value, problem);
    else if (strcmp(name, "connect-timeout") == 0)
        status = option_duration(name, value, 1, &fetch->connect_timeout_ns, problem);
    else if (strcmp(name, "max-time") == 0)
        status = option_duration(name, value, 1, &fetch->max_time_ns, problem);
    else if (strcmp(name, "idle-timeout") == 0)
        status = option_duration(name, value, 1, &fetch->idle_timeout_ns, problem);
    else if (strcmp(name, "max-filesize") == 0)
        status = option_number(name, value, 0, UINT64_C(1) << 50, &fetch->max_filesize, problem);
    else if (strcmp(name, "max-redirs") == 0)
        status = option_number(name, value, 0, 1000, &number, problem);
    else
        status = option_route(client, name, value, problem);
    fetch->max_redirs = (uint32_t)number;
    return status;
}

const char *const *net_client_wants_origin(const struct net_client *client, int argc)
{
    static const char *const plain[] = {NULL}, *const tickets[] = {"--tls-tickets", "1", NULL};
    if (argc > 0 || client->sites_file != NULL || client->origin != NULL)
        return NULL;
    return client->resume ? tickets : plain;
}

/* ---- What follows from them. ---- */

static int read_sites(struct net_client *client, int argc, char **argv, struct problem *problem)
{
    struct catalogue *catalogue = &client->catalogue;
    int status =
        client->origin != NULL ? catalogue_read_routes(catalogue, client->origin, problem) : 0;
    for (int i = 0; i < argc && status == 0; i++)
        status = catalogue_add(catalogue, argv[i], NULL, problem);
    if (status == 0 && client->sites_file != NULL)
        status = catalogue_read_sites(catalogue, client->sites_file, problem);
    if (status == 0 && client->origin != NULL)
        status = catalogue_read_origin(catalogue, client->origin, problem);
    if (status == 0 && catalogue->count == 0)
        status = problem_set(problem, STATUS_USAGE, "there is no site to fetch: the list is empty");
    return status;
}

/* Whom to trust where nobody has said it: an origin's authority. One without https sites has none,
 * and then there is nothing to trust: *needed is false. */
static int choose_authority(struct net_client *client, bool *needed, struct problem *problem)
{
    *needed = true;
    if (client->origin == NULL || client->cacert != NULL)
        return 0;
    if (asprintf(&client->cacert, "%s/ca.pem", client->origin) < 0) {
        client->cacert = NULL;
        return problem_no_memory(problem);
    }
    if (access(client->cacert, F_OK) == 0)
        return 0;
    free(client->cacert);
    client->cacert = NULL;
    *needed = false;
    for (uint32_t i = 0; i < client->catalogue.count; i++)
        *needed |= client->catalogue.sites[i].target.url.tls;
    return 0;
}

int net_client_prepare(struct net_client *client, struct run *run, int argc, char **argv)
{
    struct problem *problem = &run->problem;
    bool needs_tls;
    int status = read_sites(client, argc, argv, problem);
    client->fetch.routes = client->catalogue.routes;
    client->fetch.in_the_clear = run->simulation != NULL;
    if (status != 0 || client->fetch.in_the_clear)
        return status;
    status = choose_authority(client, &needs_tls, problem);
    if (status != 0 || !needs_tls)
        return status;
    if (client->insecure)
        fprintf(stderr, "certificates are NOT verified (--insecure)\n");
    client->fetch.tls = tls_context_make(client->cacert, client->insecure, problem);
    if (client->fetch.tls == NULL)
        return (int)problem->status;
    if (client->resume && !tls_context_resume(client->fetch.tls))
        return problem_set(problem, STATUS_ENVIRONMENT, "memory for TLS was refused");
    return 0;
}

uint32_t net_client_modest_width(const struct net_client *client)
{
    for (uint32_t i = 0; i < client->catalogue.count && !client->fetch.in_the_clear; i++) {
        const struct target *target = &client->catalogue.sites[i].target;
        if (!target->numeric || address_reach(&target->address) != REACH_HOST)
            return MODEST_WIDTH;
    }
    return 0;
}

size_t net_client_figures(uint64_t full, uint64_t resumed, struct figure *figures)
{
    if (full + resumed == 0)
        return 0;
    figures[0] = (struct figure){.name = "tls_full", .value = (double)full};
    figures[1] = (struct figure){.name = "tls_resumed", .value = (double)resumed};
    return 2;
}

void net_client_certify(struct certificate *certificate, const struct fetch_work *work)
{
    certificate_connections(certificate, work->connections);
    certificate_count(certificate, "requests", work->responses);
}
