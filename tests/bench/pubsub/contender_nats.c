//  SPDX-License-Identifier: MIT
//
//  NATS: publisher and subscribers are all clients of nats-server. It drops
//  those, with all that waits, who do not keep up.

#include "contender.h"
#include "nats_link.h"

#ifndef HAVE_NATS

const contender_t contender_nats = {.name = "nats",
                                    .missing = nats_link_missing};

#else

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "part.h"

#define FILTER     "storm.north.*"
#define TIMEOUT_MS 20000

typedef struct speaker {
    speech_t *speech;                  // What is said
    natsConnection *now;               // What is said here goes out at once
    natsConnection *soon;              // And here with others
    char subjects[SPEECH_TOPICS][32];  // As topics are called here
} speaker_t;

static void
s_serve (const place_t *place)
{
    part_check (freopen ("/dev/null", "w", stderr) != NULL, "/dev/null");
    execl (NATS_SERVER, NATS_SERVER, "--addr", "127.0.0.1", "--port",
           strrchr (place->updates, ':') + 1, NULL);
    _exit (127);
}

static void
s_say (void *arg, int topic, const void *data, size_t size)
{
    speaker_t *self = arg;
    natsConnection *connection =
        self->speech->part == SPEECH_FLOOD ? self->soon : self->now;
    nats_link_check (natsConnection_Publish (connection, self->subjects[topic],
                                             data, (int) size),
                     "publish");
}

static void
s_publish (const place_t *place, speech_t *speech)
{
    speaker_t self = {.speech = speech,
                      .now = nats_link_new (place->updates, true),
                      .soon = nats_link_new (place->updates, false)};
    for (int i = 0; i < SPEECH_TOPICS; i++)
        snprintf (self.subjects[i], sizeof self.subjects[i], "storm.north.%s",
                  speech_topics[i] + strlen (SPEECH_STEM));
    speech_part_t before = SPEECH_HELLO;
    while (speech_step (speech, s_say, &self)) {
        //  The end must not come before the rest
        if (speech->part == SPEECH_END && before != SPEECH_END)
            nats_link_check (
                natsConnection_FlushTimeout (self.soon, TIMEOUT_MS), "flush");
        before = speech->part;
    }
}

static void
s_subscribe (const place_t *place, ear_t *ear)
{
    natsConnection *connection = nats_link_new (place->updates, true);
    natsSubscription *subscription;
    nats_link_check (
        natsConnection_SubscribeSync (&subscription, connection, FILTER),
        "subscribe");
    nats_link_check (natsSubscription_SetPendingLimits (subscription, -1, -1),
                     "limits");
    bool more = true;
    while (more) {
        natsMsg *msg;
        nats_link_check (
            natsSubscription_NextMsg (&msg, subscription, TIMEOUT_MS),
            "receive");
        more = ear_hear (ear, natsMsg_GetData (msg),
                         (size_t) natsMsg_GetDataLength (msg));
        natsMsg_Destroy (msg);
    }
}

const contender_t contender_nats = {
    .name = "nats",
    .about = "NATS, through nats-server, which drops who is too slow",
    .rival = "bare",
    .missing = nats_link_missing,
    .serve = s_serve,
    .publish = s_publish,
    .subscribe = s_subscribe,
};

#endif
