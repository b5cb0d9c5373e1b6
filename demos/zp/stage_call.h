//  SPDX-License-Identifier: MIT
//
//  stage_call - a call that gives JSON

#ifndef STAGE_CALL_H
#define STAGE_CALL_H

#include <jansson.h>

#include "zp_client.h"

//  How it ended: ZP_OK and JSON, which goes when this returns; null if the
//  reply was no JSON. Or a status, NULL and why.
typedef void (stage_answer_fn) (void *arg, zp_status_t status, json_t *answer,
                                const char *error);

//  The JSON that a reply is; NULL: it is none. The caller owns it.
json_t *stage_reply_json (const zp_reply_t *reply);

//  The same of what the stage asks services for. Nothing that makes sense is
//  longer than half a megabyte: 1000 events are, at most, two thirds of that.
json_t *stage_answer_json (const zp_reply_t *reply);

//  Call a method with words (texts, or JSON as text), ended by NULL, once. fn
//  is always called, and before this returns if the call can't be begun.
void
stage_call (zp_client_t *client, const char *method, const char *const *words,
            int timeout_ms, stage_answer_fn *fn, void *arg);

#endif
