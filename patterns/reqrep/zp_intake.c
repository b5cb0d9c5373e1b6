//  SPDX-License-Identifier: MIT
//
//  What a server takes for a request, one box a frame (zp_envelope.c has what
//  is in them):
//
//  open, with an envelope  [path] ... [envelope] [empty] [method] [argument]
//  ... open, without           [path] ... [empty] [method] [argument] ...
//  compact                 [routing id] [records] [large part] ...
//
//  A path is the routing id of the peer and, behind a proxy, that of the peer's
//  peer, and so on. Whatever has no empty frame, or more frames than fit, can't
//  be answered; it is dropped and counted.

#include "zp_server_private.h"

#define TURN_REQUESTS 1000  // Taken at most before some are run
#define REPLY_AT_ONCE 200   // Replies to so many requests need not wait

void
zp_server_refuse (zp_request_t *request, zp_status_t status, int retry_after_ms,
                  const char *format, ...)
{
    char text[256];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    zp_span_t part = {text, strlen (text)};
    zp_server_answer (request, ZP_REPLY, status, retry_after_ms, &part, 1);
}

static int
s_on_delay_end (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_server_enqueue (arg);
    return 0;
}

//  Let the request go wrong, if it is its turn to. True if it may not run
static bool
s_go_wrong (zp_request_t *request)
{
    zp_server_t *self = request->server;
    zp_fault_t fault;
    zp_faulted_t faulted = {request->method->name, request->envelope.client,
                            request->args, request->count};
    int64_t now_ms = request->taken_us / 1000;
    if (!self->faults ||
        !zp_faults_pick (self->faults, &faulted, now_ms, &fault))
        return false;
    self->stats.faults++;
    request->drop = fault.drop_after;
    if (fault.status != ZP_OK)
        zp_server_refuse (request, fault.status, 0, "injected fault");
    else if (fault.drop_before)
        zp_server_drop (request, ZP_UNKNOWN);
    else if (fault.delay_ms) {
        zp_server_move (request, &self->running);
        zp_server_index (request);
        zp_timers_set (self->timers, &request->delay, now_ms + fault.delay_ms);
    }
    else
        return false;
    return true;
}

//  Give a repeated request what is known of it. False if nothing is
static bool
s_repeat (zp_request_t *request)
{
    zp_server_t *self = request->server;
    zp_kept_t kept;
    if (!self->replies || !request->enveloped)
        return false;
    if (!zp_replies_find (self->replies, &request->envelope,
                          request->taken_us / 1000, &kept)) {
        zp_replies_begin (self->replies, &request->envelope, request);
        return false;
    }
    self->stats.repeated++;
    if (kept.running) {
        //  It runs already: its reply goes to whoever asked last
        zp_request_t *running = kept.running;
        zp_message_release (&running->origin);
        zp_message_hold (request->origin);
        running->origin = request->origin;
        running->attempt = request->attempt;
        zp_server_index (running);
    }
    else
        zp_server_send (request, ZP_REPLY, kept.status, kept.retry_after_ms,
                        kept.parts, kept.count);
    zp_server_free (request);
    return true;
}

static zp_method_t *
s_find_method (zp_server_t *self, zp_span_t name)
{
    zp_method_t *method = self->methods;
    while (method && (method->size != name.size ||
                      memcmp (method->name, name.data, name.size) != 0))
        method = method->next;
    return method;
}

//  Decide about a request that was just taken
static void
s_admit (zp_request_t *request)
{
    zp_server_t *self = request->server;
    const zp_server_options_t *options = &self->options;
    self->stats.requests++;
    if (!request->method) {
        char text[64];
        zp_span_t name = request->name;
        size_t size = name.size < sizeof text ? name.size : sizeof text - 1;
        for (size_t i = 0; i < size; i++) {
            unsigned char c = ((const unsigned char *) name.data)[i];
            text[i] = c >= ' ' && c < 127 ? (char) c : '?';
        }
        text[size] = 0;
        request->method = &self->no_method;
        zp_server_refuse (request, ZP_UNIMPLEMENTED, 0,
                          "%s has no method '%s'; zp.info lists those it has",
                          options->name, text);
        return;
    }
    request->method->requests++;
    if (request->method->builtin)
        request->method->fn (request, request->method->arg);
    else if (self->draining) {
        self->stats.shed++;
        zp_server_refuse (request, ZP_UNAVAILABLE, 0, "%s is shutting down",
                          options->name);
    }
    else if (s_repeat (request))
        return;
    else if (self->stats.in_flight > (size_t) options->max_in_flight) {
        self->stats.shed++;
        zp_server_refuse (request, ZP_RESOURCE_EXHAUSTED,
                          options->retry_after_ms,
                          "%s has %d requests in flight, which is its limit",
                          options->name, options->max_in_flight);
    }
    else if (!s_go_wrong (request))
        zp_server_enqueue (request);
}

//  Take a request out of a message: parts are the method and its arguments
static void
s_take (zp_server_t *self, zp_message_t *message, const zp_envelope_t *envelope,
        const zp_span_t *parts, size_t count)
{
    size_t args = count ? count - 1 : 0;
    zp_request_t *request =
        malloc (sizeof *request + args * sizeof (zp_span_t));
    assert (request);
    zp_span_t name = count ? parts[0] : (zp_span_t){"", 0};
    *request = (zp_request_t){.server = self,
                              .name = name,
                              .method = s_find_method (self, name),
                              .message = message,
                              .origin = message,
                              .envelope = {.kind = ZP_REQUEST},
                              .enveloped = envelope != NULL,
                              .taken_us = self->now_us,
                              .count = args};
    message->holders += 2;
    if (args)
        memcpy (request->args, parts + 1, args * sizeof (zp_span_t));
    if (envelope) {
        request->envelope = *envelope;
        request->attempt = envelope->attempt;
        if (envelope->time_ms)
            request->expires_ms = self->now_us / 1000 + envelope->time_ms;
    }
    zp_timer_init (&request->delay, s_on_delay_end, request);
    self->stats.in_flight++;
    zp_server_tap (request, ZP_TAP_TOOK, ZP_REQUEST, ZP_OK);
    s_admit (request);
}

//  Nobody waits any more for this attempt
static void
s_cancel (zp_server_t *self, const zp_envelope_t *envelope)
{
    zp_id_t id = zp_ids_key (envelope, envelope->attempt);
    zp_request_t *request = zp_ids_lookup (self->by_id, &id);
    if (request)
        atomic_store_explicit (&request->cancelled, true, memory_order_relaxed);
}

//  Returns how many requests were taken
static size_t
s_take_compact (zp_server_t *self, zp_message_t *message)
{
    message->path = 1;
    zp_outbox_compact (&self->outbox, message);

    zp_records_t records;
    zp_records_init (&records, message->frames.span + 1,
                     message->frames.count - 1);
    zp_envelope_t envelope;
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX];
    size_t count;
    size_t taken = 0;
    int rc;
    while ((rc = zp_records_next (&records, &envelope, parts, &count)) == 1) {
        if (envelope.kind == ZP_REQUEST)
            s_take (self, message, &envelope, parts, count);
        else if (envelope.kind == ZP_CANCEL)
            s_cancel (self, &envelope);
        else
            self->stats.garbage++;
        taken++;
    }
    if (rc == -1)
        self->stats.garbage++;
    return taken;
}

static void
s_take_open (zp_server_t *self, zp_message_t *message)
{
    const zp_span_t *frame = message->frames.span;
    size_t count = message->frames.count;
    size_t empty = 1;
    while (empty < count && frame[empty].size)
        empty++;
    if (empty >= count || count - empty - 1 > ZP_ENVELOPE_PARTS_MAX) {
        self->stats.garbage++;
        return;
    }
    zp_envelope_t envelope;
    bool enveloped =
        empty > 1 && zp_envelope_decode (&envelope, frame[empty - 1].data,
                                         frame[empty - 1].size);
    message->path = enveloped ? empty - 1 : empty;
    const zp_span_t *parts = &frame[empty + 1];
    count -= empty + 1;
    if (!enveloped)
        s_take (self, message, NULL, parts, count);
    else if (envelope.kind == ZP_REQUEST)
        s_take (self, message, &envelope, parts, count);
    else if (envelope.kind == ZP_CANCEL)
        s_cancel (self, &envelope);
    else
        self->stats.garbage++;
}

int
zp_server_receive (zloop_t *loop, zsock_t *socket, void *arg)
{
    (void) loop;
    zp_server_t *self = arg;
    void *handle = zsock_resolve (socket);
    zp_server_begin_turn (self);
    size_t taken = 0;
    zp_message_t *message = zp_message_new (&self->outbox);
    while (taken < TURN_REQUESTS) {
        int rc = zp_frames_recv (&message->frames, handle, ZMQ_DONTWAIT);
        if (rc == 0)
            break;
        if (rc == -1) {
            self->stats.garbage++;
            taken++;
            continue;
        }
        const zp_span_t *frame = message->frames.span;
        size_t records = 1;
        if (message->frames.count > 1 &&
            zp_records_here (frame[1].data, frame[1].size))
            records = s_take_compact (self, message);
        else
            s_take_open (self, message);
        //  While the peer works on these replies others are made. And the first
        //  ones leave before looking for more: often there is nothing more
        if (taken == 0 || records >= REPLY_AT_ONCE)
            zp_outbox_flush (&self->outbox);
        taken += records;
        zp_message_release (&message);
        message = zp_message_new (&self->outbox);
    }
    zp_message_release (&message);
    return zp_server_end_turn (self);
}
