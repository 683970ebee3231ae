/* The response parser. What llhttp leaves open is decided here: informational responses, folded
 * headers, limits, and the end of the message. */
#include "workloads/net/http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/limits.h"

enum {
    HEADERS_MAX = 5000,
    FRAMING_BYTES_MAX = 300 * 1024,
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
    for (size_t i = 0; i < length; i++)
        if (response->name_length < sizeof response->name)
            response->name[response->name_length++] = at[i];
    return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t length)
{
    struct http_response *response = response_of(parser);
    /* llhttp skips blanks before a value, so a value that begins with one is the second line of a
     * folded header; unless the value is only resumed, in the middle, at the start of a feed. */
    if (length > 0 && (at[0] == ' ' || at[0] == '\t') &&
        ((const uint8_t *)at != response->feed_begin || response->last_byte == '\n'))
        return fail(response, HTTP_FAULT_FOLDED);
    return 0;
}

static int on_header_value_complete(llhttp_t *parser)
{
    struct http_response *response = response_of(parser);
    return ++response->headers > response->headers_max ? fail(response, HTTP_FAULT_HEADERS) : 0;
}

/* A trailer comes too late to say where to go. */
static bool is_location(const struct http_response *response)
{
    return response->name_length == 8 && strncasecmp(response->name, "location", 8) == 0 &&
           !(response->parser.flags & F_TRAILING);
}

static int on_redirect_value(llhttp_t *parser, const char *at, size_t length)
{
    struct http_response *response = response_of(parser);
    int code = on_header_value(parser, at, length);
    if (code != 0 || !is_location(response))
        return code;
    if (response->has_location) /* which of them is meant, the server alone knows */
        return fail(response, HTTP_FAULT_LOCATIONS);
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

/* The blanks behind a value are none of it. */
static void trim(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    text[length] = 0;
}

static int on_redirect_value_complete(llhttp_t *parser)
{
    struct http_response *response = response_of(parser);
    if (is_location(response)) {
        response->has_location = true;
        if (response->location != NULL)
            trim(response->location);
    }
    response->name_length = 0;
    return on_header_value_complete(parser);
}

static int on_headers_complete(llhttp_t *parser);
static int on_body(llhttp_t *parser, const char *at, size_t length);
static int on_message_complete(llhttp_t *parser);

static const llhttp_settings_t redirect_settings = {
    .on_header_field = on_redirect_field,
    .on_header_value = on_redirect_value,
    .on_header_value_complete = on_redirect_value_complete,
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
    if (parser->status_code < 100) { /* llhttp takes fewer digits than three */
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

/* Whether what is no body has taken too much, up to a byte of this feed. It is asked where a body
 * goes on and where a feed ends, so that it comes to the same wherever that is. A byte of body can
 * honestly cost a chunk line of its own, hardly more. */
static bool framing_is_too_long(const struct http_response *response, const char *at)
{
    uint64_t fed_bytes = response->fed_bytes + (uint64_t)(at - (const char *)response->feed_begin);
    return fed_bytes - response->body_bytes >
           response->framing_bytes_max + 16 * response->body_bytes;
}

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
    struct http_response *response = response_of(parser);
    if (framing_is_too_long(response, at))
        return fail(response, HTTP_FAULT_HEADERS);
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
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

void http_begin(struct http_response *response, http_body_fn *body, void *sink, uint64_t body_max)
{
    *response = (struct http_response){.on_body = body,
                                       .sink = sink,
                                       .body_max = body_max,
                                       .framing_bytes_max = FRAMING_BYTES_MAX,
                                       .headers_max = HEADERS_MAX};
    llhttp_init(&response->parser, HTTP_RESPONSE, &settings);
    response->parser.data = response;
}

void http_release(struct http_response *response)
{
    free(response->location);
    response->location = NULL;
}

/* What stopped the parser, at a byte of this feed. */
static enum http_result stopped(struct http_response *response, llhttp_errno_t code, const char *at,
                                const char *end)
{
    bool done = response->complete && code == HPE_PAUSED;
    if (response->fault == 0 && framing_is_too_long(response, at))
        response->fault = HTTP_FAULT_HEADERS;
    if (response->fault == 0 && done && at != end)
        response->fault = HTTP_FAULT_SURPLUS;
    if (response->fault != 0)
        return HTTP_PROTOCOL;
    if (done)
        return HTTP_DONE;
    if (response->too_large)
        return HTTP_TOO_LARGE;
    if (response->no_memory)
        return HTTP_NO_MEMORY;
    response->fault = (uint8_t)code;
    return HTTP_PROTOCOL;
}

enum http_result http_feed(struct http_response *response, const uint8_t *bytes, size_t length)
{
    const char *begin = (const char *)bytes, *end = begin + length;
    if (response->ended == HTTP_DONE && length > 0) {
        response->fault = HTTP_FAULT_SURPLUS;
        response->ended = HTTP_PROTOCOL;
    }
    if (response->ended != HTTP_MORE || length == 0)
        return response->ended;
    response->feed_begin = bytes;
    llhttp_errno_t code = llhttp_execute(&response->parser, begin, length);
    if (code != HPE_OK) {
        response->ended = stopped(response, code, llhttp_get_error_pos(&response->parser), end);
    } else if (framing_is_too_long(response, end)) {
        response->fault = HTTP_FAULT_HEADERS;
        response->ended = HTTP_PROTOCOL;
    }
    response->last_byte = bytes[length - 1];
    response->fed_bytes += length;
    return response->ended;
}

enum http_result http_end(struct http_response *response)
{
    if (response->ended != HTTP_MORE)
        return response->ended;
    llhttp_errno_t code = llhttp_finish(&response->parser);
    bool done = response->complete && (code == HPE_OK || code == HPE_PAUSED);
    response->ended = done ? HTTP_DONE : HTTP_TRUNCATED;
    return response->ended;
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
    case HTTP_FAULT_LOCATIONS: return "it has more than one Location";
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
