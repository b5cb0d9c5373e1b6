//  SPDX-License-Identifier: MIT

#include "zp_number.h"
#include "zp_queue_broker_private.h"

static void
s_reply (zp_queue_waiting_t *waiting)
{
    char text[24];
    size_t size = zp_number_write (waiting->number, text);
    zp_span_t parts[] = {{text, size}, {NULL, 0}};
    if (waiting->refused && waiting->number == 0)
        zp_request_fail (&waiting->request, ZP_FAILED_PRECONDITION, "%s",
                         waiting->refused);
    else if (waiting->refused) {
        parts[1] = (zp_span_t){waiting->refused, strlen (waiting->refused)};
        zp_request_reply_parts (&waiting->request, parts, 2);
    }
    else
        zp_request_reply_parts (&waiting->request, parts, 1);
    free (waiting->refused);
}

static void
s_add (zp_queue_broker_t *self, const zp_queue_waiting_t *waiting)
{
    self->puts += waiting->put;
    zp_fifo_add (&self->waiting, waiting);
}

static zp_queue_waiting_t
s_take (zp_queue_broker_t *self)
{
    zp_queue_waiting_t first;
    zp_fifo_take (&self->waiting, &first);
    self->puts -= first.put;
    return first;
}

void
zp_queue_wait (zp_queue_broker_t *self, zp_request_t **request_p,
               uint64_t number, bool put, char *refused)
{
    zp_queue_waiting_t waiting = {.position =
                                      zp_journal_position (self->journal),
                                  .request = *request_p,
                                  .number = number,
                                  .put = put,
                                  .refused = refused};
    *request_p = NULL;
    if (waiting.position <= self->committed)
        s_reply (&waiting);  // Nothing was changed that is not on disk
    else
        s_add (self, &waiting);
    if (self->status != ZP_OK)
        zp_queue_wait_failed (self);  // The disk will never have it
}

void
zp_queue_wait_over (zp_queue_broker_t *self)
{
    int64_t now_ms = zp_queue_broker_now (self);
    zp_queue_waiting_t *first;
    while ((first = zp_fifo_at (&self->waiting, 0)) != NULL &&
           first->position <= self->committed) {
        zp_queue_waiting_t waiting = s_take (self);
        if (waiting.put)
            zp_queue_core_written (self->core, waiting.number, now_ms);
        s_reply (&waiting);
    }
}

void
zp_queue_wait_failed (zp_queue_broker_t *self)
{
    while (self->waiting.count) {
        zp_queue_waiting_t waiting = s_take (self);
        zp_request_fail (&waiting.request, ZP_UNKNOWN,
                         "whether it is kept is not known: %s", self->error);
        free (waiting.refused);
    }
}
