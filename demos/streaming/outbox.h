//  SPDX-License-Identifier: MIT
//
//  outbox - what a step of a saga has to say to somebody else
//
//  A step changes nothing outside its own database, since that would not be
//  taken back with it. So it writes down what is to be said, in the same
//  transaction, and is ongoing; when that is on disk it is said, again and
//  again until it is confirmed, and then the step is done. If the service is
//  killed meanwhile it is said again: whoever hears it must not mind.

#ifndef OUTBOX_H
#define OUTBOX_H

#include "book.h"

//  What makes its table
extern const char outbox_table[];

typedef struct outbox outbox_t;

//  Say it by calling that method of whom that option names. What is still to be
//  said is said. NULL if the option is no endpoint, which is said.
outbox_t *
outbox_new (book_t *book, const service_option_t *to, const char *method);

//  When the loop has ended, before the service. Tolerates NULL.
void outbox_destroy (outbox_t **self_p);

//  The end of a step: it is done when this has been said. args, which is taken,
//  is an array of the method's arguments: strings, or what becomes JSON.
json_t *outbox_put (outbox_t *self, json_t *args);

#endif
