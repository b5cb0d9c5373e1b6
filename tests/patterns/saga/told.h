//  SPDX-License-Identifier: MIT
//
//  told - what a caller was told

#ifndef TOLD_H
#define TOLD_H

#include "zp_client.h"

#define TOLD_ARGS_MAX 8

typedef struct told {
    int ended;           // How often: once is right
    zp_status_t status;  // How it ended
    char text[8192];     // Parts of the result with a space between them, or
                         // the failure's text
} told_t;

//  Call a method with these texts, and write down what comes of it.
void told_begin (told_t *self, zp_client_t *client, const char *method,
                 const char *const *args, size_t count);

#endif
