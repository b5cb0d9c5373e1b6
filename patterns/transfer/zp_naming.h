//  SPDX-License-Identifier: MIT
//
//  zp_naming - the name of an object, as a caller gives it
//
//  For zp_sender.c and zp_store.c only.

#ifndef ZP_NAMING_H
#define ZP_NAMING_H

#include "zp_request.h"
#include "zp_transfer.h"

//  Copy the first argument, a name. False, and the request is answered, if it
//  is none, or if there are not from min to max arguments: `usage` are those
//  behind the name.
bool zp_naming_read (zp_request_t **request_p, const char *usage, size_t min,
                     size_t max, char name[ZP_TRANSFER_NAME_MAX + 1]);

#endif
