//  SPDX-License-Identifier: MIT

#include "core_log.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

typedef struct s_table {
    core_record_t *records;  // In the order of their numbers
    size_t count;            // How many
    size_t room;             // For so many
    uint64_t last;           // The highest number that was ever given
} s_table_t;

//  What was written and is not committed
typedef struct s_change {
    enum { APPEND, AMEND, ERASE, END_TURN } kind;
    core_record_t record;  // What it is now; of one that is erased, the number
} s_change_t;

struct core_log {
    s_table_t live;       // As the core sees it
    s_table_t disk;       // As it is after a crash
    s_change_t *changes;  // From one to the other
    size_t count;         // How many
    size_t room;          // For so many
    size_t turns;         // How many of them end one
    size_t written;       // How many there ever were, without these
    int64_t now_ms;       // For records to come
};

//  Where a record is, or else would be
static size_t
s_place (const s_table_t *table, uint64_t number)
{
    size_t from = 0;
    size_t to = table->count;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (table->records[middle].number < number)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static core_record_t *
s_find (const s_table_t *table, uint64_t number)
{
    size_t place = s_place (table, number);
    core_record_t *record = table->records + place;
    return place < table->count && record->number == number ? record : NULL;
}

static void
s_apply (s_table_t *table, const s_change_t *change)
{
    uint64_t number = change->record.number;
    core_record_t *record = s_find (table, number);
    if (change->kind == APPEND) {
        assert_true (number > table->last);
        if (table->count == table->room) {
            table->room = table->room ? table->room * 2 : 64;
            table->records =
                realloc (table->records, table->room * sizeof *table->records);
            assert_non_null (table->records);
        }
        table->records[table->count++] = change->record;
        table->last = number;
        return;
    }
    //  The core never speaks of a record that is gone
    assert_non_null (record);
    if (change->kind == AMEND) {
        strcpy (record->key, change->record.key);
        strcpy (record->head, change->record.head);
        return;
    }
    size_t place = (size_t) (record - table->records);
    memmove (record, record + 1,
             (--table->count - place) * sizeof *table->records);
}

static s_change_t *
s_add (core_log_t *self)
{
    if (self->count == self->room) {
        self->room = self->room ? self->room * 2 : 64;
        self->changes =
            realloc (self->changes, self->room * sizeof *self->changes);
        assert_non_null (self->changes);
    }
    return &self->changes[self->count++];
}

static void
s_text (char *to, size_t room, zp_span_t text)
{
    assert_true (text.size < room);
    if (text.size)
        memcpy (to, text.data, text.size);
    to[text.size] = 0;
    assert_int_equal (strlen (to), text.size);
}

static void
s_change (core_log_t *self, int kind, uint64_t number, zp_span_t key,
          zp_span_t head, size_t body_size)
{
    s_change_t *change = s_add (self);
    change->kind = kind;
    core_record_t *record = &change->record;
    record->number = number;
    record->time_ms = self->now_ms;
    record->body_size = body_size;
    s_text (record->key, sizeof record->key, key);
    s_text (record->head, sizeof record->head, head);
    s_apply (&self->live, change);
    self->written++;
}

static uint64_t
s_append (void *arg, zp_span_t key, zp_span_t head, zp_span_t body)
{
    core_log_t *self = arg;
    s_change (self, APPEND, self->live.last + 1, key, head, body.size);
    return self->live.last;
}

static void
s_amend (void *arg, uint64_t number, zp_span_t key, zp_span_t head)
{
    s_change (arg, AMEND, number, key, head, 0);
}

static void
s_erase (void *arg, uint64_t number)
{
    zp_span_t none = {NULL, 0};
    s_change (arg, ERASE, number, none, none, 0);
}

core_log_t *
core_log_new (void)
{
    return zmalloc (sizeof (core_log_t));
}

void
core_log_destroy (core_log_t **self_p)
{
    core_log_t *self = *self_p;
    free (self->live.records);
    free (self->disk.records);
    free (self->changes);
    free (self);
    *self_p = NULL;
}

zp_queue_log_t
core_log_hooks (core_log_t *self)
{
    return (zp_queue_log_t){s_append, s_amend, s_erase, self};
}

void
core_log_set_time (core_log_t *self, int64_t now_ms)
{
    self->now_ms = now_ms;
}

void
core_log_end_turn (core_log_t *self)
{
    s_add (self)->kind = END_TURN;
    self->turns++;
}

size_t
core_log_turns (const core_log_t *self)
{
    return self->turns;
}

void
core_log_commit (core_log_t *self, size_t turns)
{
    assert_true (turns <= self->turns);
    size_t done = 0;
    for (size_t left = turns; left > 0; done++)
        if (self->changes[done].kind == END_TURN)
            left--;
        else
            s_apply (&self->disk, &self->changes[done]);
    self->count -= done;
    self->turns -= turns;
    memmove (self->changes, self->changes + done,
             self->count * sizeof *self->changes);
}

void
core_log_crash (core_log_t *self)
{
    self->count = self->turns = 0;
    s_table_t *live = &self->live;
    const s_table_t *disk = &self->disk;
    if (live->room < disk->count) {
        live->room = disk->room;
        live->records =
            realloc (live->records, live->room * sizeof *live->records);
        assert_non_null (live->records);
    }
    if (disk->count)
        memcpy (live->records, disk->records,
                disk->count * sizeof *disk->records);
    live->count = disk->count;
    live->last = disk->last;
}

zp_status_t
core_log_restore (core_log_t *self, zp_queue_core_t *core, int64_t now_ms)
{
    zp_status_t status = ZP_OK;
    for (size_t i = 0; i < self->live.count && status == ZP_OK; i++) {
        const core_record_t *record = &self->live.records[i];
        status = zp_queue_core_restore (
            core, record->number, record->time_ms,
            (zp_span_t){record->key, strlen (record->key)},
            (zp_span_t){record->head, strlen (record->head)}, record->body_size,
            now_ms);
    }
    return status;
}

const core_record_t *
core_log_find (const core_log_t *self, uint64_t number)
{
    return s_find (&self->live, number);
}

size_t
core_log_count (const core_log_t *self)
{
    return self->live.count;
}

size_t
core_log_written (const core_log_t *self)
{
    return self->written;
}
