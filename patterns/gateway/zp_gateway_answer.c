//  SPDX-License-Identifier: MIT
//
//  Answers, and what each of them says beside its body.

#define _GNU_SOURCE

#include "zp_gateway_private.h"

void
zp_gateway_add_header (struct MHD_Response *response, const char *name,
                       const char *value)
{
    if (value && zp_gateway_header_plain (value))
        MHD_add_response_header (response, name, value);
}

void
zp_gateway_note (zp_gateway_exchange_t *self, const char *format, ...)
{
    if (!self || self->error)
        return;  // What went wrong first is the cause
    va_list args;
    va_start (args, format);
    self->error = zsys_vprintf (format, args);
    va_end (args);
}

void
zp_gateway_resume (zp_gateway_exchange_t *self)
{
    if (!self->suspended)
        return;
    self->suspended = false;
    zp_gateway_conn_unwatch (self->conn);
    MHD_resume_connection (self->connection);
    //  Of which the daemon's epoll shows nothing
    zp_timers_set (self->gateway->timers, &self->gateway->pump_timer, 0);
}

static const char *
s_cache_control (const zp_gateway_exchange_t *self)
{
    const zp_gateway_route_t *route = self->match.route;
    return route && self->code < 400 ? route->cache_control : NULL;
}

void
zp_gateway_answer (zp_gateway_exchange_t *self, int code,
                   struct MHD_Response *response, uint64_t size)
{
    assert (response && !self->answer);
    char trace[ZP_GATEWAY_TRACE_SIZE + 1];
    zp_gateway_trace_write (&self->trace, trace);
    self->answer = response;
    self->code = code;
    self->size = size;
    self->stage = ZP_GATEWAY_ANSWERED;
    MHD_add_response_header (response, "X-Request-Id", self->id);
    MHD_add_response_header (response, "traceparent", trace);
    MHD_add_response_header (response, "X-Content-Type-Options", "nosniff");
    zp_gateway_add_header (response, "Cache-Control", s_cache_control (self));
    if (self->gateway->draining)
        MHD_add_response_header (response, "Connection", "close");
    zp_gateway_resume (self);
}

static void
s_answer (zp_gateway_exchange_t *self, int code, const char *type, void *text,
          size_t size, enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer (size, text, mode);
    assert (response);
    zp_gateway_add_header (response, "Content-Type", type);
    zp_gateway_answer (self, code, response, size);
}

void
zp_gateway_answer_text (zp_gateway_exchange_t *self, int code, const char *type,
                        const char *text, size_t size)
{
    s_answer (self, code, type, (void *) text, size, MHD_RESPMEM_MUST_COPY);
}

void
zp_gateway_answer_own (zp_gateway_exchange_t *self, int code, const char *type,
                       char *text, size_t size)
{
    s_answer (self, code, type, text, size, MHD_RESPMEM_MUST_FREE);
}

void
zp_gateway_problem (zp_gateway_exchange_t *self, int code, zp_status_t status,
                    int retry_after_s, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    char *detail = zsys_vprintf (format, args);
    va_end (args);
    zp_gateway_problem_t problem = {.code = code,
                                    .status = status,
                                    .detail = detail,
                                    .request_id = self->id,
                                    .retry_after_s = retry_after_s};
    char *text = zp_gateway_problem_json (&problem);
    zp_gateway_note (self, "%s", detail);
    zp_gateway_answer_own (self, code, "application/problem+json", text,
                           strlen (text));
    if (retry_after_s) {
        char seconds[16];
        snprintf (seconds, sizeof seconds, "%d", retry_after_s);
        zp_gateway_add_header (self->answer, "Retry-After", seconds);
    }
    zstr_free (&detail);
}

void
zp_gateway_answer_failed (zp_gateway_exchange_t *self,
                          const zp_gateway_out_t *out)
{
    const char *name = out->peer->service->name;
    zp_gateway_note (self, "%s: %s: %s", name, zp_status_name (out->status),
                     out->text);
    int retry_after_s = out->retry_after_ms || out->code == 503
                            ? zp_gateway_retry_after (out->retry_after_ms)
                            : 0;
    //  What a service says of a wrong request is for the client; where it
    //  listens, and what broke inside, is not
    if (out->code < 500)
        zp_gateway_problem (self, out->code, out->status, retry_after_s, "%s",
                            out->text);
    else
        zp_gateway_problem (self, out->code, out->status, retry_after_s,
                            "%s: %s", name, zp_status_text (out->status));
}
