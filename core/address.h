/* A network address as tasks see it: no socket type, so that workloads stay free of the socket
 * interface. Turning it into a sockaddr is the waiters' business. */
#ifndef CORE_ADDRESS_H
#define CORE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address {
    uint8_t bytes[16]; /* network order; 4 of them used when family is 4 */
    uint32_t scope;    /* IPv6 scope id, else 0 */
    uint16_t port;     /* host order */
    uint8_t family;    /* 4 or 6 */
};

enum { ADDRESS_TEXT_MAX = 64 };

/* Reads a numeric IPv4 or IPv6 address (no brackets). False when it is not one. */
bool address_parse(const char *text, uint16_t port, struct address *out);

/* From where an address can be reached, by IANA's registries of special-purpose addresses (RFC
 * 6890): this host; this network; everywhere, as far as an address tells. An IPv4 address within an
 * IPv6 one counts as itself. */
enum address_reach { REACH_HOST, REACH_PRIVATE, REACH_PUBLIC };
enum address_reach address_reach(const struct address *address);

/* Writes "1.2.3.4:80" or "[::1]:80"; returns text. */
const char *address_format(const struct address *address, char text[ADDRESS_TEXT_MAX]);

#endif
