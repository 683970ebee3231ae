/* URLs by liburiparser, within limits. */
#include "workloads/net/url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uriparser/Uri.h>

#include "core/address.h"
#include "core/limits.h"
#include "core/number.h"
#include "core/problem.h"

static char *copy_range(const char *first, const char *after)
{
    return strndup(first, (size_t)(after - first));
}

/* An IPv6 address can be written in many ways, and a URL that was resolved comes in another than
 * its base; hosts are compared as text, so one way is kept to. */
static char *copy_v6(const unsigned char *bytes)
{
    struct address address = {.family = 6};
    char text[ADDRESS_TEXT_MAX];
    memcpy(address.bytes, bytes, sizeof address.bytes);
    address_format(&address, text); /* "[host]:port" */
    return copy_range(text + 1, text + strcspn(text, "]"));
}

/* RFC 3986 allows none of these raw; servers and users write them all the same. */
static bool must_encode(unsigned char byte)
{
    return byte >= 0x80 || strchr("\"<>\\^`{|}", byte) != NULL;
}

static char *encode(const char *text, bool spaces_too)
{
    char *out = malloc(3 * strlen(text) + 1);
    if (out == NULL)
        return NULL;
    char *to = out;
    for (const unsigned char *from = (const unsigned char *)text; *from != 0; from++) {
        if (must_encode(*from) || (spaces_too && *from == ' '))
            to += sprintf(to, "%%%02X", *from);
        else
            *to++ = (char)*from;
    }
    *to = 0;
    return out;
}

/* Why liburiparser did not succeed. */
static const char *reason(int rc)
{
    return rc == URI_ERROR_MALLOC ? memory_is_short : "it is malformed";
}

static const char *check_text(const char *text)
{
    if (strlen(text) > URL_BYTES_MAX)
        return "it is longer than 8192 bytes";
    for (const unsigned char *at = (const unsigned char *)text; *at != 0; at++)
        if (*at <= ' ' || *at == 0x7f)
            return "it has a blank or a control character in it";
    return NULL;
}

static const char *read_host(const UriUriA *uri, struct url *out)
{
    if (uri->hostText.first == NULL || uri->hostText.first == uri->hostText.afterLast)
        return "it names no host";
    out->has_colon = uri->hostData.ip6 != NULL;
    out->host = out->has_colon ? copy_v6(uri->hostData.ip6->data)
                               : copy_range(uri->hostText.first, uri->hostText.afterLast);
    if (out->host == NULL)
        return memory_is_short;
    if (uri->hostData.ipFuture.first != NULL || strlen(out->host) > 253)
        return "its host is not one";
    for (char *at = out->host; *at != 0; at++) {
        if (!isalnum((unsigned char)*at) && strchr(out->has_colon ? ":." : ".-_", *at) == NULL)
            return "its host has other characters than letters, digits, '-', '_' and '.' (a name "
                   "in another script is written in its xn-- form)";
        *at = (char)tolower((unsigned char)*at);
    }
    return NULL;
}

static const char *read_port(const UriUriA *uri, struct url *out)
{
    out->port = out->tls ? 443 : 80;
    if (uri->portText.first == uri->portText.afterLast)
        return NULL;
    char text[8];
    size_t length = (size_t)(uri->portText.afterLast - uri->portText.first);
    uint64_t port;
    if (length >= sizeof text)
        return "its port is not one from 1 to 65535";
    memcpy(text, uri->portText.first, length);
    text[length] = 0;
    if (!number_parse(text, 1, 65535, &port))
        return "its port is not one from 1 to 65535";
    out->port = (uint16_t)port;
    return NULL;
}

static const char *read_uri(const UriUriA *uri, const char *text, struct url *out)
{
    size_t scheme =
        uri->scheme.first == NULL ? 0 : (size_t)(uri->scheme.afterLast - uri->scheme.first);
    if (scheme == 5 && strncasecmp(uri->scheme.first, "https", 5) == 0)
        out->tls = true;
    else if (scheme != 4 || strncasecmp(uri->scheme.first, "http", 4) != 0)
        return "it does not begin with http:// or https://";
    if (uri->userInfo.first != NULL)
        return "it has a user name in it";
    const char *why = read_host(uri, out);
    if (why == NULL)
        why = read_port(uri, out);
    if (why != NULL)
        return why;
    /* The path begins behind the authority; a fragment is not sent. */
    const char *from = text + strcspn(text, ":") + 3;
    from += strcspn(from, "/?#");
    size_t length = strcspn(from, "#");
    out->target = malloc(length + 2);
    if (out->target == NULL)
        return memory_is_short;
    snprintf(out->target, length + 2, "%s%.*s", *from == '/' ? "" : "/", (int)length, from);
    return NULL;
}

const char *url_parse(const char *text, struct url *out)
{
    *out = (struct url){0};
    const char *why = check_text(text);
    if (why != NULL)
        return why;
    char *encoded = encode(text, false);
    if (encoded == NULL)
        return memory_is_short;
    UriUriA uri;
    const char *error_at;
    int rc = uriParseSingleUriA(&uri, encoded, &error_at);
    if (rc != URI_SUCCESS) {
        why = reason(rc);
    } else {
        why = read_uri(&uri, encoded, out);
        uriFreeUriMembersA(&uri);
    }
    free(encoded);
    if (why != NULL)
        url_free(out);
    return why;
}

void url_free(struct url *url)
{
    free(url->host);
    free(url->target);
    *url = (struct url){0};
}

static const char *to_text(const UriUriA *uri, char **out)
{
    int length, rc = uriToStringCharsRequiredA(uri, &length);
    if (rc != URI_SUCCESS)
        return reason(rc);
    *out = malloc((size_t)length + 1);
    if (*out == NULL)
        return memory_is_short;
    rc = uriToStringA(*out, uri, length + 1, NULL);
    if (rc == URI_SUCCESS)
        return NULL;
    free(*out);
    *out = NULL;
    return reason(rc);
}

static const char *resolve(const char *base, const char *location, char **out)
{
    UriUriA base_uri, relative, absolute = {0};
    const char *error_at, *why;
    int rc = uriParseSingleUriA(&base_uri, base, &error_at);
    if (rc != URI_SUCCESS)
        return reason(rc);
    rc = uriParseSingleUriA(&relative, location, &error_at);
    if (rc == URI_SUCCESS) {
        rc = uriAddBaseUriA(&absolute, &relative, &base_uri);
        why = rc == URI_SUCCESS ? to_text(&absolute, out) : reason(rc);
        uriFreeUriMembersA(&absolute);
        uriFreeUriMembersA(&relative);
    } else {
        why = reason(rc);
    }
    uriFreeUriMembersA(&base_uri);
    return why;
}

const char *url_resolve(const char *base, const char *location, char **out)
{
    char *encoded_base = encode(base, true), *encoded = encode(location, true);
    const char *why = memory_is_short;
    *out = NULL;
    if (encoded_base != NULL && encoded != NULL)
        why = strlen(encoded) <= URL_BYTES_MAX ? resolve(encoded_base, encoded, out)
                                               : "it is longer than 8192 bytes";
    free(encoded_base);
    free(encoded);
    return why;
}
