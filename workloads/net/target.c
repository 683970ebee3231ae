/* URLs, routes and requests, prepared. */
#include "workloads/net/target.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "core/problem.h"

#define USER_AGENT "crossover"

/* ---- Routes. ---- */

/* A route that is none: what it should have been is said by route_add(). */
static const char malformed[] = "it is malformed";
/* An IPv6 address as url.c writes it, whom it is compared with; what else is a host stays as it is.
 */
static char *as_in_url(char *host)
{
    struct address address;
    char text[ADDRESS_TEXT_MAX];
    if (strchr(host, ':') == NULL || !address_parse(host, 0, &address))
        return host;
    free(host);
    address_format(&address, text); /* "[host]:port" */
    return strndup(text + 1, strcspn(text + 1, "]"));
}

/* Takes "host:" or "[v6]:" off the front of *text; the rest of the text where it is the last part.
 * NULL, or why not. */
static const char *take_host(const char **text, bool last, char **host)
{
    const char *from = *text, *to;
    if (*from == '[') {
        to = strchr(++from, ']');
        if (to == NULL || (last ? to[1] != 0 : to[1] != ':'))
            return malformed;
        *text = last ? to + 1 : to + 2;
    } else {
        to = last ? from + strlen(from) : strchr(from, ':');
        if (to == NULL)
            return malformed;
        *text = last ? to : to + 1;
    }
    *host = strndup(from, (size_t)(to - from));
    for (char *at = *host; at != NULL && *at != 0; at++)
        *at = (char)tolower((unsigned char)*at);
    if (*host != NULL)
        *host = as_in_url(*host);
    return *host != NULL ? NULL : memory_is_short;
}

static bool take_port(const char **text, bool last, bool may_be_empty, uint16_t *port)
{
    size_t length = last ? strlen(*text) : strcspn(*text, ":");
    char digits[8];
    uint64_t value = 0;
    if (length >= sizeof digits || (!last && (*text)[length] != ':'))
        return false;
    memcpy(digits, *text, length);
    digits[length] = 0;
    if (!(length == 0 && may_be_empty) && !number_parse(digits, 1, 65535, &value))
        return false;
    *port = (uint16_t)value;
    *text += last ? length : length + 1;
    return true;
}

static const char *route_add(struct route **routes, struct route *made, const char *why,
                             const char *form)
{
    if (why != NULL) {
        routes_free(made);
        return why == memory_is_short ? why : form;
    }
    while (*routes != NULL)
        routes = &(*routes)->next;
    *routes = made;
    return NULL;
}

const char *route_add_connect_to(struct route **routes, const char *text)
{
    struct route *made = calloc(1, sizeof *made);
    const char *why = made != NULL ? take_host(&text, false, &made->from_host) : memory_is_short;
    if (why == NULL && !take_port(&text, false, true, &made->from_port))
        why = malformed;
    if (why == NULL)
        why = take_host(&text, false, &made->to_host);
    if (why == NULL && !take_port(&text, true, true, &made->to_port))
        why = malformed;
    return route_add(routes, made, why, "it is not HOST1:PORT1:HOST2:PORT2");
}

const char *route_add_resolve(struct route **routes, const char *text)
{
    struct route *made = calloc(1, sizeof *made);
    struct address address;
    const char *why = made != NULL ? take_host(&text, false, &made->from_host) : memory_is_short;
    if (why == NULL &&
        (made->from_host[0] == 0 || !take_port(&text, false, false, &made->from_port)))
        why = malformed;
    if (why == NULL)
        why = take_host(&text, true, &made->to_host);
    if (why == NULL && !address_parse(made->to_host, made->from_port, &address))
        why = malformed;
    return route_add(routes, made, why, "it is not HOST:PORT:ADDRESS with a numeric address");
}

void routes_free(struct route *routes)
{
    while (routes != NULL) {
        struct route *next = routes->next;
        free(routes->from_host);
        free(routes->to_host);
        free(routes);
        routes = next;
    }
}

static void apply_routes(const struct route *routes, struct target *target)
{
    target->connect_host = target->url.host;
    target->connect_port = target->url.port;
    for (const struct route *route = routes; route != NULL; route = route->next) {
        if (route->from_host[0] != 0 && strcmp(route->from_host, target->url.host) != 0)
            continue;
        if (route->from_port != 0 && route->from_port != target->url.port)
            continue;
        if (route->to_host[0] != 0)
            target->connect_host = route->to_host;
        if (route->to_port != 0)
            target->connect_port = route->to_port;
        return;
    }
}

/* ---- Targets. ---- */

/* The request twice, one after the other: to keep the connection, and to end it. */
static bool write_request(struct target *target)
{
    const struct url *url = &target->url;
    char port[8] = "";
    if (url->port != (url->tls ? 443 : 80))
        snprintf(port, sizeof port, ":%u", url->port);
    char *keep = NULL;
    int length = asprintf(
        &keep, "GET %s HTTP/1.1\r\nHost: %s%s%s%s\r\nUser-Agent: " USER_AGENT "\r\nAccept: */*\r\n",
        url->target, url->has_colon ? "[" : "", url->host, url->has_colon ? "]" : "", port);
    if (length < 0)
        return false;
    int both = asprintf(&target->request, "%s\r\n%sConnection: close\r\n\r\n", keep, keep);
    free(keep);
    if (both < 0) {
        target->request = NULL;
        return false;
    }
    target->request_length = (size_t)length + 2;
    target->close_request_at = target->request_length;
    target->close_request_length = (size_t)both - target->request_length;
    return true;
}

const char *target_make(const char *text, const struct route *routes, struct target *out)
{
    *out = (struct target){0};
    const char *why = url_parse(text, &out->url);
    if (why != NULL)
        return why;
    apply_routes(routes, out);
    out->numeric = address_parse(out->connect_host, out->connect_port, &out->address);
    out->text = strdup(text);
    if (out->text == NULL || !write_request(out)) {
        target_free(out);
        return memory_is_short;
    }
    return NULL;
}

void target_free(struct target *target)
{
    url_free(&target->url);
    free(target->text);
    free(target->request);
    *target = (struct target){0};
}
