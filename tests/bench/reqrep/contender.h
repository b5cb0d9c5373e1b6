//  SPDX-License-Identifier: MIT
//
//  contender - one way to do request and reply, to be measured against others
//
//  Each does the same work: its server echoes what it gets, its client runs
//  the closed loop of load.h. Both halves run in processes of their own, or,
//  to count instructions, in two threads of one.

#ifndef CONTENDER_H
#define CONTENDER_H

#include "load.h"

typedef struct contender {
    const char *name;   // As on the command line and in the tables
    const char *about;  // What it is, for --help
    const char *rival;  // Which one its figures are divided by; NULL: none
    bool tcp_only;      // Has no other transport
    bool inproc;        // Can run in two threads over zmq's inproc

    //  Why it cannot run here, or NULL if it can. May be NULL: it always can.
    const char *(*missing) (void);

    //  Serve at endpoint, for a client that keeps in_flight requests out, and
    //  call part_ready (ready) as soon as it may come. Never returns: the
    //  process is killed.
    void (*serve) (const char *endpoint, size_t in_flight, int ready);

    //  Send load to the server at endpoint, until the load is over.
    void (*run) (const char *endpoint, load_t *load);
} contender_t;

//  All of them, rivals first; ends with NULL.
extern const contender_t *const contenders[];

//  The one with that name, or NULL.
const contender_t *contender_find (const char *name);

//  Why it cannot run here, or NULL if it can.
const char *contender_missing (const contender_t *self);

#endif
