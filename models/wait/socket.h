/* Addresses of the contract as socket addresses, and back. */
#ifndef MODELS_WAIT_SOCKET_H
#define MODELS_WAIT_SOCKET_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "core/address.h"

/* Fills in `storage`, returns the length in use. */
static inline socklen_t socket_address(const struct address *address,
                                       struct sockaddr_storage *storage)
{
    memset(storage, 0, sizeof *storage);
    if (address->family == 4) {
        struct sockaddr_in *in = (struct sockaddr_in *)storage;
        in->sin_family = AF_INET;
        in->sin_port = htons(address->port);
        memcpy(&in->sin_addr, address->bytes, 4);
        return sizeof *in;
    }
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)storage;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(address->port);
    in6->sin6_scope_id = address->scope;
    memcpy(&in6->sin6_addr, address->bytes, 16);
    return sizeof *in6;
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
