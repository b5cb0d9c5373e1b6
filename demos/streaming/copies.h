//  SPDX-License-Identifier: MIT
//
//  copies - what services have written down, in one database in memory
//
//  For zp-audit, which looks if it agrees. Those that fail return false: a
//  service could not be asked, which was said.

#ifndef COPIES_H
#define COPIES_H

#include <sqlite3.h>

#include "peer.h"

//  What makes the tables, and the views of what sagas have done
extern const char copies_tables[];

//  The book of licence, billing or entitlement.
bool copies_books (sqlite3 *db, peer_t *peer);

//  What was accepted for later: the invoices of billing, whose book was copied
//  before; and what the broker of queues, a support desk, the exporter and the
//  viewers, in this order, have to say.
bool copies_work (sqlite3 *db, peer_t *billing, peer_t *work);

#endif
