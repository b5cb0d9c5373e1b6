//  SPDX-License-Identifier: MIT
//
//  Random operations, in turns of random length, on a journal that is closed
//  and opened now and then: what it replays and fetches always is what a list
//  in memory has.

#include "fixture.h"
#include "test_seed.h"

#define STEPS   40000
#define RECORDS STEPS  // That there can be

typedef struct {
    bool there;   // It was appended, and not erased
    int key;      // Number that makes its key
    int head;     // And its head
    int body;     // And its body
    size_t size;  // Of the body
} s_model_t;

typedef struct {
    fixture_t *fixture;          // The journal
    uint64_t seed;               // For random numbers
    s_model_t records[RECORDS];  // By number
    uint64_t last;               // Number of the last record
    uint64_t seen;               // Number up to which replay was checked
    uint64_t asked[STEPS];       // Numbers to be fetched
    size_t asked_count;          // How many of them
    size_t answered;             // And how many came
} s_test_t;

//  A text made from a number: different ones have different texts
static zp_span_t
s_text (int number, char *text)
{
    return (zp_span_t){text, (size_t) sprintf (text, "%x", number)};
}

static bool
s_is_text (int number, zp_span_t span)
{
    char text[20];
    return s_text (number, text).size == span.size &&
           memcmp (text, span.data, span.size) == 0;
}

//  Bytes made from a number, the same one each time; valid until the next call
static zp_span_t
s_body (int number, size_t size)
{
    static unsigned char bytes[100000];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char) ((unsigned) number * 31 + i * 7 + i / 256);
    return (zp_span_t){bytes, size};
}

static void
s_check (s_test_t *self, const zp_record_t *record, bool bodies)
{
    const s_model_t *model = &self->records[record->number];
    assert_true (record->number <= self->last);
    assert_true (model->there);
    assert_true (s_is_text (model->key, record->key));
    assert_true (s_is_text (model->head, record->head));
    assert_int_equal (record->body_size, model->size);
    assert_int_equal (record->body.size, bodies ? model->size : 0);
    if (record->body.size)
        assert_memory_equal (record->body.data,
                             s_body (model->body, model->size).data,
                             model->size);
}

static int
s_on_record (void *arg, const zp_record_t *record)
{
    s_test_t *self = arg;
    while (++self->seen < record->number)
        assert_false (self->records[self->seen].there);
    assert_int_equal (record->number, self->seen);
    s_check (self, record, self->last % 2);
    return 0;
}

//  A record that was erased after it was asked for, or amended, may come as it
//  was or as it is; so nothing is done to those that are asked for.
static void
s_on_fetched (void *arg, uint64_t number, const zp_record_t *record)
{
    s_test_t *self = arg;
    assert_int_equal (number, self->asked[self->answered++]);
    if (record)
        s_check (self, record, true);
    else
        assert_false (number <= self->last && self->records[number].there);
}

static void
s_on_committed (void *arg, uint64_t position)
{
    s_test_t *self = arg;
    assert_true (position > self->fixture->committed);
    assert_true (position <= zp_journal_position (self->fixture->journal));
    self->fixture->committed = position;
}

static void
s_on_failed (void *arg, zp_status_t status, const char *text)
{
    (void) arg;
    fail_msg ("%s: %s", zp_status_name (status), text);
}

static void
s_open (s_test_t *self)
{
    zp_journal_events_t events = {s_on_committed, s_on_fetched, s_on_failed,
                                  self};
    fixture_t *fixture = self->fixture;
    zp_journal_destroy (&fixture->journal);
    fixture->committed = 0;
    fixture->journal =
        zp_journal_new (fixture->loop, fixture->url, &events, NULL, NULL);
    assert_non_null (fixture->journal);
    self->seen = 0;
    assert_int_equal (zp_journal_replay (fixture->journal, 0, self->last % 2,
                                         s_on_record, self),
                      ZP_OK);
    while (++self->seen <= self->last)
        assert_false (self->records[self->seen].there);
    self->asked_count = self->answered = 0;
}

static void
s_append (s_test_t *self)
{
    static const size_t sizes[] = {1, 10, 100, 1000, 10000, 100000};
    size_t most = sizes[test_below (&self->seed, 5 + (self->last % 50 == 0))];
    s_model_t model = {true, test_below (&self->seed, 1000),
                       test_below (&self->seed, 100000), (int) self->last,
                       (size_t) test_below (&self->seed, (int) most)};
    char key[20], head[20];
    uint64_t number = zp_journal_append (
        self->fixture->journal, s_text (model.key, key),
        s_text (model.head, head), s_body (model.body, model.size));
    assert_int_equal (number, ++self->last);
    self->records[number] = model;
}

//  An old record or a young one; there is none with number 0
static uint64_t
s_pick (s_test_t *self)
{
    int range = (int) self->last + 1;
    if (test_below (&self->seed, 2) && range > 20)
        return self->last - (uint64_t) test_below (&self->seed, 20);
    return (uint64_t) test_below (&self->seed, range);
}

static void
s_change (s_test_t *self, uint64_t number, bool erase)
{
    for (size_t i = self->answered; i < self->asked_count; i++)
        if (self->asked[i] == number)
            return;
    s_model_t *model = &self->records[number];
    char key[20], head[20];
    if (erase) {
        zp_journal_erase (self->fixture->journal, number);
        model->there = false;
        return;
    }
    model->key = test_below (&self->seed, 1000);
    model->head = test_below (&self->seed, 100000);
    zp_journal_amend (self->fixture->journal, number, s_text (model->key, key),
                      s_text (model->head, head));
}

static void
s_step (s_test_t *self)
{
    int what = test_below (&self->seed, 1000);
    if (what < 400)
        s_append (self);
    else if (what < 500)
        s_change (self, s_pick (self), false);
    else if (what < 800)
        s_change (self, s_pick (self), true);
    else if (what < 850) {
        //  A run of them
        uint64_t first = s_pick (self);
        for (uint64_t i = 0; i < 10 && first + i <= self->last; i++)
            s_change (self, first + i, true);
    }
    else if (what < 900) {
        uint64_t number = s_pick (self);
        self->asked[self->asked_count++] = number;
        zp_journal_fetch (self->fixture->journal, number);
    }
    else if (what < 997)
        test_turn (self->fixture->loop);
    else
        s_open (self);
}

static void
test_it_is_what_a_list_in_memory_is (void **state)
{
    s_test_t *self = zmalloc (sizeof *self);
    self->fixture = *state;
    self->seed = test_seed ();
    s_open (self);
    for (int i = 0; i < STEPS; i++)
        s_step (self);
    test_until (self->fixture->loop, self->answered == self->asked_count);
    s_open (self);
    print_message ("%d records were appended\n", (int) self->last);
    zp_journal_destroy (&self->fixture->journal);
    free (self);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_it_is_what_a_list_in_memory_is),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
