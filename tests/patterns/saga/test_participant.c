//  SPDX-License-Identifier: MIT
//
//  Whatever comes, how often and in whatever order: one effect a key at most,
//  and one answer.

#include "books.h"

#define expect(self, says, call)                                               \
    do {                                                                       \
        assert_string_equal (call, says);                                      \
        assert_int_equal ((self)->told.status, ZP_OK);                         \
    } while (0)
#define expect_failure(self, expected, call)                                   \
    do {                                                                       \
        call;                                                                  \
        assert_int_equal ((self)->told.status, expected);                      \
    } while (0)

#define TOO_LATE "refused COMPENSATED it was compensated before it came"

static void
test_a_repeated_command_repeats_the_reply (void **state)
{
    books_t *self = *state;
    books_start (self);
    for (int i = 0; i < 3; i++) {
        expect (self, "done {\"paid\":70}", books_charge (self, "s1/pay", 70));
        assert_int_equal (books_shop (self), 70);
    }
    for (int i = 0; i < 3; i++) {
        expect (self, "done {\"paid\":70}",
                books_ask (self, "refund", "s1/pay", NULL, "{\"paid\":70}"));
        assert_int_equal (books_shop (self), 0);
    }
    //  Other steps and other sagas are others
    expect (self, "done {\"paid\":5}", books_charge (self, "s1/more", 5));
    expect (self, "done {\"paid\":6}", books_charge (self, "s2/pay", 6));
    assert_int_equal (books_shop (self), 11);
    books_start (self);
    expect (self, "done {\"paid\":70}", books_charge (self, "s1/pay", 70));
    assert_int_equal (books_shop (self), 11);
    zp_saga_participant_stats_t stats;
    zp_saga_participant_stats (self->participant, &stats);
    assert_int_equal (stats.commands, 1);
    assert_int_equal (stats.repeated, 1);
    assert_int_equal (stats.handled, 0);
    assert_int_equal (stats.commits, 0);
}

static void
test_duplicates_in_one_turn_have_one_effect (void **state)
{
    books_t *self = *state;
    books_start (self);
    expect (self, "unknown", books_status (self, "s1/pay", "action"));
    zp_saga_participant_stats_t before, after;
    zp_saga_participant_stats (self->participant, &before);
    told_t told[6];
    for (int i = 0; i < 4; i++)
        books_begin (self, "charge", "s1/pay", "{\"cents\":70}", NULL,
                     &told[i]);
    for (int i = 4; i < 6; i++)
        books_begin (self, "refund", "s1/pay", NULL, NULL, &told[i]);
    for (int i = 0; i < 6; i++) {
        test_until (self->loop, told[i].ended);
        assert_string_equal (told[i].text, "done {\"paid\":70}");
    }
    zp_saga_participant_stats (self->participant, &after);
    assert_int_equal (after.handled - before.handled, 2);
    assert_in_range (after.commits - before.commits, 1, 2);
    assert_int_equal (books_shop (self), 0);
}

static void
test_commands_of_one_turn_share_a_commit (void **state)
{
    books_t *self = *state;
    books_start (self);
    enum { COUNT = 500 };
    static told_t told[COUNT];
    for (int i = 0; i < COUNT; i++) {
        char key[32];
        snprintf (key, sizeof key, "saga-%d/pay", i);
        books_begin (self, "charge", key, "{\"cents\":1}", NULL, &told[i]);
    }
    for (int i = 0; i < COUNT; i++) {
        test_until (self->loop, told[i].ended);
        assert_string_equal (told[i].text, "done {\"paid\":1}");
    }
    zp_saga_participant_stats_t stats;
    zp_saga_participant_stats (self->participant, &stats);
    assert_int_equal (stats.handled, COUNT);
    assert_in_range (stats.commits, 1, COUNT / 2);
    assert_int_equal (books_shop (self), COUNT);
}

static void
test_a_compensation_first_has_no_effect_and_the_late_action_none (void **state)
{
    books_t *self = *state;
    books_start (self);
    expect (self, "done null",
            books_ask (self, "refund", "s1/pay", NULL, NULL));
    for (int i = 0; i < 2; i++) {
        expect (self, TOO_LATE, books_charge (self, "s1/pay", 70));
        expect (self, "done null",
                books_ask (self, "refund", "s1/pay", NULL, NULL));
        books_start (self);
    }
    expect (self, TOO_LATE, books_status (self, "s1/pay", "action"));
    expect (self, "done null", books_status (self, "s1/pay", "compensate"));
    assert_int_equal (books_number (self, "SELECT count (*) FROM payments"), 0);
}

static void
test_a_compensation_first_in_the_same_turn (void **state)
{
    books_t *self = *state;
    books_start (self);
    told_t undo, late;
    books_begin (self, "refund", "s1/pay", NULL, NULL, &undo);
    books_begin (self, "charge", "s1/pay", "{\"cents\":70}", NULL, &late);
    test_until (self->loop, undo.ended && late.ended);
    assert_string_equal (undo.text, "done null");
    assert_string_equal (late.text, TOO_LATE);
    assert_int_equal (books_shop (self), 0);
}

static void
test_a_refusal_stays_and_takes_back_what_was_changed (void **state)
{
    books_t *self = *state;
    books_start (self);
    const char *refused = "refused NO_MONEY 2000 cents are missing";
    expect (self, refused, books_charge (self, "s1/pay", 2000));
    assert_int_equal (books_shop (self), 0);
    //  Now there would be enough for it
    expect (self, refused, books_charge (self, "s1/pay", 20));
    books_start (self);
    expect (self, refused, books_charge (self, "s1/pay", 20));
    expect (self, refused, books_status (self, "s1/pay", "action"));
    //  There is nothing to undo
    expect (self, "done null",
            books_ask (self, "refund", "s1/pay", NULL, NULL));
    expect (self, refused, books_charge (self, "s1/pay", 20));
    assert_int_equal (books_number (self, "SELECT count (*) FROM payments"), 0);
}

static void
test_a_refusal_harms_no_neighbour_in_its_transaction (void **state)
{
    books_t *self = *state;
    books_start (self);
    told_t told[3];
    books_begin (self, "charge", "a/pay", "{\"cents\":70}", NULL, &told[0]);
    books_begin (self, "charge", "b/pay", "{\"cents\":2000}", NULL, &told[1]);
    books_begin (self, "charge", "c/pay", "{\"cents\":7}", NULL, &told[2]);
    test_until (self->loop, told[0].ended && told[1].ended && told[2].ended);
    assert_string_equal (told[0].text, "done {\"paid\":70}");
    assert_string_equal (told[1].text,
                         "refused NO_MONEY 2000 cents are missing");
    assert_string_equal (told[2].text, "done {\"paid\":7}");
    assert_int_equal (books_shop (self), 77);
}

static void
test_a_refused_compensation_is_tried_again (void **state)
{
    books_t *self = *state;
    books_start (self);
    books_charge (self, "s1/pay", 70);
    sqlite3 *db = zp_saga_participant_db (self->participant);
    const char *away = "UPDATE accounts SET name = 'away', cents = 0"
                       " WHERE name = 'shop';"
                       "INSERT INTO accounts VALUES ('shop', 0)";
    assert_int_equal (sqlite3_exec (db, away, NULL, NULL, NULL), SQLITE_OK);
    for (int i = 0; i < 2; i++)
        expect (self, "refused NO_MONEY 70 cents are missing",
                books_ask (self, "refund", "s1/pay", NULL, NULL));
    expect (self, "unknown", books_status (self, "s1/pay", "compensate"));
    const char *back = "UPDATE accounts SET cents = 70 WHERE name = 'shop'";
    assert_int_equal (sqlite3_exec (db, back, NULL, NULL, NULL), SQLITE_OK);
    expect (self, "done {\"paid\":70}",
            books_ask (self, "refund", "s1/pay", NULL, NULL));
    assert_int_equal (books_shop (self), 0);
}

static void
test_a_handler_that_fails_has_changed_nothing (void **state)
{
    books_t *self = *state;
    books_start (self);
    expect_failure (self, ZP_ABORTED,
                    books_ask (self, "broken", "s1/x", "\"fail\"", NULL));
    assert_string_equal (self->told.text, "not now");
    expect_failure (self, ZP_INTERNAL,
                    books_ask (self, "broken", "s1/x", "\"no json\"", NULL));
    expect_failure (self, ZP_INTERNAL,
                    books_ask (self, "broken", "s1/x", "\"silence\"", NULL));
    assert_int_equal (books_shop (self), 0);
    expect (self, "unknown", books_status (self, "s1/x", "action"));
    expect (self, "done {\"paid\":9}", books_charge (self, "s1/x", 9));
    assert_int_equal (self->failures, 0);
}

static void
test_a_handler_that_ends_the_transaction_ends_the_service (void **state)
{
    books_t *self = *state;
    books_start (self);
    expect_failure (self, ZP_UNKNOWN,
                    books_ask (self, "broken", "s1/x", "\"rollback\"", NULL));
    assert_int_equal (self->failures, 1);
    assert_int_equal (self->failure, ZP_INTERNAL);
    expect_failure (self, ZP_UNAVAILABLE, books_charge (self, "s1/x", 9));
}

static void
test_what_is_ongoing_is_finished_later (void **state)
{
    books_t *self = *state;
    books_start (self);
    assert_int_equal (books_ship (self, "s1/ship", "done"), ZP_NOT_FOUND);
    expect (self, "ongoing 250",
            books_ask (self, "order", "s1/ship", NULL, NULL));
    books_start (self);
    expect (self, "ongoing 250",
            books_ask (self, "order", "s1/ship", NULL, NULL));
    assert_int_equal (books_ship (self, "s1/ship", "failed"), ZP_ABORTED);
    assert_int_equal (books_shop (self), 0);
    assert_int_equal (books_ship (self, "s1/ship", "slowly"), ZP_OK);
    expect (self, "ongoing 500", books_status (self, "s1/ship", "action"));
    //  What is on its way can't be undone yet
    expect (self, "ongoing 500",
            books_ask (self, "cancel", "s1/ship", NULL, NULL));
    expect (self, "unknown", books_status (self, "s1/ship", "compensate"));
    assert_int_equal (books_ship (self, "s1/ship", "done"), ZP_OK);
    assert_int_equal (books_ship (self, "s1/ship", "done"),
                      ZP_FAILED_PRECONDITION);
    assert_int_equal (books_shop (self), 200);
    expect (self, "done {\"paid\":100}",
            books_ask (self, "order", "s1/ship", NULL, NULL));
}

static void
test_a_compensation_can_be_ongoing_too (void **state)
{
    books_t *self = *state;
    books_start (self);
    books_ask (self, "order", "s1/ship", NULL, NULL);
    books_ship (self, "s1/ship", "done");
    expect (self, "ongoing 250",
            books_ask (self, "cancel", "s1/ship", NULL, NULL));
    expect (self, "ongoing 250", books_status (self, "s1/ship", "compensate"));
    expect (self, "done {\"paid\":100}",
            books_status (self, "s1/ship", "action"));
    //  It was refused: it is tried again
    assert_int_equal (books_ship (self, "s1/ship", "refused"), ZP_OK);
    assert_int_equal (books_shop (self), 100);
    expect (self, "ongoing 250",
            books_ask (self, "cancel", "s1/ship", NULL, NULL));
    assert_int_equal (books_ship (self, "s1/ship", "done"), ZP_OK);
    assert_int_equal (books_shop (self), 0);
    expect (self, "done {\"paid\":100}",
            books_ask (self, "cancel", "s1/ship", NULL, NULL));
}

static void
test_what_is_ongoing_can_be_refused_in_the_end (void **state)
{
    books_t *self = *state;
    books_start (self);
    books_ask (self, "order", "s1/ship", NULL, NULL);
    assert_int_equal (books_ship (self, "s1/ship", "refused"), ZP_OK);
    assert_int_equal (books_shop (self), 0);
    expect (self, "refused BROKEN it fell down",
            books_ask (self, "order", "s1/ship", NULL, NULL));
}

static void
test_a_lost_row_is_not_taken_for_an_action_that_never_came (void **state)
{
    books_t *self = *state;
    books_start (self);
    expect_failure (
        self, ZP_FAILED_PRECONDITION,
        books_ask (self, "refund", "s1/pay", NULL, "{\"paid\":70}"));
    expect (self, "unknown", books_status (self, "s1/pay", "action"));
    expect (self, "unknown", books_status (self, "s1/pay", "compensate"));
}

static void
test_the_status_has_no_effect (void **state)
{
    books_t *self = *state;
    books_start (self);
    expect (self, "unknown", books_status (self, "s1/pay", "action"));
    expect (self, "unknown", books_status (self, "s1/pay", "compensate"));
    expect (self, "done {\"paid\":70}", books_charge (self, "s1/pay", 70));
    expect (self, "done {\"paid\":70}",
            books_status (self, "s1/pay", "action"));
    expect (self, "unknown", books_status (self, "s1/pay", "compensate"));
    assert_int_equal (books_shop (self), 70);
}

static void
test_old_rows_are_erased_by_later_commits_but_not_what_is_ongoing (void **state)
{
    books_t *self = *state;
    self->options.keep_ms = 3600000;
    books_start (self);
    books_ask (self, "order", "old/ship", NULL, NULL);
    for (int i = 0; i < 100; i++) {
        char key[32];
        snprintf (key, sizeof key, "old-%d/pay", i);
        books_charge (self, key, 1);
    }
    sqlite3 *db = zp_saga_participant_db (self->participant);
    const char *age = "UPDATE saga_steps SET changed_ms = changed_ms - 3600001";
    assert_int_equal (sqlite3_exec (db, age, NULL, NULL, NULL), SQLITE_OK);
    int rows = 0, left = 101;
    for (int i = 0; i < 10; i++) {
        char key[32];
        snprintf (key, sizeof key, "new-%d/pay", i);
        books_charge (self, key, 1);
        rows = books_number (self, "SELECT count (*) FROM saga_steps"
                                   " WHERE key LIKE 'old%'");
        assert_true (rows == 1 || (rows < left && rows > left - 50));
        left = rows;
    }
    assert_int_equal (rows, 1);
    expect (self, "ongoing 250", books_status (self, "old/ship", "action"));
    expect (self, "done {\"paid\":1}",
            books_status (self, "new-0/pay", "action"));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        books_test (test_a_repeated_command_repeats_the_reply),
        books_test (test_duplicates_in_one_turn_have_one_effect),
        books_test (test_commands_of_one_turn_share_a_commit),
        books_test (
            test_a_compensation_first_has_no_effect_and_the_late_action_none),
        books_test (test_a_compensation_first_in_the_same_turn),
        books_test (test_a_refusal_stays_and_takes_back_what_was_changed),
        books_test (test_a_refusal_harms_no_neighbour_in_its_transaction),
        books_test (test_a_refused_compensation_is_tried_again),
        books_test (test_a_handler_that_fails_has_changed_nothing),
        books_test (test_a_handler_that_ends_the_transaction_ends_the_service),
        books_test (test_what_is_ongoing_is_finished_later),
        books_test (test_a_compensation_can_be_ongoing_too),
        books_test (test_what_is_ongoing_can_be_refused_in_the_end),
        books_test (test_a_lost_row_is_not_taken_for_an_action_that_never_came),
        books_test (test_the_status_has_no_effect),
        books_test (
            test_old_rows_are_erased_by_later_commits_but_not_what_is_ongoing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
