//  SPDX-License-Identifier: MIT
//
//  zp_chunk - what travels in a transfer, as text: the head of a chunk, what an
//  object is, and which part of it is wanted
//
//  Pure. Whatever comes in, nothing is read outside it.

#ifndef ZP_CHUNK_H
#define ZP_CHUNK_H

#include "zp_envelope.h"
#include "zp_transfer.h"

#define ZP_CHUNK_HEAD 52   // Room for a head
#define ZP_CHUNK_INFO 512  // Room for an info

//  The head of a chunk: "OFFSET CHECK WINDOW", or without a window (0)
typedef struct zp_chunk {
    uint64_t offset;  // In the object, of the first byte
    uint64_t window;  // The credit as the sender has it; 0: not said
    zp_span_t data;   // These bytes
} zp_chunk_t;

//  Write a chunk's head; returns its size.
size_t zp_chunk_write (const zp_chunk_t *self, char head[ZP_CHUNK_HEAD]);

//  Read a chunk's head. False, and *self is unchanged, if it is none, or if the
//  check is not that of the data.
bool zp_chunk_read (zp_chunk_t *self, zp_span_t head, zp_span_t data);

//  What a sender says first of a get
typedef struct zp_chunk_info {
    uint64_t id;              // What it calls the get
    zp_transfer_info_t info;  // What the object is
    uint64_t offset;          // The first byte that will come
    uint64_t length;          // How many will
} zp_chunk_info_t;

//  Write it as JSON with a 0 at its end; returns its size without that.
size_t
zp_chunk_info_write (const zp_chunk_info_t *self, char text[ZP_CHUNK_INFO]);

//  Read it. False if it is none, or makes no sense; *self may have changed.
bool zp_chunk_info_read (zp_chunk_info_t *self, zp_span_t text);

//  Which part of an object is wanted, and how
typedef struct zp_chunk_wish {
    uint64_t offset;  // The first byte
    uint64_t length;  // How many; more than there are: all of these
    uint64_t last;    // Instead, if not 0: the last so many
    uint64_t credit;  // Bytes that may be on their way
    uint64_t chunk;   // Bytes of a chunk at most
    bool hash;        // The hash, too
    char version[ZP_TRANSFER_VERSION_MAX + 1];  // Only this one; "": any
} zp_chunk_wish_t;

//  Everything, with a credit of one chunk.
#define ZP_CHUNK_WISH                                                          \
    {                                                                          \
        .length = ZP_TRANSFER_SIZE_MAX, .credit = 1,                           \
        .chunk = ZP_TRANSFER_CHUNK_MAX                                         \
    }

//  Write it as JSON with a 0 at its end; returns its size without that.
size_t
zp_chunk_wish_write (const zp_chunk_wish_t *self, char text[ZP_CHUNK_INFO]);

//  Read it over what is there. False if it is wrong: error, with room for
//  ZP_ARGS_ERROR bytes, says why.
bool zp_chunk_wish_read (zp_chunk_wish_t *self, zp_span_t text, char *error);

//  The part of an object of this size: false if it begins behind the end, and
//  then *offset is the size and *length 0.
bool zp_chunk_wish_part (const zp_chunk_wish_t *self, uint64_t size,
                         uint64_t *offset, uint64_t *length);

//  What a store says of a put that begins
typedef struct zp_chunk_grant {
    uint64_t id;      // What it calls the put
    uint64_t offset;  // Where to begin
    uint64_t credit;  // Bytes that may be on their way
    uint64_t chunk;   // Bytes of a chunk at most
} zp_chunk_grant_t;

//  Write it as JSON with a 0 at its end; returns its size without that.
size_t
zp_chunk_grant_write (const zp_chunk_grant_t *self, char text[ZP_CHUNK_INFO]);

//  Read it. False, and *self is unchanged, if it is none.
bool zp_chunk_grant_read (zp_chunk_grant_t *self, zp_span_t text);

//  Read two numbers, such as "AT CREDIT". False, and both are unchanged, if it
//  is anything else.
bool zp_chunk_pair_read (zp_span_t text, uint64_t *first, uint64_t *second);

//  Read a number, and nothing else.
bool zp_chunk_number_read (zp_span_t text, uint64_t *number);

//  True if a text can be a version: printable ASCII, and neither '"' nor '\'.
bool zp_chunk_is_version (const char *text);

#endif
