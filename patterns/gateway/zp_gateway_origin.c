//  SPDX-License-Identifier: MIT
//
//  Does a request come from a page that the gateway serves itself? A page from
//  elsewhere can send requests, too: its browser says so in Origin. And one
//  whose own name was made to lead here (DNS rebinding) is of the same origin
//  for its browser: but then Host has that name, and not an address.

#define _GNU_SOURCE

#include "zp_gateway_private.h"

#include <arpa/inet.h>
#include <netdb.h>

//  Read an address; of IPv4 as IPv6 writes it
static bool
s_read_address (const char *text, struct in6_addr *address)
{
    char mapped[INET6_ADDRSTRLEN + 8];
    snprintf (mapped, sizeof mapped, "::ffff:%s", text);
    return inet_pton (AF_INET6, text, address) == 1 ||
           inet_pton (AF_INET6, mapped, address) == 1;
}

//  True if a client has connected to that address
static bool
s_is_here (const zp_gateway_conn_t *conn, const char *text)
{
    struct in6_addr shown, here;
    struct sockaddr_storage local = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof local;
    char host[NI_MAXHOST];
    return getsockname (conn->fd, (struct sockaddr *) &local, &size) == 0 &&
           getnameinfo ((struct sockaddr *) &local, size, host, sizeof host,
                        NULL, 0, NI_NUMERICHOST) == 0 &&
           s_read_address (host, &here) && s_read_address (text, &shown) &&
           memcmp (&here, &shown, sizeof here) == 0;
}

//  True if a host, as a URL has it, is where the gateway listens, under its
//  address or as localhost
static bool
s_is_ours (const zp_gateway_exchange_t *self, const char *text)
{
    char host[INET6_ADDRSTRLEN + 2];
    size_t all = strlen (text);
    size_t size = *text == '[' ? strcspn (text, "]") + 1 : strcspn (text, ":");
    const char *port = all > size ? text + size : ":80";
    if (size > all || size >= sizeof host || *port != ':' ||
        strspn (port + 1, "0123456789") != strlen (port + 1) ||
        strtoul (port + 1, NULL, 10) != (unsigned long) self->gateway->port)
        return false;
    bool six = *text == '[';
    snprintf (host, sizeof host, "%.*s", (int) (six ? size - 2 : size),
              six ? text + 1 : text);
    return strcasecmp (host, "localhost") == 0 || s_is_here (self->conn, host);
}

bool
zp_gateway_same_origin (const zp_gateway_exchange_t *self)
{
    static const char scheme[] = "http://";
    const char *host = zp_gateway_header (self, "Host");
    const char *origin = zp_gateway_header (self, "Origin");
    return host && s_is_ours (self, host) &&
           (!origin || (strncasecmp (origin, scheme, strlen (scheme)) == 0 &&
                        s_is_ours (self, origin + strlen (scheme))));
}
