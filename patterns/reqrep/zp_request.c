//  SPDX-License-Identifier: MIT

#include "zp_server_private.h"

const char *
zp_request_method (zp_request_t *self)
{
    return self->method->name;
}

size_t
zp_request_count (zp_request_t *self)
{
    return self->count;
}

zp_span_t
zp_request_arg (zp_request_t *self, size_t number)
{
    return number < self->count ? self->args[number] : (zp_span_t){NULL, 0};
}

int64_t
zp_request_budget (zp_request_t *self)
{
    if (self->expires_ms == 0)
        return -1;
    int64_t left = self->expires_ms - zclock_mono ();
    return left > 0 ? left : 0;
}

bool
zp_request_cancelled (zp_request_t *self)
{
    return atomic_load_explicit (&self->cancelled, memory_order_relaxed);
}

const zp_envelope_t *
zp_request_envelope (zp_request_t *self)
{
    return &self->envelope;
}

//  Answer from the thread that has the request
static bool
s_answer (zp_request_t *self, zp_kind_t kind, zp_status_t status,
          int retry_after_ms, const zp_span_t *parts, size_t count)
{
    assert (count <= ZP_ENVELOPE_PARTS_MAX);
    if (!self->pipe)
        return zp_server_answer (self, kind, status, retry_after_ms, parts,
                                 count);
    zp_workers_answer (self, kind, status, retry_after_ms, parts, count);
    return true;
}

zp_status_t
zp_request_partial (zp_request_t *self, const void *data, size_t size)
{
    zp_span_t part = {data, size};
    return zp_request_partial_parts (self, &part, 1);
}

zp_status_t
zp_request_partial_parts (zp_request_t *self, const zp_span_t *parts,
                          size_t count)
{
    if (!self->enveloped)
        return ZP_FAILED_PRECONDITION;
    if (zp_request_cancelled (self))
        return ZP_CANCELLED;
    return s_answer (self, ZP_PARTIAL, ZP_OK, 0, parts, count) ? ZP_OK
                                                               : ZP_UNAVAILABLE;
}

void
zp_request_reply (zp_request_t **self_p, const void *data, size_t size)
{
    zp_span_t part = {data, size};
    zp_request_reply_parts (self_p, &part, 1);
}

void
zp_request_reply_parts (zp_request_t **self_p, const zp_span_t *parts,
                        size_t count)
{
    assert (self_p && *self_p);
    zp_request_t *self = *self_p;
    *self_p = NULL;
    s_answer (self, ZP_REPLY, ZP_OK, 0, parts, count);
}

bool
zp_request_hand_over (zp_request_t **self_p, const zp_span_t *parts,
                      size_t count)
{
    assert (self_p && *self_p);
    zp_request_t *self = *self_p;
    *self_p = NULL;
    assert (!self->pipe);
    self->hand_over = true;
    return s_answer (self, ZP_REPLY, ZP_OK, 0, parts, count);
}

static void
s_fail (zp_request_t **self_p, zp_status_t status, int retry_after_ms,
        const char *format, va_list args)
{
    assert (self_p && *self_p);
    assert (status != ZP_OK);
    zp_request_t *self = *self_p;
    *self_p = NULL;
    char text[512];
    vsnprintf (text, sizeof text, format, args);
    zp_span_t part = {text, strlen (text)};
    s_answer (self, ZP_REPLY, status, retry_after_ms, &part, 1);
}

void
zp_request_fail (zp_request_t **self_p, zp_status_t status, const char *format,
                 ...)
{
    va_list args;
    va_start (args, format);
    s_fail (self_p, status, 0, format, args);
    va_end (args);
}

void
zp_request_shed (zp_request_t **self_p, int retry_after_ms, const char *format,
                 ...)
{
    va_list args;
    va_start (args, format);
    s_fail (self_p, ZP_RESOURCE_EXHAUSTED, retry_after_ms, format, args);
    va_end (args);
}
