//  SPDX-License-Identifier: MIT
//
//  zp_crc32c - the CRC-32C of some bytes
//
//  Castagnoli's polynomial, as iSCSI (RFC 3720, appendix B.4) and storage
//  services use it. It finds what a bad cable, proxy or memory did, and not
//  what somebody did on purpose.

#ifndef ZP_CRC32C_H
#define ZP_CRC32C_H

#include <stddef.h>
#include <stdint.h>

//  By the processor, if that has an instruction for it; otherwise by a table,
//  some ten times slower.
uint32_t zp_crc32c (const void *data, size_t size);

//  By the table, whatever the processor has.
uint32_t zp_crc32c_table (const void *data, size_t size);

#endif
