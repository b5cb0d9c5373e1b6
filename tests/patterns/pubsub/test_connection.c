//  SPDX-License-Identifier: MIT
//
//  The connection between publisher and subscriber is cut, or stands still, in
//  the middle of a stream

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.h"

//  A TCP proxy on a loop, for one connection at a time
typedef struct {
    zloop_t *loop;      // Where it lives
    uint16_t port;      // Of the publisher
    int listener;       // Where subscribers connect to
    int end[2];         // To the subscriber, to the publisher; -1: none
    char endpoint[64];  // For the subscriber
    size_t cuts;        // Connections that there were before
} s_proxy_t;

static int
s_socket (void)
{
    int fd = socket (AF_INET, SOCK_STREAM, 0);
    assert_true (fd >= 0);
    return fd;
}

static struct sockaddr_in
s_address (uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons (port),
                                .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
}

static void
s_cut (s_proxy_t *self)
{
    if (self->end[0] == -1)
        return;
    for (int i = 0; i < 2; i++) {
        zmq_pollitem_t item = {.fd = self->end[i], .events = ZMQ_POLLIN};
        zloop_poller_end (self->loop, &item);
        close (self->end[i]);
        self->end[i] = -1;
    }
    self->cuts++;
}

//  Pass on what comes, if there is room for it
static int
s_pass (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    s_proxy_t *self = arg;
    int to = self->end[item->fd == self->end[0]];
    struct pollfd room = {.fd = to, .events = POLLOUT};
    char data[4096];
    if (poll (&room, 1, 0) == 0)
        return 0;
    ssize_t size = read (item->fd, data, sizeof data);
    if (size <= 0 ||
        send (to, data, (size_t) size, MSG_NOSIGNAL) != (ssize_t) size)
        s_cut (self);
    return 0;
}

//  Pass on what comes, or let it wait
static void
s_flow (s_proxy_t *self, bool flow)
{
    for (int i = 0; i < 2; i++) {
        zmq_pollitem_t item = {.fd = self->end[i], .events = ZMQ_POLLIN};
        if (flow)
            zloop_poller (self->loop, &item, s_pass, self);
        else
            zloop_poller_end (self->loop, &item);
    }
}

static int
s_on_connection (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    s_proxy_t *self = arg;
    s_cut (self);
    struct sockaddr_in address = s_address (self->port);
    self->end[0] = accept (item->fd, NULL, NULL);
    self->end[1] = s_socket ();
    assert_int_equal (
        connect (self->end[1], (struct sockaddr *) &address, sizeof address),
        0);
    s_flow (self, true);
    return 0;
}

static void
s_listen (s_proxy_t *self, bool listen)
{
    zmq_pollitem_t item = {.fd = self->listener, .events = ZMQ_POLLIN};
    if (listen)
        zloop_poller (self->loop, &item, s_on_connection, self);
    else
        zloop_poller_end (self->loop, &item);
}

//  A publisher, and before it a proxy, behind which an ear has joined
static ear_t *
s_start (fixture_t *self, s_proxy_t *proxy)
{
    strcpy (self->updates, "tcp://127.0.0.1:*");
    fixture_publisher (self);
    const char *port = strrchr (zp_publisher_updates (self->publisher), ':');
    *proxy = (s_proxy_t){.loop = self->loop,
                         .port = (uint16_t) atoi (port + 1),
                         .listener = s_socket (),
                         .end = {-1, -1}};
    struct sockaddr_in address = s_address (0);
    socklen_t size = sizeof address;
    assert_int_equal (
        bind (proxy->listener, (struct sockaddr *) &address, size), 0);
    assert_int_equal (listen (proxy->listener, 10), 0);
    getsockname (proxy->listener, (struct sockaddr *) &address, &size);
    snprintf (proxy->endpoint, sizeof proxy->endpoint, "tcp://127.0.0.1:%d",
              ntohs (address.sin_port));
    s_listen (proxy, true);
    strcpy (self->updates, proxy->endpoint);
    ear_t *ear = fixture_joined (self, 0, "#");
    fixture_chatter (self, 50);
    test_until (self->loop, ear->counted > 1000);
    return ear;
}

//  Nothing is lost, nothing comes twice, and news are these
static void
s_end (fixture_t *self, s_proxy_t *proxy, ear_t *ear, const char *news)
{
    uint64_t counted = ear->counted;
    test_until (self->loop, ear->counted > counted + 1000);
    fixture_chatter (self, 0);
    fixture_complete (self, ear);
    assert_string_equal (ear->log, news);
    assert_int_equal (ear_stats (ear).lost, 0);
    assert_int_equal (ear_stats (ear).snapshots, 1);
    s_cut (proxy);
    s_listen (proxy, false);
    close (proxy->listener);
}

static void
test_a_connection_that_is_cut_again_and_again (void **state)
{
    fixture_t *self = *state;
    self->options.history_count = 1000000;
    self->options.history_bytes = 256 << 20;
    self->ears.silence_ms = 20000;
    s_proxy_t proxy;
    ear_t *ear = s_start (self, &proxy);
    for (size_t i = 0; i < 5; i++) {
        uint64_t counted = ear->counted;
        s_cut (&proxy);
        test_until (self->loop, proxy.end[0] != -1);
        test_until (self->loop, ear->counted > counted + 1000);
    }
    assert_true (proxy.cuts >= 5 && ear_stats (ear).repaired > 0);
    s_end (self, &proxy, ear, "");
}

static void
test_a_connection_that_stands_still_for_a_moment (void **state)
{
    fixture_t *self = *state;
    self->options.history_count = 1000000;
    self->options.history_bytes = 256 << 20;
    self->ears.silence_ms = 20000;
    s_proxy_t proxy;
    ear_t *ear = s_start (self, &proxy);
    for (int i = 0; i < 3; i++) {
        uint64_t published = self->published[0], counted = ear->counted;
        s_flow (&proxy, false);
        test_until (self->loop, self->published[0] > published + 500);
        s_flow (&proxy, true);
        test_until (self->loop, ear->counted > counted + 1000);
    }
    assert_int_equal (proxy.cuts, 0);
    s_end (self, &proxy, ear, "");
}

//  If it lasts that is told, and what was missed follows

static void
test_a_connection_that_stays_cut (void **state)
{
    fixture_t *self = *state;
    self->options.history_count = 1000000;
    self->options.history_bytes = 256 << 20;
    s_proxy_t proxy;
    ear_t *ear = s_start (self, &proxy);
    s_listen (&proxy, false);
    s_cut (&proxy);
    fixture_expect (self, ear, "gone\n");
    s_listen (&proxy, true);
    fixture_expect (self, ear, "gone\nback\n");
    s_end (self, &proxy, ear, "gone\nback\n");
}

static void
test_a_connection_that_stays_still (void **state)
{
    fixture_t *self = *state;
    self->options.history_count = 1000000;
    self->options.history_bytes = 256 << 20;
    s_proxy_t proxy;
    ear_t *ear = s_start (self, &proxy);
    s_flow (&proxy, false);
    //  It then connects anew, as to another source
    fixture_expect (self, ear, "gone\nback\n");
    s_end (self, &proxy, ear, "gone\nback\n");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_connection_that_is_cut_again_and_again),
        fixture_test (test_a_connection_that_stands_still_for_a_moment),
        fixture_test (test_a_connection_that_stays_cut),
        fixture_test (test_a_connection_that_stays_still),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
