//  SPDX-License-Identifier: MIT
//
//  NATS JetStream: a stream in files with work-queue retention, and a consumer
//  to which it pushes as many as may be unacked. Acks are not confirmed, but
//  for the last, which thereby confirms all.

#define _GNU_SOURCE

#include "contender.h"

#include "nats_link.h"

#define NOTE "confirms what is not synced, but up to two minutes later"

#ifndef HAVE_NATS

const contender_t contender_jetstream = {.name = "jetstream",
                                         .missing = nats_link_missing};

#else

#include <pthread.h>

#include "part.h"

#define FEW      100    // In flight
#define STALL_MS 10000  // As long as a call may wait for room

static natsConnection *
s_connected (const place_t *place, jsCtx **context, jsOptions *options)
{
    natsConnection *connection =
        nats_link_new (place->endpoint, place->in_flight <= FEW);
    nats_link_check (natsConnection_JetStream (context, connection, options),
                     "JetStream");
    return connection;
}

static void
s_serve (const place_t *place)
{
    contender_execute ((char *[]){NATS_SERVER, "--addr", "127.0.0.1", "--port",
                                  (char *) place->port, "--jetstream",
                                  "--store_dir", (char *) place->folder, NULL});
}

static void
s_await (const place_t *place)
{
    jsCtx *context;
    natsConnection *connection = s_connected (place, &context, NULL);
    jsStreamConfig config;
    jsStreamConfig_Init (&config);
    config.Name = FLOW_QUEUE;
    config.Subjects = (const char *[]){FLOW_QUEUE};
    config.SubjectsLen = 1;
    config.Retention = js_WorkQueuePolicy;
    config.Storage = js_FileStorage;
    nats_link_check (js_AddStream (NULL, context, &config, NULL, NULL),
                     "stream");
    jsCtx_Destroy (context);
    natsConnection_Destroy (connection);
}

static void
s_failed (jsCtx *context, jsPubAckErr *error, void *arg)
{
    (void) context;
    (void) arg;
    nats_link_check (error->Err, "put");
}

static void
s_put (const place_t *place, source_t *source)
{
    jsOptions options;
    jsOptions_Init (&options);
    options.PublishAsync.MaxPending = (int64_t) place->in_flight;
    options.PublishAsync.StallWait = STALL_MS;
    options.PublishAsync.ErrHandler = s_failed;
    jsCtx *context;
    natsConnection *connection = s_connected (place, &context, &options);
    char *message = malloc (source->size);
    part_check (message != NULL, "memory");
    do {
        source_make (source, message);
        nats_link_check (js_PublishAsync (context, FLOW_QUEUE, message,
                                          (int) source->size, NULL),
                         "put");
    } while (!source->over);
    nats_link_check (js_PublishAsyncComplete (context, NULL), "put");
    source_confirmed (source, source->made);
    free (message);
    jsCtx_Destroy (context);
    natsConnection_Destroy (connection);
}

typedef struct taker {
    pthread_mutex_t mutex;  // Messages come in a thread of the library
    pthread_cond_t ended;   // All were acked
    sink_t *sink;           // Where they go
    bool over;              // They were
} taker_t;

static void
s_take (natsConnection *connection, natsSubscription *subscription,
        natsMsg *message, void *arg)
{
    (void) connection;
    (void) subscription;
    taker_t *self = arg;
    sink_take (self->sink, natsMsg_GetData (message),
               (size_t) natsMsg_GetDataLength (message));
    if (!sink_full (self->sink))
        nats_link_check (natsMsg_Ack (message, NULL), "ack");
    else {
        nats_link_check (natsMsg_AckSync (message, NULL, NULL), "ack");
        sink_acked (self->sink, self->sink->taken);
        pthread_mutex_lock (&self->mutex);
        self->over = true;
        pthread_cond_signal (&self->ended);
        pthread_mutex_unlock (&self->mutex);
    }
    natsMsg_Destroy (message);
}

static void
s_work (const place_t *place, sink_t *sink, int ready)
{
    jsCtx *context;
    natsConnection *connection = s_connected (place, &context, NULL);
    jsSubOptions options;
    jsSubOptions_Init (&options);
    options.ManualAck = true;
    options.Config.Durable = "worker";
    options.Config.AckPolicy = js_AckExplicit;
    options.Config.MaxAckPending = (int64_t) place->in_flight;
    //  Static, as the library's thread may use it until the process ends
    static taker_t taker = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                            .ended = PTHREAD_COND_INITIALIZER};
    taker.sink = sink;
    natsSubscription *subscription;
    nats_link_check (js_Subscribe (&subscription, context, FLOW_QUEUE, s_take,
                                   &taker, NULL, &options, NULL),
                     "subscribe");
    nats_link_check (natsConnection_Flush (connection), "flush");
    part_ready (ready);
    pthread_mutex_lock (&taker.mutex);
    while (!taker.over)
        pthread_cond_wait (&taker.ended, &taker.mutex);
    pthread_mutex_unlock (&taker.mutex);
}

const contender_t contender_jetstream = {
    .name = "jetstream",
    .about = "NATS JetStream in files, which " NOTE,
    .note = NOTE,
    .missing = nats_link_missing,
    .serve = s_serve,
    .await = s_await,
    .put = s_put,
    .work = s_work,
};

#endif
