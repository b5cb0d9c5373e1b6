//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "endpoint.h"

#include <czmq.h>
#include <netdb.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static const char *
s_after (const char *text, const char *prefix)
{
    size_t size = strlen (prefix);
    return strncmp (text, prefix, size) == 0 ? text + size : NULL;
}

static char *
s_path_wrong (const char *path)
{
    size_t size = strlen (path);
    if (*path != '/' && *path != '@')
        return strdup ("ipc:// needs a path that starts with /, such as "
                       "ipc://{run}/NAME");
    if (size > ENDPOINT_PATH_MAX)
        return zsys_sprintf ("the path is %zu bytes long, and the system takes "
                             "%d: use {run}, or set XDG_RUNTIME_DIR to a "
                             "shorter folder (%s)",
                             size, ENDPOINT_PATH_MAX, path);
    return NULL;
}

static char *
s_address_wrong (const char *address)
{
    const char *colon = strrchr (address, ':');
    if (!colon || colon == address)
        return strdup ("tcp:// needs an address and a port, such as "
                       "tcp://127.0.0.1:5555");
    if (*address == '*')
        return strdup ("clients connect to it as well, so it needs an address, "
                       "such as tcp://127.0.0.1:5555, not *");
    char *end;
    long port = strtol (colon + 1, &end, 10);
    if (!isdigit ((unsigned char) colon[1]) || *end || port < 1 || port > 65535)
        return zsys_sprintf ("the port must be a number from 1 to 65535, not "
                             "'%s'",
                             colon + 1);
    return NULL;
}

char *
endpoint_wrong (const char *endpoint)
{
    const char *path = s_after (endpoint, "ipc://");
    const char *address = s_after (endpoint, "tcp://");
    if (path)
        return s_path_wrong (path);
    if (address)
        return s_address_wrong (address);
    return zsys_sprintf ("an endpoint starts with ipc:// or tcp://, not '%s'",
                         endpoint);
}

//  The addresses of "host:port" or "[host]:port", or NULL
static struct addrinfo *
s_resolve (const char *address)
{
    const char *colon = strrchr (address, ':');
    bool brackets = *address == '[' && colon[-1] == ']';
    char *host = strndup (address + brackets,
                          (size_t) (colon - address) - 2 * (size_t) brackets);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo (host, colon + 1, &hints, &found) != 0)
        found = NULL;
    free (host);
    return found;
}

static bool
s_path_in_use (const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen (path) > ENDPOINT_PATH_MAX)
        return false;
    strcpy (address.sun_path, path);
    if (*path == '@')
        address.sun_path[0] = 0;
    socklen_t size =
        (socklen_t) (offsetof (struct sockaddr_un, sun_path) + strlen (path));
    int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    //  Of one that stands still the queue may be full; that can't be waited for
    bool in_use =
        fd != -1 && (connect (fd, (struct sockaddr *) &address, size) == 0 ||
                     errno == EAGAIN);
    if (fd != -1)
        close (fd);
    return in_use;
}

static bool
s_address_in_use (const char *address)
{
    struct addrinfo *found = s_resolve (address);
    if (!found)
        return false;
    //  With SO_REUSEADDR, as ZeroMQ sets it, only a listener is in the way
    int on = 1;
    int fd = socket (found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bool in_use = bind (fd, found->ai_addr, found->ai_addrlen) == -1 &&
                  errno == EADDRINUSE;
    if (fd != -1)
        close (fd);
    freeaddrinfo (found);
    return in_use;
}

bool
endpoint_in_use (const char *endpoint)
{
    const char *path = s_after (endpoint, "ipc://");
    const char *address = s_after (endpoint, "tcp://");
    return path      ? s_path_in_use (path)
           : address ? s_address_in_use (address)
                     : false;
}
