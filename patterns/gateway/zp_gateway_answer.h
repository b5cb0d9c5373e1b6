//  SPDX-License-Identifier: MIT
//
//  Answers to an exchange, what each says beside its body, and ranges of what
//  is answered. Not for anybody but the gateway.

#ifndef ZP_GATEWAY_ANSWER_H
#define ZP_GATEWAY_ANSWER_H

#include "zp_gateway_exchange.h"

//  Answer with this response, which is taken, whose body has size bytes.
void zp_gateway_answer (zp_gateway_exchange_t *self, int code,
                        struct MHD_Response *response, uint64_t size);

//  The same with a text of this type, which is copied, or taken.
void zp_gateway_answer_text (zp_gateway_exchange_t *self, int code,
                             const char *type, const char *text, size_t size);
void zp_gateway_answer_own (zp_gateway_exchange_t *self, int code,
                            const char *type, char *text, size_t size);

//  The same with a problem; ZP_OK: the status that goes with the code.
void zp_gateway_problem (zp_gateway_exchange_t *self, int code,
                         zp_status_t status, int retry_after_s,
                         const char *format, ...) CHECK_PRINTF (5);

//  What goes wrong, for the operator's eyes.
void zp_gateway_note (zp_gateway_exchange_t *self, const char *format, ...)
    CHECK_PRINTF (2);

//  A problem of a call, and of what a service says that makes no sense.
void zp_gateway_answer_failed (zp_gateway_exchange_t *self,
                               const zp_gateway_out_t *out);

//  Go on with a suspended exchange.
void zp_gateway_resume (zp_gateway_exchange_t *self);

//  Add a header; one that can't be is left out.
void zp_gateway_add_header (struct MHD_Response *response, const char *name,
                            const char *value);

//  zp_gateway_part.c

//  Which part of what has size bytes is to be sent, if any: 200, 206, 304 or
//  416.
int zp_gateway_select (const zp_gateway_exchange_t *self, const char *etag,
                       uint64_t size, uint64_t *from, uint64_t *count);

//  Answer so: 304 or 416; and the others, with this response, which is taken.
void zp_gateway_answer_none (zp_gateway_exchange_t *self, int code,
                             const char *etag, uint64_t size);
void
zp_gateway_answer_selected (zp_gateway_exchange_t *self, int code,
                            struct MHD_Response *response, const char *etag,
                            uint64_t from, uint64_t count, uint64_t size);

#endif
