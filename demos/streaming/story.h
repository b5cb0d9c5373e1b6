//  SPDX-License-Identifier: MIT
//
//  story - calls of a simple program, told as they are made: each is printed as
//  the zp command that does the same

#ifndef STORY_H
#define STORY_H

#include "peer.h"

typedef struct story {
    const char *bold;   // Switches on bold letters, if there are any
    const char *dim;    // Dim ones
    const char *plain;  // Both off
} story_t;

//  With colours at a terminal.
void story_init (story_t *self);

//  Call a method as peer_ask does; body is taken.
json_t *
story_ask (story_t *self, peer_t *peer, const char *method, json_t *body);

//  Do so until its answer is ready; body is taken. The caller owns the answer;
//  NULL if a call failed, or it took too long, which was said.
json_t *
story_await (story_t *self, peer_t *peer, const char *method, json_t *body,
             bool (*ready) (json_t *answer, const char *what),
             const char *what);

//  Call the coordinator of sagas: the method "saga.VERB" with texts up to a
//  NULL. The caller owns the result; NULL if it failed, which was said.
char *story_saga (story_t *self, peer_t *coordinator, const char *verb,
                  const char *const *texts);

//  Wait for the saga with that id, and tell how it ended. False if it did not,
//  or that could not be asked, which was said.
bool story_end (story_t *self, peer_t *coordinator, const char *id);

//  What an object has in a field; "?" if there is no text.
const char *story_text (json_t *object, const char *field);
int story_number (json_t *object, const char *field);

//  The object in a list whose field has that text, or NULL.
json_t *story_find (json_t *list, const char *field, const char *text);

#endif
