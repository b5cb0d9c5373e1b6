//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "history.h"

#include "test_seed.h"

#define BIG (1 << 20)  // Bytes of a body

void
history_must (const history_t *self, bool holds, const char *what)
{
    if (!holds)
        fail_msg ("%s: %s, of %d blocks %d confirmed; %s", self->point, what,
                  (int) self->blocks - 1, (int) self->confirmed,
                  self->fixture->error ? self->fixture->error : "no error");
}

//  Forget what was done, and go on from what there is

static void
s_begin (history_t *self)
{
    self->now.position = 0;
    self->marks[0] = self->now;
    self->blocks = 1;
    self->confirmed = 0;
    self->fixture->failures = 0;
}

history_t *
history_new (fixture_t *fixture, uint64_t seed)
{
    fault_vfs_delete (fixture->path);
    history_t *self = zmalloc (sizeof *self);
    self->fixture = fixture;
    self->seed = seed;
    fixture->committed = 0;
    s_begin (self);
    return self;
}

void
history_destroy (history_t **self_p)
{
    history_t *self = *self_p;
    *self_p = NULL;
    history_power_off (self);
    free (self->live);
    free (self);
}

void
history_power_off (history_t *self)
{
    fault_vfs_power_off ();
    zp_journal_destroy (&self->fixture->journal);
    fault_vfs_restart ();
}

#define BASIS 14695981039346656037U

static uint64_t
s_hash (uint64_t hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    //  Of large bodies some bytes do
    size_t step = 1 + size / 4096;
    for (size_t i = 0; i < size; i += step)
        hash = (hash ^ bytes[i]) * 1099511628211U;  // FNV-1a
    return (hash ^ size) * 1099511628211U;
}

static void
s_set (history_t *self, history_record_t *record, zp_span_t key, zp_span_t head)
{
    record->print =
        s_hash (record->body, &record->number, sizeof record->number);
    record->print = s_hash (record->print, key.data, key.size);
    record->print = s_hash (record->print, head.data, head.size);
    self->now.print += record->print;
}

static void
s_add (history_t *self, const zp_record_t *record)
{
    if (self->count == self->room) {
        self->room = 2 * self->room + 16;
        self->live = realloc (self->live, self->room * sizeof *self->live);
        assert_non_null (self->live);
    }
    history_record_t *one = &self->live[self->count++];
    one->number = record->number;
    one->body = s_hash (BASIS, record->body.data, record->body.size);
    s_set (self, one, record->key, record->head);
    if (record->number > self->now.highest)
        self->now.highest = record->number;
}

//  A key or a head: some letters; room is for `most` of them

static zp_span_t
s_text (history_t *self, char *room, int most)
{
    int length = test_below (&self->seed, most);
    memset (room, 'a' + test_below (&self->seed, 26), (size_t) length);
    return (zp_span_t){room, (size_t) length};
}

static uint64_t
s_append (history_t *self, size_t body_size)
{
    static uint64_t body[BIG / sizeof (uint64_t)];
    self->bodies++;
    for (size_t i = 0; i * sizeof *body < body_size; i++)
        body[i] = (self->bodies << 32 | i) * 0x9e3779b97f4a7c15U;
    char key[30], head[300];
    zp_record_t record = {.key = s_text (self, key, sizeof key),
                          .head = s_text (self, head, sizeof head),
                          .body = {body, body_size}};
    record.number = zp_journal_append (self->fixture->journal, record.key,
                                       record.head, record.body);
    history_must (self, record.number > self->now.highest,
                  "a number was used twice");
    s_add (self, &record);
    return record.number;
}

static void
s_amend (history_t *self, history_record_t *record)
{
    char key_room[30], head_room[300];
    zp_span_t key = s_text (self, key_room, sizeof key_room);
    zp_span_t head = s_text (self, head_room, sizeof head_room);
    zp_journal_amend (self->fixture->journal, record->number, key, head);
    self->now.print -= record->print;
    s_set (self, record, key, head);
}

static void
s_erase (history_t *self, history_record_t *record)
{
    zp_journal_erase (self->fixture->journal, record->number);
    self->now.print -= record->print;
    *record = self->live[--self->count];
}

static void
s_end_block (history_t *self)
{
    assert_true (self->blocks < HISTORY_BLOCKS);
    self->now.position = zp_journal_position (self->fixture->journal);
    self->marks[self->blocks++] = self->now;
    test_quick_turn (self->fixture->loop);
}

void
history_block (history_t *self)
{
    static const int sizes[] = {10, 100, 1000, 30000};
    for (int i = test_below (&self->seed, 6); i >= 0; i--) {
        int what = self->count ? test_below (&self->seed, 10) : 0;
        history_record_t *one =
            &self->live[self->count ? (size_t) test_below (&self->seed,
                                                           (int) self->count)
                                    : 0];
        if (what < 5)
            s_append (self,
                      (size_t) test_below (&self->seed,
                                           sizes[test_below (&self->seed, 4)]));
        else if (what < 7)
            s_amend (self, one);
        else
            s_erase (self, one);
    }
    s_end_block (self);
}

//  A body of a megabyte more, and one less

static void
s_big_block (history_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->live[i].number == self->big)
            s_erase (self, &self->live[i]);
    self->big = s_append (self, BIG);
    s_end_block (self);
}

static void
s_wait (history_t *self)
{
    fixture_t *fixture = self->fixture;
    test_until (fixture->loop,
                fixture->failures || fixture->committed == self->now.position);
}

//  See what was told to be on disk

static void
s_confirm (history_t *self)
{
    uint64_t committed = self->fixture->committed;
    if (committed == 0)
        return;
    size_t block = 0;
    while (block + 1 < self->blocks && self->marks[block].position < committed)
        block++;
    history_must (self, self->marks[block].position == committed,
                  "it confirmed a part of a block");
    self->confirmed = block;
}

static int
s_on_record (void *arg, const zp_record_t *record)
{
    s_add (arg, record);
    return 0;
}

//  What the journal has must be what it had after one of the blocks. False if
//  it can't be read.

static bool
s_look (history_t *self)
{
    fixture_t *fixture = self->fixture;
    self->count = 0;
    self->now.print = 0;
    fixture->status =
        zp_journal_replay (fixture->journal, 0, true, s_on_record, self);
    if (fixture->status != ZP_OK) {
        fixture->error = strdup (zp_journal_error (fixture->journal));
        zp_journal_destroy (&fixture->journal);
        return false;
    }
    size_t found = self->confirmed;
    while (found < self->blocks && self->marks[found].print != self->now.print)
        found++;
    history_must (self, found < self->blocks,
                  "it is as after no block since the last confirmed one");
    self->now.highest = self->marks[found].highest;
    return true;
}

bool
history_open (history_t *self)
{
    s_confirm (self);
    if (!fixture_try_open (self->fixture))
        return false;
    uint64_t epoch = zp_journal_epoch (self->fixture->journal);
    history_must (self, epoch > self->epoch, "an epoch came twice");
    self->epoch = epoch;
    if (!s_look (self))
        return false;
    s_begin (self);
    return true;
}

void
history_plan (history_t *self, const fault_t *fault)
{
    static const char *ops[FAULT_OPS] = {"open",       "read", "write",
                                         "truncation", "sync", "deletion"};
    static const char *kinds[] = {"no fault", "an error", "no room",
                                  "a power loss"};
    static const char *losses[FAULT_LOSSES] = {"nothing", "unsynced", "torn",
                                               "reordered"};
    snprintf (self->point, sizeof self->point,
              "%s at %s %d, %s lost, seed %" PRIu64, kinds[fault->kind],
              ops[fault->op], (int) fault->at, losses[fault->loss],
              fault->seed);
    fault_vfs_plan (fault);
}

void
history_play (history_t *self, int blocks)
{
    while (blocks-- > 0 && !self->fixture->failures) {
        history_block (self);
        s_wait (self);
    }
}

void
history_play_big (history_t *self, int blocks)
{
    while (blocks-- > 0 && !self->fixture->failures) {
        s_big_block (self);
        s_wait (self);
    }
}

void
history_goes_on (history_t *self)
{
    fault_vfs_plan (&(fault_t){.loss = FAULT_LOSS_UNSYNCED});
    history_must (self, history_open (self), "it does not open");
    history_play (self, 1);
    history_must (self, !self->fixture->failures, "it does not go on");
    history_power_off (self);
    history_must (self, history_open (self), "it does not open again");
}
