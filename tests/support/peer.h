//  SPDX-License-Identifier: MIT
//
//  peer - a socket that is none of ours, at the other end of a client or server
//
//  A service is a ROUTER that a client calls, a caller a DEALER that calls a
//  server. Each lives on a loop, writes down what comes, message by message and
//  record by record, and says only what the test tells it to say.

#ifndef PEER_H
#define PEER_H

#include <czmq.h>

#include "zp_envelope.h"
#include "zp_status.h"

typedef struct peer peer_t;

//  A message that came, or one record of a compact one
typedef struct letter {
    zframe_t *from;          // Routing id; NULL: came to a caller
    zmsg_t *frames;          // All of the message; NULL: of an earlier letter
    bool compact;            // It was a record
    bool enveloped;          // It has an envelope
    zp_envelope_t envelope;  // This
    size_t count;            // Parts
    zp_span_t part[ZP_ENVELOPE_PARTS_MAX];  // These
    int64_t came_ms;                        // When
} letter_t;

//  A ROUTER at the endpoint; NULL: at one of its own.
peer_t *peer_new_service (zloop_t *loop, const char *endpoint);

//  A DEALER connected to the endpoint.
peer_t *peer_new_caller (zloop_t *loop, const char *endpoint);

void peer_destroy (peer_t **self_p);

//  Let fn answer each letter as it comes.
typedef void (peer_fn) (peer_t *self, size_t number, void *arg);
void peer_script (peer_t *self, peer_fn *fn, void *arg);

const char *peer_endpoint (peer_t *self);

//  For options of its socket.
zsock_t *peer_socket (peer_t *self);

//  How many letters came, in how many messages, and the one with that number,
//  counted from 0.
size_t peer_count (peer_t *self);
size_t peer_messages (peer_t *self);
const letter_t *peer_letter (peer_t *self, size_t number);

//  True if that part of the letter is this text.
bool letter_says (const letter_t *letter, size_t part, const char *text);

//  Send the frames as they are; to whom the letter came from, if not NULL.
void peer_send (peer_t *self, const letter_t *to, zmsg_t *frames);

//  The same with an envelope and parts, in the open form or as a record.
void
peer_send_open (peer_t *self, const letter_t *to, const zp_envelope_t *envelope,
                const zp_span_t *parts, size_t count);
void peer_send_compact (peer_t *self, const letter_t *to,
                        const zp_envelope_t *envelope, const zp_span_t *parts,
                        size_t count);

//  Answer that letter in the open form: with a result, a piece of it, or a
//  failure.
void peer_reply (peer_t *self, size_t number, const char *text);
void peer_piece (peer_t *self, size_t number, const char *text);
void peer_fail (peer_t *self, size_t number, zp_status_t status,
                int retry_after_ms, const char *text);

//  Marks that these set in the envelope; none at first.
void peer_set_marks (peer_t *self, uint8_t marks);

//  Send a request for the method with one argument, under that serial number
//  and the client id PEER_CLIENT, in the open form.
#define PEER_CLIENT 0xc0ffee
void peer_request (peer_t *self, uint64_t serial, const char *method,
                   const char *arg);

//  Such a request's envelope: attempt 1, no time budget.
zp_envelope_t peer_envelope (uint64_t serial);

//  An endpoint where nobody else listens.
const char *peer_new_endpoint (void);

#endif
