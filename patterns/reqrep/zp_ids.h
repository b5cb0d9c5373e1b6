//  SPDX-License-Identifier: MIT
//
//  zp_ids - find things by the request that they belong to

#ifndef ZP_IDS_H
#define ZP_IDS_H

#include <czmq.h>

#include "zp_envelope.h"

//  To be kept in what is found, as its key.
typedef struct zp_id {
    uint64_t client;   // First half of the request's id
    uint64_t serial;   // Second half
    uint64_t attempt;  // Which attempt; 0 where that does not matter
} zp_id_t;

//  The key for an attempt at a request.
zp_id_t zp_ids_key (const zp_envelope_t *envelope, uint8_t attempt);

//  An empty table, for zhashx_insert, _lookup and _delete with a zp_id_t * as
//  the key. It copies and frees nothing.
zhashx_t *zp_ids_new (void);

#endif
