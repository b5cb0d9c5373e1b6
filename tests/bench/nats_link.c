//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "nats_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef HAVE_NATS

const char *
nats_link_missing (void)
{
    return "not built, for want of libnats-dev and nats-server";
}

#else

#include "part.h"

#define START_TRIES 500
#define START_MS    10  // From one try to the next

const char *
nats_link_missing (void)
{
    return access (NATS_SERVER, X_OK) ? NATS_SERVER " is not there" : NULL;
}

natsConnection *
nats_link_new (const char *endpoint, bool at_once)
{
    natsOptions *options;
    nats_link_check (natsOptions_Create (&options), "options");
    char *url;
    part_check (asprintf (&url, "nats://%s", endpoint + strlen ("tcp://")) > 0,
                "memory");
    natsOptions_SetURL (options, url);
    natsOptions_SetSendAsap (options, at_once);
    natsConnection *connection;
    natsStatus status = natsConnection_Connect (&connection, options);
    for (int i = 0; status != NATS_OK && i < START_TRIES; i++) {
        usleep (START_MS * 1000);
        status = natsConnection_Connect (&connection, options);
    }
    nats_link_check (status, url);
    free (url);
    natsOptions_Destroy (options);
    return connection;
}

void
nats_link_check (natsStatus status, const char *what)
{
    if (status == NATS_OK)
        return;
    fprintf (stderr, "E: nats: %s: %s\n", what, natsStatus_GetText (status));
    exit (1);
}

#endif
