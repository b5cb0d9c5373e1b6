//  SPDX-License-Identifier: MIT
//
//  What becomes of records: each promise about them, one by one.

#include "fixture.h"

static void
test_a_record_is_given_back_as_it_was_appended (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    assert_int_equal (fixture_append (self, "k", "h", "b"), 1);
    assert_int_equal (fixture_append (self, "key", "{}", "body"), 2);
    fixture_reopen (self);
    assert_string_equal (fixture_replay (self, 0, true),
                         "1:k:h:b 2:key:{}:body ");
}

static void
test_key_head_and_body_may_be_empty (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    zp_span_t nothing = {NULL, 0};
    zp_journal_append (self->journal, nothing, nothing, nothing);
    zp_journal_append (self->journal, nothing, nothing, nothing);
    zp_journal_amend (self->journal, 2, nothing, nothing);
    zp_journal_fetch (self->journal, 1);
    fixture_commit (self);
    assert_string_equal (self->log, "committed(3) found(1:::) ");
    fixture_reopen (self);
    assert_string_equal (fixture_replay (self, 0, true), "1::: 2::: ");
}

static int
s_check_large (void *arg, const zp_record_t *record)
{
    zchunk_t *body = arg;
    assert_int_equal (record->key.size, ZP_JOURNAL_KEY_MAX);
    assert_int_equal (record->head.size, ZP_JOURNAL_HEAD_MAX);
    assert_int_equal (record->body_size, zchunk_size (body));
    assert_int_equal (record->body.size, zchunk_size (body));
    assert_memory_equal (record->body.data, zchunk_data (body),
                         zchunk_size (body));
    return 0;
}

static void
test_a_record_may_be_large_and_hold_any_bytes (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    zchunk_t *body = zchunk_new (NULL, 30 << 20);
    zchunk_fill (body, 0, 30 << 20);
    for (size_t i = 0; i < zchunk_size (body); i++)
        zchunk_data (body)[i] = (byte) (i * 7 + i / 251);
    char *head = zmalloc (ZP_JOURNAL_HEAD_MAX);
    memset (head, 'h', ZP_JOURNAL_HEAD_MAX);
    zp_journal_append (self->journal, (zp_span_t){head, ZP_JOURNAL_KEY_MAX},
                       (zp_span_t){head, ZP_JOURNAL_HEAD_MAX},
                       (zp_span_t){zchunk_data (body), zchunk_size (body)});
    free (head);
    fixture_commit (self);
    fixture_reopen (self);
    assert_int_equal (
        zp_journal_replay (self->journal, 0, true, s_check_large, body), ZP_OK);
    zchunk_destroy (&body);
}

static void
test_an_amended_record_has_another_key_and_head (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    uint64_t number = fixture_append (self, "k", "h", "b");
    fixture_commit (self);
    zp_journal_amend (self->journal, number, fixture_text ("dead"),
                      fixture_text ("{1}"));
    zp_journal_amend (self->journal, number, fixture_text ("dead"),
                      fixture_text ("{2}"));
    fixture_reopen (self);
    assert_string_equal (fixture_replay (self, 0, true), "1:dead:{2}:b ");
}

static void
test_an_erased_record_is_gone (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    for (int i = 0; i < 5; i++)
        fixture_append (self, "k", "", "b");
    fixture_commit (self);
    zp_journal_erase (self->journal, 2);
    zp_journal_erase (self->journal, 4);
    zp_journal_erase (self->journal, 4);
    fixture_reopen (self);
    assert_string_equal (fixture_replay (self, 0, true),
                         "1:k::b 3:k::b 5:k::b ");
}

static void
test_erasing_a_run_spares_its_neighbours (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    for (int i = 0; i < 10; i++)
        fixture_append (self, "", "", "");
    fixture_commit (self);
    static const uint64_t erased[] = {8, 3, 4, 2, 7, 3};
    for (size_t i = 0; i < sizeof erased / sizeof *erased; i++)
        zp_journal_erase (self->journal, erased[i]);
    fixture_reopen (self);
    assert_string_equal (fixture_replay (self, 0, false),
                         "1::: 5::: 6::: 9::: 10::: ");
}

static void
test_what_was_erased_stays_so_in_the_same_turn (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    uint64_t old = fixture_append (self, "old", "", "b");
    fixture_commit (self);
    uint64_t number = fixture_append (self, "new", "", "b");
    zp_journal_amend (self->journal, number, fixture_text ("x"),
                      fixture_text ("x"));
    zp_journal_erase (self->journal, number);
    zp_journal_amend (self->journal, number, fixture_text ("y"),
                      fixture_text ("y"));
    zp_journal_erase (self->journal, old);
    zp_journal_amend (self->journal, old, fixture_text ("z"),
                      fixture_text ("z"));
    fixture_append (self, "last", "", "b");
    fixture_reopen (self);
    assert_string_equal (fixture_replay (self, 0, true), "3:last::b ");
}

static void
test_operations_on_a_number_that_is_not_there_do_nothing (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    zp_journal_erase (self->journal, 0);
    zp_journal_erase (self->journal, 77);
    zp_journal_erase (self->journal, UINT64_MAX);
    zp_journal_amend (self->journal, 78, fixture_text ("k"),
                      fixture_text ("h"));
    fixture_append (self, "k", "", "b");
    fixture_commit (self);
    assert_int_equal (self->committed, 5);
    fixture_reopen (self);
    assert_string_equal (fixture_replay (self, 0, true), "1:k::b ");
}

static void
test_replay_is_in_order_from_a_number_on_with_bodies_or_without (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    for (int i = 0; i < 4; i++)
        fixture_append (self, "k", "h", "b");
    fixture_reopen (self);
    assert_string_equal (fixture_replay (self, 3, true), "3:k:h:b 4:k:h:b ");
    assert_string_equal (fixture_replay (self, 4, false), "4:k:h: ");
    assert_string_equal (fixture_replay (self, 5, true), "");
}

static int
s_check_body_size (void *arg, const zp_record_t *record)
{
    size_t *sizes = arg;
    assert_int_equal (record->body.size, 0);
    assert_int_equal (record->body_size, sizes[record->number - 1]);
    assert_true (record->time_ms > zclock_time () - TEST_PATIENCE_MS);
    assert_true (record->time_ms <= zclock_time ());
    return 0;
}

static void
test_replay_knows_the_time_and_the_size_of_a_body (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    static const char body[100000];
    size_t sizes[] = {0, 1, 300, sizeof body};
    for (size_t i = 0; i < 4; i++)
        zp_journal_append (self->journal, fixture_text (""), fixture_text (""),
                           (zp_span_t){body, sizes[i]});
    fixture_reopen (self);
    assert_int_equal (
        zp_journal_replay (self->journal, 0, false, s_check_body_size, sizes),
        ZP_OK);
}

static int
s_stop_at_two (void *arg, const zp_record_t *record)
{
    int *count = arg;
    ++*count;
    return record->number == 2 ? -1 : 0;
}

static void
test_replay_can_be_ended (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    for (int i = 0; i < 4; i++)
        fixture_append (self, "k", "h", "b");
    fixture_reopen (self);
    int count = 0;
    assert_int_equal (
        zp_journal_replay (self->journal, 0, true, s_stop_at_two, &count),
        ZP_ABORTED);
    assert_int_equal (count, 2);
    assert_string_equal (zp_journal_error (self->journal), "");
    assert_string_equal (fixture_replay (self, 4, true), "4:k:h:b ");
}

static int
s_move (void *arg, const zp_record_t *record)
{
    fixture_t *self = arg;
    if (record->number == 2)
        return 0;
    zp_journal_append (self->journal, record->key, record->head, record->body);
    zp_journal_erase (self->journal, record->number);
    return 0;
}

static void
test_records_can_be_moved_while_they_are_replayed (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    for (int i = 0; i < 3; i++)
        fixture_append (self, "k", "h", "b");
    fixture_reopen (self);
    assert_int_equal (zp_journal_replay (self->journal, 0, true, s_move, self),
                      ZP_OK);
    fixture_reopen (self);
    assert_string_equal (fixture_replay (self, 0, true),
                         "2:k:h:b 4:k:h:b 5:k:h:b ");
}

static void
test_a_fetch_sees_what_was_done_before (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    for (int i = 0; i < 3; i++)
        fixture_append (self, "k", "h", "b");
    fixture_commit (self);
    self->log[0] = 0;
    uint64_t number = fixture_append (self, "k4", "h4", "b4");
    zp_journal_amend (self->journal, 2, fixture_text ("K"), fixture_text ("H"));
    zp_journal_erase (self->journal, 3);
    zp_journal_fetch (self->journal, number);
    zp_journal_fetch (self->journal, 2);
    zp_journal_fetch (self->journal, 3);
    zp_journal_fetch (self->journal, 1);
    zp_journal_fetch (self->journal, 99);
    test_until (self->loop, self->fetched == 5);
    assert_string_equal (self->log,
                         "committed(6) found(4:k4:h4:b4) found(2:K:H:b) "
                         "missing(3) found(1:k:h:b) missing(99) ");
}

static void
test_a_fetch_alone_commits_nothing (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    zp_journal_fetch (self->journal, 1);
    test_until (self->loop, self->fetched == 1);
    assert_string_equal (self->log, "missing(1) ");
    zp_journal_stats_t stats;
    zp_journal_stats (self->journal, &stats);
    assert_int_equal (stats.position, 0);
    assert_int_equal (stats.commits, 0);
    assert_int_equal (stats.fetches, 1);
}

static void
test_people_can_read_the_tables (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    fixture_append (self, "encode", "{\"priority\":7}", "film.mp4");
    zp_journal_destroy (&self->journal);
    char *seen = fixture_query (
        self, "select number || '|' || key || '|' || head || '|' || body"
              " from records");
    assert_string_equal (seen, "1|encode|{\"priority\":7}|film.mp4");
    free (seen);
    seen =
        fixture_query (self, "select epoch || '|' || next_number from owner");
    assert_string_equal (seen, "1|2");
    free (seen);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_record_is_given_back_as_it_was_appended),
        fixture_test (test_key_head_and_body_may_be_empty),
        fixture_test (test_a_record_may_be_large_and_hold_any_bytes),
        fixture_test (test_an_amended_record_has_another_key_and_head),
        fixture_test (test_an_erased_record_is_gone),
        fixture_test (test_erasing_a_run_spares_its_neighbours),
        fixture_test (test_what_was_erased_stays_so_in_the_same_turn),
        fixture_test (test_operations_on_a_number_that_is_not_there_do_nothing),
        fixture_test (
            test_replay_is_in_order_from_a_number_on_with_bodies_or_without),
        fixture_test (test_replay_knows_the_time_and_the_size_of_a_body),
        fixture_test (test_replay_can_be_ended),
        fixture_test (test_records_can_be_moved_while_they_are_replayed),
        fixture_test (test_a_fetch_sees_what_was_done_before),
        fixture_test (test_a_fetch_alone_commits_nothing),
        fixture_test (test_people_can_read_the_tables),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
