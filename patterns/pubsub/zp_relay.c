//  SPDX-License-Identifier: MIT
//
//  A relay is a subscriber that tells a publisher. Since it hears one stem
//  only, and all of that in order, it can pass on what it hears as it comes.

#include "zp_relay.h"

#include "zp_publisher_private.h"
#include "zp_subscriber_private.h"

struct zp_relay {
    zloop_t *loop;                // Where it lives
    bool own_loop;                // Made here
    zp_publisher_t *publisher;    // Tells
    zp_subscriber_t *subscriber;  // Hears
    char error[512];              // Why the last verb failed
};

static void
s_pass_on (zp_relay_t *self, zp_item_t *item)
{
    const zp_update_t *update = &item->update;
    if (item->news.snapshot)
        zp_publisher_value (self->publisher, update, item->frame);
    else if (update->sequence > zp_source_sequence (self->publisher->source))
        zp_publisher_mirror (self->publisher, update, item->frame);
}

static int
s_on_item (void *arg, zp_item_t *item)
{
    zp_relay_t *self = arg;
    uint64_t stream = zp_tracker_stream (self->subscriber->tracker);
    switch (item->news.kind) {
    case ZP_NEWS_EVENT:
    case ZP_NEWS_VALUE:
    case ZP_NEWS_DELETED:
        //  What a plain publisher says is no part of a stream
        if (item->news.sequence)
            s_pass_on (self, item);
        break;
    case ZP_NEWS_RESTARTED:
    case ZP_NEWS_SNAPSHOT:
        zp_publisher_reset (self->publisher, stream, item->news.sequence);
        break;
    case ZP_NEWS_JOINED:
        zp_publisher_set_ready (self->publisher, self->subscriber->will);
        break;
    case ZP_NEWS_GONE:
        zp_publisher_set_gone (self->publisher, true);
        break;
    case ZP_NEWS_BACK:
        zp_publisher_set_gone (self->publisher, false);
        break;
    case ZP_NEWS_LOST:
    case ZP_NEWS_DROPPED:
        break;
    }
    return 0;
}

static int
s_on_news (void *arg, const zp_news_t *news)
{
    (void) arg, (void) news;
    return 0;
}

zp_relay_t *
zp_relay_new (zloop_t *loop, const zp_relay_options_t *options)
{
    zp_relay_options_t defaults = ZP_RELAY_DEFAULTS;
    zp_relay_options_t used = options ? *options : defaults;
    assert (used.filter);
    used.subscriber.order = ZP_ORDER_STRICT;
    used.subscriber.no_values = false;
    used.publisher.block_ms = 0;
    zp_relay_t *self = zmalloc (sizeof *self);
    self->own_loop = loop == NULL;
    self->loop = loop ? loop : zloop_new ();
    self->publisher =
        zp_publisher_new_mirror (self->loop, &used.publisher, used.filter);
    self->subscriber =
        zp_subscriber_new (self->loop, &used.subscriber, s_on_news, self);
    self->subscriber->item_fn = s_on_item;
    zp_status_t status =
        zp_subscriber_subscribe (self->subscriber, used.filter);
    assert (status == ZP_OK);
    (void) status;
    return self;
}

void
zp_relay_destroy (zp_relay_t **self_p)
{
    assert (self_p);
    zp_relay_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_subscriber_destroy (&self->subscriber);
    zp_publisher_destroy (&self->publisher);
    if (self->own_loop)
        zloop_destroy (&self->loop);
    free (self);
}

zp_status_t
zp_relay_connect (zp_relay_t *self, const char *updates, const char *requests)
{
    zp_status_t status =
        zp_subscriber_connect (self->subscriber, updates, requests);
    snprintf (self->error, sizeof self->error, "%s",
              zp_subscriber_error (self->subscriber));
    return status;
}

zp_status_t
zp_relay_bind (zp_relay_t *self, const char *updates, const char *requests)
{
    zp_status_t status = zp_publisher_bind (self->publisher, updates, requests);
    snprintf (self->error, sizeof self->error, "%s",
              zp_publisher_error (self->publisher));
    return status;
}

const char *
zp_relay_updates (zp_relay_t *self)
{
    return zp_publisher_updates (self->publisher);
}

const char *
zp_relay_requests (zp_relay_t *self)
{
    return zp_publisher_requests (self->publisher);
}

const char *
zp_relay_error (zp_relay_t *self)
{
    return self->error;
}

zp_status_t
zp_relay_run (zp_relay_t *self)
{
    return zp_publisher_run (self->publisher);
}

zp_publisher_t *
zp_relay_publisher (zp_relay_t *self)
{
    return self->publisher;
}

zp_subscriber_t *
zp_relay_subscriber (zp_relay_t *self)
{
    return self->subscriber;
}
