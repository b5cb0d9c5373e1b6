//  SPDX-License-Identifier: MIT
//
//  Events of a topic. A service that publishes has one subscriber here, and
//  each filter that clients follow is a feed: it knows the last values, for
//  those who come later, and the last updates, for those who were away. It
//  stays for a while when the last client has gone, since that may come back.

#define _GNU_SOURCE

#include "zp_gateway_stream.h"

#define LINGER_MS 60000  // A feed without clients
#define OVERHEAD  64     // Bytes that an update takes beside its text

//  An update that was told
typedef struct s_update {
    uint64_t sequence;              // Its number; 0: from a plain publisher
    char *text;                     // What was said of it
    size_t size;                    // Bytes of that
    STAILQ_ENTRY (s_update) after;  // The next one
} s_update_t;

struct zp_gateway_feed {
    zp_gateway_peer_t *peer;                  // Who publishes it
    zp_filter_t filter;                       // Which topics
    bool joined;                              // All values are known
    uint64_t stream;                          // Of the publisher
    uint64_t since;                           // All that came after that
    STAILQ_HEAD (, s_update) updates;         // is here
    size_t bytes;                             // Of these
    uint64_t sequence;                        // The last that was told
    zhashx_t *values;                         // Of topics: what was said
    zp_timer_t timer;                         // Nobody has come back
    LIST_HEAD (, zp_gateway_stream) streams;  // Who follows
    LIST_ENTRY (zp_gateway_feed) others;      // Of the same service
};

static void
s_forget_oldest (zp_gateway_feed_t *self)
{
    s_update_t *update = STAILQ_FIRST (&self->updates);
    STAILQ_REMOVE_HEAD (&self->updates, after);
    self->since = update->sequence;
    self->bytes -= update->size + OVERHEAD;
    free (update->text);
    free (update);
}

static void
s_forget_all (zp_gateway_feed_t *self)
{
    while (!STAILQ_EMPTY (&self->updates))
        s_forget_oldest (self);
    zhashx_purge (self->values);
    self->joined = false;
}

static void
s_free_text (void **text_p)
{
    free (*text_p);
    *text_p = NULL;
}

static void
s_destroy (zp_gateway_feed_t *self)
{
    zp_timers_clear (self->peer->gateway->timers, &self->timer);
    s_forget_all (self);
    self->peer->gateway->feeds--;
    zhashx_destroy (&self->values);
    LIST_REMOVE (self, others);
    free (self);
}

//  Say it to one client, under a number or none
static void
s_say (const zp_gateway_feed_t *self, zp_gateway_stream_t *stream,
       const char *name, const char *text, uint64_t sequence)
{
    char id[ZP_GATEWAY_EVENT_ID];
    zp_gateway_event_t event = {.name = name, .data = {text, strlen (text)}};
    if (sequence)
        event.id = zp_gateway_event_id (self->stream, sequence, id);
    zp_gateway_stream_say (stream, &event);
}

static void
s_say_all (zp_gateway_feed_t *self, const char *name, const char *text,
           uint64_t sequence)
{
    zp_gateway_stream_t *stream;
    LIST_FOREACH (stream, &self->streams, others)
    s_say (self, stream, name, text, sequence);
}

static void
s_keep (zp_gateway_feed_t *self, const char *text, uint64_t sequence)
{
    s_update_t *update = zmalloc (sizeof *update);
    update->sequence = sequence;
    update->text = strdup (text);
    update->size = strlen (text);
    STAILQ_INSERT_TAIL (&self->updates, update, after);
    self->bytes += update->size + OVERHEAD;
    //  What a client may have waiting is what it can be told at once
    size_t limit = self->peer->gateway->limits->stream_bytes / 2;
    while (self->bytes > limit)
        s_forget_oldest (self);
}

static char *
s_text (const zp_news_t *news)
{
    static const char *const kinds[] = {[ZP_NEWS_EVENT] = "event",
                                        [ZP_NEWS_VALUE] = "value",
                                        [ZP_NEWS_DELETED] = "deleted"};
    char *text;
    size_t size;
    FILE *file = open_memstream (&text, &size);
    assert (file);
    fputs ("{\"topic\":", file);
    zp_gateway_put_string (file,
                           (zp_span_t){news->topic, strlen (news->topic)});
    fprintf (file, ",\"kind\":\"%s\",\"value\":", kinds[news->kind]);
    if (news->kind == ZP_NEWS_DELETED)
        fputs ("null", file);
    else
        zp_gateway_put_value (file, news->payload);
    fputc ('}', file);
    fclose (file);
    return text;
}

//  An update. One of a snapshot has no number for clients: those that come
//  after it may have lower ones, and it is not known yet that they are all told
static void
s_take (zp_gateway_feed_t *self, const zp_news_t *news, const char *text)
{
    if (news->kind == ZP_NEWS_VALUE)
        zhashx_update (self->values, news->topic, strdup (text));
    else if (news->kind == ZP_NEWS_DELETED)
        zhashx_delete (self->values, news->topic);
    if (news->snapshot) {
        s_say_all (self, NULL, text, 0);
        return;
    }
    self->sequence = news->sequence;
    if (news->sequence)
        s_keep (self, text, news->sequence);
    s_say_all (self, NULL, text, news->sequence);
}

static void
s_set_joined (zp_gateway_feed_t *self, uint64_t stream, uint64_t sequence)
{
    if (!self->joined && STAILQ_EMPTY (&self->updates))
        self->since = sequence;
    self->joined = true;
    self->stream = stream;
    if (self->sequence < sequence)
        self->sequence = sequence;
    s_say_all (self, "joined", "{}", self->sequence);
}

//  News about the whole of a filter
static void
s_take_state (zp_gateway_feed_t *self, const zp_news_t *news)
{
    zp_subscriber_stats_t stats;
    char text[80];
    zp_subscriber_stats (self->peer->subscriber, &stats);
    switch (news->kind) {
    case ZP_NEWS_SNAPSHOT:
        zhashx_purge (self->values);
        self->stream = stats.stream;
        s_say_all (self, "snapshot", "{}", 0);
        break;
    case ZP_NEWS_JOINED:
        s_set_joined (self, stats.stream, news->sequence);
        break;
    case ZP_NEWS_LOST:
        snprintf (text, sizeof text,
                  "{\"from\":%" PRIu64 ",\"to\":%" PRIu64 "}", news->from,
                  news->to);
        while (!STAILQ_EMPTY (&self->updates))
            s_forget_oldest (self);
        self->since = news->to;
        s_say_all (self, "lost", text, 0);
        break;
    case ZP_NEWS_RESTARTED:
        s_forget_all (self);
        self->sequence = 0;
        s_say_all (self, "restarted", "{}", 0);
        break;
    case ZP_NEWS_GONE:
        s_say_all (self, "gone", "{}", 0);
        break;
    case ZP_NEWS_BACK:
        s_say_all (self, "back", "{}", 0);
        break;
    default:
        break;
    }
}

static int
s_on_news (void *arg, const zp_news_t *news)
{
    zp_gateway_peer_t *peer = arg;
    zp_gateway_feed_t *feed;
    bool update = news->kind <= ZP_NEWS_DELETED;
    char *text = update ? s_text (news) : NULL;
    size_t size = strlen (news->topic);
    zp_filter_t filter;
    bool whole = update || !zp_filter_parse (&filter, news->topic);
    LIST_FOREACH (feed, &peer->feeds, others)
    if (update && zp_filter_matches (&feed->filter, news->topic, size))
        s_take (feed, news, text);
    else if (!update && (whole || streq (feed->filter.stem, filter.stem)))
        s_take_state (feed, news);
    free (text);
    return 0;
}

//  Nobody has come back
static int
s_on_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_gateway_feed_t *self = arg;
    zp_subscriber_unsubscribe (self->peer->subscriber, self->filter.text);
    s_destroy (self);
    return 0;
}

static void
s_open (zp_gateway_peer_t *peer)
{
    const zp_gateway_service_t *service = peer->service;
    if (peer->subscriber)
        return;
    peer->subscriber =
        zp_subscriber_new (peer->gateway->loop, NULL, s_on_news, peer);
    for (size_t i = 0; i < service->count; i++)
        if (service->updates && service->updates[i])
            zp_subscriber_connect (peer->subscriber, service->updates[i],
                                   service->endpoints[i]);
}

static zp_gateway_feed_t *
s_new (zp_gateway_peer_t *peer, const zp_filter_t *filter)
{
    zp_gateway_feed_t *self = zmalloc (sizeof *self);
    peer->gateway->feeds++;
    self->peer = peer;
    self->filter = *filter;
    STAILQ_INIT (&self->updates);
    self->values = zhashx_new ();
    zhashx_set_destructor (self->values, s_free_text);
    zp_timer_init (&self->timer, s_on_timer, self);
    LIST_INSERT_HEAD (&peer->feeds, self, others);
    s_open (peer);
    zp_subscriber_subscribe (peer->subscriber, filter->text);
    return self;
}

//  Tell a client that comes later what the others know
static void
s_tell_values (zp_gateway_feed_t *self, zp_gateway_stream_t *stream)
{
    const char *text;
    s_say (self, stream, "snapshot", "{}", 0);
    for (text = zhashx_first (self->values); text;
         text = zhashx_next (self->values))
        s_say (self, stream, NULL, text, 0);
    if (self->joined)
        s_say (self, stream, "joined", "{}", self->sequence);
}

//  Tell a client what it missed; false if that is not here any more
static bool
s_tell_missed (zp_gateway_feed_t *self, zp_gateway_stream_t *stream,
               const zp_gateway_last_event_t *last)
{
    if (!last->known || !self->joined || last->stream != self->stream ||
        last->number < self->since)
        return false;
    const s_update_t *update;
    STAILQ_FOREACH (update, &self->updates, after)
    if (update->sequence > last->number)
        s_say (self, stream, NULL, update->text, update->sequence);
    return true;
}

void
zp_gateway_topic_join (zp_gateway_stream_t *stream, const zp_filter_t *filter,
                       const zp_gateway_last_event_t *last)
{
    zp_gateway_exchange_t *exchange = stream->exchange;
    zp_gateway_peer_t *peer =
        zp_gateway_peer (exchange->gateway, exchange->match.route->service);
    zp_gateway_feed_t *self;
    LIST_FOREACH (self, &peer->feeds, others)
    if (streq (self->filter.text, filter->text))
        break;
    if (!self)
        self = s_new (peer, filter);
    zp_timers_clear (exchange->gateway->timers, &self->timer);
    stream->feed = self;
    LIST_INSERT_HEAD (&self->streams, stream, others);
    if (s_tell_missed (self, stream, last))
        return;
    if (last->known)
        s_say (self, stream, "lost", "{}", 0);
    //  If the values are not known yet it is told with the others
    if (self->joined)
        s_tell_values (self, stream);
}

//  When it has no client any more: how long it stays. Clients make up names of
//  topics, so there must be an end to them
static int64_t
s_linger_until (const zp_gateway_feed_t *self)
{
    const zp_gateway_t *gateway = self->peer->gateway;
    bool many = gateway->feeds > gateway->limits->streams;
    return many ? 0 : zclock_mono () + LINGER_MS;
}

void
zp_gateway_topic_leave (zp_gateway_stream_t *stream)
{
    zp_gateway_feed_t *self = stream->feed;
    if (!self)
        return;
    LIST_REMOVE (stream, others);
    if (LIST_EMPTY (&self->streams))
        zp_timers_set (self->peer->gateway->timers, &self->timer,
                       s_linger_until (self));
}

void
zp_gateway_topic_destroy (zp_gateway_peer_t *peer)
{
    zp_gateway_feed_t *feed;
    while ((feed = LIST_FIRST (&peer->feeds)) != NULL)
        s_destroy (feed);
    zp_subscriber_destroy (&peer->subscriber);
}
