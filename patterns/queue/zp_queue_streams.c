//  SPDX-License-Identifier: MIT
//
//  Who takes messages. A caller of queue.reserve is a stream: one that lasts
//  and has credit, or one for a single message. Its consumer in the core
//  decides what it gets.
//
//  A stream that lasts shows a sign of life each second. ZeroMQ says of a piece
//  that can't be sent that its caller is gone, and then what the caller holds
//  goes to others at once, as it does when the caller cancels. Between the end
//  of a stream and the next one of the same caller nobody can tell if it lives,
//  and its messages stay leased to it. A single message whose reply can't be
//  sent goes to others at once, too.

#include "zp_queue_broker_private.h"

#define BEAT_MS    1000  // Between two signs of life
#define MARGIN_MS  1000  // A stream ends so long before its caller's patience
#define GRACE_MS   6000  // After that the next one has a credit of its own
#define CREDIT_MAX 100000

struct zp_queue_stream {
    LIST_ENTRY (zp_queue_stream) link;  // In the broker's list
    zp_queue_broker_t *broker;          // Whose it is
    zp_queue_consumer_t *consumer;      // What stands for it in the core
    zp_request_t *request;  // To be answered; NULL: between two of them
    uint64_t client;        // Who calls: first half of its request ids
    char *queue;            // What it takes from
    bool single;            // One message, and it is over
    size_t fetching;        // Messages for it that are being read from disk
    zp_timer_t timer;       // The next beat, or the end of patience
    int64_t ends_ms;        // When to end, by zclock_mono; INT64_MAX: never
};

//  What is being read for it was never delivered. The last goes first, since
//  each comes back before all others
static void
s_undo_fetches (zp_queue_stream_t *self)
{
    zp_queue_broker_t *broker = self->broker;
    for (size_t i = broker->fetching.count; self->fetching && i-- > 0;) {
        zp_queue_fetch_t *fetch = zp_fifo_at (&broker->fetching, i);
        if (fetch->stream != self)
            continue;
        fetch->stream = NULL;
        self->fetching--;
        zp_queue_core_undo (broker->core, &fetch->receipt,
                            zp_queue_broker_now (broker));
    }
}

static void
s_destroy (zp_queue_stream_t *self, bool lost)
{
    zp_queue_broker_t *broker = self->broker;
    s_undo_fetches (self);
    zp_timers_clear (broker->timers, &self->timer);
    zp_queue_consumer_destroy (&self->consumer, lost,
                               zp_queue_broker_now (broker));
    LIST_REMOVE (self, link);
    free (self->queue);
    free (self);
    zp_queue_broker_pump (broker);
}

//  The request is over; the caller will make another, if it lives
static void
s_rest (zp_queue_stream_t *self)
{
    zp_queue_consumer_set_credit (self->consumer, 0);
    zp_timers_set (self->broker->timers, &self->timer,
                   zclock_mono () + GRACE_MS);
}

//  The caller is gone, or wants no more
static void
s_lose (zp_queue_stream_t *self)
{
    zp_request_fail (&self->request, ZP_CANCELLED, "as you like");
    s_destroy (self, true);
}

static void
s_beat (zp_queue_stream_t *self, int64_t now_ms)
{
    if (now_ms >= self->ends_ms) {
        zp_request_reply_parts (&self->request, NULL, 0);
        s_rest (self);
        return;
    }
    if (zp_request_partial_parts (self->request, NULL, 0) != ZP_OK) {
        s_lose (self);
        return;
    }
    int64_t when_ms = now_ms + BEAT_MS;
    zp_timers_set (self->broker->timers, &self->timer,
                   when_ms < self->ends_ms ? when_ms : self->ends_ms);
}

static int
s_on_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_queue_stream_t *self = arg;
    if (!self->request)
        s_destroy (self, false);
    else if (!self->single)
        s_beat (self, zclock_mono ());
    else if (!self->fetching) {
        zp_request_fail (&self->request, ZP_NOT_FOUND,
                         "no message is ready in %s", self->queue);
        s_destroy (self, false);
    }
    return 0;
}

//  When a request must be answered, by zclock_mono
static int64_t
s_end (zp_request_t *request, int64_t wait_ms)
{
    int64_t now_ms = zclock_mono ();
    int64_t budget_ms = zp_request_budget (request);
    if (budget_ms > 0) {
        int64_t margin_ms = budget_ms / 10;
        budget_ms -= margin_ms < MARGIN_MS ? margin_ms : MARGIN_MS;
    }
    if (wait_ms == -1 || (budget_ms != -1 && wait_ms > budget_ms))
        wait_ms = budget_ms;
    return wait_ms == -1 ? INT64_MAX : now_ms + wait_ms;
}

static zp_queue_stream_t *
s_find (zp_queue_broker_t *broker, uint64_t client, zp_span_t queue)
{
    zp_queue_stream_t *self;
    LIST_FOREACH (self, &broker->streams, link)
    if (!self->single && self->client == client &&
        strlen (self->queue) == queue.size &&
        memcmp (self->queue, queue.data, queue.size) == 0)
        return self;
    return NULL;
}

//  NULL, and the request has failed, if that queue can't be
static zp_queue_stream_t *
s_new (zp_queue_broker_t *broker, zp_request_t **request_p, int credit,
       bool single)
{
    zp_queue_stream_t *self = zmalloc (sizeof *self);
    zp_span_t queue = zp_request_arg (*request_p, 0);
    self->consumer = zp_queue_consumer_new (broker->core, queue, credit, self);
    if (!self->consumer) {
        zp_request_fail (request_p, zp_queue_core_status (broker->core), "%s",
                         zp_queue_core_error (broker->core));
        free (self);
        return NULL;
    }
    self->broker = broker;
    self->client = zp_request_envelope (*request_p)->client;
    self->queue = strndup (queue.data, queue.size);
    self->single = single;
    zp_timer_init (&self->timer, s_on_timer, self);
    LIST_INSERT_HEAD (&broker->streams, self, link);
    return self;
}

//  Let a stream of this caller go on with this request
static void
s_open (zp_queue_broker_t *broker, zp_request_t *request, int credit,
        int64_t wait_ms)
{
    zp_queue_stream_t *self =
        s_find (broker, zp_request_envelope (request)->client,
                zp_request_arg (request, 0));
    if (!self && !(self = s_new (broker, &request, credit, false)))
        return;
    if (self->request)
        zp_request_reply_parts (&self->request, NULL, 0);
    self->request = request;
    self->ends_ms = s_end (request, wait_ms);
    zp_queue_consumer_set_credit (self->consumer, credit);
    //  The first beat, at once, says that the stream is open
    zp_timers_set (broker->timers, &self->timer, 0);
}

static void
s_open_single (zp_queue_broker_t *broker, zp_request_t *request,
               int64_t wait_ms)
{
    //  A plain peer does not say how long it waits
    if (wait_ms == -1 && zp_request_budget (request) == -1)
        wait_ms = 0;
    zp_queue_stream_t *self = s_new (broker, &request, 1, true);
    if (!self)
        return;
    self->request = request;
    //  At the end of this turn at the soonest, after the pump
    zp_timers_set (broker->timers, &self->timer, s_end (request, wait_ms));
}

void
zp_queue_on_reserve (zp_request_t *request, void *arg)
{
    int64_t credit = -1;
    int64_t wait_ms = -1;
    const zp_arg_t args[] = {
        {.name = "credit", .number = &credit, .max = CREDIT_MAX},
        {.name = "wait_ms", .number = &wait_ms, .max = ZP_QUEUE_MS_MAX}};
    if (!zp_queue_method_count (&request, 1, 2, "QUEUE [OPTIONS]") ||
        !zp_queue_method_options (&request, 1, args, 2))
        return;
    if (credit == -1)
        s_open_single (arg, request, wait_ms);
    else if (zp_request_envelope (request)->client == 0)
        zp_request_fail (&request, ZP_FAILED_PRECONDITION,
                         "a stream needs an envelope; without \"credit\" a "
                         "plain peer gets one message");
    else
        s_open (arg, request, (int) credit, wait_ms);
}

static void
s_send (zp_queue_stream_t *self, const zp_queue_receipt_t *receipt,
        zp_span_t body)
{
    zp_queue_broker_t *broker = self->broker;
    if (!self->request || zp_request_cancelled (self->request)) {
        s_undo_fetches (self);
        zp_queue_core_undo (broker->core, receipt,
                            zp_queue_broker_now (broker));
        if (self->request)
            s_lose (self);
        return;
    }
    char text[ZP_QUEUE_RECEIPT_MAX];
    size_t size = zp_queue_receipt_write (receipt, text);
    zp_span_t parts[] = {{text, size}, body};
    if (self->single) {
        if (!zp_request_hand_over (&self->request, parts, 2))
            zp_queue_core_undo (broker->core, receipt,
                                zp_queue_broker_now (broker));
        s_destroy (self, false);
    }
    else if (zp_request_partial_parts (self->request, parts, 2) != ZP_OK)
        s_lose (self);
}

void
zp_queue_streams_deliver (zp_queue_broker_t *self,
                          const zp_queue_delivery_t *delivery)
{
    zp_queue_stream_t *stream = zp_queue_consumer_arg (delivery->consumer);
    zp_queue_receipt_t receipt = {delivery->id, delivery->acquired,
                                  zp_journal_epoch (self->journal)};
    bool here = delivery->body.data || delivery->body.size == 0;
    //  What is here must not overtake what is still being read
    if (here && stream->fetching == 0) {
        s_send (stream, &receipt, delivery->body);
        return;
    }
    stream->fetching++;
    zp_queue_fetch_t fetch = {.receipt = receipt, .stream = stream};
    zp_fifo_add (&self->fetching, &fetch);
    zp_journal_fetch (self->journal, delivery->id);
}

void
zp_queue_streams_fetched (const zp_queue_fetch_t *fetch,
                          const zp_record_t *record)
{
    zp_queue_stream_t *self = fetch->stream;
    if (!self)
        return;  // Whoever it was for is gone
    self->fetching--;
    if (record)
        s_send (self, &fetch->receipt, record->body);
    else if (self->single) {
        //  Purged while it was read
        zp_request_fail (&self->request, ZP_NOT_FOUND,
                         "no message is ready in %s", self->queue);
        s_destroy (self, false);
    }
}

void
zp_queue_streams_end (zp_queue_broker_t *self)
{
    zp_queue_stream_t *stream;
    while ((stream = LIST_FIRST (&self->streams)) != NULL) {
        if (stream->request)
            zp_request_fail (&stream->request, ZP_UNAVAILABLE,
                             "the broker is shutting down");
        s_destroy (stream, false);
    }
}
