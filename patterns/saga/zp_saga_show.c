//  SPDX-License-Identifier: MIT
//
//  The history of a saga is its records, which the journal has.

#include "zp_saga_coordinator_private.h"

#include <inttypes.h>

//  A reply that waits for its records
struct zp_saga_show {
    zp_request_t *request;  // Who asked
    zp_saga_text_t text;    // As far as it is written
    size_t count;           // Records in that
    size_t missing;         // And those to come
};

static void
s_fail (zp_saga_coordinator_t *self, zp_saga_show_t *show)
{
    zp_request_fail (&show->request, ZP_UNAVAILABLE,
                     "its history can't be read: %s", self->error);
    free (zp_saga_text_close (&show->text));
    free (show);
}

void
zp_saga_show (zp_saga_coordinator_t *self, const zp_saga_t *saga,
              zp_request_t **request_p)
{
    zp_saga_view_t view;
    zp_saga_view (saga, &view);
    zp_saga_show_t *show = zmalloc (sizeof *show);
    show->request = *request_p;
    *request_p = NULL;
    zp_saga_text_open (&show->text);
    zp_saga_say (show->text.out, saga, true);
    fprintf (show->text.out, ",\"definition\":%s,\"history\":[",
             view.def ? view.def->text : "null");
    if (self->status != ZP_OK) {
        s_fail (self, show);
        return;
    }
    show->missing = view.record_count;
    for (size_t i = 0; i < view.record_count; i++) {
        zp_fifo_add (&self->fetching, &show);
        zp_journal_fetch (self->journal, view.records[i]);
    }
}

//  The event of a record that can be read; the caller frees *json_p
static const char *
s_event (const zp_record_t *record, json_t **json_p)
{
    *json_p = json_loadb (record->head.data, record->head.size, 0, NULL);
    return json_string_value (json_object_get (*json_p, "event"));
}

//  The body of a record, under a name that says what it is
static void
s_say_body (FILE *out, const char *event, zp_span_t body)
{
    const char *name = streq (event, "signal") ? "value" : "result";
    if (streq (event, "begin")) {  // The definition follows in another line
        const char *line =
            body.size ? memchr (body.data, '\n', body.size) : NULL;
        if (line)
            body.size = (size_t) (line - (const char *) body.data);
        name = "input";
    }
    json_t *json = json_loadb (body.size ? body.data : "", body.size,
                               JSON_DECODE_ANY, NULL);
    if (json)
        fprintf (out, "\"%s\":%.*s,", name, (int) body.size,
                 (const char *) body.data);
    json_decref (json);
}

static void
s_say_record (FILE *out, const zp_record_t *record)
{
    json_t *json;
    const char *event = s_event (record, &json);
    fprintf (out, "{\"number\":%" PRIu64 ",\"time_ms\":%" PRId64 ",",
             record->number, record->time_ms);
    if (event) {
        s_say_body (out, event, record->body);
        //  The head goes on where this stands, and has the brace at the end
        const char *brace = memchr (record->head.data, '{', record->head.size);
        size_t before = (size_t) (brace + 1 - (const char *) record->head.data);
        fprintf (out, "%.*s", (int) (record->head.size - before), brace + 1);
    }
    else
        fprintf (out, "\"event\":\"unreadable\"}");
    json_decref (json);
}

void
zp_saga_show_fetched (zp_saga_coordinator_t *self, const zp_record_t *record)
{
    zp_saga_show_t *show;
    zp_fifo_take (&self->fetching, &show);
    if (record) {  // Else it was erased meanwhile
        if (show->count++)
            putc (',', show->text.out);
        s_say_record (show->text.out, record);
    }
    if (--show->missing)
        return;
    fputs ("]}", show->text.out);
    zp_saga_coordinator_reply (self, &show->request,
                               zp_saga_text_close (&show->text));
    free (show);
}

void
zp_saga_show_failed (zp_saga_coordinator_t *self)
{
    while (self->fetching.count) {
        zp_saga_show_t *show;
        zp_fifo_take (&self->fetching, &show);
        if (--show->missing == 0)
            s_fail (self, show);
    }
}
