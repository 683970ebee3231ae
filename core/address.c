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

struct block {
    uint8_t prefix[4];
    uint8_t bits;
    uint8_t reach;
};

static bool within(const uint8_t *bytes, const uint8_t *prefix, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    return memcmp(bytes, prefix, whole) == 0 &&
           (rest == 0 || ((bytes[whole] ^ prefix[whole]) >> (8 - rest)) == 0);
}

static enum address_reach reach_v4(const uint8_t *bytes)
{
    static const struct block blocks[] = {
        {{0}, 8, REACH_HOST},
        {{127}, 8, REACH_HOST},
        {{10}, 8, REACH_PRIVATE},
        {{100, 64}, 10, REACH_PRIVATE},
        {{169, 254}, 16, REACH_PRIVATE},
        {{172, 16}, 12, REACH_PRIVATE},
        {{192, 0, 0}, 24, REACH_PRIVATE},
        {{192, 168}, 16, REACH_PRIVATE},
        {{198, 18}, 15, REACH_PRIVATE},
        {{224}, 3, REACH_PRIVATE},
    };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (within(bytes, blocks[i].prefix, blocks[i].bits))
            return (enum address_reach)blocks[i].reach;
    return REACH_PUBLIC;
}

enum address_reach address_reach(const struct address *address)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}; /* ::ffff:0:0/96 */
    static const uint8_t translated[12] = {0, 0x64, 0xff, 0x9b};  /* 64:ff9b::/96 */
    static const uint8_t nowhere[15] = {0};                       /* :: and ::1 */
    const uint8_t *bytes = address->bytes;
    if (address->family == 4)
        return reach_v4(bytes);
    if (memcmp(bytes, mapped, sizeof mapped) == 0 ||
        memcmp(bytes, translated, sizeof translated) == 0)
        return reach_v4(bytes + 12);
    if (memcmp(bytes, nowhere, sizeof nowhere) == 0 && bytes[15] <= 1)
        return REACH_HOST;
    /* fc00::/7, fe80::/10, fec0::/10, ff00::/8 */
    bool near =
        (bytes[0] & 0xfe) == 0xfc || (bytes[0] == 0xfe && bytes[1] >= 0x80) || bytes[0] == 0xff;
    return near ? REACH_PRIVATE : REACH_PUBLIC;
}

const char *address_format(const struct address *address, char text[ADDRESS_TEXT_MAX])
{
    char host[INET6_ADDRSTRLEN] = "?";
    inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->bytes, host, sizeof host);
    snprintf(text, ADDRESS_TEXT_MAX, address->family == 4 ? "%s:%u" : "[%s]:%u", host,
             (unsigned)address->port);
    return text;
}
