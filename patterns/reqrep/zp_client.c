//  SPDX-License-Identifier: MIT
//
//  A request id is the client's random number, and a serial number: a count,
//  and in its lowest bits the slot where the call lies, so that a reply finds
//  its call without a search, and an old reply finds that the slot has moved
//  on.

#include "zp_client.h"

#include "zp_client_tap.h"

#define SLOTS_MAX   1000000             // Fit into ZP_PENDING_SLOT_BITS
#define METHOD_MAX  255                 // Bytes of a method's name
#define REQUEST_MAX (15 * 1024 * 1024)  // Under ZMQ_MAXMSGSIZE at the peers
#define BURST_MIN   10                  // Retries that may come at once

static zp_pending_t *
s_find (zp_client_t *self, uint64_t serial)
{
    size_t slot = serial & ((1u << ZP_PENDING_SLOT_BITS) - 1);
    if (slot >= (size_t) self->options.max_in_flight)
        return NULL;
    zp_pending_t *pending = self->slots[slot];
    return pending && zp_pending_serial (pending) == serial ? pending : NULL;
}

static void
s_on_reply (void *arg, const zp_envelope_t *envelope, const zp_span_t *parts,
            size_t count, int64_t now_ms)
{
    const zp_endpoint_t *endpoint = arg;
    zp_client_t *self = endpoint->client;
    zp_pending_t *pending = s_find (self, envelope->serial);
    bool own =
        envelope->client == self->options.id && envelope->kind != ZP_CANCEL;
    if (pending && own) {
        zp_pending_reply (pending, endpoint, envelope, parts, count, now_ms);
        return;
    }
    self->stats.strays++;
    if (own && self->options.tap)
        zp_client_tap_heard (endpoint, NULL, NULL, envelope);
}

static void
s_on_garbage (void *arg)
{
    zp_client_t *self = ((zp_endpoint_t *) arg)->client;
    self->stats.garbage++;
}

//  Whatever was wrong with the server may be over
static void
s_on_up (void *arg)
{
    zp_endpoint_t *endpoint = arg;
    if (endpoint->breaker)
        zp_breaker_retry (endpoint->breaker, zclock_mono ());
    if (((zp_client_t *) endpoint->client)->options.tap)
        zp_client_tap_breaker (endpoint, NULL, zclock_mono ());
}

//  What had left on this connection is lost. What follows from that changes
//  the list, so look at it anew each time
static void
s_on_down (void *arg)
{
    zp_endpoint_t *endpoint = arg;
    zp_attempt_t *attempt;
    do {
        TAILQ_FOREACH (attempt, &endpoint->out, link)
        if (!attempt->outgoing.waiting)
            break;
        if (attempt)
            zp_pending_lost (attempt);
    } while (attempt);
}

static void
s_on_leaving (zp_outgoing_t *outgoing)
{
    zp_client_tap_sent ((zp_attempt_t *) outgoing);  // Its first field
}

static int
s_on_turn (void *arg)
{
    zp_client_t *self = ((zp_endpoint_t *) arg)->client;
    if (self->turn_fn)
        self->turn_fn (self->turn_arg);
    return self->done ? -1 : 0;
}

static const zp_channel_events_t s_events = {.reply = s_on_reply,
                                             .garbage = s_on_garbage,
                                             .up = s_on_up,
                                             .down = s_on_down,
                                             .turn = s_on_turn};

static void
s_check_options (const zp_client_options_t *options)
{
    assert (options->max_attempts >= 1 && options->max_attempts <= 255);
    assert (options->attempt_timeout_ms >= 0 && options->hedge_ms >= 0);
    assert (options->max_in_flight >= 1);
    assert (options->max_in_flight <= SLOTS_MAX);
    assert (options->retry_percent >= 0 && options->retry_percent <= 1000);
    (void) options;
}

zp_client_t *
zp_client_new (zloop_t *loop, const zp_client_options_t *options)
{
    static const zp_client_options_t defaults = ZP_CLIENT_DEFAULTS;
    if (!options)
        options = &defaults;
    s_check_options (options);

    zp_client_t *self = zmalloc (sizeof *self);
    self->options = *options;
    self->events = s_events;
    if (options->tap)
        self->events.leaves = s_on_leaving;
    self->own_loop = loop == NULL;
    self->loop = loop ? loop : zloop_new ();
    self->timers = zp_timers_new (self->loop);
    zp_random_seed (&self->random, zp_random_entropy ());
    if (self->options.id == 0)
        self->options.id = zp_random_next (&self->random);
    //  When a server dies all its calls fail together: the budget holds what it
    //  allows for as many as can be in flight
    int burst = options->max_in_flight / 100 * options->retry_percent;
    if (burst < BURST_MIN && options->retry_percent)
        burst = BURST_MIN;
    zp_retry_budget_init (&self->budget, options->retry_percent, burst);

    size_t slots = (size_t) options->max_in_flight;
    self->slots = zmalloc (slots * sizeof *self->slots);
    self->free_slots = zmalloc (slots * sizeof *self->free_slots);
    while (self->free_count < slots) {
        self->free_slots[self->free_count] =
            (uint32_t) (slots - 1 - self->free_count);
        self->free_count++;
    }
    return self;
}

void
zp_client_destroy (zp_client_t **self_p)
{
    assert (self_p);
    zp_client_t *self = *self_p;
    if (!self)
        return;
    assert (!self->in_callback);
    *self_p = NULL;
    self->closing = true;
    for (int slot = 0; slot < self->options.max_in_flight; slot++)
        if (self->slots[slot])
            zp_pending_fail (self->slots[slot], ZP_CANCELLED,
                             "the client was destroyed");
    for (size_t i = 0; i < self->endpoints_count; i++)
        zp_endpoint_destroy (&self->endpoints[i]);
    free (self->endpoints);
    zp_timers_destroy (&self->timers);
    if (self->own_loop)
        zloop_destroy (&self->loop);
    free (self->slots);
    free (self->free_slots);
    free (self);
}

static zp_status_t s_error (zp_client_t *self, zp_status_t status,
                            const char *format, ...) CHECK_PRINTF (3);

static zp_status_t
s_error (zp_client_t *self, zp_status_t status, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    vsnprintf (self->error, sizeof self->error, format, args);
    va_end (args);
    return status;
}

zp_status_t
zp_client_connect (zp_client_t *self, const char *name)
{
    self->error[0] = 0;
    const zp_breaker_options_t *breaker =
        self->options.no_breaker ? NULL : &self->options.breaker;
    zp_endpoint_t *endpoint = zp_endpoint_new (name, breaker, self);
    endpoint->channel =
        zp_channel_new (self->loop, self->timers, name, self->options.open_only,
                        &self->events, endpoint);
    if (!endpoint->channel) {
        s_error (self, ZP_INVALID_ARGUMENT, "can't connect to '%s': %s", name,
                 zmq_strerror (zmq_errno ()));
        zp_endpoint_destroy (&endpoint);
        return ZP_INVALID_ARGUMENT;
    }
    size_t count = self->endpoints_count + 1;
    self->endpoints =
        realloc (self->endpoints, count * sizeof *self->endpoints);
    assert (self->endpoints);
    self->endpoints[self->endpoints_count++] = endpoint;
    return ZP_OK;
}

//  Can this call be made at all?
static zp_status_t
s_check_call (zp_client_t *self, const zp_call_t *call)
{
    size_t method = call->method ? strlen (call->method) : 0;
    if (method == 0 || method > METHOD_MAX)
        return s_error (self, ZP_INVALID_ARGUMENT,
                        "a method's name has 1 to %d bytes", METHOD_MAX);
    if (call->timeout_ms <= 0)
        return s_error (self, ZP_INVALID_ARGUMENT,
                        "a timeout of %d ms leaves no time", call->timeout_ms);
    if (call->count >= ZP_ENVELOPE_PARTS_MAX)
        return s_error (self, ZP_INVALID_ARGUMENT,
                        "a call has at most %d arguments",
                        ZP_ENVELOPE_PARTS_MAX - 1);
    size_t size = method;
    for (size_t i = 0; i < call->count && size <= REQUEST_MAX; i++)
        size = call->args[i].size > REQUEST_MAX ? SIZE_MAX
                                                : size + call->args[i].size;
    if (size > REQUEST_MAX)
        return s_error (self, ZP_INVALID_ARGUMENT,
                        "a request has at most %d bytes", REQUEST_MAX);
    if (self->closing)
        return s_error (self, ZP_FAILED_PRECONDITION,
                        "the client is being destroyed");
    if (self->endpoints_count == 0)
        return s_error (self, ZP_FAILED_PRECONDITION,
                        "there is no endpoint; connect to one first");
    if (self->free_count == 0)
        return s_error (self, ZP_RESOURCE_EXHAUSTED,
                        "%d calls are in flight, which is the limit",
                        self->options.max_in_flight);
    return ZP_OK;
}

zp_status_t
zp_client_start (zp_client_t *self, const zp_call_t *call, uint64_t *id_p)
{
    assert (call->fn);
    self->error[0] = 0;
    zp_status_t status = s_check_call (self, call);
    uint64_t id = 0;
    if (status == ZP_OK)
        id = zp_pending_serial (zp_pending_new (self, call));
    if (id_p)
        *id_p = id;
    return status;
}

void
zp_client_cancel (zp_client_t *self, uint64_t id)
{
    zp_pending_t *pending = s_find (self, id);
    if (pending)
        zp_pending_fail (pending, ZP_CANCELLED, "the caller gave up");
}

void
zp_client_on_turn (zp_client_t *self, zp_client_turn_fn *fn, void *arg)
{
    self->turn_fn = fn;
    self->turn_arg = arg;
}

void
zp_client_set_trace (zp_client_t *self, const zp_trace_t *trace)
{
    self->trace = trace ? *trace : (zp_trace_t){.flags = 0};
}

const char *
zp_client_error (zp_client_t *self)
{
    return self->error;
}

uint64_t
zp_client_id (zp_client_t *self)
{
    return self->options.id;
}

void
zp_client_stats (zp_client_t *self, zp_client_stats_t *stats)
{
    *stats = self->stats;
}

size_t
zp_client_endpoints (zp_client_t *self)
{
    return self->endpoints_count;
}

void
zp_client_endpoint (zp_client_t *self, size_t number,
                    zp_client_endpoint_t *info)
{
    assert (number < self->endpoints_count);
    const zp_endpoint_t *endpoint = self->endpoints[number];
    *info = (zp_client_endpoint_t){.name = endpoint->name,
                                   .outstanding = endpoint->outstanding,
                                   .up = zp_channel_up (endpoint->channel),
                                   .compact =
                                       zp_channel_compact (endpoint->channel)};
    if (endpoint->breaker)
        info->breaker = zp_breaker_state (endpoint->breaker, zclock_mono ());
}
