/* Numeric addresses to and from text. */
#include "core/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

bool address_parse(const char *text, uint16_t port, struct address *out)
{
    *out = (struct address){.port = port, .family = 4};
    if (inet_pton(AF_INET, text, out->bytes) == 1)
        return true;
    out->family = 6;
    return inet_pton(AF_INET6, text, out->bytes) == 1;
}

const char *address_format(const struct address *address, char text[ADDRESS_TEXT_MAX])
{
    char host[INET6_ADDRSTRLEN] = "?";
    inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->bytes, host, sizeof host);
    snprintf(text, ADDRESS_TEXT_MAX, address->family == 4 ? "%s:%u" : "[%s]:%u", host,
             (unsigned)address->port);
    return text;
}
