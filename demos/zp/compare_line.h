//  SPDX-License-Identifier: MIT
//
//  compare_line - a line that can be made to lose messages
//
//  A proxy between two sockets, on a loop. What is lost is decided by chance,
//  message by message, in both directions; subscriptions are never lost, as on
//  a real line they would not be: there each is told when the line breaks.

#ifndef COMPARE_LINE_H
#define COMPARE_LINE_H

#include <czmq.h>

typedef struct compare_line compare_line_t;

//  Between those who connect to front, and whoever is bound to back. With
//  updates it is for those of a publisher, and otherwise for requests.
compare_line_t *
compare_line_new (zloop_t *loop, const char *front, const char *back,
                  bool updates, uint64_t seed);

//  The loop must have ended.
void compare_line_destroy (compare_line_t **self_p);

//  From now on it loses so many.
void compare_line_lose (compare_line_t *self, int percent);

#endif
