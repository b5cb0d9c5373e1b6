//  SPDX-License-Identifier: MIT
//
//  player - a service in sagas that keeps the contract, or breaks it as it is
//  told
//
//  A command is written as a step's id and a mark: "a!" is a's action, "a-" its
//  compensation, "a?" a question about either. What takes effect is kept in
//  memory: for the books of real participants see books.h.

#ifndef PLAYER_H
#define PLAYER_H

#include "peer.h"

typedef struct player player_t;

//  What becomes of a command
typedef enum player_way {
    PLAYER_DO,        // What the contract says
    PLAYER_REFUSE,    // The same, but an action is refused, or a compensation
    PLAYER_ONGOING,   // Asked again after 20 ms; what comes then is as it comes
    PLAYER_LOSE,      // It never arrives
    PLAYER_MUTE,      // It is done, and the reply is lost
    PLAYER_KEEP,      // It is done, and the reply waits for player_let
    PLAYER_KEEP_NO,   // An action is refused, and that waits for player_let
    PLAYER_LATE,      // It waits itself, for player_let
    PLAYER_TWICE,     // It is done, and said twice
    PLAYER_PIECES,    // It is done, and said after two pieces
    PLAYER_GARBAGE,   // It is done, and what is said makes no sense
    PLAYER_NO_JSON,   // The same, but the result is no JSON
    PLAYER_FAIL,      // The reply is UNAVAILABLE
    PLAYER_CANCELLED  // The reply is CANCELLED
} player_way_t;

//  A service at the endpoint; NULL: at one of its own.
player_t *player_new (zloop_t *loop, const char *endpoint);
void player_destroy (player_t **self_p);

const char *player_endpoint (player_t *self);

//  The next so many commands of that kind, such as "a!", for any saga, or
//  "x/a!", for that one, go that way; -1: all. What is planned last comes
//  first.
void
player_plan (player_t *self, const char *command, int times, player_way_t way);

//  Call fn for each action and compensation that comes, before anything else is
//  done with it. NULL: not any more.
typedef void (player_fn) (void *arg, const char *key, bool undo);
void player_listen (player_t *self, player_fn *fn, void *arg);

//  All that came for a saga, such as "a! b! b-". Whatever that is, no action
//  came for the first time after a compensation.
const char *player_came (player_t *self, const char *saga);

//  How many commands came, for all sagas.
size_t player_count (player_t *self);

//  What has come and waits: how many, and let the first one go on.
size_t player_waiting (player_t *self);
void player_let (player_t *self);

//  1: the action under that key took effect, and was not undone; 0: not so.
int player_effect (player_t *self, const char *key);

//  The same for all keys that end with that, such as "/a".
int player_effects (player_t *self, const char *ending);

//  The arguments of the last command that came, from the input on, with a space
//  between them.
const char *player_given (player_t *self);

#endif
