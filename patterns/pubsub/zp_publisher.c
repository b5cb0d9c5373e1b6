//  SPDX-License-Identifier: MIT

#include "zp_publisher_private.h"

#include <time.h>

#include "zp_keepalive.h"
#include "zp_random.h"

#define PAYLOAD_MAX (15 * 1024 * 1024)  // So that a page has room for it
#define REQUEST_MAX 1024                // Bytes of a subscription
#define BACKLOG     1000                // Who come at once
#define LINGER_MS   1000                // For the last words

static void
s_open_socket (zp_publisher_t *self)
{
    self->socket = zsock_new (ZMQ_XPUB);
    assert (self->socket);
    zsock_set_sndhwm (self->socket, self->options.queue);
    zsock_set_linger (self->socket, LINGER_MS);
    zsock_set_maxmsgsize (self->socket, REQUEST_MAX);
    zsock_set_backlog (self->socket, BACKLOG);
    //  No heartbeats of ZeroMQ: with a subscriber that is slow they wait behind
    //  what it does not read, and the connection would be broken. Those of a
    //  machine that is dead are found by the kernel
    zp_keepalive_set (self->socket);
    //  All who subscribe are seen, not just the first: each gets a heartbeat
    zsock_set_xpub_verbose (self->socket, 1);
    if (self->options.block_ms) {
        zsock_set_sndtimeo (self->socket, self->options.block_ms);
        zsock_set_xpub_nodrop (self->socket, 1);
    }
}

static zp_status_t
s_refuse (zp_publisher_t *self, zp_status_t status, const char *text)
{
    snprintf (self->error, sizeof self->error, "%s", text);
    return status;
}

//  When a value is to be forgotten; 0: never
static int64_t
s_expires (const zp_update_t *update)
{
    return update->ttl_ms ? zclock_mono () + update->ttl_ms : 0;
}

//  Number an update, of which the first fields are set, send and keep it
static zp_status_t
s_publish (zp_publisher_t *self, zp_update_t *update, zp_urgency_t urgency)
{
    assert (!self->mirror);
    self->error[0] = 0;
    if (update->payload.size > PAYLOAD_MAX)
        return s_refuse (self, ZP_INVALID_ARGUMENT,
                         "too large: an update has at most 15 MiB");
    struct timespec time;
    clock_gettime (CLOCK_REALTIME, &time);
    update->time_us = (int64_t) time.tv_sec * 1000000 + time.tv_nsec / 1000;
    zp_span_t frame;
    zp_status_t status = zp_source_next (self->source, update, &frame);
    if (status == ZP_INVALID_ARGUMENT)
        return s_refuse (self, status,
                         "no topic: it is 1 to 8 levels between slashes, up to "
                         "255 bytes of UTF-8, without '+' and '#'");
    if (status != ZP_OK)
        return s_refuse (self, status,
                         "too many last values: delete some, let them expire, "
                         "or allow more");
    if (!zp_publisher_tell (self, update, frame, urgency)) {
        self->stats.blocked++;
        return s_refuse (self, ZP_DEADLINE_EXCEEDED,
                         "a subscriber has no room: wait, and publish again");
    }
    zp_source_keep (self->source, update, s_expires (update));
    return ZP_OK;
}

zp_status_t
zp_publisher_event (zp_publisher_t *self, const char *topic, const void *data,
                    size_t size)
{
    zp_update_t update;
    update.kind = ZP_UPDATE_EVENT;
    update.ttl_ms = 0;
    update.topic = (zp_span_t){topic, strlen (topic)};
    update.payload = (zp_span_t){data, size};
    return s_publish (self, &update, ZP_URGENCY_BLOCK);
}

zp_status_t
zp_publisher_set (zp_publisher_t *self, const char *topic, const void *data,
                  size_t size, uint32_t ttl_ms)
{
    zp_update_t update;
    update.kind = ZP_UPDATE_VALUE;
    update.ttl_ms = ttl_ms;
    update.topic = (zp_span_t){topic, strlen (topic)};
    update.payload = (zp_span_t){data, size};
    return s_publish (self, &update, ZP_URGENCY_BLOCK);
}

static zp_status_t
s_delete (zp_publisher_t *self, zp_span_t topic, zp_urgency_t urgency)
{
    zp_update_t update;
    update.kind = ZP_UPDATE_DELETED;
    update.ttl_ms = 0;
    update.topic = topic;
    update.payload = (zp_span_t){NULL, 0};
    return s_publish (self, &update, urgency);
}

zp_status_t
zp_publisher_delete (zp_publisher_t *self, const char *topic)
{
    return s_delete (self, (zp_span_t){topic, strlen (topic)},
                     ZP_URGENCY_BLOCK);
}

//  A relay only stops to give it to others: the source says when it is over
static void
s_on_expired (void *arg, zp_span_t topic)
{
    zp_publisher_t *self = arg;
    if (self->mirror)
        zp_source_forget (self->source, topic);
    else if (s_delete (self, topic, ZP_URGENCY_BLOCK) != ZP_OK)
        s_delete (self, topic, ZP_URGENCY_NOW);
}

static void
s_check_options (const zp_publisher_options_t *options)
{
    assert (options->name && options->heartbeat_ms > 0);
    assert (options->history_count > 0 && options->topics > 0);
    assert (options->stems > 0 && options->queue > 0);
    assert (options->block_ms >= -1);
    assert (!options->will || strlen (options->will) < 256);
}

static zp_publisher_t *
s_new (zloop_t *loop, const zp_publisher_options_t *options, bool mirror)
{
    zp_publisher_options_t defaults = ZP_PUBLISHER_DEFAULTS;
    zp_publisher_t *self = zmalloc (sizeof *self);
    self->options = options ? *options : defaults;
    s_check_options (&self->options);
    self->mirror = mirror;
    self->life = zp_random_entropy ();
    self->ready = !mirror;
    if (self->options.will)
        strcpy (self->will, self->options.will);
    self->own_loop = loop == NULL;
    self->loop = loop ? loop : zloop_new ();
    self->timers = zp_timers_new (self->loop);
    zp_source_limits_t limits = {
        (size_t) self->options.topics, self->options.values_bytes,
        (size_t) self->options.history_count, self->options.history_bytes};
    uint64_t stream = mirror ? 0 : zp_random_entropy () | 1;
    self->source =
        zp_source_new (&limits, stream, self->timers, s_on_expired, self);
    zp_server_options_t server = ZP_SERVER_DEFAULTS;
    server.name = self->options.name;
    self->server = zp_server_new (self->loop, &server);
    zp_publisher_serve (self);
    zp_publisher_batch_init (self);
    s_open_socket (self);
    zloop_reader (self->loop, self->socket, zp_publisher_on_socket, self);
    zloop_reader_set_tolerant (self->loop, self->socket);
    return self;
}

zp_publisher_t *
zp_publisher_new (zloop_t *loop, const zp_publisher_options_t *options)
{
    return s_new (loop, options, false);
}

zp_publisher_t *
zp_publisher_new_mirror (zloop_t *loop, const zp_publisher_options_t *options,
                         const char *filter)
{
    zp_publisher_t *self = s_new (loop, options, true);
    bool good = zp_filter_parse (&self->part, filter);
    assert (good && !self->part.wild);
    (void) good;
    return self;
}

bool
zp_publisher_has (const zp_publisher_t *self, zp_span_t stem)
{
    size_t size = self->part.stem_size;
    return size == 0 || (stem.size >= size &&
                         memcmp (stem.data, self->part.stem, size) == 0);
}

void
zp_publisher_destroy (zp_publisher_t **self_p)
{
    assert (self_p);
    zp_publisher_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    //  A relay that ends does not mean that the source does
    self->gone = true;
    if (!self->mirror)
        zp_stems_each (&self->listened, zp_publisher_beat, NULL);
    zp_publisher_send_batch (self, ZP_URGENCY_NOW);
    zloop_reader_end (self->loop, self->socket);
    zp_server_destroy (&self->server);
    zp_stems_clear (&self->listened, zp_publisher_drop_listened, NULL);
    zp_stems_clear (&self->plain, NULL, NULL);
    zp_publisher_batch_clear (self);
    zp_source_destroy (&self->source);
    zp_timers_destroy (&self->timers);
    zsock_destroy (&self->socket);
    if (self->own_loop)
        zloop_destroy (&self->loop);
    free (self);
}

zp_status_t
zp_publisher_bind (zp_publisher_t *self, const char *updates,
                   const char *requests)
{
    self->error[0] = 0;
    zp_status_t status = zp_bind_socket (&self->updates, self->socket, updates);
    if (status != ZP_OK)
        return s_refuse (self, status, self->updates.error);
    status = zp_server_bind (self->server, requests);
    if (status != ZP_OK)
        return s_refuse (self, status, zp_server_error (self->server));
    return ZP_OK;
}

const char *
zp_publisher_updates (zp_publisher_t *self)
{
    return self->updates.endpoint[0] ? self->updates.endpoint : NULL;
}

const char *
zp_publisher_requests (zp_publisher_t *self)
{
    return zp_server_endpoint (self->server);
}

const char *
zp_publisher_error (zp_publisher_t *self)
{
    return self->error;
}

zp_status_t
zp_publisher_run (zp_publisher_t *self)
{
    return zp_server_run (self->server);
}

zp_server_t *
zp_publisher_server (zp_publisher_t *self)
{
    return self->server;
}

uint64_t
zp_publisher_stream (zp_publisher_t *self)
{
    return zp_source_stream (self->source);
}

void
zp_publisher_stats (zp_publisher_t *self, zp_publisher_stats_t *stats)
{
    zp_source_stats_t source;
    zp_source_stats (self->source, &source);
    *stats = self->stats;
    stats->sequence = zp_source_sequence (self->source);
    stats->stems = self->listened.count;
    stats->topics = source.topics;
    stats->values = source.values;
    stats->values_bytes = source.values_bytes;
    stats->history_count = source.history_count;
}

//  What a relay does

void
zp_publisher_reset (zp_publisher_t *self, uint64_t stream, uint64_t sequence)
{
    self->ready = false;
    self->life = zp_random_entropy ();
    zp_source_reset (self->source, stream, sequence);
}

void
zp_publisher_value (zp_publisher_t *self, const zp_update_t *update,
                    zp_span_t frame)
{
    zp_source_value (self->source, update, frame, s_expires (update));
}

void
zp_publisher_mirror (zp_publisher_t *self, const zp_update_t *update,
                     zp_span_t frame)
{
    zp_publisher_tell (self, update, frame, ZP_URGENCY_NOW);
    zp_source_mirror (self->source, update, frame, s_expires (update));
}

void
zp_publisher_set_ready (zp_publisher_t *self, const char *will)
{
    snprintf (self->will, sizeof self->will, "%s", will);
    self->ready = true;
    zp_stems_each (&self->listened, zp_publisher_beat, NULL);
}

void
zp_publisher_set_gone (zp_publisher_t *self, bool gone)
{
    self->gone = gone;
    zp_stems_each (&self->listened, zp_publisher_beat, NULL);
}
