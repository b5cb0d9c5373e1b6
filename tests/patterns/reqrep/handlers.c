//  SPDX-License-Identifier: MIT

#include "handlers.h"

void
handle_echo (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX];
    size_t count = zp_request_count (request);
    for (size_t i = 0; i < count; i++)
        parts[i] = zp_request_arg (request, i);
    zp_request_reply_parts (&request, parts, count);
}

void
handle_stream (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_status_t status = ZP_OK;
    for (size_t i = 0; status == ZP_OK && i < zp_request_count (request); i++) {
        zp_span_t piece = zp_request_arg (request, i);
        status = zp_request_partial (request, piece.data, piece.size);
    }
    if (status == ZP_OK)
        zp_request_reply (&request, "end", 3);
    else
        zp_request_fail (&request, status, "no piece could be sent");
}

void
handle_hold (zp_request_t *request, void *arg)
{
    held_t *held = arg;
    assert (held->count < HELD_MAX);
    held->request[held->count++] = request;
}
