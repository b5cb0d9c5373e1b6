//  SPDX-License-Identifier: MIT
//
//  place - where a stream of updates is to be had, as typed: UPDATES,REQUESTS
//
//  UPDATES is the endpoint of a publisher's updates, and REQUESTS that of its
//  server. A plain publisher has no server: then it is UPDATES alone.

#ifndef PLACE_H
#define PLACE_H

#include "args.h"

#define OPTION_CONNECT                                                         \
    {                                                                          \
        .name = "connect", .letter = 'c', .value = "U,R", .many = true,        \
        .text = "updates are at U, requests answered at R"                     \
    }

typedef struct place {
    char *updates;   // Endpoint of the updates
    char *requests;  // Endpoint of the server; NULL: there is none
} place_t;

typedef exit_code_t (place_fn) (void *arg, const place_t *place);

//  Call fn for each place that the option names, until it does not return
//  EXIT_OK; or else for one of the user's on this machine with that name, such
//  as "pub". Returns what fn has returned, or EXIT_ERROR if there can be no
//  such place, which was said.
exit_code_t place_bind (const args_t *args, const char *option,
                        const char *name, place_fn *fn, void *arg);

//  The same for --connect; or else for that of $ZP_PUB; or else for where a
//  zp pub is that was not told where to be.
exit_code_t place_connect (const args_t *args, place_fn *fn, void *arg);

#endif
