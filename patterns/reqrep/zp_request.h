//  SPDX-License-Identifier: MIT
//
//  zp_request - one request in the hands of its handler
//
//  A handler gets a request and must end it exactly once, by zp_request_reply,
//  zp_request_reply_parts, zp_request_hand_over or zp_request_fail: before it
//  returns, or at any later time from the server's loop. These take the
//  request, set the pointer to NULL, and never fail for the handler: a caller
//  that has gone is no concern of its, unless it wants to know.
//
//  What the accessors return points into the received message, uncopied, and
//  stays until the request is ended.

#ifndef ZP_REQUEST_H
#define ZP_REQUEST_H

#include <czmq.h>

#include "zp_envelope.h"
#include "zp_status.h"

typedef struct zp_request zp_request_t;

//  Handles a request; arg is what was registered with the method.
typedef void (zp_request_fn) (zp_request_t *request, void *arg);

//  The name of the method that was called, as it was registered.
const char *zp_request_method (zp_request_t *self);

//  How many arguments there are.
size_t zp_request_count (zp_request_t *self);

//  Argument number, counted from 0; {NULL, 0} if there are not so many.
zp_span_t zp_request_arg (zp_request_t *self, size_t number);

//  Milliseconds that the caller will still wait, 0 when that is over, -1 if it
//  did not say. Pass it on as the timeout of calls made for this request.
int64_t zp_request_budget (zp_request_t *self);

//  True if the caller wants no reply any more. A long handler should look now
//  and then, and end such a request at once, in any way it likes.
bool zp_request_cancelled (zp_request_t *self);

//  The envelope that the request came with: id, attempt, trace. All zero but
//  for the kind if the peer sent none (a plain REQ socket, say).
const zp_envelope_t *zp_request_envelope (zp_request_t *self);

//  Send size bytes at data (copied) as a piece of the reply; more may follow,
//  then one of the verbs below. ZP_OK; ZP_CANCELLED if the caller wants no
//  more; ZP_UNAVAILABLE if it is gone; ZP_FAILED_PRECONDITION if it is a plain
//  peer that can take one reply only.
zp_status_t
zp_request_partial (zp_request_t *self, const void *data, size_t size);

//  The same with count parts (copied, at most ZP_ENVELOPE_PARTS_MAX).
zp_status_t zp_request_partial_parts (zp_request_t *self,
                                      const zp_span_t *parts, size_t count);

//  Reply with size bytes at data (copied) and ZP_OK. Ends the request.
void zp_request_reply (zp_request_t **self_p, const void *data, size_t size);

//  Reply with count parts (copied, at most ZP_ENVELOPE_PARTS_MAX) and ZP_OK.
//  Ends the request.
void zp_request_reply_parts (zp_request_t **self_p, const zp_span_t *parts,
                             size_t count);

//  The same, on the loop only, with something that must not be lost: at once.
//  False if the caller wants no reply or its connection is gone: then nobody
//  has it, and the same request may come again. True says that ZeroMQ took it,
//  and not that it arrives.
bool zp_request_hand_over (zp_request_t **self_p, const zp_span_t *parts,
                           size_t count);

//  Reply that it could not be done: status is not ZP_OK, and format makes a
//  line of text that says why, and what to do. Ends the request.
void zp_request_fail (zp_request_t **self_p, zp_status_t status,
                      const char *format, ...) CHECK_PRINTF (3);

//  The same, and ask the caller not to try again before retry_after_ms.
void zp_request_shed (zp_request_t **self_p, int retry_after_ms,
                      const char *format, ...) CHECK_PRINTF (3);

#endif
