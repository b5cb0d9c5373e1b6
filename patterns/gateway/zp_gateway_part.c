//  SPDX-License-Identifier: MIT
//
//  Which part of a file or an object a client wants: ranges and validators.

#define _GNU_SOURCE

#include "zp_gateway_private.h"

int
zp_gateway_select (const zp_gateway_exchange_t *self, const char *etag,
                   uint64_t size, uint64_t *from, uint64_t *count)
{
    *from = 0;
    *count = size;
    const char *none_match = zp_gateway_header (self, "If-None-Match");
    if (none_match && zp_gateway_none_match (none_match, etag))
        return 304;
    const char *range = zp_gateway_header (self, "Range");
    if (!zp_gateway_if_range (zp_gateway_header (self, "If-Range"), etag))
        range = NULL;
    switch (zp_gateway_range (range, size, from, count)) {
    case ZP_GATEWAY_PART:
        return 206;
    case ZP_GATEWAY_NO_PART:
        return 416;
    default:
        return 200;
    }
}

void
zp_gateway_answer_none (zp_gateway_exchange_t *self, int code, const char *etag,
                        uint64_t size)
{
    char room[ZP_GATEWAY_CONTENT_RANGE];
    if (code == 416) {
        zp_gateway_problem (self, 416, ZP_OUT_OF_RANGE, 0,
                            "there are %" PRIu64 " bytes", size);
        zp_gateway_add_header (self->answer, "Content-Range",
                               zp_gateway_content_range (0, 0, size, room));
        return;
    }
    zp_gateway_answer_text (self, 304, NULL, "", 0);
    zp_gateway_add_header (self->answer, "ETag", etag);
}

void
zp_gateway_answer_selected (zp_gateway_exchange_t *self, int code,
                            struct MHD_Response *response, const char *etag,
                            uint64_t from, uint64_t count, uint64_t size)
{
    char room[ZP_GATEWAY_CONTENT_RANGE];
    zp_gateway_add_header (response, "ETag", etag);
    zp_gateway_add_header (response, "Accept-Ranges", "bytes");
    if (code == 206)
        zp_gateway_add_header (
            response, "Content-Range",
            zp_gateway_content_range (from, count, size, room));
    zp_gateway_answer (self, code, response, count);
}
