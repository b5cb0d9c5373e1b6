//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_bind.h"

#include <sys/socket.h>
#include <sys/un.h>

//  True if somebody listens at the path
static bool
s_ipc_in_use (const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen (path) >= sizeof address.sun_path)
        return false;  // ZeroMQ will say so
    strcpy (address.sun_path, path);
    if (path[0] == '@')
        address.sun_path[0] = 0;
    socklen_t size =
        (socklen_t) (offsetof (struct sockaddr_un, sun_path) + strlen (path));
    int fd = socket (AF_UNIX, SOCK_STREAM, 0);
    bool used =
        fd != -1 && connect (fd, (struct sockaddr *) &address, size) == 0;
    if (fd != -1)
        close (fd);
    return used;
}

static zp_status_t
s_failed (zp_bind_t *self, const char *endpoint, int error)
{
    const char *advice = "give one such as tcp://127.0.0.1:5555";
    zp_status_t status = ZP_INVALID_ARGUMENT;
    if (error == EADDRINUSE) {
        status = ZP_ALREADY_EXISTS;
        advice = "stop what listens there, or choose another endpoint";
    }
    else if (error == EACCES || error == EPERM) {
        status = ZP_PERMISSION_DENIED;
        advice = "choose a port above 1023, or a folder that is yours";
    }
    else if (error == EADDRNOTAVAIL || error == ENODEV)
        advice = "this machine has no such address";
    else if (error == ENOENT)
        advice = "make its folder first";
    else if (error == ENAMETOOLONG)
        advice = "choose a shorter path";
    snprintf (self->error, sizeof self->error, "can't listen at %s: %s; %s",
              endpoint, zmq_strerror (error), advice);
    return status;
}

zp_status_t
zp_bind_socket (zp_bind_t *self, zsock_t *socket, const char *endpoint)
{
    self->error[0] = 0;
    if (strncmp (endpoint, "ipc://", 6) == 0 && s_ipc_in_use (endpoint + 6))
        return s_failed (self, endpoint, EADDRINUSE);
    void *handle = zsock_resolve (socket);
    if (zmq_bind (handle, endpoint) == -1)
        return s_failed (self, endpoint, zmq_errno ());
    size_t size = sizeof self->endpoint;
    zmq_getsockopt (handle, ZMQ_LAST_ENDPOINT, self->endpoint, &size);
    return ZP_OK;
}
