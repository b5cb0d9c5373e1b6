//  SPDX-License-Identifier: MIT
//
//  speaker - a publisher in a thread of its own, which counts for ears

#ifndef SPEAKER_H
#define SPEAKER_H

#include "zp_publisher.h"

typedef struct speaker speaker_t;

//  A speaker at these endpoints, which publishes a value first for each of so
//  many topics such as "still/7".
speaker_t *speaker_new (const zp_publisher_options_t *options,
                        const char *updates, const char *requests, int values);
void speaker_destroy (speaker_t **self_p);

//  Publish `burst` numbers for each topic that is counted, in each turn of its
//  loop, until they are `last`. Does not wait for that.
void speaker_count (speaker_t *self, int burst, int last);

#endif
