//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "sim_store.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

//  How a record was before a change; to be put back by a crash
typedef struct s_change {
    sim_record_t before;  // Number 0: it was not there
    uint64_t number;      // Which one; 0: a turn ended
} s_change_t;

struct sim_store {
    sim_record_t *records;  // By their numbers, counted from 1
    size_t count;           // The highest number
    size_t room;            // For so many
    s_change_t *changes;    // Not committed
    size_t change_count;    // How many
    size_t change_room;     // For so many
};

static void
s_free (sim_record_t *record)
{
    free (record->key);
    free (record->head);
    *record = (sim_record_t){0};
}

static void *
s_grow (void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return items;
    *room = *room ? 2 * *room : 64;
    items = realloc (items, *room * size);
    assert_non_null (items);
    return items;
}

static void
s_note (sim_store_t *self, s_change_t change)
{
    self->changes = s_grow (self->changes, self->change_count,
                            &self->change_room, sizeof *self->changes);
    self->changes[self->change_count++] = change;
}

//  The record with a number goes, and is noted; its place is returned
static sim_record_t *
s_take_out (sim_store_t *self, uint64_t number)
{
    assert_true (number > 0 && number <= self->count);
    sim_record_t *record = &self->records[number - 1];
    //  The core never speaks of a record that is gone
    assert_int_equal (record->number, number);
    s_note (self, (s_change_t){*record, number});
    *record = (sim_record_t){0};
    return record;
}

static char *
s_text (zp_span_t span)
{
    return strndup (span.size ? span.data : "", span.size);
}

static uint64_t
s_append (void *arg, zp_span_t key, zp_span_t head, zp_span_t body)
{
    sim_store_t *self = arg;
    self->records =
        s_grow (self->records, self->count, &self->room, sizeof *self->records);
    sim_record_t *record = &self->records[self->count++];
    *record = (sim_record_t){.number = self->count,
                             .key = s_text (key),
                             .head = s_text (head),
                             .body_size = body.size};
    if (body.size >= sizeof record->body_tag)
        memcpy (&record->body_tag, body.data, sizeof record->body_tag);
    s_note (self, (s_change_t){{0}, self->count});
    return self->count;
}

static void
s_amend (void *arg, uint64_t number, zp_span_t key, zp_span_t head)
{
    sim_store_t *self = arg;
    sim_record_t *record = s_take_out (self, number);
    const sim_record_t *before = &self->changes[self->change_count - 1].before;
    *record = (sim_record_t){.number = number,
                             .key = s_text (key),
                             .head = s_text (head),
                             .body_size = before->body_size,
                             .body_tag = before->body_tag};
}

static void
s_erase (void *arg, uint64_t number)
{
    s_take_out (arg, number);
}

sim_store_t *
sim_store_new (void)
{
    return zmalloc (sizeof (sim_store_t));
}

void
sim_store_destroy (sim_store_t **self_p)
{
    sim_store_t *self = *self_p;
    *self_p = NULL;
    for (size_t i = 0; i < self->count; i++)
        s_free (&self->records[i]);
    for (size_t i = 0; i < self->change_count; i++)
        s_free (&self->changes[i].before);
    free (self->records);
    free (self->changes);
    free (self);
}

zp_journal_log_t
sim_store_hooks (sim_store_t *self)
{
    return (zp_journal_log_t){s_append, s_amend, s_erase, self};
}

void
sim_store_end_turn (sim_store_t *self)
{
    s_note (self, (s_change_t){.number = 0});
}

void
sim_store_commit (sim_store_t *self, size_t turns)
{
    size_t done = 0;
    for (; turns; done++) {
        assert_true (done < self->change_count);
        turns -= self->changes[done].number == 0;
        s_free (&self->changes[done].before);
    }
    self->change_count -= done;
    if (self->change_count)
        memmove (self->changes, self->changes + done,
                 self->change_count * sizeof *self->changes);
}

void
sim_store_crash (sim_store_t *self)
{
    while (self->change_count) {
        s_change_t *change = &self->changes[--self->change_count];
        if (change->number == 0)
            continue;
        sim_record_t *record = &self->records[change->number - 1];
        s_free (record);
        *record = change->before;
    }
}

zp_status_t
sim_store_restore (sim_store_t *self, zp_eventlog_core_t *core, int64_t now_ms)
{
    for (size_t i = 0; i < self->count; i++) {
        const sim_record_t *record = &self->records[i];
        if (!record->number)
            continue;
        zp_span_t key = {record->key, strlen (record->key)};
        zp_span_t head = {record->head, strlen (record->head)};
        zp_status_t status = zp_eventlog_core_restore (
            core, record->number, key, head, record->body_size, now_ms);
        if (status != ZP_OK)
            return status;
    }
    return zp_eventlog_core_restored (core);
}

const sim_record_t *
sim_store_find (const sim_store_t *self, uint64_t number)
{
    if (number == 0 || number > self->count ||
        !self->records[number - 1].number)
        return NULL;
    return &self->records[number - 1];
}
