//  SPDX-License-Identifier: MIT
//
//  zp_publisher to zp_subscriber, and to a plain SUB socket. The publisher
//  publishes in a handler of its loop, which keeps turning; and waits for the
//  slowest subscriber.

#include <czmq.h>
#include <sys/eventfd.h>

#include "bare.h"
#include "part.h"
#include "zp_publisher.h"
#include "zp_subscriber.h"

typedef struct speaker {
    zp_publisher_t *publisher;  // Who speaks
    speech_t *speech;           // What
} speaker_t;

static void
s_check (zp_status_t status, const char *why)
{
    if (status == ZP_OK)
        return;
    fprintf (stderr, "E: %s: %s\n", zp_status_name (status), why);
    exit (1);
}

static void
s_say (void *arg, int topic, const void *data, size_t size)
{
    zp_publisher_t *publisher = arg;
    s_check (zp_publisher_event (publisher, speech_topics[topic], data, size),
             zp_publisher_error (publisher));
}

static int
s_on_turn (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop, (void) item;
    speaker_t *self = arg;
    bool more = speech_step (self->speech, s_say, self->publisher);
    zp_publisher_flush (self->publisher);
    return more ? 0 : -1;
}

static void
s_publish (const place_t *place, speech_t *speech)
{
    zp_publisher_options_t options = ZP_PUBLISHER_DEFAULTS;
    options.block_ms = -1;
    options.queue = QUEUE_FRAMES;
    zloop_t *loop = zloop_new ();
    speaker_t self = {zp_publisher_new (loop, &options), speech};
    s_check (
        zp_publisher_bind (self.publisher, place->updates, place->requests),
        zp_publisher_error (self.publisher));
    //  What can always be read is heard of in each turn
    int always = eventfd (1, EFD_CLOEXEC);
    zmq_pollitem_t item = {.fd = always, .events = ZMQ_POLLIN};
    zloop_poller (loop, &item, s_on_turn, &self);
    zloop_start (loop);
    zp_publisher_destroy (&self.publisher);
    zloop_destroy (&loop);
    close (always);
}

static int
s_on_news (void *arg, const zp_news_t *news)
{
    if (news->kind != ZP_NEWS_EVENT)
        return 0;
    return ear_hear (arg, news->payload.data, news->payload.size) ? 0 : -1;
}

static void
s_subscribe (const place_t *place, ear_t *ear)
{
    zloop_t *loop = zloop_new ();
    zp_subscriber_t *self = zp_subscriber_new (loop, NULL, s_on_news, ear);
    s_check (zp_subscriber_connect (self, place->updates, place->requests),
             zp_subscriber_error (self));
    s_check (zp_subscriber_subscribe (self, SPEECH_STEM "#"),
             zp_subscriber_error (self));
    zloop_start (loop);
    zp_subscriber_destroy (&self);
    zloop_destroy (&loop);
}

const contender_t contender_zp = {
    .name = "zp",
    .about = "zp_publisher that waits, to zp_subscriber",
    .rival = "bare",
    .lossless = true,
    .publish = s_publish,
    .subscribe = s_subscribe,
};

const contender_t contender_zp_plain = {
    .name = "zp-plain",
    .about = "the same, to a plain SUB socket",
    .rival = "bare",
    .lossless = true,
    .publish = s_publish,
    .subscribe = bare_subscribe,
};
