//  SPDX-License-Identifier: MIT
//
//  zp_client to zp_queue_broker to zp_queue_worker

#define _POSIX_C_SOURCE 200809L

#include "contender.h"

#include <limits.h>

#include "counts.h"
#include "part.h"
#include "zp_journal.h"
#include "zp_client.h"
#include "zp_queue_broker.h"
#include "zp_queue_worker.h"

#define TIMEOUT_MS 30000
#define POLL_MS    1   // How often to see if the last ack was confirmed
#define SHOW_MS    10  // How often the commits are shown

static void
s_check (zp_status_t status, const char *why)
{
    if (status == ZP_OK)
        return;
    fprintf (stderr, "E: %s: %s\n", zp_status_name (status), why);
    exit (1);
}

//  The broker, which shows the commits of its journal

static int
s_show (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    zp_journal_stats_t stats;
    zp_journal_stats (zp_queue_broker_journal (arg), &stats);
    counts_set_commits (stats.commits);
    return 0;
}

static void
s_serve (const place_t *place)
{
    char journal[PATH_MAX];
    snprintf (journal, sizeof journal, "sqlite:%s/queue.db", place->folder);
    zp_queue_broker_options_t options = ZP_QUEUE_BROKER_DEFAULTS;
    options.journal = journal;
    zp_status_t status;
    char *error = NULL;
    zloop_t *loop = zloop_new ();
    zp_queue_broker_t *broker =
        zp_queue_broker_new (loop, &options, &status, &error);
    s_check (status, error);
    zloop_timer (loop, SHOW_MS, 0, s_show, broker);
    zp_server_t *server = zp_queue_broker_server (broker);
    s_check (zp_server_bind (server, place->endpoint),
             zp_server_error (server));
    s_check (zp_queue_broker_run (broker), zp_queue_broker_error (broker));
    zp_queue_broker_destroy (&broker);
    zloop_destroy (&loop);
}

static void
s_await (const place_t *place)
{
    zp_client_t *client = zp_client_new (NULL, NULL);
    s_check (zp_client_connect (client, place->endpoint),
             zp_client_error (client));
    zchunk_t *reply;
    s_check (zp_client_call (client, "zp.ping", NULL, 0, TIMEOUT_MS, &reply),
             zp_client_error (client));
    zchunk_destroy (&reply);
    zp_client_destroy (&client);
}

static int
s_stop (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    (void) arg;
    return -1;
}

//  The producer

typedef struct producer {
    zp_client_t *client;  // That puts
    zloop_t *loop;        // It lives on
    source_t *source;     // What to put
    char *message;        // The next one
} producer_t;

static void s_confirmed (void *arg, const zp_reply_t *reply);

static void
s_fill (producer_t *self)
{
    while (source_room (self->source)) {
        source_make (self->source, self->message);
        zp_span_t args[] = {{FLOW_QUEUE, strlen (FLOW_QUEUE)},
                            {self->message, self->source->size}};
        zp_call_t call = {.method = "queue.put",
                          .args = args,
                          .count = 2,
                          .timeout_ms = TIMEOUT_MS,
                          .fn = s_confirmed,
                          .arg = self};
        s_check (zp_client_start (self->client, &call, NULL),
                 zp_client_error (self->client));
    }
}

static void
s_confirmed (void *arg, const zp_reply_t *reply)
{
    producer_t *self = arg;
    s_check (reply->status, reply->text);
    if (source_confirmed (self->source, 1))
        s_fill (self);
    else
        zloop_timer (self->loop, 0, 1, s_stop, NULL);
}

static void
s_put (const place_t *place, source_t *source)
{
    zloop_t *loop = zloop_new ();
    producer_t self = {.client = zp_client_new (loop, NULL),
                       .loop = loop,
                       .source = source,
                       .message = zmalloc (source->size)};
    s_check (zp_client_connect (self.client, place->endpoint),
             zp_client_error (self.client));
    s_fill (&self);
    zloop_start (loop);
    zp_client_destroy (&self.client);
    zloop_destroy (&loop);
    free (self.message);
}

//  The worker

typedef struct taker {
    zp_queue_worker_t *worker;  // That takes
    zloop_t *loop;              // It lives on
    sink_t *sink;               // Where messages go
} taker_t;

//  End when all acks have been confirmed.
static int
s_poll (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    taker_t *self = arg;
    zp_queue_worker_stats_t stats;
    zp_queue_worker_stats (self->worker, &stats);
    return sink_acked (self->sink, stats.done - self->sink->acked) ? 0 : -1;
}

static void
s_job (zp_queue_job_t *job, void *arg)
{
    taker_t *self = arg;
    zp_span_t body = zp_queue_job_body (job);
    sink_take (self->sink, body.data, body.size);
    zp_queue_job_done (&job);
    if (sink_full (self->sink))
        zloop_timer (self->loop, POLL_MS, 0, s_poll, self);
}

static void
s_trouble (void *arg, zp_status_t status, const char *text)
{
    (void) arg;
    s_check (status, text);
}

static void
s_work (const place_t *place, sink_t *sink, int ready)
{
    zloop_t *loop = zloop_new ();
    taker_t self = {.loop = loop, .sink = sink};
    zp_queue_worker_options_t options = ZP_QUEUE_WORKER_DEFAULTS;
    options.queue = FLOW_QUEUE;
    options.credit = (int) sink->in_flight;
    self.worker = zp_queue_worker_new (loop, &options, s_job, &self);
    zp_queue_worker_on_trouble (self.worker, s_trouble, NULL);
    s_check (zp_queue_worker_connect (self.worker, place->endpoint),
             place->endpoint);
    part_ready (ready);
    zloop_start (loop);
    zp_queue_worker_destroy (&self.worker);
    zloop_destroy (&loop);
}

const contender_t contender_zp = {
    .name = "zp",
    .about = "zp_client, zp_queue_broker, zp_queue_worker",
    .serve = s_serve,
    .await = s_await,
    .put = s_put,
    .work = s_work,
};
