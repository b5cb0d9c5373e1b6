//  SPDX-License-Identifier: MIT
//
//  zp_digest - the hash of an object, from its bytes as they pass
//
//  BLAKE2b (RFC 7693) with 32 bytes, as `b2sum -l 256` prints it. It takes the
//  bytes in order, each once. Those that pass by when it is not their turn are
//  left out, and read again later: whoever goes on in the middle of an object
//  does not wait for the hash of its beginning.

#ifndef ZP_DIGEST_H
#define ZP_DIGEST_H

#include "zp_envelope.h"
#include "zp_transfer.h"

typedef struct zp_digest zp_digest_t;

zp_digest_t *zp_digest_new (void);
void zp_digest_destroy (zp_digest_t **self_p);

//  The bytes at offset pass by.
void zp_digest_pass (zp_digest_t *self, uint64_t offset, zp_span_t data);

//  All below this offset are hashed.
uint64_t zp_digest_at (const zp_digest_t *self);

//  Write the hash of these, in hex and with a 0 at its end. It takes no more
//  then.
void zp_digest_end (zp_digest_t *self, char hash[ZP_TRANSFER_HASH + 1]);

#endif
