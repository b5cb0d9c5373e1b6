//  SPDX-License-Identifier: MIT
//
//  How replies leave: at once or gathered, and what follows a lost one.

#include "zp_outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define WAIT_MS 30000  // For what comes in any case

typedef struct {
    zsock_t *router;     // The server's socket
    zsock_t *dealer;     // A peer, who reads only when the test does
    zp_outbox_t outbox;  // Under test
} s_fixture_t;

static int
s_set_up (void **state)
{
    s_fixture_t *self = zmalloc (sizeof *self);
    self->router = zsock_new (ZMQ_ROUTER);
    self->dealer = zsock_new (ZMQ_DEALER);
    //  On inproc there is room for as many messages as both say: two
    zsock_set_sndhwm (self->router, 1);
    zsock_set_rcvhwm (self->dealer, 1);
    zsock_set_router_mandatory (self->router, 1);
    zsock_set_linger (self->router, 0);
    zsock_set_rcvtimeo (self->router, WAIT_MS);
    zsock_set_rcvtimeo (self->dealer, 0);
    //  A name of its own, since ZeroMQ gives names free some time later
    static int number = 0;
    char endpoint[32];
    snprintf (endpoint, sizeof endpoint, "inproc://outbox-%d", number++);
    assert_int_equal (zsock_bind (self->router, "%s", endpoint), 0);
    assert_int_equal (zsock_connect (self->dealer, "%s", endpoint), 0);
    self->outbox.socket = zsock_resolve (self->router);
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    s_fixture_t *self = *state;
    zp_outbox_clear (&self->outbox);
    zsock_destroy (&self->dealer);
    zsock_destroy (&self->router);
    free (self);
    return 0;
}

//  A message from the peer, as the server takes it
static zp_message_t *
s_ask (s_fixture_t *self, bool compact)
{
    zstr_send (self->dealer, "a request");
    zp_message_t *message = zp_message_new (&self->outbox);
    assert_int_equal (zp_frames_recv (&message->frames, self->outbox.socket, 0),
                      1);
    message->path = 1;
    if (compact)
        zp_outbox_compact (&self->outbox, message);
    return message;
}

static bool
s_reply (s_fixture_t *self, zp_message_t *to, const char *text)
{
    zp_envelope_t envelope = {.kind = ZP_REPLY};
    zp_span_t part = {text, strlen (text)};
    return zp_outbox_send (&self->outbox, to, &envelope, &part, 1);
}

//  Read one message, if there is one, and let the router see that there is room
static zmsg_t *
s_read (s_fixture_t *self)
{
    zmsg_t *msg = zmsg_recv (self->dealer);
    zsock_events (self->router);
    return msg;
}

//  Read one message, and count the records in it. None: 0
static size_t
s_read_records (s_fixture_t *self)
{
    zmsg_t *msg = s_read (self);
    if (!msg)
        return 0;
    zp_span_t frames[100];
    size_t count = 0, found = 0, parts_count;
    for (zframe_t *frame = zmsg_first (msg); frame; frame = zmsg_next (msg))
        frames[count++] = (zp_span_t){zframe_data (frame), zframe_size (frame)};
    zp_records_t records;
    zp_records_init (&records, frames, count);
    zp_envelope_t envelope;
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX];
    int rc;
    while ((rc = zp_records_next (&records, &envelope, parts, &parts_count)) ==
           1)
        found++;
    assert_int_equal (rc, 0);
    zmsg_destroy (&msg);
    return found;
}

static void
test_open_replies_leave_at_once (void **state)
{
    s_fixture_t *self = *state;
    zp_message_t *message = s_ask (self, false);
    assert_true (s_reply (self, message, "text"));
    zmsg_t *msg = s_read (self);
    assert_int_equal (zmsg_size (msg), 3);
    assert_int_equal (zframe_size (zmsg_first (msg)), ZP_ENVELOPE_SIZE);
    assert_int_equal (zframe_size (zmsg_next (msg)), 0);
    assert_true (zframe_streq (zmsg_next (msg), "text"));
    zmsg_destroy (&msg);
    zp_message_release (&message);
    assert_null (message);
}

static void
test_compact_replies_gather_and_leave_as_one_frame (void **state)
{
    s_fixture_t *self = *state;
    zp_message_t *message[2] = {s_ask (self, true), s_ask (self, true)};
    for (int i = 0; i < 10; i++)
        assert_true (s_reply (self, message[i % 2], "text"));
    assert_int_equal (s_read_records (self), 0);
    zp_outbox_flush (&self->outbox);
    assert_int_equal (s_read_records (self), 10);
    //  Nothing is left
    zp_outbox_flush (&self->outbox);
    assert_int_equal (s_read_records (self), 0);
    zp_message_release (&message[0]);
    zp_message_release (&message[1]);
}

static void
test_what_has_gathered_enough_does_not_wait_for_the_flush (void **state)
{
    s_fixture_t *self = *state;
    zp_message_t *message = s_ask (self, true);
    char text[8000];
    memset (text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    size_t sent = 0, found = 0;
    for (; !found; sent++) {
        assert_in_range (sent, 0, 100);
        assert_true (s_reply (self, message, text));
        found = s_read_records (self);
    }
    zp_outbox_flush (&self->outbox);
    assert_int_equal (found + s_read_records (self), sent);
    zp_message_release (&message);
}

static void
test_replies_of_many_large_parts_leave_whole (void **state)
{
    s_fixture_t *self = *state;
    zp_message_t *message = s_ask (self, true);
    static char large[ZP_ENVELOPE_INLINE + 1];
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX];
    for (int i = 0; i < ZP_ENVELOPE_PARTS_MAX; i++)
        parts[i] = (zp_span_t){large, sizeof large};
    zp_envelope_t envelope = {.kind = ZP_REPLY};
    size_t found = 0;
    for (size_t count = 1; count <= ZP_ENVELOPE_PARTS_MAX; count++) {
        assert_true (
            zp_outbox_send (&self->outbox, message, &envelope, parts, count));
        found += s_read_records (self);
        found += s_read_records (self);
    }
    zp_outbox_flush (&self->outbox);
    found += s_read_records (self);
    assert_int_equal (found, ZP_ENVELOPE_PARTS_MAX);
    assert_int_equal (self->outbox.unsent, 0);
    zp_message_release (&message);
}

static void
test_in_the_open_form_nothing_follows_a_lost_reply (void **state)
{
    s_fixture_t *self = *state;
    zp_message_t *message = s_ask (self, false);
    int sent = 0;
    while (s_reply (self, message, "piece"))
        sent++;
    assert_int_equal (self->outbox.unsent, 1);
    for (; sent; sent--) {
        zmsg_t *msg = s_read (self);
        assert_non_null (msg);
        zmsg_destroy (&msg);
    }
    //  Now there is room, for answers to what comes later
    assert_false (s_reply (self, message, "piece"));
    zp_message_t *later = s_ask (self, false);
    assert_true (s_reply (self, later, "reply"));
    assert_int_equal (self->outbox.unsent, 1);
    zp_message_release (&message);
    zp_message_release (&later);
}

static void
test_in_the_compact_form_nothing_follows_a_lost_reply (void **state)
{
    s_fixture_t *self = *state;
    zp_message_t *message = s_ask (self, true);
    size_t sent = 0;
    for (; self->outbox.unsent == 0; sent++) {
        assert_true (s_reply (self, message, "piece"));
        zp_outbox_flush (&self->outbox);
    }
    size_t found = 0, more;
    while ((more = s_read_records (self)) != 0)
        found += more;
    assert_int_equal (found, sent - 1);
    assert_false (s_reply (self, message, "piece"));
    zp_message_t *later = s_ask (self, true);
    assert_true (s_reply (self, later, "reply"));
    zp_outbox_flush (&self->outbox);
    assert_int_equal (s_read_records (self), 1);
    assert_int_equal (self->outbox.unsent, 1);
    zp_message_release (&message);
    zp_message_release (&later);
}

//  Of a gathered one that is known only when it is sent, which the question
//  sees to

static void
test_it_can_be_asked_whether_a_reply_was_lost (void **state)
{
    s_fixture_t *self = *state;
    for (int compact = 0; compact < 2; compact++) {
        zp_message_t *message = s_ask (self, compact);
        size_t lost = self->outbox.unsent;
        assert_true (s_reply (self, message, "reply"));
        assert_false (zp_outbox_lost (&self->outbox, message));
        zmsg_t *msg = s_read (self);
        assert_non_null (msg);
        zmsg_destroy (&msg);
        while (self->outbox.unsent == lost) {
            s_reply (self, message, "reply");
            bool known = zp_outbox_lost (&self->outbox, message);
            assert_true (known == (self->outbox.unsent > lost));
        }
        while ((msg = s_read (self)) != NULL)
            zmsg_destroy (&msg);
        zp_message_release (&message);
    }
}

static void
test_a_lost_reply_takes_its_large_parts_with_it (void **state)
{
    s_fixture_t *self = *state;
    static char large[ZP_ENVELOPE_INLINE + 1];
    const zp_span_t parts[] = {{large, sizeof large}, {large, sizeof large}};
    zp_envelope_t envelope = {.kind = ZP_REPLY};
    zp_message_t *message = s_ask (self, true);
    while (self->outbox.unsent == 0) {
        assert_true (
            zp_outbox_send (&self->outbox, message, &envelope, parts, 2));
        zp_outbox_flush (&self->outbox);
    }
    while (s_read_records (self) == 1)
        ;
    zp_message_t *later = s_ask (self, true);
    assert_true (s_reply (self, later, "reply"));
    zp_outbox_flush (&self->outbox);
    assert_int_equal (s_read_records (self), 1);
    zp_message_release (&message);
    zp_message_release (&later);
}

static void
test_a_message_stays_until_its_last_holder_lets_go (void **state)
{
    s_fixture_t *self = *state;
    zp_message_t *message = s_ask (self, false);
    zp_message_t *same = message;
    zp_message_hold (message);
    zp_message_release (&message);
    assert_null (message);
    assert_int_equal (same->frames.span[1].size, 9);
    assert_memory_equal (same->frames.span[1].data, "a request", 9);
    assert_true (s_reply (self, same, "text"));
    zp_message_release (&same);
}

int
main (void)
{
#define outbox_test(test)                                                      \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)
    const struct CMUnitTest tests[] = {
        outbox_test (test_open_replies_leave_at_once),
        outbox_test (test_compact_replies_gather_and_leave_as_one_frame),
        outbox_test (test_what_has_gathered_enough_does_not_wait_for_the_flush),
        outbox_test (test_replies_of_many_large_parts_leave_whole),
        outbox_test (test_in_the_open_form_nothing_follows_a_lost_reply),
        outbox_test (test_in_the_compact_form_nothing_follows_a_lost_reply),
        outbox_test (test_it_can_be_asked_whether_a_reply_was_lost),
        outbox_test (test_a_lost_reply_takes_its_large_parts_with_it),
        outbox_test (test_a_message_stays_until_its_last_holder_lets_go),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
