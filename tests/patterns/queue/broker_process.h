//  SPDX-License-Identifier: MIT
//
//  broker_process - a broker in a process of its own, to be told to end, killed
//  or frozen

#ifndef BROKER_PROCESS_H
#define BROKER_PROCESS_H

#include "child.h"
#include "fixture.h"

//  The main function of that process, whose arguments are "broker" and these.
int broker_process_main (const char *endpoint, const char *journal);

//  Start it where the fixture says, and wait until it is ready; self->client is
//  a new one, of that broker.
child_t *broker_process_new (fixture_t *self);

#endif
