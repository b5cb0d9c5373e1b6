//  SPDX-License-Identifier: MIT
//
//  What a service makes of an event. Events are JSON: {"event": what happened,
//  "saga": to which, "viewer": whose}, and what those further on need.

#ifndef REACTION_H
#define REACTION_H

#include "ledger.h"

//  Open the database of a service, which refuses the action closed (may be
//  NULL). If that fails, and whenever the disk does, the program ends with a
//  line: an event that was not done with comes again when it is started anew.
sqlite3 *reaction_open (const char *service, const char *closed);

//  Do what the service does then, unless that was done before, in one
//  transaction with what is to be said of it: *said_p (free it), each time the
//  same; NULL if it is not the service's business. False: it is, but was
//  refused, and there is nothing to say; try again later.
bool
reaction_do (const char *service, sqlite3 *db, zp_span_t event, char **said_p);

#endif
