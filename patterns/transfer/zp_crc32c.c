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

__attribute__ ((target ("sse4.2"))) static uint32_t
s_by_processor (const void *data, size_t size)
{
    const uint8_t *at = data;
    uint64_t crc = 0xffffffff;
    for (; size >= 8; at += 8, size -= 8) {
        uint64_t word;
        memcpy (&word, at, 8);
        crc = __builtin_ia32_crc32di (crc, word);
    }
    uint32_t rest = (uint32_t) crc;
    while (size--)
        rest = __builtin_ia32_crc32qi (rest, *at++);
    return ~rest;
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
