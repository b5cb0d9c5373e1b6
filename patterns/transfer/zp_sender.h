//  SPDX-License-Identifier: MIT
//
//  zp_sender - lets a server's callers get objects of any size
//
//  It adds methods to a zp_server. An object is a file in a folder, or whatever
//  the application reads from (zp_transfer_source_t); it goes out in chunks,
//  each with a check, and never more of them than the receiver has granted:
//  that is the flow control, and what bounds the memory, at both ends. Gets
//  take turns chunk by chunk, and share max_bytes: with many at once each has a
//  smaller window, and smaller chunks. zp_receiver is the other side, but any
//  ZeroMQ peer can be:
//
//  file.get NAME [OPTIONS]    -> a stream of pieces, then HASH
//      {"offset": N, "length": N} is the part that is wanted, by default all;
//      a length that is larger than what there is means that. {"last": N}
//      instead: the last N bytes. {"version": TEXT}: of this version only, else
//      ABORTED. {"credit": N}: bytes that may be on their way (at least a chunk
//      always may). {"chunk": N}: bytes of a chunk, at most. {"hash": true}:
//      HASH is that of the whole object (BLAKE2b, 32 bytes, in hex), whichever
//      part was wanted; otherwise it is "".
//      A piece is INFO (one part), once, before all others; or HEAD DATA (two):
//      a chunk; or "", a sign of life each second. INFO is a JSON object: id,
//      size, mtime_ms, version, offset and length (of what will come). HEAD is
//      "OFFSET CHECK WINDOW": the CRC-32C of DATA as 8 hex digits, and the
//      credit as the sender has it, which may be less than what was granted:
//      say file.seen at least each quarter of that. An offset behind the end is
//      OUT_OF_RANGE, after INFO.
//  file.seen ID OFFSET        -> 1   all below OFFSET is done with
//  file.read NAME [OPTIONS]   -> INFO HEAD DATA   one chunk at most, for a REQ
//      socket; offset, length, last and version as above. DATA is empty at the
//      end of the object.
//  file.stat NAME             -> INFO, with id 0
//
//  If the object changes while it is sent the get ends with ABORTED.
//
//  Names are paths within the folder. Whatever is not a regular file below it
//  is NOT_FOUND or PERMISSION_DENIED: "..", absolute names, symbolic links,
//  devices, pipes, and names that begin with a dot at any level.
//
//  Reading and hashing are done on the loop, a chunk at a time.

#ifndef ZP_SENDER_H
#define ZP_SENDER_H

#include "zp_server.h"
#include "zp_transfer.h"

typedef struct zp_sender zp_sender_t;

typedef struct zp_sender_options {
    const char *folder;           // What can be got; copied. NULL: see source
    zp_transfer_source_t source;  // Otherwise from here
    size_t chunk_bytes;   // Of a chunk at most; ZP_TRANSFER_CHUNK_MIN to _MAX
    size_t window_bytes;  // On their way for one get at most
    size_t max_bytes;     // For all, as far as chunks can be made smaller
    int max_gets;         // At once; more are refused, to come again later
} zp_sender_options_t;

#define ZP_SENDER_DEFAULTS                                                     \
    {                                                                          \
        .chunk_bytes = 256 << 10, .window_bytes = 4 << 20,                     \
        .max_bytes = 16 << 20, .max_gets = 1000                                \
    }

//  Give the server, which lives on this loop, the methods. Copies *options. On
//  failure NULL is returned, and text, room for ZP_TRANSFER_TEXT bytes, says
//  why: there is no such folder, or it may not be read.
zp_sender_t *zp_sender_new (zloop_t *loop, zp_server_t *server,
                            const zp_sender_options_t *options, char *text);

//  Destroy it, before the server, which must take no requests any more. Gets
//  end with ZP_UNAVAILABLE. The loop must have ended, or be in the handler of a
//  reader.
void zp_sender_destroy (zp_sender_t **self_p);

//  End all gets with ZP_UNAVAILABLE: their receivers turn to another sender.
//  To be given to zp_server_on_draining; arg is the sender.
void zp_sender_drain (void *arg);

typedef struct zp_sender_stats {
    uint64_t gets;     // Begun
    uint64_t done;     // Sent to their ends
    uint64_t aborted;  // Ended because the object changed, or was unreadable
    uint64_t gone;     // Ended by their receivers
    uint64_t bytes;    // Sent, of objects
    uint64_t out;      // On their way now: sent, and not seen
    size_t now;        // Gets at work
} zp_sender_stats_t;

void zp_sender_stats (zp_sender_t *self, zp_sender_stats_t *stats);

#endif
