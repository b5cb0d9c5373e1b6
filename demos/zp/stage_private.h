//  SPDX-License-Identifier: MIT
//
//  What a stage has. For stage*.c only.

#ifndef STAGE_PRIVATE_H
#define STAGE_PRIVATE_H

#include "stage.h"
#include "stage_demands.h"
#include "stage_edges.h"
#include "stage_logs.h"
#include "stage_play.h"
#include "stage_queues.h"
#include "stage_requests.h"
#include "stage_sagas.h"
#include "stage_watch.h"

#define STAGE_WATCHES_MAX 256  // Services; more are not looked at

struct stage {
    zloop_t *loop;                              // Runs all of this
    int64_t seed;                               // Of the faults; 0: not given
    zp_server_t *server;                        // Answers
    zp_client_t *control;                       // Asks the supervisor
    json_t *about;                              // What that said last
    int64_t supervised_ms;                      // When; 0: never
    bool asking;                                // It is being asked
    int64_t asked_ms;                           // When all were asked last
    int64_t looked_ms;                          // The same, and had their time
    bool publishing;                            // And are given some time
    stage_watch_t *watches[STAGE_WATCHES_MAX];  // As the supervisor has them
    size_t count;                               // How many
    stage_edges_t *edges;                       // Who calls whom
    stage_queues_t *queues;                     // Of all brokers
    stage_logs_t *logs;                         // Of all event logs
    stage_sagas_t *sagas;                       // Of the coordinator
    stage_requests_t *requests;                 // What the gateway was asked
    json_t *load;                               // What the viewers say
    const stage_scenes_t *scenes;               // What can be broken
    stage_play_t *play;                         // What is
    stage_demands_t *demands;                   // Who wants something of that
    json_t *document;                           // The state
    char *text;                                 // The same as text
    bool ending;                                // Nothing is done any more
};

//  The service with that name; NULL: there is none.
stage_watch_t *stage_find (const stage_t *self, const char *name);

//  Ask all services now, and make a document of the answers.
void stage_look (stage_t *self);

//  Make the document of what is known.
void stage_publish (stage_t *self);

//  Do what an effect says; its body is freed. As stage_call.
void stage_do (stage_t *self, stage_effect_t *effect, stage_answer_fn *fn,
               void *arg);

//  Add the methods that are passed on to the supervisor and the viewers; and
//  those that look at one trace, or one saga.
void stage_add_passed (stage_t *self);
void stage_add_pictures (stage_t *self);

//  The state now. The caller owns it.
json_t *stage_document (stage_t *self);

//  The events in an answer to zp.events about one trace; NULL: there are none,
//  or more than were asked for, which nobody could make a story of.
json_t *stage_events (json_t *answer);

//  Told of each answer of a service, and when it is another process.
void stage_on_answer (void *arg, stage_watch_t *watch, stage_ask_t ask,
                      json_t *answer);
void stage_on_restart (stage_t *self, const stage_watch_t *watch);

#endif
