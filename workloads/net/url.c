/* URLs by liburiparser, within limits. */
#include "workloads/net/url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uriparser/Uri.h>

#include "core/limits.h"
#include "core/number.h"

static char *copy_range(const char *first, const char *after)
{
    return strndup(first, (size_t)(after - first));
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
    out->host = copy_range(uri->hostText.first, uri->hostText.afterLast);
    if (out->host == NULL)
        return "memory is short";
    out->has_colon = uri->hostData.ip6 != NULL;
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
        return "memory is short";
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
        return "memory is short";
    UriUriA uri;
    const char *error_at;
    int rc = uriParseSingleUriA(&uri, encoded, &error_at);
    if (rc != URI_SUCCESS) {
        why = rc == URI_ERROR_MALLOC ? "memory is short" : "it is malformed";
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

static char *to_text(const UriUriA *uri)
{
    int length;
    if (uriToStringCharsRequiredA(uri, &length) != URI_SUCCESS)
        return NULL;
    char *text = malloc((size_t)length + 1);
    if (text != NULL && uriToStringA(text, uri, length + 1, NULL) != URI_SUCCESS) {
        free(text);
        text = NULL;
    }
    return text;
}

char *url_resolve(const char *base, const char *location)
{
    char *encoded_base = encode(base, true), *encoded = encode(location, true), *text = NULL;
    UriUriA base_uri, relative, absolute = {0};
    const char *error_at;
    if (encoded_base != NULL && encoded != NULL && strlen(encoded) <= URL_BYTES_MAX &&
        uriParseSingleUriA(&base_uri, encoded_base, &error_at) == URI_SUCCESS) {
        if (uriParseSingleUriA(&relative, encoded, &error_at) == URI_SUCCESS) {
            if (uriAddBaseUriA(&absolute, &relative, &base_uri) == URI_SUCCESS)
                text = to_text(&absolute);
            uriFreeUriMembersA(&absolute);
            uriFreeUriMembersA(&relative);
        }
        uriFreeUriMembersA(&base_uri);
    }
    free(encoded_base);
    free(encoded);
    return text;
}
