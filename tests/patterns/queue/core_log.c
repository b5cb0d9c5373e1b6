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

static char *
s_duplicate (const char *text)
{
    size_t size = strlen (text) + 1;
    char *copy = malloc (size);
    assert_non_null (copy);
    return memcpy (copy, text, size);
}

static void
s_append_record (s_table_t *table, const core_record_t *record)
{
    if (table->count == table->room) {
        table->room = table->room ? table->room * 2 : 64;
        table->records =
            realloc (table->records, table->room * sizeof *table->records);
        assert_non_null (table->records);
    }
    core_record_t *copy = &table->records[table->count++];
    *copy = *record;
    copy->head = s_duplicate (record->head);
}

static void
s_apply (s_table_t *table, const s_change_t *change)
{
    uint64_t number = change->record.number;
    if (change->kind == APPEND) {
        assert_true (number > table->last);
        s_append_record (table, &change->record);
        table->last = number;
        return;
    }
    core_record_t *record = s_find (table, number);
    //  The core never speaks of a record that is gone
    assert_non_null (record);
    free (record->head);
    if (change->kind == AMEND) {
        strcpy (record->key, change->record.key);
        record->head = s_duplicate (change->record.head);
        return;
    }
    size_t place = (size_t) (record - table->records);
    memmove (record, record + 1,
             (--table->count - place) * sizeof *table->records);
}

static void
s_clear (s_table_t *table)
{
    for (size_t i = 0; i < table->count; i++)
        free (table->records[i].head);
    table->count = 0;
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
s_change (core_log_t *self, int kind, uint64_t number, zp_span_t key,
          zp_span_t head, size_t body_size)
{
    s_change_t *change = s_add (self);
    *change = (s_change_t){.kind = kind};
    core_record_t *record = &change->record;
    record->number = number;
    record->time_ms = self->now_ms;
    record->body_size = body_size;
    assert_true (key.size < sizeof record->key);
    memcpy (record->key, key.size ? key.data : "", key.size);
    record->head = calloc (1, head.size + 1);
    assert_non_null (record->head);
    memcpy (record->head, head.size ? head.data : "", head.size);
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

//  Forget the first changes
static void
s_drop_changes (core_log_t *self, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free (self->changes[i].record.head);
    self->count -= count;
    if (self->count)
        memmove (self->changes, self->changes + count,
                 self->count * sizeof *self->changes);
}

void
core_log_destroy (core_log_t **self_p)
{
    core_log_t *self = *self_p;
    s_drop_changes (self, self->count);
    s_clear (&self->live);
    s_clear (&self->disk);
    free (self->live.records);
    free (self->disk.records);
    free (self->changes);
    free (self);
    *self_p = NULL;
}

zp_journal_log_t
core_log_hooks (core_log_t *self)
{
    return (zp_journal_log_t){s_append, s_amend, s_erase, self};
}

void
core_log_set_time (core_log_t *self, int64_t now_ms)
{
    self->now_ms = now_ms;
}

void
core_log_end_turn (core_log_t *self)
{
    *s_add (self) = (s_change_t){.kind = END_TURN};
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
    s_drop_changes (self, done);
    self->turns -= turns;
}

void
core_log_crash (core_log_t *self)
{
    s_drop_changes (self, self->count);
    self->turns = 0;
    s_clear (&self->live);
    for (size_t i = 0; i < self->disk.count; i++)
        s_append_record (&self->live, &self->disk.records[i]);
    self->live.last = self->disk.last;
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
