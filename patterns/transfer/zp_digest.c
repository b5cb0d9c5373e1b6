//  SPDX-License-Identifier: MIT

#include "zp_digest.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#define HASH_BYTES (ZP_TRANSFER_HASH / 2)

struct zp_digest {
    crypto_generichash_state state;  // libsodium's; wants its alignment
    uint64_t at;                     // What has passed
};

zp_digest_t *
zp_digest_new (void)
{
    int rc = sodium_init ();
    assert (rc != -1);
    (void) rc;
    zp_digest_t *self = aligned_alloc (_Alignof(zp_digest_t), sizeof *self);
    assert (self);
    crypto_generichash_init (&self->state, NULL, 0, HASH_BYTES);
    self->at = 0;
    return self;
}

void
zp_digest_destroy (zp_digest_t **self_p)
{
    assert (self_p);
    free (*self_p);
    *self_p = NULL;
}

void
zp_digest_pass (zp_digest_t *self, uint64_t offset, zp_span_t data)
{
    if (offset != self->at)
        return;
    crypto_generichash_update (&self->state, data.data, data.size);
    self->at += data.size;
}

uint64_t
zp_digest_at (const zp_digest_t *self)
{
    return self->at;
}

void
zp_digest_end (zp_digest_t *self, char hash[ZP_TRANSFER_HASH + 1])
{
    unsigned char bytes[HASH_BYTES];
    crypto_generichash_final (&self->state, bytes, sizeof bytes);
    sodium_bin2hex (hash, ZP_TRANSFER_HASH + 1, bytes, sizeof bytes);
}
