//  SPDX-License-Identifier: MIT
//
//  zp_client_tap - what a client tells its tap
//
//  For the files of the client only. Each needs a tap to be there, so that
//  whoever has none does not even call.

#ifndef ZP_CLIENT_TAP_H
#define ZP_CLIENT_TAP_H

#include "zp_attempts.h"

//  An attempt leaves.
void zp_client_tap_sent (const zp_attempt_t *attempt);

//  An attempt was given up. That is told only if it was SENT and not HEARD of.
void zp_client_tap_lost (zp_attempt_t *attempt, zp_status_t status);

//  An attempt is over, in whatever way, with that verdict on its endpoint.
void zp_client_tap_over (zp_attempt_t *attempt, zp_verdict_t verdict,
                         int64_t now_ms);

//  A reply to a call came from an endpoint, to that attempt if it is still out;
//  otherwise it is NULL. The call is NULL if it is over, or never was.
void
zp_client_tap_heard (const zp_endpoint_t *endpoint, const zp_pending_t *call,
                     zp_attempt_t *attempt, const zp_envelope_t *envelope);

//  A call is over; endpoint is the name of the one that had the last word.
void zp_client_tap_ended (const zp_pending_t *call, zp_status_t status,
                          const char *endpoint);

//  Look if the breaker of an endpoint has changed; by that attempt, or, if it
//  is NULL, by itself.
void zp_client_tap_breaker (zp_endpoint_t *endpoint,
                            const zp_attempt_t *attempt, int64_t now_ms);

#endif
