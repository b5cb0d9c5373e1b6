//  SPDX-License-Identifier: MIT
//
//  What a reader tells the server of its events: alone, how far it is, which
//  makes room for more; in a group, which it has done. One call is on its way
//  at a time, and what is done meanwhile leaves with the next: as it is slow,
//  each says more. An ack is said until the server has heard it.

#include "zp_eventlog_reader_private.h"

#define CALL_MS  15000  // For one call, retries included
#define AGAIN_MS 2000   // Until an ack that was not heard is said again

static zp_span_t
s_text (const char *text)
{
    return (zp_span_t){text, strlen (text)};
}

static void
s_again (zp_eventlog_reader_t *self, int64_t wait_ms)
{
    if (!zp_timer_pending (&self->say_timer))
        zp_timers_set (self->timers, &self->say_timer,
                       wait_ms ? zclock_mono () + wait_ms : 0);
}

//  Say of all events that are done with that they are
static void s_say (void *reader);

//  The server has heard how far a reader is that is alone. If there is no such
//  stream any more, another one begins where this one is
static void
s_on_seen (void *arg, const zp_reply_t *reply)
{
    zp_eventlog_reader_t *self = arg;
    if (reply->more)
        return;
    self->saying = 0;
    if (reply->status == ZP_OK)
        s_say (self);
    else if (reply->status != ZP_NOT_FOUND && reply->status != ZP_CANCELLED) {
        self->said = 0;
        s_again (self, AGAIN_MS);
    }
}

static void
s_on_acked (void *arg, const zp_reply_t *reply)
{
    zp_eventlog_reader_t *self = arg;
    if (reply->more)
        return;
    self->saying = 0;
    bool settled = reply->status == ZP_OK;
    if (reply->status == ZP_NOT_FOUND || reply->status == ZP_OUT_OF_RANGE) {
        //  The group was deleted, or set back: nobody wants to hear of these
        zp_eventlog_held_remove_all (&self->held, ZP_EVENTLOG_ACKING);
        zp_eventlog_reader_tell (self, reply->status, reply->text);
    }
    else if (settled)
        self->stats.done +=
            zp_eventlog_held_remove_all (&self->held, ZP_EVENTLOG_ACKING);
    else {
        zp_eventlog_held_move (&self->held, ZP_EVENTLOG_ACKING,
                               ZP_EVENTLOG_DONE);
        if (reply->status != ZP_CANCELLED) {
            zp_eventlog_reader_tell (self, reply->status, reply->text);
            s_again (self, AGAIN_MS);
        }
    }
    if (settled)
        s_say (self);
    zp_eventlog_reader_look_drained (self);
}

static void
s_on_nothing (void *arg, const zp_reply_t *reply)
{
    (void) arg;
    (void) reply;
}

//  Call a method about events of the group
static zp_status_t
s_call (zp_eventlog_reader_t *self, const char *method, const char *offsets,
        const char *options, zp_client_fn *fn, uint64_t *id_p)
{
    zp_span_t args[] = {s_text (self->options.log),
                        s_text (self->options.group), s_text (offsets),
                        s_text (options)};
    zp_call_t call = {.method = method,
                      .args = args,
                      .count = *options ? 4 : 3,
                      .timeout_ms = CALL_MS,
                      .fn = fn,
                      .arg = self};
    return zp_client_start (self->client, &call, id_p);
}

static void
s_say_acked (zp_eventlog_reader_t *self)
{
    char *text = zp_eventlog_held_text (&self->held, ZP_EVENTLOG_DONE);
    if (!text)
        return;
    if (s_call (self, "log.group.ack", text, "", s_on_acked, &self->saying) ==
        ZP_OK)
        zp_eventlog_held_move (&self->held, ZP_EVENTLOG_DONE,
                               ZP_EVENTLOG_ACKING);
    else
        s_again (self, AGAIN_MS);
    free (text);
}

static void
s_say_seen (zp_eventlog_reader_t *self)
{
    uint64_t done = zp_eventlog_reader_done_to (self);
    if (!self->stream || !self->call || done <= self->said)
        return;
    char texts[2][24];
    snprintf (texts[0], sizeof *texts, "%" PRIu64, self->stream);
    snprintf (texts[1], sizeof *texts, "%" PRIu64, done);
    zp_span_t args[] = {s_text (texts[0]), s_text (texts[1])};
    zp_call_t call = {.method = "log.seen",
                      .args = args,
                      .count = 2,
                      .timeout_ms = CALL_MS,
                      .fn = s_on_seen,
                      .arg = self};
    if (zp_client_start (self->client, &call, &self->saying) == ZP_OK)
        self->said = done;
    else
        s_again (self, AGAIN_MS);
}

static void
s_say (void *reader)
{
    zp_eventlog_reader_t *self = reader;
    if (self->saying)
        return;
    if (self->options.group)
        s_say_acked (self);
    else
        s_say_seen (self);
}

static int
s_on_say_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    s_say (arg);
    return 0;
}

static int
s_on_touch_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_eventlog_reader_t *self = arg;
    char *text = zp_eventlog_held_text (&self->held, ZP_EVENTLOG_WORK);
    if (!text)
        return 0;
    char options[40] = "";
    if (self->options.lease_ms)
        snprintf (options, sizeof options, "{\"lease_ms\":%" PRId64 "}",
                  self->options.lease_ms);
    s_call (self, "log.group.touch", text, options, s_on_nothing, NULL);
    free (text);
    zp_eventlog_say_touch (self);
    return 0;
}

void
zp_eventlog_say_init (zp_eventlog_reader_t *self)
{
    zp_timer_init (&self->say_timer, s_on_say_timer, self);
    zp_timer_init (&self->touch_timer, s_on_touch_timer, self);
    zp_client_on_turn (self->client, s_say, self);
}

void
zp_eventlog_say_touch (zp_eventlog_reader_t *self)
{
    if (self->options.group && !zp_timer_pending (&self->touch_timer))
        zp_timers_set (self->timers, &self->touch_timer,
                       zclock_mono () + self->options.touch_ms);
}

static void
s_done (zp_eventlog_reader_t *self, zp_eventlog_item_t *item)
{
    self->stats.held--;
    if (self->options.group)
        item->stage = ZP_EVENTLOG_DONE;
    else {
        zp_eventlog_held_remove (&self->held, item);
        self->stats.done++;
    }
    s_again (self, 0);
}

static void
s_retry (zp_eventlog_reader_t *self, zp_eventlog_item_t *item, int64_t delay_ms)
{
    char offset[24], options[40];
    snprintf (offset, sizeof offset, "%" PRIu64, item->offset);
    snprintf (options, sizeof options, "{\"delay_ms\":%" PRId64 "}", delay_ms);
    //  If it is lost, the end of the lease does the same
    s_call (self, "log.group.release", offset, options, s_on_nothing, NULL);
    zp_eventlog_held_remove (&self->held, item);
    self->stats.held--;
    self->stats.retried++;
}

bool
zp_eventlog_say_all_heard (const zp_eventlog_reader_t *self)
{
    return self->held.count == 0;
}

void
zp_eventlog_reader_done (zp_eventlog_reader_t *self, uint64_t offset)
{
    zp_eventlog_item_t *item = zp_eventlog_held_find (&self->held, offset);
    if (!item || item->stage != ZP_EVENTLOG_WORK)
        return;
    s_done (self, item);
    zp_eventlog_reader_look_drained (self);
}

void
zp_eventlog_reader_retry (zp_eventlog_reader_t *self, uint64_t offset,
                          int64_t delay_ms)
{
    assert (self->options.group);
    zp_eventlog_item_t *item = zp_eventlog_held_find (&self->held, offset);
    if (!item || item->stage != ZP_EVENTLOG_WORK)
        return;
    s_retry (self, item, delay_ms);
    zp_eventlog_reader_look_drained (self);
}
