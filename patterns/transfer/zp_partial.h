//  SPDX-License-Identifier: MIT
//
//  zp_partial - a file that is not complete yet
//
//  The bytes lie in .NAME.part beside the target NAME, and .NAME.part.info says
//  of which version they are. The target appears by a rename, after the hash of
//  all bytes was compared and the file was synced. Nobody else can have the
//  same partial file open.
//
//  After a crash of the machine what lies in the partial file need not be what
//  was written. It is not trusted either: bytes that are there at the beginning
//  are read and hashed before the end.

#ifndef ZP_PARTIAL_H
#define ZP_PARTIAL_H

#include "zp_envelope.h"
#include "zp_transfer.h"

typedef struct zp_partial zp_partial_t;

//  Open or make the partial file of `leaf` in the folder with this descriptor,
//  which it takes, also on failure: then NULL is returned, and *status_p and
//  text say why. ZP_ALREADY_EXISTS: somebody has it open.
zp_partial_t *zp_partial_open (int folder, const char *leaf,
                               zp_status_t *status_p, char *text);

//  Close it; what is there stays, if there is any.
void zp_partial_close (zp_partial_t **self_p);

//  The size and version that the bytes belong to; "": there are none.
const zp_transfer_info_t *zp_partial_info (const zp_partial_t *self);

//  How many bytes there are.
uint64_t zp_partial_at (const zp_partial_t *self);

//  The bytes are to be of this version: what is there stays if it is of that,
//  and its size is the same; otherwise it goes, and *dropped_p is true if there
//  was something. A version of "" is never the same.
zp_status_t
zp_partial_begin (zp_partial_t *self, const zp_transfer_info_t *info,
                  bool *dropped_p, char *text);

//  Append bytes. On failure, ZP_RESOURCE_EXHAUSTED if the disk is full, nothing
//  is appended.
zp_status_t zp_partial_write (zp_partial_t *self, zp_span_t data, char *text);

//  Hash some of the bytes that are not hashed yet. ZP_OK when all are, ZP_
//  UNAVAILABLE if there are more; otherwise they can't be read.
zp_status_t zp_partial_hash (zp_partial_t *self, char *text);

//  When all are: if that is their hash, sync them, and let the target have
//  them: it is on disk then. ZP_ABORTED if it is not, and then nothing is kept.
zp_status_t
zp_partial_finish (zp_partial_t *self, const char *hash, char *text);

//  Let the bytes go; it can begin anew.
void zp_partial_drop (zp_partial_t *self);

#endif
