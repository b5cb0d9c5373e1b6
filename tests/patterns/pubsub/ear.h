//  SPDX-License-Identifier: MIT
//
//  ear - a subscriber that writes down what it is told
//
//  A line for each piece of news:
//
//      event TOPIC PAYLOAD, value TOPIC PAYLOAD, had TOPIC PAYLOAD (the value
//      was there before), deleted TOPIC, snapshot FILTER, joined FILTER,
//      lost FILTER FROM..TO, dropped COUNT, restarted, gone WILL, back
//
//  It counts as well: what is published about a topic such as "count/7" has
//  consecutive numbers as payload, from 1 in each life of the publisher; so
//  what is missing or comes twice is known. None of it has a line.

#ifndef EAR_H
#define EAR_H

#include "zp_subscriber.h"

#define EAR_TOPICS 16  // That are counted: "count/0" to "count/15"

typedef struct ear ear_t;

//  Called with each piece of news, when it is written down; returns as a
//  zp_subscriber_fn does.
typedef int (ear_fn) (ear_t *self, const zp_news_t *news);

struct ear {
    zp_subscriber_t *subscriber;  // Under test
    char *log;                    // The lines
    size_t size;                  // Of the log
    uint64_t at[EAR_TOPICS];      // The last number of each topic
    uint64_t counted;             // Numbers that came
    uint64_t missing;             // Times that a number was left out
    uint64_t twice;               // Numbers that came again, or too late
    uint64_t last;                // Sequence of the last update
    uint64_t order;               // Times that it was less than the one before
    ear_fn *fn;                   // NULL: nobody else
    void *arg;                    // For fn
};

//  An ear on a loop; with NULL one that is told by ear_next.
ear_t *ear_new (zloop_t *loop, const zp_subscriber_options_t *options);
void ear_destroy (ear_t **self_p);

void ear_connect (ear_t *self, const char *updates, const char *requests);
void ear_subscribe (ear_t *self, const char *filter);

//  Wait for the next piece of news, and write it down. False if there is none
//  for so long.
bool ear_next (ear_t *self, int timeout_ms);

//  How many lines begin with these words, or levels of a topic.
size_t ear_told (const ear_t *self, const char *line);

//  Forget the lines.
void ear_clear (ear_t *self);

zp_subscriber_stats_t ear_stats (ear_t *self);

#endif
