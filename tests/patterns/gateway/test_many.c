//  SPDX-License-Identifier: MIT
//
//  Many idle streams of events, while requests are answered. 200 of them by
//  default; ZP_STREAMS=9000 is about what a limit of 20,000 descriptors allows,
//  since both ends are here.

#define _GNU_SOURCE

#include "fixture.h"

#include <sys/resource.h>

#define ROUTES                                                                 \
    "{'method':'GET','path':'/news','events':{'service':'news',"               \
    "'topic':'news'}},"                                                        \
    "{'method':'GET','path':'/echo','call':{'service':'films',"                \
    "'method':'echo','arguments':{}}}"

static size_t
s_count (void)
{
    const char *given = getenv ("ZP_STREAMS");
    struct rlimit limit;
    getrlimit (RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
    return given ? strtoul (given, NULL, 10) : 200;
}

static void
s_start (fixture_t *self)
{
    self->publisher = zp_publisher_new (self->loop, NULL);
    assert_int_equal (zp_publisher_bind (self->publisher, "tcp://127.0.0.1:*",
                                         "tcp://127.0.0.1:*"),
                      ZP_OK);
    char *services =
        zsys_sprintf ("'news':{'endpoints':['%s'],'updates':['%s']}",
                      zp_publisher_requests (self->publisher),
                      zp_publisher_updates (self->publisher));
    char *text = fixture_text (
        self, services,
        "'connections':100000,'connections_client':100000,'streams':100000",
        ROUTES);
    fixture_start (self, text);
    zstr_free (&text);
    zstr_free (&services);
}

//  A stream, as a bare socket: a loop would look at thousands of them
static int
s_follow (fixture_t *self)
{
    static const char request[] = "GET /news HTTP/1.1\r\nHost: h\r\n\r\n";
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons ((uint16_t) zp_gateway_port (self->gateway)),
        .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    int fd = socket (AF_INET, SOCK_STREAM, 0);
    assert_int_not_equal (fd, -1);
    assert_int_equal (
        connect (fd, (struct sockaddr *) &address, sizeof address), 0);
    assert_int_equal (write (fd, request, sizeof request - 1),
                      sizeof request - 1);
    return fd;
}

//  True when that has come; it is taken
static bool
s_heard (int fd, const char *text)
{
    char data[65536];
    ssize_t size = recv (fd, data, sizeof data - 1, MSG_DONTWAIT | MSG_PEEK);
    if (size <= 0)
        return false;
    data[size] = 0;
    return strstr (data, text) &&
           recv (fd, data, sizeof data, MSG_DONTWAIT) == size;
}

static void
test_requests_are_answered_while_many_listen_and_all_hear (void **state)
{
    fixture_t *self = *state;
    size_t count = s_count ();
    s_start (self);
    int *streams = calloc (count, sizeof *streams);
    for (size_t i = 0; i < count; i++) {
        streams[i] = s_follow (self);
        if (i % 100 == 0)
            assert_int_equal (fixture_get (self, "/echo"), 200);
    }
    for (size_t i = 0; i < count; i++)
        test_until (self->loop, s_heard (streams[i], "event: joined"));
    assert_float_equal (fixture_figure (self, "zp_gateway_streams"), count, 0);
    int64_t begun_ms = zclock_mono ();
    for (int i = 0; i < 100; i++)
        assert_int_equal (fixture_get (self, "/echo"), 200);
    print_message ("%zu streams; 100 requests took %d ms\n", count,
                   (int) (zclock_mono () - begun_ms));
    zp_publisher_event (self->publisher, "news", "7", 1);
    for (size_t i = 0; i < count; i++) {
        test_until (self->loop, s_heard (streams[i], "\"value\":7}"));
        close (streams[i]);
    }
    test_until (self->loop, fixture_figure (self, "zp_gateway_streams") == 0);
    free (streams);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_requests_are_answered_while_many_listen_and_all_hear),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
