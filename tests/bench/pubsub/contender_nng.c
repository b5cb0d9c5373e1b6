//  SPDX-License-Identifier: MIT
//
//  nng's pub/sub, with the largest queues that it has. What does not go into
//  these is dropped.

#include "contender.h"

#ifndef HAVE_NNG

static const char *
s_missing (void)
{
    return "not built, for want of libnng-dev";
}

const contender_t contender_nng = {.name = "nng", .missing = s_missing};

#else

#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE 8192  // Messages

static void
s_check (int error, const char *what)
{
    if (error == 0)
        return;
    fprintf (stderr, "E: nng: %s: %s\n", what, nng_strerror (error));
    exit (1);
}

static void
s_say (void *arg, int topic, const void *data, size_t size)
{
    const nng_socket *socket = arg;
    size_t topic_size = strlen (speech_topics[topic]) + 1;
    nng_msg *msg;
    s_check (nng_msg_alloc (&msg, topic_size + size), "message");
    char *bytes = nng_msg_body (msg);
    memcpy (bytes, speech_topics[topic], topic_size);
    memcpy (bytes + topic_size, data, size);
    s_check (nng_sendmsg (*socket, msg, 0), "send");
}

static void
s_publish (const place_t *place, speech_t *speech)
{
    nng_socket socket;
    s_check (nng_pub0_open (&socket), "socket");
    s_check (nng_socket_set_int (socket, NNG_OPT_SENDBUF, QUEUE), "queue");
    s_check (nng_listen (socket, place->updates, NULL, 0), place->updates);
    while (speech_step (speech, s_say, &socket)) {}
}

static void
s_subscribe (const place_t *place, ear_t *ear)
{
    nng_socket socket;
    s_check (nng_sub0_open (&socket), "socket");
    s_check (nng_socket_set_int (socket, NNG_OPT_RECVBUF, QUEUE), "queue");
    s_check (nng_socket_set (socket, NNG_OPT_SUB_SUBSCRIBE, SPEECH_STEM,
                             strlen (SPEECH_STEM)),
             "subscribe");
    s_check (nng_dial (socket, place->updates, NULL, NNG_FLAG_NONBLOCK),
             place->updates);
    bool more = true;
    while (more) {
        nng_msg *msg;
        s_check (nng_recvmsg (socket, &msg, 0), "receive");
        const char *end = (char *) nng_msg_body (msg) + nng_msg_len (msg);
        more = ear_hear (ear, end - ear->size, ear->size);
        nng_msg_free (msg);
    }
}

const contender_t contender_nng = {
    .name = "nng",
    .about = "nng pub/sub, which drops what does not go into its queues",
    .rival = "bare",
    .publish = s_publish,
    .subscribe = s_subscribe,
};

#endif
