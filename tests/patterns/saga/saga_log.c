//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "saga_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

typedef struct s_record {
    int64_t time_ms;   // When it was appended
    char *key;         // NULL: it was erased
    char *head;        // Ends with a 0
    char *body;        // Any bytes
    size_t body_size;  // Of these
} s_record_t;

struct saga_log {
    s_record_t *records;  // Number 1 is at index 0
    size_t count;         // How many were ever appended
    size_t room;          // For so many
    int64_t now_ms;       // For records to come
};

saga_log_t *
saga_log_new (void)
{
    return calloc (1, sizeof (saga_log_t));
}

static void
s_free (s_record_t *record)
{
    free (record->key);
    free (record->head);
    free (record->body);
    *record = (s_record_t){0};
}

void
saga_log_destroy (saga_log_t **self_p)
{
    saga_log_t *self = *self_p;
    *self_p = NULL;
    for (size_t i = 0; i < self->count; i++)
        s_free (&self->records[i]);
    free (self->records);
    free (self);
}

static char *
s_copy (zp_span_t span)
{
    char *copy = calloc (1, span.size + 1);
    assert_non_null (copy);
    return memcpy (copy, span.size ? span.data : "", span.size);
}

static uint64_t
s_append (void *arg, zp_span_t key, zp_span_t head, zp_span_t body)
{
    saga_log_t *self = arg;
    if (self->count == self->room) {
        self->room = self->room ? self->room * 2 : 64;
        self->records =
            realloc (self->records, self->room * sizeof *self->records);
        assert_non_null (self->records);
    }
    self->records[self->count++] = (s_record_t){
        self->now_ms, s_copy (key), s_copy (head), s_copy (body), body.size};
    return self->count;
}

static void
s_erase (void *arg, uint64_t number)
{
    saga_log_t *self = arg;
    assert_in_range (number, 1, self->count);
    assert_non_null (self->records[number - 1].key);
    s_free (&self->records[number - 1]);
}

zp_journal_log_t
saga_log_hooks (saga_log_t *self)
{
    return (zp_journal_log_t){
        .append = s_append, .erase = s_erase, .arg = self};
}

void
saga_log_set_time (saga_log_t *self, int64_t now_ms)
{
    self->now_ms = now_ms;
}

uint64_t
saga_log_last (const saga_log_t *self)
{
    return self->count;
}

size_t
saga_log_total (const saga_log_t *self)
{
    size_t total = 0;
    for (size_t i = 0; i < self->count; i++)
        total += self->records[i].key != NULL;
    return total;
}

size_t
saga_log_count (const saga_log_t *self, const char *id)
{
    size_t count = 0;
    while (saga_log_head (self, id, (int) count))
        count++;
    return count;
}

void
saga_log_cut (saga_log_t *self, uint64_t number)
{
    while (self->count > number)
        s_free (&self->records[--self->count]);
}

static void
s_restore (const saga_log_t *self, zp_saga_core_t *core, uint64_t number)
{
    const s_record_t *record = &self->records[number - 1];
    zp_span_t key = {record->key, strlen (record->key)};
    zp_span_t head = {record->head, strlen (record->head)};
    zp_span_t body = {record->body, record->body_size};
    assert_int_equal (
        zp_saga_core_restore (core, number, record->time_ms, key, head, body),
        ZP_OK);
}

void
saga_log_restore (const saga_log_t *self, zp_saga_core_t *core)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->records[i].key)
            s_restore (self, core, i + 1);
}

void
saga_log_restore_some (const saga_log_t *self, zp_saga_core_t *core,
                       const uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        s_restore (self, core, numbers[i]);
}

const char *
saga_log_at (const saga_log_t *self, uint64_t number)
{
    assert_in_range (number, 1, self->count);
    return self->records[number - 1].head;
}

static s_record_t *
s_find (const saga_log_t *self, const char *id, int number)
{
    s_record_t *found = NULL;
    for (size_t i = 0; i < self->count; i++) {
        s_record_t *record = &self->records[i];
        if (!record->key || strcmp (record->key, id) != 0)
            continue;
        found = record;
        if (number-- == 0)
            return found;
    }
    return number < 0 ? found : NULL;
}

const char *
saga_log_head (const saga_log_t *self, const char *id, int number)
{
    const s_record_t *record = s_find (self, id, number);
    return record ? record->head : NULL;
}

void
saga_log_damage (saga_log_t *self, const char *id, int number, const char *head)
{
    s_record_t *record = s_find (self, id, number);
    assert_non_null (record);
    free (record->head);
    record->head = s_copy ((zp_span_t){head, strlen (head)});
}
