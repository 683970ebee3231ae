/* The response parser. What llhttp leaves open is decided here: informational responses, folded
 * headers, limits, and the end of the message. */
#include "workloads/net/http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/limits.h"

enum {
    HEADERS_MAX = 5000,
    FRAMING_BYTES_MAX = 300 * 1024, /* headers, trailers, chunk lines */
    INFORMATIONAL_MAX = 16,
};

static struct http_response *response_of(llhttp_t *parser)
{
    return parser->data;
}

static int fail(struct http_response *response, enum http_fault fault)
{
    response->fault = (uint8_t)fault;
    return HPE_USER;
}

/* Only for a redirect, where a name is of interest. */
static int on_redirect_field(llhttp_t *parser, const char *at, size_t length)
{
    struct http_response *response = response_of(parser);
    if (response->in_value)
        response->name_length = 0;
    response->in_value = false;
    for (size_t i = 0; i < length; i++)
        if (response->name_length < sizeof response->name)
            response->name[response->name_length++] = at[i];
    return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t length)
{
    struct http_response *response = response_of(parser);
    if (++response->headers > HEADERS_MAX)
        return fail(response, HTTP_FAULT_HEADERS);
    /* llhttp skips blanks before a value, so a value that begins with one is the second line of a
     * folded header; unless the value is only resumed, in the middle, at the start of a feed. */
    if (length > 0 && (at[0] == ' ' || at[0] == '\t') &&
        ((const uint8_t *)at != response->feed_begin || response->last_byte == '\n'))
        return fail(response, HTTP_FAULT_FOLDED);
    return 0;
}

static int on_redirect_value(llhttp_t *parser, const char *at, size_t length)
{
    struct http_response *response = response_of(parser);
    int code = on_header_value(parser, at, length);
    response->in_value = true;
    if (code != 0 || response->name_length != 8 || strncasecmp(response->name, "location", 8) != 0)
        return code;
    size_t before = response->location != NULL ? strlen(response->location) : 0;
    if (before + length > URL_BYTES_MAX)
        return fail(response, HTTP_FAULT_LOCATION);
    char *location = realloc(response->location, before + length + 1);
    if (location == NULL) {
        response->no_memory = true;
        return HPE_USER;
    }
    memcpy(location + before, at, length);
    location[before + length] = 0;
    response->location = location;
    return 0;
}

static int on_headers_complete(llhttp_t *parser);
static int on_body(llhttp_t *parser, const char *at, size_t length);
static int on_message_complete(llhttp_t *parser);

static const llhttp_settings_t redirect_settings = {
    .on_header_field = on_redirect_field,
    .on_header_value = on_redirect_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* The status is known, the headers come: their names matter for a redirect alone. */
static int on_status_complete(llhttp_t *parser)
{
    if (parser->status_code / 100 == 3)
        parser->settings = (void *)(uintptr_t)&redirect_settings;
    return 0;
}

static int on_headers_complete(llhttp_t *parser)
{
    struct http_response *response = response_of(parser);
    response->status = parser->status_code;
    if (parser->status_code < 100) {
        response->fault = HPE_INVALID_STATUS;
        return -1;
    }
    if (parser->status_code / 100 == 1) {
        if (parser->status_code != 101 && ++response->informational <= INFORMATIONAL_MAX)
            return 1;
        fail(response, HTTP_FAULT_UPGRADE);
        return -1;
    }
    if ((parser->flags & (F_TRANSFER_ENCODING | F_CHUNKED)) == F_TRANSFER_ENCODING) {
        fail(response, HTTP_FAULT_CODING);
        return -1;
    }
    if ((parser->flags & F_CONTENT_LENGTH) && parser->content_length > response->body_max) {
        response->too_large = true;
        return -1;
    }
    /* Left to itself llhttp would give these the body that their Content-Length promises. */
    return parser->status_code == 204 || parser->status_code == 304 ? 1 : 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
    struct http_response *response = response_of(parser);
    response->body_bytes += length;
    if (response->body_bytes > response->body_max) {
        response->too_large = true;
        return HPE_USER;
    }
    if (response->status / 100 == 2)
        response->on_body(response->sink, (const uint8_t *)at, length);
    return 0;
}

static int on_message_complete(llhttp_t *parser)
{
    struct http_response *response = response_of(parser);
    if (parser->status_code / 100 == 1)
        return 0; /* the real one follows */
    response->complete = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_status_complete = on_status_complete,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

void http_begin(struct http_response *response, http_body_fn *body, void *sink, uint64_t body_max)
{
    *response = (struct http_response){.on_body = body, .sink = sink, .body_max = body_max};
    llhttp_init(&response->parser, HTTP_RESPONSE, &settings);
    response->parser.data = response;
}

void http_release(struct http_response *response)
{
    free(response->location);
    response->location = NULL;
}

static enum http_result failure(struct http_response *response, llhttp_errno_t code)
{
    if (response->too_large)
        return HTTP_TOO_LARGE;
    if (response->no_memory)
        return HTTP_NO_MEMORY;
    if (response->fault == 0)
        response->fault = (uint8_t)code;
    return HTTP_PROTOCOL;
}

enum http_result http_feed(struct http_response *response, const uint8_t *bytes, size_t length)
{
    const char *begin = (const char *)bytes;
    if (length == 0)
        return HTTP_MORE;
    response->feed_begin = bytes;
    response->fed_bytes += length;
    llhttp_errno_t code = llhttp_execute(&response->parser, begin, length);
    if (response->complete && code == HPE_PAUSED) {
        if (llhttp_get_error_pos(&response->parser) == begin + length)
            return HTTP_DONE;
        response->fault = HTTP_FAULT_SURPLUS;
        return HTTP_PROTOCOL;
    }
    if (code != HPE_OK)
        return failure(response, code);
    response->last_byte = bytes[length - 1];
    /* A byte of body can honestly cost a chunk line of its own, hardly more. */
    if (response->fed_bytes - response->body_bytes >
        FRAMING_BYTES_MAX + 16 * response->body_bytes) {
        response->fault = HTTP_FAULT_HEADERS;
        return HTTP_PROTOCOL;
    }
    return HTTP_MORE;
}

enum http_result http_end(struct http_response *response)
{
    llhttp_errno_t code = llhttp_finish(&response->parser);
    return response->complete && (code == HPE_OK || code == HPE_PAUSED) ? HTTP_DONE
                                                                        : HTTP_TRUNCATED;
}

bool http_keeps_alive(const struct http_response *response)
{
    return llhttp_should_keep_alive(&response->parser);
}

const char *http_fault_text(int fault)
{
    switch (fault) {
    case HTTP_FAULT_SURPLUS: return "there are bytes behind the end of the response";
    case HTTP_FAULT_HEADERS: return "its headers or chunk lines do not end";
    case HTTP_FAULT_FOLDED: return "a header is folded over two lines";
    case HTTP_FAULT_UPGRADE: return "it wants to change the protocol, or never comes to the point";
    case HTTP_FAULT_CODING: return "its body has a transfer coding that was not asked for";
    case HTTP_FAULT_LOCATION: return "its Location is longer than a URL may be";
    case HPE_INVALID_CONSTANT: return "it is not valid HTTP: it does not begin with HTTP/";
    case HPE_INVALID_VERSION: return "it is not valid HTTP: its version is none";
    case HPE_INVALID_STATUS: return "it is not valid HTTP: its status is none";
    case HPE_INVALID_HEADER_TOKEN:
        return "it is not valid HTTP: a header's name or value holds what it may not";
    case HPE_INVALID_CONTENT_LENGTH: return "it is not valid HTTP: its length is no number";
    case HPE_UNEXPECTED_CONTENT_LENGTH:
        return "it is not valid HTTP: two lengths, or a length and chunks";
    case HPE_INVALID_TRANSFER_ENCODING:
        return "it is not valid HTTP: chunks, with a length or below another coding";
    case HPE_INVALID_CHUNK_SIZE: return "it is not valid HTTP: a chunk's length is no number";
    case HPE_CR_EXPECTED:
    case HPE_LF_EXPECTED:
    case HPE_STRICT: return "it is not valid HTTP: a line does not end as it must";
    default: return "it is not valid HTTP";
    }
}
