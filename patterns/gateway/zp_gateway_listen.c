//  SPDX-License-Identifier: MIT
//
//  The daemon of libmicrohttpd lives on the loop: it has an epoll of its own,
//  which the loop waits for as for any other socket, and no thread. What it can
//  not see to at once it says, and is called again in the next turn.

#define _GNU_SOURCE

#include "zp_gateway_private.h"

#include <netdb.h>
#include <unistd.h>

#define BACKLOG 1000  // Connections that are made at once
#define ROUNDS  8     // Of the daemon, before others have their turn
#define ROOM    8192  // Bytes of a connection beside the header that it reads

void
zp_gateway_pump (zp_gateway_t *self)
{
    if (self->pumping || !self->daemon)
        return;
    self->pumping = true;
    zp_timers_clear (self->timers, &self->pump_timer);
    bool more;
    int rounds = 0;
    do {
        MHD_UNSIGNED_LONG_LONG wait_ms;
        MHD_run (self->daemon);
        more =
            MHD_get_timeout (self->daemon, &wait_ms) == MHD_YES && wait_ms == 0;
    } while (more && ++rounds < ROUNDS);
    self->pumping = false;
    if (more)
        zp_timers_set (self->timers, &self->pump_timer, 0);
}

static int
s_on_pump_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_gateway_pump (arg);
    return 0;
}

static int
s_on_ready (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    (void) item;
    zp_gateway_pump (arg);
    return 0;
}

static zp_status_t s_error (zp_gateway_t *self, zp_status_t status,
                            const char *format, ...) CHECK_PRINTF (3);

static zp_status_t
s_error (zp_gateway_t *self, zp_status_t status, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    vsnprintf (self->error, sizeof self->error, format, args);
    va_end (args);
    return status;
}

//  Cut an address into host and port; false if it is none
static bool
s_cut (const char *address, char *host, size_t room, const char **port)
{
    const char *colon = strrchr (address, ':');
    *port = colon ? colon + 1 : address;
    size_t size = colon ? (size_t) (colon - address) : 0;
    if (size > 1 && *address == '[' && address[size - 1] == ']') {
        address++;
        size -= 2;
    }
    snprintf (host, room, "%.*s", (int) size, address);
    return size < room && (size > 0 || !colon) && **port &&
           strspn (*port, "0123456789") == strlen (*port) &&
           strtoul (*port, NULL, 10) <= UINT16_MAX;
}

//  A socket that listens there, or -1 and *status_p
static int
s_listen (zp_gateway_t *self, const char *address, zp_status_t *status_p)
{
    char host[256];
    const char *port;
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    if (!s_cut (address, host, sizeof host, &port) ||
        getaddrinfo (*host ? host : "127.0.0.1", port, &hints, &found) != 0) {
        *status_p = s_error (
            self, ZP_INVALID_ARGUMENT,
            "%.200s: no address; try 127.0.0.1:8080, or [::1]:8080", address);
        return -1;
    }
    int one = 1;
    int fd = socket (found->ai_family,
                     SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd == -1 ||
        setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == -1 ||
        bind (fd, found->ai_addr, found->ai_addrlen) == -1 ||
        listen (fd, BACKLOG) == -1) {
        *status_p =
            s_error (self,
                     errno == EADDRINUSE ? ZP_ALREADY_EXISTS
                     : errno == EACCES   ? ZP_PERMISSION_DENIED
                                         : ZP_INVALID_ARGUMENT,
                     "can't listen at %.200s: %s", address, strerror (errno));
        if (fd != -1)
            close (fd);
        fd = -1;
    }
    freeaddrinfo (found);
    return fd;
}

static void
s_note_url (zp_gateway_t *self, int fd)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof address;
    getsockname (fd, (struct sockaddr *) &address, &size);
    char host[NI_MAXHOST], port[NI_MAXSERV];
    getnameinfo ((struct sockaddr *) &address, size, host, sizeof host, port,
                 sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    bool six = address.ss_family == AF_INET6;
    snprintf (self->url, sizeof self->url, "http://%s%.45s%s:%.5s",
              six ? "[" : "", host, six ? "]" : "", port);
    self->port = (int) strtol (port, NULL, 10);
}

//  With TURBO it does not shut down what it closes, so that a stream of events
//  can go on in a copy of the descriptor
static struct MHD_Daemon *
s_start (zp_gateway_t *self, int fd)
{
    return MHD_start_daemon (
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO, 0,
        zp_gateway_conn_accept, self, zp_gateway_intake, self,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned) self->limits->connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, self->limits->header_bytes + ROOM,
        MHD_OPTION_NOTIFY_CONNECTION, zp_gateway_conn_notify, self,
        MHD_OPTION_URI_LOG_CALLBACK, zp_gateway_intake_uri, self,
        MHD_OPTION_NOTIFY_COMPLETED, zp_gateway_intake_end, self,
        MHD_OPTION_END);
}

zp_status_t
zp_gateway_bind (zp_gateway_t *self, const char *address)
{
    assert (!self->daemon);
    self->error[0] = 0;
    zp_status_t status = ZP_OK;
    int fd = s_listen (self, address, &status);
    if (fd == -1)
        return status;
    s_note_url (self, fd);
    zp_timer_init (&self->pump_timer, s_on_pump_timer, self);
    self->daemon = s_start (self, fd);
    if (!self->daemon) {
        close (fd);
        return s_error (self, ZP_RESOURCE_EXHAUSTED,
                        "libmicrohttpd can't start: %s", strerror (errno));
    }
    self->epoll =
        MHD_get_daemon_info (self->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    zmq_pollitem_t item = {.fd = self->epoll, .events = ZMQ_POLLIN};
    zloop_poller (self->loop, &item, s_on_ready, self);
    return ZP_OK;
}

void
zp_gateway_listen_end (zp_gateway_t *self)
{
    if (!self->daemon)
        return;
    int fd = MHD_quiesce_daemon (self->daemon);
    if (fd != -1)
        close (fd);
    zp_gateway_conn_t *conn, *next;
    for (conn = LIST_FIRST (&self->conns); conn; conn = next) {
        next = LIST_NEXT (conn, all);
        if (!conn->exchange)
            zp_gateway_conn_close (conn);
        else if (conn->exchange->stream)
            zp_gateway_stream_end (conn->exchange->stream,
                                   "the gateway is about to end");
    }
    zp_gateway_pump (self);
}

void
zp_gateway_listen_destroy (zp_gateway_t *self)
{
    if (!self->daemon)
        return;
    //  A daemon must not be stopped while connections are suspended
    zp_gateway_conn_t *conn, *next;
    for (conn = LIST_FIRST (&self->conns); conn; conn = next) {
        next = LIST_NEXT (conn, all);
        if (!conn->exchange)
            continue;
        conn->exchange->gone = true;
        if (conn->detached)
            zp_gateway_conn_end (conn);
        else
            zp_gateway_resume (conn->exchange);
    }
    zmq_pollitem_t item = {.fd = self->epoll};
    zloop_poller_end (self->loop, &item);
    MHD_stop_daemon (self->daemon);
    self->daemon = NULL;
}
