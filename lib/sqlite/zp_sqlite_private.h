//  SPDX-License-Identifier: MIT
//
//  What the files of zp_sqlite share. Not for anybody else.
//
//  zp_sqlite.c          its beginning and end
//  zp_sqlite_look.c     what the file is, before SQLite sees it
//  zp_sqlite_log.c      the write-ahead log
//  zp_sqlite_failure.c  what went wrong

#ifndef ZP_SQLITE_PRIVATE_H
#define ZP_SQLITE_PRIVATE_H

#include "zp_sqlite.h"

//  Look at the file before SQLite does.
zp_status_t zp_sqlite_look (zp_sqlite_t *self);

//  Is this what the header should have?
zp_status_t zp_sqlite_check_kind (zp_sqlite_t *self, uint32_t application,
                                  uint32_t version);

//  See what it takes on disk.
void zp_sqlite_measure (zp_sqlite_t *self);

#endif
