//  SPDX-License-Identifier: MIT
//
//  zp_status - how a call ended
//
//  One small set of outcomes for everything that can fail, on the wire and in
//  C alike. The codes are gRPC's canonical ones, number for number, because
//  people know them, and gateways map them to HTTP.
//  See https://grpc.io/docs/guides/status-codes/

#ifndef ZP_STATUS_H
#define ZP_STATUS_H

#include <stdbool.h>

typedef enum zp_status {
    ZP_OK = 0,                   // Done
    ZP_CANCELLED = 1,            // The caller gave up
    ZP_UNKNOWN = 2,              // Failed, and nobody can say how
    ZP_INVALID_ARGUMENT = 3,     // The request is wrong, whatever the state
    ZP_DEADLINE_EXCEEDED = 4,    // Out of time; it may have been done
    ZP_NOT_FOUND = 5,            // What was asked for is not there
    ZP_ALREADY_EXISTS = 6,       // What was to be made is there already
    ZP_PERMISSION_DENIED = 7,    // The caller is known, and may not
    ZP_RESOURCE_EXHAUSTED = 8,   // Full or over a limit; not done
    ZP_FAILED_PRECONDITION = 9,  // Not in this state; mend the state first
    ZP_ABORTED = 10,             // Lost a race; start again further up
    ZP_OUT_OF_RANGE = 11,        // Past the end of what is there
    ZP_UNIMPLEMENTED = 12,       // No such method here
    ZP_INTERNAL = 13,            // A promise of the code was broken
    ZP_UNAVAILABLE = 14,         // Nobody there to do it now; try again
    ZP_DATA_LOSS = 15,           // Stored data is damaged or gone
    ZP_UNAUTHENTICATED = 16      // The caller is not known
} zp_status_t;

//  The code's name in capitals, such as "NOT_FOUND". A number that is no code,
//  as a peer might send, is "UNKNOWN". Never NULL; not to be freed.
const char *zp_status_name (zp_status_t status);

//  What the code means, as a short sentence for a person. Never NULL; not to
//  be freed.
const char *zp_status_text (zp_status_t status);

//  The code with that name, or ZP_UNKNOWN if there is none.
zp_status_t zp_status_parse (const char *name);

//  True if the number, as found on the wire, is one of the codes above.
bool zp_status_valid (int number);

//  True if the code itself says that the request was not carried out and that
//  the same request may do better later: ZP_UNAVAILABLE and
//  ZP_RESOURCE_EXHAUSTED. Everything else is either final, or unknown
//  (ZP_DEADLINE_EXCEEDED) and safe to repeat only where the handler is
//  idempotent.
bool zp_status_retryable (zp_status_t status);

#endif
