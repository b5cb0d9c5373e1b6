//  SPDX-License-Identifier: MIT
//
//  compare_sender - who wants jobs done, in one of the ways

#ifndef COMPARE_SENDER_H
#define COMPARE_SENDER_H

#include "compare.h"

typedef struct compare_sender compare_sender_t;

//  Where it sends: to the endpoint; or, as a publisher, where it sends updates,
//  and answers requests. NULL, which was said, if that can't be.
compare_sender_t *
compare_sender_new (zloop_t *loop, compare_way_t way, const char *endpoint,
                    const char *requests, compare_book_t *book);

//  The loop must have ended.
void compare_sender_destroy (compare_sender_t **self_p);

//  Give out a job. What its sender is told goes into the book.
void compare_sender_send (compare_sender_t *self, uint32_t job);

//  Jobs whose sender waits to be told.
uint32_t compare_sender_waits (const compare_sender_t *self);

#endif
