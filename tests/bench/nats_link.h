//  SPDX-License-Identifier: MIT
//
//  nats_link - connections to a nats-server, where there is NATS

#ifndef NATS_LINK_H
#define NATS_LINK_H

//  Why there is no NATS here, or NULL if there is.
const char *nats_link_missing (void);

#ifdef HAVE_NATS

#include <nats/nats.h>

//  Connect to tcp://ADDRESS:PORT, waiting for a server that starts. at_once:
//  what is published goes out at once. By default it waits a millisecond for
//  more, which is far better with many in flight, and worse with few.
natsConnection *nats_link_new (const char *endpoint, bool at_once);

//  End this process, with a line about what failed, unless it worked.
void nats_link_check (natsStatus status, const char *what);

#endif
#endif
