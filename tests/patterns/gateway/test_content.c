//  SPDX-License-Identifier: MIT
//
//  Content from senders: in parts, as slow as the client, and on when a sender
//  dies.

#define _GNU_SOURCE

#include "fixture.h"

#include "zp_sender.h"

#define SIZE (24 << 20)  // More than sockets and windows hold together
#define ROUTES                                                                 \
    "{'method':'GET','path':'/video/{name...}','content':"                     \
    "{'service':'delivery','object':'{name}'}}"

//  Two senders of the same folder
typedef struct world {
    fixture_t *gateway;       // Gets from them
    char folder[40];          // What they have
    zp_server_t *servers[2];  // Listen
    zp_sender_t *senders[2];  // Send
    char *film;               // What is there, SIZE bytes
} world_t;

static void
s_write (world_t *self, const char *name, const void *data, size_t size)
{
    char path[100];
    snprintf (path, sizeof path, "%s/%s", self->folder, name);
    FILE *file = fopen (path, "w");
    assert_non_null (file);
    assert_int_equal (fwrite (data, 1, size, file), size);
    fclose (file);
}

static void
s_start_sender (world_t *self, int number)
{
    char text[ZP_TRANSFER_TEXT];
    zp_sender_options_t options = ZP_SENDER_DEFAULTS;
    options.folder = self->folder;
    zloop_t *loop = self->gateway->loop;
    self->servers[number] = zp_server_new (loop, NULL);
    self->senders[number] =
        zp_sender_new (loop, self->servers[number], &options, text);
    assert_non_null (self->senders[number]);
    assert_int_equal (
        zp_server_bind (self->servers[number], peer_new_endpoint ()), ZP_OK);
}

static void
s_stop_sender (world_t *self, int number)
{
    zp_sender_destroy (&self->senders[number]);
    zp_server_destroy (&self->servers[number]);
}

static int
s_set_up (void **state)
{
    world_t *self = zmalloc (sizeof *self);
    fixture_set_up ((void **) &self->gateway);
    strcpy (self->folder, "/tmp/zp-gateway-XXXXXX");
    assert_non_null (mkdtemp (self->folder));
    self->film = malloc (SIZE);
    for (size_t i = 0; i < SIZE; i++)
        self->film[i] = (char) (i * 7919 >> 8);
    s_write (self, "film.webm", self->film, SIZE);
    s_write (self, "empty", "", 0);
    s_start_sender (self, 0);
    s_start_sender (self, 1);
    char *services = zsys_sprintf ("'delivery':{'endpoints':['%s','%s']}",
                                   zp_server_endpoint (self->servers[0]),
                                   zp_server_endpoint (self->servers[1]));
    char *text = fixture_text (self->gateway, services, NULL, ROUTES);
    fixture_start (self->gateway, text);
    zstr_free (&text);
    zstr_free (&services);
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    world_t *self = *state;
    zp_gateway_destroy (&self->gateway->gateway);
    s_stop_sender (self, 0);
    s_stop_sender (self, 1);
    zdir_t *folder = zdir_new (self->folder, NULL);
    zdir_remove (folder, true);
    zdir_destroy (&folder);
    fixture_tear_down ((void **) &self->gateway);
    free (self->film);
    free (self);
    return 0;
}

//  Of both senders: bytes sent so far, and gets at work
static void
s_stats (world_t *self, uint64_t *sent, size_t *now)
{
    *sent = *now = 0;
    for (int i = 0; i < 2; i++) {
        zp_sender_stats_t stats;
        zp_sender_stats (self->senders[i], &stats);
        *sent += stats.bytes;
        *now += stats.now;
    }
}

//  Ask for the film, take nothing of it, and wait until it is on its way
static void
s_begin (world_t *self)
{
    fixture_t *gateway = self->gateway;
    uint64_t sent;
    size_t now;
    http_pause (gateway->http, true);
    http_ask (gateway->http, "GET", "/video/film.webm", NULL, NULL);
    test_until (gateway->loop, (s_stats (self, &sent, &now), sent > 0));
}

static void
s_expect_film (world_t *self, size_t from)
{
    http_t *http = self->gateway->http;
    assert_int_equal (http_body_size (http), SIZE - from);
    assert_memory_equal (http_body (http), self->film + from, SIZE - from);
}

static void
test_an_object_arrives_whole_with_its_type (void **state)
{
    world_t *self = *state;
    fixture_t *gateway = self->gateway;
    assert_int_equal (fixture_get (gateway, "/video/film.webm"), 200);
    s_expect_film (self, 0);
    assert_string_equal (http_field (gateway->http, "Content-Type"),
                         "video/webm");
    assert_string_equal (http_field (gateway->http, "Accept-Ranges"), "bytes");
    assert_int_equal (fixture_get (gateway, "/video/empty"), 200);
    assert_int_equal (http_body_size (gateway->http), 0);
}

static void
test_a_part_of_an_object_can_be_had (void **state)
{
    world_t *self = *state;
    fixture_t *gateway = self->gateway;
    assert_int_equal (fixture_ask (gateway, "GET", "/video/film.webm",
                                   "Range: bytes=1000000-1000099\r\n", NULL),
                      206);
    assert_int_equal (http_body_size (gateway->http), 100);
    assert_memory_equal (http_body (gateway->http), self->film + 1000000, 100);
    assert_string_equal (http_field (gateway->http, "Content-Range"),
                         "bytes 1000000-1000099/25165824");
    assert_int_equal (fixture_ask (gateway, "GET", "/video/film.webm",
                                   "Range: bytes=20000000-\r\n", NULL),
                      206);
    s_expect_film (self, 20000000);
    assert_int_equal (fixture_ask (gateway, "GET", "/video/film.webm",
                                   "Range: bytes=99999999-\r\n", NULL),
                      416);
    assert_int_equal (
        fixture_ask (gateway, "HEAD", "/video/film.webm", NULL, NULL), 200);
    assert_string_equal (http_field (gateway->http, "Content-Length"),
                         "25165824");
    char header[100];
    snprintf (header, sizeof header, "If-None-Match: %s\r\n",
              http_field (gateway->http, "ETag"));
    assert_int_equal (
        fixture_ask (gateway, "GET", "/video/film.webm", header, NULL), 304);
}

static void
test_what_is_not_there_is_404 (void **state)
{
    world_t *self = *state;
    fixture_get (self->gateway, "/video/none");
    assert_true (fixture_problem (self->gateway, 404, "NOT_FOUND"));
    assert_int_equal (fixture_get (self->gateway, "/video/"), 404);
}

static void
test_a_client_that_takes_nothing_is_sent_no_more_than_a_window (void **state)
{
    world_t *self = *state;
    fixture_t *gateway = self->gateway;
    http_set_buffer (gateway->http, 65536);
    s_begin (self);
    //  It stands still long before the end
    uint64_t sent = 0, before;
    size_t now;
    int still = 0;
    test_until (gateway->loop,
                (before = sent, s_stats (self, &sent, &now),
                 still = sent == before ? still + 1 : 0, still > 200));
    assert_in_range (sent, 1, SIZE / 2);
    http_pause (gateway->http, false);
    test_until (gateway->loop, http_answered (gateway->http));
    s_expect_film (self, 0);
}

static void
test_another_sender_goes_on_when_one_dies (void **state)
{
    world_t *self = *state;
    fixture_t *gateway = self->gateway;
    http_ask (gateway->http, "GET", "/video/film.webm", NULL, NULL);
    test_until (gateway->loop, http_body_size (gateway->http) > SIZE / 10);
    zp_sender_stats_t stats;
    zp_sender_stats (self->senders[0], &stats);
    s_stop_sender (self, stats.now ? 0 : 1);
    test_until (gateway->loop, http_answered (gateway->http));
    s_expect_film (self, 0);
}

static void
test_what_breaks_for_good_is_no_whole_answer (void **state)
{
    world_t *self = *state;
    fixture_t *gateway = self->gateway;
    s_begin (self);
    //  Another version is not glued to the first
    s_write (self, "film.webm", self->film, SIZE - 1);
    http_pause (gateway->http, false);
    test_until (gateway->loop, http_closed (gateway->http));
    assert_false (http_answered (gateway->http));
}

static void
test_a_client_that_goes_away_ends_the_get (void **state)
{
    world_t *self = *state;
    uint64_t sent;
    size_t now;
    s_begin (self);
    http_destroy (&self->gateway->http);
    test_until (self->gateway->loop, (s_stats (self, &sent, &now), now == 0));
}

#define content_test(test)                                                     \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        content_test (test_an_object_arrives_whole_with_its_type),
        content_test (test_a_part_of_an_object_can_be_had),
        content_test (test_what_is_not_there_is_404),
        content_test (
            test_a_client_that_takes_nothing_is_sent_no_more_than_a_window),
        content_test (test_another_sender_goes_on_when_one_dies),
        content_test (test_what_breaks_for_good_is_no_whole_answer),
        content_test (test_a_client_that_goes_away_ends_the_get),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
