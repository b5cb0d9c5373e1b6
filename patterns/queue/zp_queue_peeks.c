//  SPDX-License-Identifier: MIT
//
//  A look at messages: the core says which, the journal has what is in them.

#include <jansson.h>

#include "zp_queue_broker_private.h"

#define COUNT_MAX 31  // Two parts each, of those that a reply may have
#define COUNT     10  // Unless the caller says otherwise
#define REPLY_BYTES                                                            \
    (8 << 20)  // Bodies in one reply; those beyond wait for the
               // next call

struct zp_queue_peek {
    zp_request_t *request;             // To be answered
    bool bodies;                       // They are wanted
    size_t count;                      // Messages
    size_t come;                       // Of these, read or not there
    size_t bytes;                      // Of bodies that were copied
    zp_queue_view_t views[COUNT_MAX];  // The messages
    size_t parts_count;                // What there is to reply yet
    zp_span_t parts[2 * COUNT_MAX];    // Copies of it
};

static void
s_add (zp_queue_peek_t *self, const void *data, size_t size)
{
    char *copy = malloc (size + 1);
    assert (copy);
    if (size)
        memcpy (copy, data, size);
    self->parts[self->parts_count++] = (zp_span_t){copy, size};
}

static void
s_add_message (zp_queue_peek_t *self, const zp_queue_view_t *view,
               const zp_record_t *record)
{
    json_t *head = json_loadb (record->head.data, record->head.size, 0, NULL);
    json_t *info = json_pack (
        "{sI, ss, si, si, sI, sI, sI, sI, so}", "id", (json_int_t) view->id,
        "state", zp_queue_state_name (view->state), "priority", view->priority,
        "delivered", view->delivered, "acquired", (json_int_t) view->acquired,
        "size_bytes", (json_int_t) view->size_bytes, "put_ms",
        (json_int_t) record->time_ms, "due_ms", (json_int_t) view->due_ms,
        "head", head ? head : json_object ());
    char *text = json_dumps (info, JSON_COMPACT);
    s_add (self, text, strlen (text));
    size_t size = self->bodies ? record->body.size : 0;
    s_add (self, record->body.data, size);
    self->bytes += size;
    free (text);
    json_decref (info);
}

//  All have come
static void
s_reply (zp_queue_peek_t *self)
{
    zp_request_reply_parts (&self->request, self->parts, self->parts_count);
    for (size_t i = 0; i < self->parts_count; i++)
        free ((void *) self->parts[i].data);
    free (self);
}

void
zp_queue_peeks_fetched (zp_queue_peek_t *self, const zp_record_t *record)
{
    const zp_queue_view_t *view = &self->views[self->come++];
    bool fits = self->parts_count == 0 || self->bytes < REPLY_BYTES;
    if (record && fits)
        s_add_message (self, view, record);
    if (self->come == self->count)
        s_reply (self);
}

static void
s_fetch (zp_queue_broker_t *broker, zp_queue_peek_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        zp_queue_fetch_t fetch = {.receipt = {.id = self->views[i].id},
                                  .peek = self};
        zp_fifo_add (&broker->fetching, &fetch);
        zp_journal_fetch (broker->journal, fetch.receipt.id);
    }
    if (self->count == 0)
        s_reply (self);
}

void
zp_queue_on_peek (zp_request_t *request, void *arg)
{
    zp_queue_broker_t *broker = arg;
    char name[16] = "ready";
    int64_t count = COUNT;
    int64_t after = 0;
    bool bodies = true;
    const zp_arg_t args[] = {
        {.name = "state", .text = name, .room = sizeof name},
        {.name = "count", .number = &count, .min = 1, .max = COUNT_MAX},
        {.name = "after", .number = &after, .max = INT64_MAX},
        {.name = "body", .flag = &bodies}};
    zp_queue_state_t state;
    zp_queue_t *queue;
    if (!zp_queue_method_count (&request, 1, 2, "QUEUE [OPTIONS]") ||
        !zp_queue_method_options (&request, 1, args, 4) ||
        !zp_queue_method_state (&request, name, &state) ||
        !(queue = zp_queue_method_queue (broker, &request)))
        return;
    zp_queue_peek_t *self = zmalloc (sizeof *self);
    self->request = request;
    self->bodies = bodies;
    self->count = zp_queue_peek (queue, state, (uint64_t) after, self->views,
                                 (size_t) count);
    s_fetch (broker, self);
}
