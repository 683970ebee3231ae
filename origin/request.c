/* Requests out of bytes. */
#include "origin/request.h"

#include <stdlib.h>
#include <string.h>

#include "core/number.h"

static bool append(struct request *request, const char *at, size_t length, size_t *part)
{
    size_t used = request->target_length + request->host_length;
    if (used + length > REQUEST_TEXT_MAX)
        return false;
    if (used + length > request->capacity) {
        size_t capacity = 2 * (used + length) + 100;
        char *text = realloc(request->text, capacity);
        if (text == NULL)
            return false;
        request->text = text;
        request->capacity = capacity;
    }
    if (length > 0) /* else there may be no text yet */
        memcpy(request->text + used, at, length);
    *part += length;
    return true;
}

static int on_url(llhttp_t *parser, const char *at, size_t length)
{
    struct request *request = parser->data;
    return append(request, at, length, &request->target_length) ? 0 : HPE_USER;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t length)
{
    static const char host[] = "host";
    struct request *request = parser->data;
    for (size_t i = 0; i < length; i++, request->name_at++)
        request->in_host = (request->name_at == 0 || request->in_host) && request->name_at < 4 &&
                           (at[i] | 0x20) == host[request->name_at];
    return 0;
}

/* A trailer comes too late to say whom is asked. */
static bool is_host(const struct request *request)
{
    return request->in_host && request->name_at == 4 && !(request->parser.flags & F_TRAILING);
}

static int on_header_value(llhttp_t *parser, const char *at, size_t length)
{
    struct request *request = parser->data;
    if (!is_host(request))
        return 0;
    if (request->has_host) /* which of them is meant, the client alone knows */
        return HPE_USER;
    return append(request, at, length, &request->host_length) ? 0 : HPE_USER;
}

static int on_header_value_complete(llhttp_t *parser)
{
    struct request *request = parser->data;
    request->has_host |= is_host(request);
    request->name_at = 0;
    request->in_host = false;
    return 0;
}

static int on_message_complete(llhttp_t *parser)
{
    struct request *request = parser->data;
    request->keeps_alive = llhttp_should_keep_alive(parser);
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_message_complete = on_message_complete,
};

void request_begin(struct request *request)
{
    llhttp_init(&request->parser, HTTP_REQUEST, &settings);
    request->parser.data = request;
    request->target_length = request->host_length = request->name_at = 0;
    request->in_host = request->has_host = false;
}

enum request_result request_feed(struct request *request, const char *bytes, size_t length,
                                 size_t *used)
{
    llhttp_errno_t code = llhttp_execute(&request->parser, bytes, length);
    *used = length;
    if (code == HPE_OK)
        return REQUEST_MORE;
    if (code != HPE_PAUSED)
        return REQUEST_BAD;
    *used = (size_t)(llhttp_get_error_pos(&request->parser) - bytes);
    return REQUEST_COMPLETE;
}

/* Of the Host's own bytes: those that blanks around it are not. */
static size_t trimmed(const char *text, size_t length)
{
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    return length;
}

/* "name", "name:port", "[v6]" or "[v6]:port", cut into its parts; NULL: it is none of these. */
static char *cut_host(char *name, uint16_t *port)
{
    char *end = name + strcspn(name, ":");
    if (name[0] == '[') {
        end = strchr(++name, ']');
        if (end == NULL)
            return NULL;
        *end++ = 0;
    }
    uint64_t number = *port;
    if (*end != 0 && (*end != ':' || !number_parse(end + 1, 1, 65535, &number)))
        return NULL;
    *end = 0;
    *port = (uint16_t)number;
    return name;
}

bool request_names(struct request *request, const char **target, const char **host, uint16_t *port)
{
    size_t target_length = request->target_length, ignored = 0;
    if (target_length == 0) /* CONNECT may go without */
        return false;
    if (!append(request, "\0", 2, &ignored)) /* room for both terminators */
        return false;
    char *name = request->text + target_length + 1;
    memmove(name, name - 1, request->host_length);
    name[-1] = 0;
    name[trimmed(name, request->host_length)] = 0;
    for (const unsigned char *at = (const unsigned char *)name; *at != 0; at++)
        if (*at <= ' ' || *at == 0x7f)
            return false;
    *target = request->text;
    *host = cut_host(name, port);
    return *host != NULL;
}

void request_release(struct request *request)
{
    free(request->text);
    request->text = NULL;
}
