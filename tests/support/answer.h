//  SPDX-License-Identifier: MIT
//
//  answer - asks a server, and keeps what it was told
//
//      answer_t answer = {.ended = 0};
//      zp_span_t args[] = {{"jobs", 4}};
//      answer_begin (&answer, client, "queue.stat", args, 1);
//      assert_int_equal (answer_wait (&answer, loop), ZP_OK);
//      int ready = answer_number (&answer, "ready");
//      answer_clear (&answer);

#ifndef ANSWER_H
#define ANSWER_H

#include <stdarg.h>

#include "zp_client.h"

#define ANSWER_PARTS 64

//  What a caller was told. All zero to begin with.
typedef struct answer {
    int ended;                  // How often: once is right
    zp_status_t status;         // How it ended
    char text[600];             // The failure's text
    size_t count;               // Parts of the result
    char *part[ANSWER_PARTS];   // These, with a 0 behind each
    size_t size[ANSWER_PARTS];  // Bytes of them, without that 0
} answer_t;

//  A client of who listens there. What is refused it does not try again, and
//  what fails is none the worse.
zp_client_t *answer_client_new (zloop_t *loop, const char *endpoint);

//  Forget what it was told.
void answer_clear (answer_t *self);

//  Writes down what it is told in an answer_t.
void answer_note (void *answer, const zp_reply_t *reply);

//  Call a method, for another answer.
void answer_begin (answer_t *self, zp_client_t *client, const char *method,
                   const zp_span_t *args, size_t count);

//  Wait until that has ended: how.
zp_status_t answer_wait (answer_t *self, zloop_t *loop);

//  Both, with texts ended by NULL.
zp_status_t answer_ask (answer_t *self, zloop_t *loop, zp_client_t *client,
                        const char *method, va_list texts);

//  Call a method `count` times at once, with a name and with a number from
//  `first` on. Wait until all are done.
void answer_ask_numbers (zloop_t *loop, zp_client_t *client, const char *method,
                         const char *name, int first, int count);

//  It was told once, and in text that a terminal can take.
void answer_check_text (const answer_t *self);

//  A number, or a boolean, in the JSON object that it was told, or in the first
//  of an array.
int answer_number (const answer_t *self, const char *key);

#endif
