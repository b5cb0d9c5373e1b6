//  SPDX-License-Identifier: MIT
//
//  What zp pub, zp sub and zp relay share

#ifndef PUB_COMMANDS_H
#define PUB_COMMANDS_H

#include "args.h"
#include "zp_publisher.h"
#include "zp_subscriber.h"

extern const command_t cmd_pub_stat;

//  The options of a publisher, or of a relay
#define OPTIONS_PUBLISHER                                                      \
    {.name = "bind",                                                           \
     .letter = 'b',                                                            \
     .value = "U,R",                                                           \
     .many = true,                                                             \
     .text = "send updates from U, and answer requests at R"},                 \
        {.name = "heartbeat",                                                  \
         .value = "MS",                                                        \
         .min = 1,                                                             \
         .max = INT_MAX,                                                       \
         .text = "subscribers hear something so often (1000)"},                \
    {                                                                          \
        .name = "history", .value = "N", .min = 1, .max = INT_MAX,             \
        .text = "updates that can be had again (16384)"                        \
    }

zp_publisher_options_t pub_options (const args_t *args);

//  Bind a publisher where that option says, or else at the user's place of that
//  name, and say where that is.
exit_code_t pub_bind (const args_t *args, const char *option, const char *name,
                      zp_publisher_t *publisher);

//  A subscriber's place for place_connect; arg is its zp_subscriber_t.
struct place;
exit_code_t sub_connect (void *arg, const struct place *place);

#endif
