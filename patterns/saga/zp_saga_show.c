//  SPDX-License-Identifier: MIT
//
//  The history of a saga is its records, which the journal has.

#include "zp_saga_coordinator_private.h"

//  A reply that waits for its records
struct zp_saga_show {
    zp_request_t *request;  // Who asked
    json_t *said;           // The saga
    json_t *history;        // Its records as far as they are read; in that
    size_t missing;         // How many are not
};

static void
s_fail (zp_saga_coordinator_t *self, zp_saga_show_t *show)
{
    zp_request_fail (&show->request, ZP_UNAVAILABLE,
                     "its history can't be read: %s", self->error);
    json_decref (show->said);
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
    show->said = zp_saga_say (saga, true);
    show->history = json_array ();
    json_object_set_new (show->said, "history", show->history);
    json_object_set_new (
        show->said, "definition",
        view.def ? json_loadb (view.def->text, view.def->text_size, 0, NULL)
                 : json_null ());
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

//  A record as JSON; NULL if it is not readable
static json_t *
s_say (const zp_record_t *record)
{
    json_t *said = json_loadb (record->head.data, record->head.size, 0, NULL);
    if (!json_is_object (said)) {
        json_decref (said);
        said = json_pack ("{ss}", "event", "unreadable");
    }
    const char *event = json_string_value (json_object_get (said, "event"));
    bool first = event && streq (event, "begin");
    //  The first body is the input, a line end, and the definition
    const char *line =
        first ? memchr (record->body.data, '\n', record->body.size) : NULL;
    size_t size = line ? (size_t) (line - (const char *) record->body.data)
                       : record->body.size;
    json_t *body = json_loadb (record->body.data, size, JSON_DECODE_ANY, NULL);
    if (body)
        json_object_set_new (said,
                             first                              ? "input"
                             : event && streq (event, "signal") ? "value"
                                                                : "result",
                             body);
    json_object_set_new (said, "number",
                         json_integer ((json_int_t) record->number));
    json_object_set_new (said, "time_ms",
                         json_integer ((json_int_t) record->time_ms));
    return said;
}

void
zp_saga_show_fetched (zp_saga_coordinator_t *self, const zp_record_t *record)
{
    zp_saga_show_t *show;
    zp_fifo_take (&self->fetching, &show);
    if (record)  // Else it was erased meanwhile
        json_array_append_new (show->history, s_say (record));
    if (--show->missing)
        return;
    zp_saga_coordinator_reply (self, &show->request,
                               zp_saga_say_text (show->said));
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
