//  SPDX-License-Identifier: MIT
//
//  Whatever is loaded as a definition, either all is well with it, and a saga
//  can be started by it and read again from its records; or there are mistakes,
//  each with a place in the text. As the head of a record it is taken, or the
//  saga is PARKED.
//
//  Input: a definition, or a head.

#include "zp_saga_view.h"

#include <stdlib.h>
#include <string.h>

//  Not assert, which a release build leaves out
#define CHECK(truth) ((truth) ? (void) 0 : abort ())

#define RECORDS 64

//  The first records of a log
typedef struct records {
    struct {
        zp_span_t head, body;  // Copies
    } at[RECORDS];
    uint64_t count;  // All that were ever written
} records_t;

static zp_span_t
s_copy (zp_span_t span)
{
    char *copy = malloc (span.size + 1);
    CHECK (copy);
    memcpy (copy, span.size ? span.data : "", span.size);
    return (zp_span_t){copy, span.size};
}

static uint64_t
s_append (void *arg, zp_span_t key, zp_span_t head, zp_span_t body)
{
    records_t *self = arg;
    CHECK (key.size == 1);
    CHECK (self->count < RECORDS);
    self->at[self->count].head = s_copy (head);
    self->at[self->count].body = s_copy (body);
    return ++self->count;
}

static void
s_erase (void *arg, uint64_t number)
{
    CHECK (number >= 1 && number <= ((records_t *) arg)->count);
}

static zp_saga_core_t *
s_core (records_t *records)
{
    zp_saga_options_t options = ZP_SAGA_DEFAULTS;
    zp_journal_log_t log = {
        .append = s_append, .erase = s_erase, .arg = records};
    return zp_saga_core_new (&options, &log, 1);
}

//  All records are read by another core, and one more that may be anything
static void
s_restore (records_t *records, zp_span_t head)
{
    uint64_t count = records->count;
    zp_saga_core_t *core = s_core (records);
    zp_span_t key = {"x", 1};
    for (uint64_t i = 0; i < count; i++)
        CHECK (zp_saga_core_restore (core, i + 1, 1, key, records->at[i].head,
                                     records->at[i].body) == ZP_OK);
    zp_saga_view_t view;
    zp_saga_view (zp_saga_core_find (core, key), &view);
    CHECK (!strstr (view.reason, "can't be read"));
    zp_span_t body = {"null", 4};
    CHECK (zp_saga_core_restore (core, count + 1, 1, key, head, body) == ZP_OK);
    zp_saga_core_restored (core, 1);
    zp_saga_command_t command;
    while (records->count < RECORDS / 2 &&
           zp_saga_core_next (core, 1, &command))
        CHECK (command.key);
    zp_saga_core_destroy (&core);
}

//  Start a saga, let each of its first commands be done, and read it again
static void
s_run (zp_saga_def_t *def, zp_span_t head)
{
    records_t records = {.count = 0};
    zp_saga_core_t *core = s_core (&records);
    zp_span_t name = {def->name, strlen (def->name)};
    zp_saga_core_define (core, &def);
    CHECK (zp_saga_core_start (core, name, (zp_span_t){"x", 1},
                               (zp_span_t){"{}", 2}, 1) == ZP_OK);
    zp_saga_core_written (core, records.count);
    zp_saga_command_t command;
    while (records.count < RECORDS / 4 &&
           zp_saga_core_next (core, 1, &command)) {
        zp_saga_reply_t reply = {.outcome = ZP_SAGA_DONE, .result = {"[1]", 3}};
        if (command.verb != ZP_SAGA_ENDED)
            CHECK (zp_saga_core_reply (
                core, (zp_span_t){command.key, strlen (command.key)},
                command.verb, command.attempt, &reply, 1));
        zp_saga_core_written (core, records.count);
    }
    zp_saga_core_destroy (&core);
    s_restore (&records, head);
    for (uint64_t i = 0; i < records.count; i++) {
        free ((void *) records.at[i].head.data);
        free ((void *) records.at[i].body.data);
    }
}

static void
s_try_head (zp_span_t head)
{
    static const char text[] =
        "{\"saga\":\"s\",\"version\":1,\"steps\":[{\"id\":\"a\",\"kind\":"
        "\"compensatable\",\"service\":\"b\",\"action\":\"c\","
        "\"compensation\":\"d\"},{\"id\":\"e\",\"kind\":\"retriable\","
        "\"wait_for\":\"f\",\"timeout_ms\":5}]}";
    zp_saga_def_t *def =
        zp_saga_def_new ((zp_span_t){text, strlen (text)}, NULL, NULL);
    CHECK (def);
    s_run (def, head);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    zp_span_t text = {data, size};
    char *mistakes;
    zp_saga_def_t *def = zp_saga_def_new (text, NULL, &mistakes);
    CHECK (!def == !!mistakes);
    if (def)
        s_run (def, (zp_span_t){"{}", 2});
    else
        CHECK (strchr ("123456789", mistakes[0]) && strchr (mistakes, '\n'));
    free (mistakes);
    s_try_head (text);
    return 0;
}
