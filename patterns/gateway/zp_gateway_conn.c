//  SPDX-License-Identifier: MIT
//
//  A connection has one timer, and its phase says what that means. A client
//  that sends its header a byte at a time is as late as one that sends none.
//  But one that takes an answer slowly is not late as long as it takes some of
//  it: the kernel knows how much (tcpi_bytes_acked).

#define _GNU_SOURCE

#include "zp_gateway_private.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zp_gateway_acked.h"

#define WATCH_MS 50  // A call that takes longer is worth to be cancelled

void
zp_gateway_conn_close (zp_gateway_conn_t *self)
{
    //  libmicrohttpd has no call for it, but it sees this
    shutdown (self->fd, SHUT_RDWR);
    zp_gateway_exchange_t *exchange = self->exchange;
    if (!exchange)
        return;
    exchange->gone = true;
    if (exchange->stream)
        zp_gateway_stream_over (exchange->stream);
    else
        zp_gateway_resume (exchange);
}

bool
zp_gateway_conn_detach (zp_gateway_conn_t *self)
{
    int fd = fcntl (self->fd, F_DUPFD_CLOEXEC, 0);
    if (fd == -1)
        return false;
    self->fd = fd;
    self->detached = true;
    zp_gateway_conn_phase (self, ZP_GATEWAY_SENDING, 0);
    return true;
}

//  libmicrohttpd has said nothing yet, so we may
static void
s_say_too_late (zp_gateway_conn_t *self)
{
    zp_gateway_exchange_t *exchange = self->exchange;
    zp_gateway_problem_t problem = {.code = 408,
                                    .status = ZP_DEADLINE_EXCEEDED,
                                    .detail = "the body took too long",
                                    .request_id = exchange->id};
    char *body = zp_gateway_problem_json (&problem);
    char *text = zsys_sprintf ("HTTP/1.1 408 Request Timeout\r\n"
                               "Content-Type: application/problem+json\r\n"
                               "Content-Length: %zu\r\n"
                               "Connection: close\r\n\r\n%s",
                               strlen (body), body);
    send (self->fd, text, strlen (text), MSG_NOSIGNAL | MSG_DONTWAIT);
    exchange->code = 408;
    zstr_free (&text);
    free (body);
}

static int
s_on_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_gateway_conn_t *self = arg;
    switch (self->phase) {
    case ZP_GATEWAY_BODY:
        zp_gateway_note (self->exchange, "the body took too long");
        zp_gateway_count_refused (self->gateway, "slow_body");
        s_say_too_late (self);
        break;
    case ZP_GATEWAY_HELD:
        zp_gateway_conn_watch (self);
        return 0;
    case ZP_GATEWAY_SENDING:
        if (zp_gateway_conn_moves (self)) {
            zp_gateway_conn_phase (self, ZP_GATEWAY_SENDING,
                                   self->gateway->limits->send_ms);
            return 0;
        }
        zp_gateway_note (self->exchange, "the client takes nothing");
        break;
    case ZP_GATEWAY_HEADER:
        zp_gateway_count_refused (self->gateway, "slow_header");
        break;
    default:
        break;
    }
    zp_gateway_conn_close (self);
    return 0;
}

static void
s_write_address (const struct sockaddr *address, char *room, socklen_t size)
{
    const void *bytes =
        address->sa_family == AF_INET6
            ? (const void *) &((const struct sockaddr_in6 *) address)->sin6_addr
            : (const void *) &((const struct sockaddr_in *) address)->sin_addr;
    inet_ntop (address->sa_family, bytes, room, size);
}

//  It is one more, or one less, of its client
static void
s_count (zp_gateway_conn_t *self, intptr_t more)
{
    zhashx_t *clients = self->gateway->clients;
    intptr_t count = (intptr_t) zhashx_lookup (clients, self->client) + more;
    if (count)
        zhashx_update (clients, self->client, (void *) count);
    else
        zhashx_delete (clients, self->client);
}

enum MHD_Result
zp_gateway_conn_accept (void *arg, const struct sockaddr *address,
                        socklen_t size)
{
    (void) size;
    zp_gateway_t *self = arg;
    int limit = self->limits->connections_client;
    char text[INET6_ADDRSTRLEN], client[ZP_GATEWAY_CLIENT_MAX];
    if (self->routes->proxies && *self->routes->proxies)
        return MHD_YES;  // A proxy's address is that of many clients
    s_write_address (address, text, sizeof text);
    zp_gateway_client (text, NULL, NULL, client);
    intptr_t count = (intptr_t) zhashx_lookup (self->clients, client);
    return !limit || count < limit ? MHD_YES : MHD_NO;
}

static void
s_note_address (zp_gateway_conn_t *self, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info (
        connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    s_write_address (info->client_addr, self->address, sizeof self->address);
    zp_gateway_client (self->address, NULL, NULL, self->client);
    s_count (self, 1);
}

static void
s_begin (zp_gateway_t *gateway, struct MHD_Connection *connection,
         void **conn_p)
{
    zp_gateway_conn_t *self = zmalloc (sizeof *self);
    self->gateway = gateway;
    self->fd =
        MHD_get_connection_info (connection, MHD_CONNECTION_INFO_CONNECTION_FD)
            ->connect_fd;
    s_note_address (self, connection);
    zp_timer_init (&self->timer, s_on_timer, self);
    LIST_INSERT_HEAD (&gateway->conns, self, all);
    zp_gateway_series_add (gateway->figures.connections, 1);
    zp_gateway_conn_phase (self, ZP_GATEWAY_HEADER, gateway->limits->header_ms);
    *conn_p = self;
}

static void
s_destroy (zp_gateway_conn_t *self)
{
    zp_gateway_t *gateway = self->gateway;
    zp_gateway_conn_unwatch (self);
    zp_timers_clear (gateway->timers, &self->timer);
    LIST_REMOVE (self, all);
    s_count (self, -1);
    zp_gateway_series_add (gateway->figures.connections, -1);
    free (self);
    //  There may be room for one that waits, which the daemon sees when it runs
    zp_timers_set (gateway->timers, &gateway->pump_timer, 0);
    zp_gateway_look_drained (gateway);
}

void
zp_gateway_conn_notify (void *arg, struct MHD_Connection *connection,
                        void **conn_p, enum MHD_ConnectionNotificationCode code)
{
    zp_gateway_conn_t *self = *conn_p;
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        s_begin (arg, connection, conn_p);
    else if (!self->detached)
        s_destroy (self);
}

void
zp_gateway_conn_end (zp_gateway_conn_t *self)
{
    zp_gateway_exchange_end (self->exchange);
    close (self->fd);
    s_destroy (self);
}

void
zp_gateway_conn_phase (zp_gateway_conn_t *self, zp_gateway_phase_t phase,
                       int limit_ms)
{
    zp_timers_t *timers = self->gateway->timers;
    self->phase = phase;
    if (phase == ZP_GATEWAY_HELD)
        limit_ms = WATCH_MS;
    if (limit_ms)
        zp_timers_set (timers, &self->timer, zclock_mono () + limit_ms);
    else
        zp_timers_clear (timers, &self->timer);
}

void
zp_gateway_conn_watch (zp_gateway_conn_t *self)
{
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET |
                                          (self->detached ? EPOLLOUT : 0),
                                .data.ptr = self};
    self->watched =
        self->watched ||
        epoll_ctl (self->gateway->watch, EPOLL_CTL_ADD, self->fd, &event) == 0;
}

void
zp_gateway_conn_unwatch (zp_gateway_conn_t *self)
{
    if (self->watched)
        epoll_ctl (self->gateway->watch, EPOLL_CTL_DEL, self->fd, NULL);
    self->watched = false;
}

int
zp_gateway_conn_look (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    (void) arg;
    struct epoll_event events[64];
    int count = epoll_wait (item->fd, events, 64, 0);
    for (int i = 0; i < count; i++) {
        zp_gateway_conn_t *self = events[i].data.ptr;
        if (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
            zp_gateway_note (self->exchange, "the client went away");
            zp_gateway_conn_close (self);
        }
        else
            zp_gateway_stream_write (self->exchange->stream);
    }
    return 0;
}

bool
zp_gateway_conn_moves (zp_gateway_conn_t *self)
{
    int queued;
    uint64_t acked = zp_gateway_acked (self->fd, &queued);
    bool moved = acked != self->acked;
    self->acked = acked;
    return moved || queued == 0;
}
