//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_keepalive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define FDS_MAX 1024

static int
s_option (int fd, int level, int name)
{
    int value = 0;
    socklen_t size = sizeof value;
    assert_int_equal (getsockopt (fd, level, name, &value, &size), 0);
    return value;
}

//  How many connections this process has on that port, as their own or as the
//  peer's, and all are probed or none
static int
s_connections (int port, bool probed, bool as_peer)
{
    int count = 0;
    for (int fd = 0; fd < FDS_MAX; fd++) {
        struct sockaddr_in own = {0}, peer = {0};
        socklen_t own_size = sizeof own, peer_size = sizeof peer;
        if (getsockname (fd, (struct sockaddr *) &own, &own_size) != 0 ||
            getpeername (fd, (struct sockaddr *) &peer, &peer_size) != 0 ||
            peer.sin_family != AF_INET ||
            ntohs ((as_peer ? peer : own).sin_port) != port)
            continue;
        count++;
        assert_int_equal (s_option (fd, SOL_SOCKET, SO_KEEPALIVE), probed);
        if (!probed)
            continue;
        assert_int_equal (s_option (fd, IPPROTO_TCP, TCP_KEEPIDLE),
                          ZP_KEEPALIVE_S);
        assert_int_equal (s_option (fd, IPPROTO_TCP, TCP_KEEPINTVL),
                          ZP_KEEPALIVE_S);
        assert_int_equal (s_option (fd, IPPROTO_TCP, TCP_KEEPCNT),
                          ZP_KEEPALIVE_PROBES);
    }
    return count;
}

//  Connect two sockets and say something, so that they are
static void
s_check (bool listener, bool connector)
{
    zsock_t *pull = zsock_new (ZMQ_PULL);
    zsock_t *push = zsock_new (ZMQ_PUSH);
    if (listener)
        zp_keepalive_set (pull);
    if (connector)
        zp_keepalive_set (push);
    int port = zsock_bind (pull, "tcp://127.0.0.1:*");
    assert_true (port > 0);
    assert_int_equal (zsock_connect (push, "tcp://127.0.0.1:%d", port), 0);
    zstr_send (push, "hello");
    char *heard = zstr_recv (pull);
    assert_string_equal (heard, "hello");
    zstr_free (&heard);
    assert_int_equal (s_connections (port, listener, false), 1);
    assert_int_equal (s_connections (port, connector, true), 1);
    zsock_destroy (&push);
    zsock_destroy (&pull);
}

static void
test_who_listens_probes_those_who_connect (void **state)
{
    (void) state;
    s_check (true, false);
}

static void
test_who_connects_probes_who_listens (void **state)
{
    (void) state;
    s_check (false, true);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_who_listens_probes_those_who_connect),
        cmocka_unit_test (test_who_connects_probes_who_listens),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
