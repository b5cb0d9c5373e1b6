//  SPDX-License-Identifier: MIT
//
//  As it is written:
//
//      +---------+----------+----------+---
//      | low (8) | bits (1) | bits (1) | ...      numbers big-endian
//      +---------+----------+----------+---
//
//  The first byte of bits is of the eight numbers among which low is, from a
//  multiple of eight on; its least bit is of the least of them. It has ones
//  below low and none at low. The last byte has a one.

#include "zp_tally.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define RING (ZP_TALLY_SPAN / 8)  // Bytes

struct zp_tally {
    uint64_t low;        // The first number that has not ended
    uint64_t high;       // Behind the last one that has; never below low
    uint8_t bits[RING];  // From the byte of low on, and round again; the bits
                         // of those that may be asked of, all others zero
};

static uint64_t
s_base (const zp_tally_t *self)
{
    return self->low - self->low % 8;
}

zp_tally_t *
zp_tally_new (void)
{
    zp_tally_t *self = calloc (1, sizeof *self);
    assert (self);
    return self;
}

void
zp_tally_destroy (zp_tally_t **self_p)
{
    assert (self_p);
    free (*self_p);
    *self_p = NULL;
}

void
zp_tally_reset (zp_tally_t *self)
{
    memset (self, 0, sizeof *self);
}

uint64_t
zp_tally_low (const zp_tally_t *self)
{
    return self->low;
}

bool
zp_tally_reaches (const zp_tally_t *self, uint64_t number)
{
    return number < s_base (self) || number - s_base (self) < ZP_TALLY_SPAN;
}

bool
zp_tally_has (const zp_tally_t *self, uint64_t number)
{
    if (number < self->low)
        return true;
    return number < self->high &&
           (self->bits[number / 8 % RING] >> number % 8 & 1);
}

bool
zp_tally_add (zp_tally_t *self, uint64_t number)
{
    if (!zp_tally_reaches (self, number) || zp_tally_has (self, number))
        return false;
    self->bits[number / 8 % RING] |= (uint8_t) (1 << number % 8);
    if (number >= self->high)
        self->high = number + 1;
    while (zp_tally_has (self, self->low)) {
        self->low++;
        if (self->low % 8 == 0)  // Its byte is for others now
            self->bits[(self->low / 8 - 1) % RING] = 0;
    }
    return true;
}

size_t
zp_tally_write (const zp_tally_t *self, uint8_t *data)
{
    for (int i = 0; i < 8; i++)
        data[i] = (uint8_t) (self->low >> (56 - 8 * i));
    size_t size = (size_t) (self->high - s_base (self) + 7) / 8;
    size_t start = self->low / 8 % RING;
    size_t first = size < RING - start ? size : RING - start;
    memcpy (data + 8, self->bits + start, first);
    memcpy (data + 8 + first, self->bits, size - first);
    return 8 + size;
}

//  The number behind the last bit that is set in size bytes (1 or more)
static uint64_t
s_high (uint64_t base, const uint8_t *bits, size_t size)
{
    uint64_t high = base + size * 8;
    for (int bit = 7; bit > 0 && !(bits[size - 1] >> bit); bit--)
        high--;
    return high;
}

bool
zp_tally_read (zp_tally_t *self, const void *data, size_t size, uint64_t given)
{
    const uint8_t *bits = (const uint8_t *) data + 8;
    if (size < 8 || size > ZP_TALLY_BYTES)
        return false;
    uint64_t low = 0;
    for (int i = 0; i < 8; i++)
        low = low << 8 | ((const uint8_t *) data)[i];
    size -= 8;
    if (low < self->low || low > given)
        return false;
    unsigned below = (1U << low % 8) - 1;  // The bits below low
    if (size ? bits[size - 1] == 0 || (bits[0] & (below * 2 + 1)) != below
             : below != 0)
        return false;
    uint64_t high = size ? s_high (low - low % 8, bits, size) : low;
    if (high > given)
        return false;

    zp_tally_reset (self);
    self->low = low;
    self->high = high;
    size_t start = low / 8 % RING;
    size_t first = size < RING - start ? size : RING - start;
    memcpy (self->bits + start, bits, first);
    memcpy (self->bits, bits + first, size - first);
    return true;
}
