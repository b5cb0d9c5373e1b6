//  SPDX-License-Identifier: MIT

#include "zp_crc32c.h"

#include <string.h>

uint32_t
zp_crc32c_table (const void *data, size_t size)
{
    //  What four bits do to the remainder: small enough to be read
    static const uint32_t table[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
    const uint8_t *at = data;
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= at[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

#if defined(__x86_64__)

#define POLYNOMIAL 0x82f63b78  // Its bits from the lowest power to the highest
#define ONE        0x80000000  // The same of 1,
#define X          0x40000000  // and of x
#define ABREAST    3           // One instruction takes as long as three do
#define WORTH_IT   (size_t) 4096

//  The product of two polynomials, modulo that one
static uint32_t
s_multiply (uint32_t a, uint32_t b)
{
    uint32_t product = 0;
    for (uint32_t bit = ONE; bit; bit >>= 1) {
        product ^= a & bit ? b : 0;
        b = b >> 1 ^ (b & 1 ? POLYNOMIAL : 0);
    }
    return product;
}

//  What so many bytes of 0 make of any remainder: it is multiplied by that
static uint32_t
s_zeros (size_t bytes)
{
    uint32_t product = ONE, power = X;
    for (size_t bits = 8 * bytes; bits; bits >>= 1) {
        if (bits & 1)
            product = s_multiply (product, power);
        power = s_multiply (power, power);
    }
    return product;
}

static uint64_t
s_word (const uint8_t *at)
{
    uint64_t word;
    memcpy (&word, at, sizeof word);
    return word;
}

//  The remainder of a third of the bytes each, side by side, and then of all
__attribute__ ((target ("sse4.2"))) static uint32_t
s_abreast (uint32_t crc, const uint8_t *at, size_t third)
{
    uint64_t part[ABREAST] = {crc, 0, 0};
    for (size_t i = 0; i < third; i += 8) {
        part[0] = __builtin_ia32_crc32di (part[0], s_word (at + i));
        part[1] = __builtin_ia32_crc32di (part[1], s_word (at + third + i));
        part[2] = __builtin_ia32_crc32di (part[2], s_word (at + 2 * third + i));
    }
    uint32_t zeros = s_zeros (third);
    crc = s_multiply (zeros, (uint32_t) part[0]) ^ (uint32_t) part[1];
    return s_multiply (zeros, crc) ^ (uint32_t) part[2];
}

__attribute__ ((target ("sse4.2"))) static uint32_t
s_by_processor (const void *data, size_t size)
{
    const uint8_t *at = data;
    uint32_t crc = 0xffffffff;
    if (size >= WORTH_IT) {
        size_t third = size / ABREAST / 8 * 8;
        crc = s_abreast (crc, at, third);
        at += ABREAST * third;
        size -= ABREAST * third;
    }
    for (; size >= 8; at += 8, size -= 8)
        crc = (uint32_t) __builtin_ia32_crc32di (crc, s_word (at));
    while (size--)
        crc = __builtin_ia32_crc32qi (crc, *at++);
    return ~crc;
}

uint32_t
zp_crc32c (const void *data, size_t size)
{
    return __builtin_cpu_supports ("sse4.2") ? s_by_processor (data, size)
                                             : zp_crc32c_table (data, size);
}

#elif defined(__ARM_FEATURE_CRC32)

#include <arm_acle.h>

uint32_t
zp_crc32c (const void *data, size_t size)
{
    const uint8_t *at = data;
    uint32_t crc = 0xffffffff;
    for (; size >= 8; at += 8, size -= 8) {
        uint64_t word;
        memcpy (&word, at, 8);
        crc = __crc32cd (crc, word);
    }
    while (size--)
        crc = __crc32cb (crc, *at++);
    return ~crc;
}

#else

uint32_t
zp_crc32c (const void *data, size_t size)
{
    return zp_crc32c_table (data, size);
}

#endif
