//  SPDX-License-Identifier: MIT
//
//  The answer of a route with parts: an object with what each of them gave.
//  What is left out, and what is old, is said in there and in a header:
//
//      {"films":[...],"news":[...],"missing":{"advice":"DEADLINE_EXCEEDED"},
//       "stale":["news"]}
//      X-Missing: advice
//      X-Stale: news

#define _GNU_SOURCE

#include "zp_gateway_private.h"

//  The service is at fault, not what it was asked: these (RFC 5861, section 4),
//  and too much to do
static bool
s_at_fault (int code)
{
    return code == 429 || code == 500 || (code >= 502 && code <= 504);
}

void
zp_gateway_fall_back (zp_gateway_out_t *self)
{
    zp_gateway_t *gateway = self->exchange->gateway;
    int64_t now_ms = zclock_mono ();
    zp_span_t text = {self->text, self->size};
    if (self->status == ZP_OK)
        zp_gateway_kept_put (gateway->kept, &self->question, text, now_ms);
    else if (s_at_fault (self->code) &&
             zp_gateway_kept_get (gateway->kept, &self->question,
                                  self->call->stale_ms, now_ms, &text)) {
        free (self->text);
        self->text = strndup (text.data, text.size);
        assert (self->text);
        self->size = text.size;
        self->stale = true;
        const char *labels[] = {self->peer->service->name};
        zp_gateway_series_add (
            zp_gateway_family_series (gateway->figures.stale, labels), 1);
    }
}

static bool
s_has_result (const zp_gateway_out_t *self)
{
    return self->status == ZP_OK || self->stale;
}

const zp_gateway_out_t *
zp_gateway_fatal (const zp_gateway_exchange_t *self)
{
    size_t failed = 0;
    for (size_t i = 0; i < self->count; i++) {
        const zp_gateway_out_t *out = &self->outs[i];
        if (!out->text || s_has_result (out))
            continue;
        failed++;
        if (out->call->required)
            return out;
    }
    return failed == self->count ? self->outs : NULL;
}

//  Names of the parts that are left out, or that are old; "": there are none
static char *
s_names (const zp_gateway_exchange_t *self, bool stale)
{
    char *names;
    size_t size;
    FILE *file = open_memstream (&names, &size);
    assert (file);
    const char *comma = "";
    for (size_t i = 0; i < self->count; i++) {
        const zp_gateway_out_t *out = &self->outs[i];
        if (stale ? !out->stale : s_has_result (out))
            continue;
        fprintf (file, "%s%s", comma, out->call->name);
        comma = ", ";
    }
    fclose (file);
    return names;
}

//  The same in headers, and for the operator
static void
s_tell (zp_gateway_exchange_t *self)
{
    char *missing = s_names (self, false), *stale = s_names (self, true);
    if (*missing)
        zp_gateway_add_header (self->answer, "X-Missing", missing);
    if (*stale)
        zp_gateway_add_header (self->answer, "X-Stale", stale);
    if (*missing || *stale)
        zp_gateway_note (self, "%s%s%s%s%s", *missing ? "missing: " : "",
                         missing, *missing && *stale ? "; " : "",
                         *stale ? "stale: " : "", stale);
    free (missing);
    free (stale);
}

//  The members about parts follow others: without any result there is a problem
static void
s_put_missing (const zp_gateway_exchange_t *self, FILE *file)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++) {
        const zp_gateway_out_t *out = &self->outs[i];
        if (!s_has_result (out))
            fprintf (file, "%s\"%s\":\"%s\"", count++ ? "," : ",\"missing\":{",
                     out->call->name, zp_status_name (out->status));
    }
    if (count)
        fputc ('}', file);
}

static void
s_put_stale (const zp_gateway_exchange_t *self, FILE *file)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++) {
        const zp_gateway_out_t *out = &self->outs[i];
        if (out->stale)
            fprintf (file, "%s\"%s\"", count++ ? "," : ",\"stale\":[",
                     out->call->name);
    }
    if (count)
        fputc (']', file);
}

void
zp_gateway_answer_merged (zp_gateway_exchange_t *self)
{
    char *text;
    size_t size;
    FILE *file = open_memstream (&text, &size);
    assert (file);
    const char *before = "{";
    for (size_t i = 0; i < self->count; i++) {
        const zp_gateway_out_t *out = &self->outs[i];
        if (!s_has_result (out))
            continue;
        fprintf (file, "%s\"%s\":%s", before, out->call->name,
                 out->size ? out->text : "null");
        before = ",";
    }
    s_put_missing (self, file);
    s_put_stale (self, file);
    fputc ('}', file);
    fclose (file);
    zp_gateway_answer_own (self, 200, "application/json", text, size);
    s_tell (self);
}
