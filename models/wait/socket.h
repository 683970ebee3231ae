/* Addresses of the contract as socket addresses, and back. */
#ifndef MODELS_WAIT_SOCKET_H
#define MODELS_WAIT_SOCKET_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "core/address.h"

union socket_name {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

/* Fills in `name`, returns the length in use. */
static inline socklen_t socket_address(const struct address *address, union socket_name *name)
{
    if (address->family == 4) {
        name->in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(address->port)};
        memcpy(&name->in.sin_addr, address->bytes, 4);
        return sizeof name->in;
    }
    name->in6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
                                      .sin6_port = htons(address->port),
                                      .sin6_scope_id = address->scope};
    memcpy(&name->in6.sin6_addr, address->bytes, 16);
    return sizeof name->in6;
}

/* False for a family that is neither IPv4 nor IPv6. */
static inline bool socket_address_read(const struct sockaddr *from, struct address *address)
{
    *address = (struct address){0};
    if (from->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, from, sizeof in);
        address->family = 4;
        address->port = ntohs(in.sin_port);
        memcpy(address->bytes, &in.sin_addr, 4);
        return true;
    }
    if (from->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, from, sizeof in6);
        address->family = 6;
        address->port = ntohs(in6.sin6_port);
        address->scope = in6.sin6_scope_id;
        memcpy(address->bytes, &in6.sin6_addr, 16);
        return true;
    }
    return false;
}

#endif
