//  SPDX-License-Identifier: MIT
//
//  http - an HTTP client that says just the bytes that a test wants it to say
//
//  One connection, on a loop. What comes is read as answers, one at a time: the
//  next one when the test goes on to it.

#ifndef HTTP_H
#define HTTP_H

#include <czmq.h>

typedef struct http http_t;

//  Connect to that port of this machine.
http_t *http_new (zloop_t *loop, int port);
void http_destroy (http_t **self_p);

//  Say these bytes, as the peer takes them.
void http_send (http_t *self, const void *data, size_t size);

//  The same with a text, printf's.
void http_say (http_t *self, const char *format, ...) CHECK_PRINTF (2);

//  Ask: a request with these lines of header (each with its CRLF; NULL: none)
//  and, if it is not NULL, a body, whose length is said.
void http_ask (http_t *self, const char *method, const char *target,
               const char *header, const char *body);

//  Read no more, or go on.
void http_pause (http_t *self, bool pause);

//  A receive buffer of that size: to be called before anything comes.
void http_set_buffer (http_t *self, int size_bytes);

//  True if the header of an answer is there; if all of it is; if the connection
//  is closed, and nothing that came before is left unread.
bool http_begun (http_t *self);
bool http_answered (http_t *self);
bool http_closed (http_t *self);

//  Of the answer: its status (0: none yet); a field of its header (NULL: not
//  there); and its body so far, with a 0 behind it.
int http_status (http_t *self);
const char *http_field (http_t *self, const char *name);
const char *http_body (http_t *self);
size_t http_body_size (http_t *self);

//  Forget what there is of the body, and go on counting from there.
void http_drop_body (http_t *self);

//  How often it said "100 Continue".
int http_continues (http_t *self);

//  Go on to the next answer.
void http_next (http_t *self);

#endif
