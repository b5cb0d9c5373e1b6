//  SPDX-License-Identifier: MIT
//
//  contender - one durable work queue, to be measured beside others
//
//  Each does the same work: a producer puts messages, as flow.h says, a broker
//  writes them to disk and hands them out, a worker acks them. Each of the
//  three is a process of its own.

#ifndef CONTENDER_H
#define CONTENDER_H

#include "flow.h"

//  Where a broker is
typedef struct place {
    const char *folder;    // Where it may keep files
    const char *endpoint;  // Where it listens: tcp://127.0.0.1:PORT, or inproc
    const char *port;      // That port, or NULL
    size_t in_flight;      // Messages that each client has out at most
} place_t;

typedef struct contender {
    const char *name;   // As on the command line and in the tables
    const char *about;  // What it is, for --help
    const char *note;   // What to know when judging its figures, or NULL

    //  Why it cannot run here, or NULL if it can. May be NULL: it always can.
    const char *(*missing) (void);

    //  Be the broker, until killed. If this is NULL, as the two below, there
    //  is none, and who puts also takes away.
    void (*serve) (const place_t *place);

    //  Return when the broker answers and has the queue.
    void (*await) (const place_t *place);

    //  Put all messages of the source.
    void (*put) (const place_t *place, source_t *source);

    //  Take messages and ack them until the sink has had all. Call part_ready
    //  (ready) when messages may come.
    void (*work) (const place_t *place, sink_t *sink, int ready);
} contender_t;

//  All of them; ends with NULL.
extern const contender_t *const contenders[];

#define OURS 0  // Our place there

//  The one with that name, or NULL.
const contender_t *contender_find (const char *name);

//  Why it cannot run here, or NULL if it can.
const char *contender_missing (const contender_t *self);

//  Become another program: its path, found beforehand, and then its arguments.
void contender_execute (char *argv[]);

#endif
