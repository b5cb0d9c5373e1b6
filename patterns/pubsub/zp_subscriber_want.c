//  SPDX-License-Identifier: MIT
//
//  What a subscriber wants, and from whom: its filters, and its sources

#define _POSIX_C_SOURCE 200809L

#include "zp_subscriber_private.h"

static void
s_set_subscription (zp_subscriber_t *self, int option, const char *data,
                    size_t size)
{
    int rc = zmq_setsockopt (zsock_resolve (self->socket), option, data, size);
    assert (rc == 0);
    (void) rc;
}

//  Subscribe to the batches and the heartbeats of a stem, or not any more. A
//  plain publisher has none, and puts no NUL behind its topics
static void
s_subscribe (zp_subscriber_t *self, const zp_filter_t *filter, int option)
{
    uint8_t topic[ZP_BATCH_HEAD_MAX];
    size_t size = filter->stem_size;
    zp_batch_head (filter->stem, size, topic);
    s_set_subscription (self, option, (char *) topic, size + 1);
    size = zp_heartbeat_topic (filter->stem, size, topic);
    s_set_subscription (self, option, (char *) topic, size);
    if (self->plain)
        s_set_subscription (self, option, filter->stem, strlen (filter->stem));
}

static void
s_add_source (zp_subscriber_t *self, const char *updates, zp_client_t *client)
{
    zp_subscriber_source_t *source = zmalloc (sizeof *source);
    source->updates = strdup (updates);
    source->client = client;
    TAILQ_INSERT_TAIL (&self->sources, source, link);
    if (TAILQ_FIRST (&self->sources) != source)
        return;
    self->heard_ms = zclock_mono ();
    //  A plain publisher may be silent
    if (client || self->options.silence_ms)
        zp_timers_set (self->timers, &self->silence,
                       self->heard_ms + self->silence_ms);
}

zp_status_t
zp_subscriber_connect (zp_subscriber_t *self, const char *updates,
                       const char *requests)
{
    self->error[0] = 0;
    bool first = TAILQ_EMPTY (&self->sources);
    zp_client_t *client = NULL;
    if (requests) {
        client = zp_client_new (self->loop, NULL);
        if (zp_client_connect (client, requests) != ZP_OK) {
            zp_subscriber_refuse (self, ZP_INVALID_ARGUMENT,
                                  zp_client_error (client));
            zp_client_destroy (&client);
            return ZP_INVALID_ARGUMENT;
        }
    }
    //  One that is not the first is connected to when it is needed, but must be
    //  one that can be
    if (zsock_connect (self->socket, "%s", updates) == -1) {
        zp_client_destroy (&client);
        snprintf (self->error, sizeof self->error, "%.200s: no such endpoint",
                  updates);
        return ZP_INVALID_ARGUMENT;
    }
    if (!first)
        zsock_disconnect (self->socket, "%s", updates);
    s_add_source (self, updates, client);
    if (!requests && !self->plain) {
        const zp_subscriber_filter_t *filter;
        TAILQ_FOREACH (filter, &self->filters, link)
        s_subscribe (self, &filter->filter, ZMQ_UNSUBSCRIBE);
        self->plain = true;
        TAILQ_FOREACH (filter, &self->filters, link)
        s_subscribe (self, &filter->filter, ZMQ_SUBSCRIBE);
    }
    return ZP_OK;
}

static zp_subscriber_filter_t *
s_find_filter (zp_subscriber_t *self, const char *text)
{
    zp_subscriber_filter_t *filter;
    TAILQ_FOREACH (filter, &self->filters, link)
    if (streq (filter->filter.text, text))
        return filter;
    return NULL;
}

zp_status_t
zp_subscriber_subscribe (zp_subscriber_t *self, const char *text)
{
    self->error[0] = 0;
    zp_filter_t filter;
    if (!zp_filter_parse (&filter, text))
        return zp_subscriber_refuse (
            self, ZP_INVALID_ARGUMENT,
            "no filter: it is a topic, in which '+' can stand for "
            "a level, and '#' for all the rest");
    if (s_find_filter (self, text))
        return ZP_OK;
    zp_subscriber_filter_t *added = zmalloc (sizeof *added);
    added->filter = filter;
    TAILQ_INSERT_TAIL (&self->filters, added, link);
    self->wild |= filter.wild;
    zp_span_t stem = {filter.stem, filter.stem_size};
    if (zp_tracker_add (self->tracker, stem))
        s_subscribe (self, &filter, ZMQ_SUBSCRIBE);
    else if (zp_subscriber_asks_values (self)) {
        //  Another filter has it, but not all of its values were told
        zp_subscriber_ask_forget (self, stem);
        zp_tracker_refresh (self->tracker, stem);
        zp_timers_set (self->timers, &self->pump, 0);
    }
    return ZP_OK;
}

zp_status_t
zp_subscriber_unsubscribe (zp_subscriber_t *self, const char *text)
{
    self->error[0] = 0;
    zp_subscriber_filter_t *filter = s_find_filter (self, text);
    if (!filter)
        return zp_subscriber_refuse (self, ZP_NOT_FOUND,
                                     "there is no such filter");
    zp_span_t stem = {filter->filter.stem, filter->filter.stem_size};
    if (zp_tracker_remove (self->tracker, stem)) {
        s_subscribe (self, &filter->filter, ZMQ_UNSUBSCRIBE);
        zp_subscriber_ask_forget (self, stem);
        zp_timers_set (self->timers, &self->pump, 0);
    }
    TAILQ_REMOVE (&self->filters, filter, link);
    free (filter);
    self->wild = false;
    TAILQ_FOREACH (filter, &self->filters, link)
    self->wild |= filter->filter.wild;
    return ZP_OK;
}

void
zp_subscriber_turn (zp_subscriber_t *self)
{
    zp_subscriber_source_t *source = TAILQ_FIRST (&self->sources);
    zsock_disconnect (self->socket, "%s", source->updates);
    zp_subscriber_ask_cancel (self);
    TAILQ_REMOVE (&self->sources, source, link);
    TAILQ_INSERT_TAIL (&self->sources, source, link);
    zsock_connect (self->socket, "%s", TAILQ_FIRST (&self->sources)->updates);
}
