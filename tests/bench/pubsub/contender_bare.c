//  SPDX-License-Identifier: MIT
//
//  Bare libzmq, XPUB to SUB, as one would write it who knows it well. A message
//  is one frame, of topic, NUL and payload. The publisher waits for the slowest
//  subscriber (ZMQ_XPUB_NODROP), or much would get lost; as many bytes can wait
//  for each as with ours.

#include <czmq.h>

#include "bare.h"
#include "part.h"

typedef struct socket {
    void *handle;                       // XPUB
    size_t topic_sizes[SPEECH_TOPICS];  // Bytes, with the NUL
} socket_t;

static void *
s_socket (int type, size_t size)
{
    //  CZMQ's context, so that inproc finds its peer
    void *handle = zmq_socket (zsys_init (), type);
    part_check (handle != NULL, "zmq_socket");
    int hwm = (int) (QUEUE_BYTES / (size + strlen (speech_topics[0]) + 1));
    int none = 0;
    zmq_setsockopt (handle, ZMQ_SNDHWM, &hwm, sizeof hwm);
    zmq_setsockopt (handle, ZMQ_RCVHWM, &hwm, sizeof hwm);
    zmq_setsockopt (handle, ZMQ_LINGER, &none, sizeof none);
    return handle;
}

static void
s_say (void *arg, int topic, const void *data, size_t size)
{
    const socket_t *self = arg;
    size_t topic_size = self->topic_sizes[topic];
    zmq_msg_t frame;
    zmq_msg_init_size (&frame, topic_size + size);
    char *bytes = zmq_msg_data (&frame);
    memcpy (bytes, speech_topics[topic], topic_size);
    memcpy (bytes + topic_size, data, size);
    part_check (zmq_msg_send (&frame, self->handle, 0) >= 0, "zmq_msg_send");
}

static void
s_publish (const place_t *place, speech_t *speech)
{
    socket_t self = {.handle = s_socket (ZMQ_XPUB, speech->size)};
    for (int i = 0; i < SPEECH_TOPICS; i++)
        self.topic_sizes[i] = strlen (speech_topics[i]) + 1;
    int yes = 1;
    zmq_setsockopt (self.handle, ZMQ_XPUB_NODROP, &yes, sizeof yes);
    part_check (zmq_bind (self.handle, place->updates) == 0, place->updates);
    while (speech_step (speech, s_say, &self)) {}
    zmq_close (self.handle);
}

void
bare_subscribe (const place_t *place, ear_t *ear)
{
    void *handle = s_socket (ZMQ_SUB, ear->size);
    zmq_setsockopt (handle, ZMQ_SUBSCRIBE, SPEECH_STEM, strlen (SPEECH_STEM));
    part_check (zmq_connect (handle, place->updates) == 0, place->updates);
    zmq_msg_t frame;
    zmq_msg_init (&frame);
    const char *payload;
    do {
        part_check (zmq_msg_recv (&frame, handle, 0) >= (int) ear->size,
                    "zmq_msg_recv");
        payload =
            (char *) zmq_msg_data (&frame) + zmq_msg_size (&frame) - ear->size;
    } while (ear_hear (ear, payload, ear->size));
    zmq_msg_close (&frame);
    zmq_close (handle);
}

const contender_t contender_bare = {
    .name = "bare",
    .about = "bare libzmq, XPUB that waits, to SUB, one frame a message",
    .lossless = true,
    .publish = s_publish,
    .subscribe = bare_subscribe,
};
