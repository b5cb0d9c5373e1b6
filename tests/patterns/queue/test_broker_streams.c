//  SPDX-License-Identifier: MIT
//
//  queue.reserve with credit: who gets what, and what comes of it when he dies,
//  is silent, or calls again.

#include "taker.h"

static void
test_a_stream_is_said_to_be_open_and_shows_signs_of_life (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    int64_t start_ms = zclock_mono ();
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":1}", 0);
    test_until (self->loop, taker_beats (taker) == 1);
    assert_int_equal (fixture_stat (self, "jobs", "consumers"), 1);
    test_until (self->loop, taker_beats (taker) == 3);
    assert_true (zclock_mono () - start_ms >= 2000);
    assert_int_equal (taker_count (taker) + taker_ends (taker), 0);
    taker_destroy (&taker);
}

static void
test_no_more_are_out_than_there_is_credit (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":3}", 0);
    fixture_put (self, "jobs", 0, 10);
    for (size_t i = 0; i < 10; i++) {
        size_t out = i + 3 < 10 ? i + 3 : 10;
        test_until (self->loop, taker_count (taker) >= out);
        //  Whatever else was on its way comes before this
        assert_int_equal (fixture_stat (self, "jobs", "leased"), out - i);
        assert_int_equal (taker_count (taker), out);
        const letter_t *message = taker_message (taker, i);
        char body[2] = {(char) ('0' + i), 0};
        assert_string_equal (taker_text (message, 1), body);
        fixture_expect (self, "1", "queue.ack", taker_text (message, 0));
    }
    assert_int_equal (fixture_stat (self, "jobs", "leased"), 0);
    assert_int_equal (fixture_stat (self, "jobs", "acked"), 10);
    taker_destroy (&taker);
}

static void
test_each_end_of_a_lease_gives_credit_back (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":1}", 0);
    //  Long enough for somebody slow to touch it in time
    fixture_expect (self, "1", "queue.put", "jobs", "short",
                    "{\"lease_ms\":500}");
    fixture_put (self, "jobs", 1, 3);
    //  Leased in vain, it comes back to the head of the line
    test_until (self->loop, taker_count (taker) == 2);
    assert_string_equal (taker_text (taker_message (taker, 1), 0), "1:2:1");
    fixture_expect (self, "1", "queue.touch", "1:2:1", "{\"lease_ms\":99999}");
    fixture_expect (self, "1", "queue.nack", "1:2:1", "{\"delay_ms\":3600000}");
    test_until (self->loop, taker_count (taker) == 3);
    assert_string_equal (taker_text (taker_message (taker, 2), 1), "1");
    fixture_expect (self, "1", "queue.bury", "2:1:1");
    test_until (self->loop, taker_count (taker) == 4);
    assert_string_equal (taker_text (taker_message (taker, 3), 1), "2");
    fixture_expect (self, "1", "queue.purge", "jobs", "{\"state\":\"leased\"}");
    test_until (self->loop, taker_count (taker) == 5);
    assert_string_equal (taker_text (taker_message (taker, 4), 1), "3");
    taker_destroy (&taker);
}

static void
test_takers_have_their_turns (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    taker_t *taker[3];
    for (int i = 0; i < 3; i++) {
        taker[i] = taker_new (self, "jobs", "{\"credit\":100}", 0);
        test_until (self->loop, taker_beats (taker[i]) == 1);
    }
    fixture_put (self, "jobs", 0, 30);
    for (int i = 0; i < 3; i++) {
        test_until (self->loop, taker_count (taker[i]) >= 10);
        assert_int_equal (taker_count (taker[i]), 10);
    }
    for (int i = 0; i < 3; i++)
        taker_destroy (&taker[i]);
}

static void
test_one_who_acks_nothing_does_not_hold_up_others (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    taker_t *slow = taker_new (self, "jobs", "{\"credit\":5}", 0);
    taker_t *quick = taker_new (self, "jobs", "{\"credit\":5}", 0);
    test_until (self->loop, taker_beats (slow) && taker_beats (quick));
    fixture_put (self, "jobs", 0, 200);
    for (size_t i = 0; i < 195; i++) {
        test_until (self->loop, taker_count (quick) > i);
        fixture_expect (self, "1", "queue.ack",
                        taker_text (taker_message (quick, i), 0));
    }
    assert_int_equal (taker_count (slow), 5);
    assert_int_equal (fixture_stat (self, "jobs", "leased"), 5);
    taker_destroy (&slow);
    taker_destroy (&quick);
}

static void
test_what_a_dead_taker_holds_goes_to_others_long_before_the_lease_ends (
    void **state)
{
    fixture_t *self = *state;
    self->options.queue.lease_ms = 3600000;
    fixture_start (self);
    taker_t *dead = taker_new (self, "jobs", "{\"credit\":10}", 0);
    test_until (self->loop, taker_beats (dead) == 1);
    fixture_put (self, "jobs", 0, 3);
    test_until (self->loop, taker_count (dead) == 3);
    taker_t *heir = taker_new (self, "jobs", "{\"credit\":10}", 0);
    test_until (self->loop, taker_beats (heir) == 1);
    taker_destroy (&dead);
    test_until (self->loop, taker_count (heir) == 3);
    //  In their order, and delivered in vain once
    assert_string_equal (taker_text (taker_message (heir, 0), 0), "1:2:1");
    assert_string_equal (taker_text (taker_message (heir, 2), 1), "2");
    assert_int_equal (fixture_stat (self, "jobs", "returned"), 3);
    assert_int_equal (fixture_stat (self, "jobs", "consumers"), 1);
    fixture_refused (self, ZP_FAILED_PRECONDITION,
                     "1:1:1 is not yours any more", "queue.ack", "1:1:1");
    taker_destroy (&heir);
}

static void
test_one_who_cancels_gives_back_what_he_holds (void **state)
{
    fixture_t *self = *state;
    self->options.queue.lease_ms = 3600000;
    fixture_start (self);
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":1}", 0);
    fixture_put (self, "jobs", 1, 2);
    test_until (self->loop, taker_count (taker) == 1);
    taker_cancel (taker);
    test_until (self->loop, fixture_stat (self, "jobs", "ready") == 2);
    assert_int_equal (fixture_stat (self, "jobs", "consumers"), 0);
    fixture_reserve (self, "jobs", "1");
    taker_destroy (&taker);
}

static void
test_a_stream_ends_before_its_callers_patience (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    int64_t start_ms = zclock_mono ();
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":1}", 400);
    test_until (self->loop, taker_ends (taker) == 1);
    assert_true (zclock_mono () - start_ms >= 360);
    const letter_t *end = taker_end (taker, 0);
    assert_int_equal (end->envelope.status, ZP_OK);
    assert_int_equal (end->count, 0);
    taker_destroy (&taker);
}

static void
test_streams_that_follow_each_other_lose_nothing (void **state)
{
    fixture_t *self = *state;
    self->options.queue.lease_ms = 3600000;
    fixture_start (self);
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":4}", 60);
    size_t ends = 0, done = 0;
    int put = 0;
    while (done < 300) {
        if (put < 300) {
            fixture_put (self, "jobs", put, 10);
            put += 10;
        }
        for (size_t seen = taker_count (taker); done < seen; done++) {
            //  In order, each once: nothing was lost, nothing came twice
            const letter_t *message = taker_message (taker, done);
            assert_int_equal (atoi (taker_text (message, 1)), done);
            fixture_expect (self, "1", "queue.ack", taker_text (message, 0));
        }
        if (taker_ends (taker) > ends) {
            ends++;
            taker_reserve (taker, "jobs", "{\"credit\":4}", 60);
        }
        test_turn (self->loop);
    }
    assert_true (ends > 0);
    assert_int_equal (fixture_stat (self, "jobs", "returned"), 0);
    taker_destroy (&taker);
}

static void
test_a_caller_who_calls_twice_has_one_stream_and_its_credit_is_the_last (
    void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":1}", 0);
    fixture_put (self, "jobs", 0, 10);
    test_until (self->loop, taker_count (taker) == 1);
    taker_reserve (taker, "jobs", "{\"credit\":3}", 0);
    test_until (self->loop, taker_count (taker) == 3);
    assert_int_equal (taker_ends (taker), 1);
    assert_int_equal (taker_end (taker, 0)->envelope.status, ZP_OK);
    assert_int_equal (fixture_stat (self, "jobs", "consumers"), 1);
    assert_int_equal (fixture_stat (self, "jobs", "leased"), 3);
    taker_destroy (&taker);
}

static void
test_with_a_credit_of_none_a_stream_only_holds_what_it_has (void **state)
{
    fixture_t *self = *state;
    self->options.queue.lease_ms = 3600000;
    fixture_start (self);
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":2}", 0);
    fixture_put (self, "jobs", 0, 4);
    test_until (self->loop, taker_count (taker) == 2);
    taker_reserve (taker, "jobs", "{\"credit\":0}", 0);
    test_until (self->loop, taker_ends (taker) == 1);
    fixture_expect (self, "1", "queue.ack", "1:1:1");
    size_t beats = taker_beats (taker);
    test_until (self->loop, taker_beats (taker) > beats + 1);
    assert_int_equal (taker_count (taker), 2);
    assert_int_equal (fixture_stat (self, "jobs", "leased"), 1);
    taker_destroy (&taker);
    test_until (self->loop, fixture_stat (self, "jobs", "ready") == 3);
}

static void
test_after_a_stream_has_ended_what_it_holds_stays_for_its_lease (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":2}", 0);
    fixture_expect (self, "1", "queue.put", "jobs", "long",
                    "{\"lease_ms\":3600000}");
    fixture_expect (self, "2", "queue.put", "jobs", "short",
                    "{\"lease_ms\":8000}");
    test_until (self->loop, taker_count (taker) == 2);
    int64_t start_ms = zclock_mono ();
    taker_reserve (taker, "jobs", "{\"credit\":2,\"wait_ms\":0}", 0);
    test_until (self->loop, taker_ends (taker) == 2);
    //  It is not forgotten at once
    assert_int_equal (fixture_stat (self, "jobs", "consumers"), 1);
    test_until (self->loop, fixture_stat (self, "jobs", "ready") == 1);
    assert_true (zclock_mono () - start_ms >= 7000);
    assert_int_equal (fixture_stat (self, "jobs", "consumers"), 0);
    assert_int_equal (fixture_stat (self, "jobs", "leased"), 1);
    fixture_expect (self, "1", "queue.ack", "1:1:1");
    taker_destroy (&taker);
}

static void
test_one_caller_can_take_from_several_queues (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":1}", 0);
    taker_reserve (taker, "other", "{\"credit\":1}", 0);
    fixture_put (self, "jobs", 1, 1);
    fixture_put (self, "other", 2, 1);
    test_until (self->loop, taker_count (taker) == 2);
    assert_int_equal (taker_ends (taker), 0);
    taker_destroy (&taker);
}

static void
test_singles_and_streams_share_a_queue (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":100}", 0);
    test_until (self->loop, taker_beats (taker) == 1);
    answer_t single = {.ended = 0};
    zp_span_t args[] = {{"jobs", 4}, {"{\"wait_ms\":20000}", 17}};
    fixture_begin (self, "queue.reserve", args, 2, &single);
    fixture_put (self, "jobs", 0, 3);
    test_until (self->loop, single.ended && taker_count (taker) == 2);
    assert_int_equal (single.status, ZP_OK);
    answer_clear (&single);
    taker_destroy (&taker);
}

static void
test_a_single_reserve_that_was_cancelled_takes_nothing (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    taker_t *taker = taker_new (self, "jobs", "{\"wait_ms\":3600000}", 0);
    test_until (self->loop, fixture_stat (self, "jobs", "consumers") == 1);
    taker_cancel (taker);
    taker_call (taker, 0, "zp.ping", NULL);
    test_until (self->loop, taker_ends (taker) == 1);
    fixture_put (self, "jobs", 1, 1);
    assert_string_equal (fixture_reserve (self, "jobs", "1"), "1:2:1");
    assert_int_equal (fixture_stat (self, "jobs", "returned"), 0);
    assert_int_equal (fixture_stat (self, "jobs", "consumers"), 0);
    taker_destroy (&taker);
}

static void
test_a_plain_peer_can_not_have_a_stream (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    peer_t *peer = peer_new_caller (self->loop, self->endpoint);
    zmsg_t *frames = zmsg_new ();
    zmsg_addmem (frames, NULL, 0);
    zmsg_addstr (frames, "queue.reserve");
    zmsg_addstr (frames, "jobs");
    zmsg_addstr (frames, "{\"credit\":1}");
    peer_send (peer, NULL, frames);
    test_until (self->loop, peer_count (peer) == 1);
    const letter_t *letter = peer_letter (peer, 0);
    assert_true (letter_says (letter, 0, "ERROR"));
    assert_true (letter_says (letter, 1, "FAILED_PRECONDITION"));
    assert_true (letter_says (letter, 2,
                              "a stream needs an envelope; without \"credit\" "
                              "a plain peer gets one message"));
    peer_destroy (&peer);
}

static void
test_a_stream_on_a_bad_name_fails (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    taker_t *taker = taker_new (self, "no/queue", "{\"credit\":1}", 0);
    test_until (self->loop, taker_ends (taker) == 1);
    assert_int_equal (taker_end (taker, 0)->envelope.status,
                      ZP_INVALID_ARGUMENT);
    fixture_expect (self, "[]", "queue.list");
    taker_destroy (&taker);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_stream_is_said_to_be_open_and_shows_signs_of_life),
        fixture_test (test_no_more_are_out_than_there_is_credit),
        fixture_test (test_each_end_of_a_lease_gives_credit_back),
        fixture_test (test_takers_have_their_turns),
        fixture_test (test_one_who_acks_nothing_does_not_hold_up_others),
        fixture_test (
            test_what_a_dead_taker_holds_goes_to_others_long_before_the_lease_ends),
        fixture_test (test_one_who_cancels_gives_back_what_he_holds),
        fixture_test (test_a_stream_ends_before_its_callers_patience),
        fixture_test (test_streams_that_follow_each_other_lose_nothing),
        fixture_test (
            test_a_caller_who_calls_twice_has_one_stream_and_its_credit_is_the_last),
        fixture_test (
            test_with_a_credit_of_none_a_stream_only_holds_what_it_has),
        fixture_test (
            test_after_a_stream_has_ended_what_it_holds_stays_for_its_lease),
        fixture_test (test_one_caller_can_take_from_several_queues),
        fixture_test (test_singles_and_streams_share_a_queue),
        fixture_test (test_a_single_reserve_that_was_cancelled_takes_nothing),
        fixture_test (test_a_plain_peer_can_not_have_a_stream),
        fixture_test (test_a_stream_on_a_bad_name_fails),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
