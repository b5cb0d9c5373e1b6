//  SPDX-License-Identifier: MIT
//
//  Which address stands for a client

#include "zp_gateway_limit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

//  Read size bytes as an address, and write it in the one form that it has:
//  with bits64 only the first 64 bits of IPv6. False if it is none
static bool
s_address (const char *text, size_t size, bool bits64, char *room)
{
    char copy[ZP_GATEWAY_CLIENT_MAX];
    struct in6_addr address;
    if (size >= sizeof copy)
        return false;
    memcpy (copy, text, size);
    copy[size] = 0;
    if (inet_pton (AF_INET, copy, &address) == 1) {
        inet_ntop (AF_INET, &address, room, ZP_GATEWAY_CLIENT_MAX);
        return true;
    }
    if (inet_pton (AF_INET6, copy, &address) != 1)
        return false;
    if (IN6_IS_ADDR_V4MAPPED (&address)) {
        inet_ntop (AF_INET, address.s6_addr + 12, room, ZP_GATEWAY_CLIENT_MAX);
        return true;
    }
    if (bits64)
        memset (address.s6_addr + 8, 0, 8);
    inet_ntop (AF_INET6, &address, room, ZP_GATEWAY_CLIENT_MAX);
    return true;
}

//  True if an address, in its one form, is a proxy's
static bool
s_proxy (const char *address, const char *const *proxies)
{
    char proxy[ZP_GATEWAY_CLIENT_MAX];
    for (; *proxies; proxies++)
        if (s_address (*proxies, strlen (*proxies), false, proxy) &&
            strcmp (address, proxy) == 0)
            return true;
    return false;
}

const char *
zp_gateway_client (const char *peer, const char *forwarded,
                   const char *const *proxies, char *room)
{
    char address[ZP_GATEWAY_CLIENT_MAX];
    const char *end = forwarded ? forwarded + strlen (forwarded) : NULL;
    snprintf (room, ZP_GATEWAY_CLIENT_MAX, "%s", peer);
    if (!s_address (peer, strlen (peer), false, address))
        return room;
    //  From the last, whom the nearest proxy has seen, to the first, whom
    //  anybody may have made up
    while (end && s_proxy (address, proxies)) {
        const char *begin = end;
        while (begin > forwarded && begin[-1] != ',')
            begin--;
        const char *next = begin > forwarded ? begin - 1 : NULL;
        begin += strspn (begin, " \t");
        while (end > begin && strchr (" \t", end[-1]))
            end--;
        if (end <= begin ||
            !s_address (begin, (size_t) (end - begin), false, address))
            break;
        end = next;
    }
    s_address (address, strlen (address), true, room);
    return room;
}
