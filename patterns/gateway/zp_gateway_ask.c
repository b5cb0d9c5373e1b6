//  SPDX-License-Identifier: MIT
//
//  Routes that call services: one, or several at once (zp_gateway_merge.c), or
//  a queue or saga that takes the work over.

#define _GNU_SOURCE

#include "zp_gateway_private.h"

#define ACCEPT_MS 5000  // Until a queue or a saga has it on disk
#define URL_MAX   4096  // Bytes of the URL of its status

//  The JSON that a result is, or is made; NULL: it can't be. What is no JSON
//  may not leave, since we say that it is.
static json_t *
s_json (zp_span_t result, bool text)
{
    return text ? json_stringn (result.data, result.size)
                : json_loadb (result.data, result.size,
                              JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

static void
s_keep (zp_gateway_out_t *self, zp_status_t status, int code, const char *text,
        size_t size)
{
    self->status = status;
    self->code = code;
    self->size = size;
    self->text = malloc (size + 1);
    assert (self->text);
    if (size)
        memcpy (self->text, text, size);
    self->text[size] = 0;
}

static void
s_keep_failure (zp_gateway_out_t *self, zp_status_t status, const char *text)
{
    s_keep (self, status, zp_gateway_code (status), text, strlen (text));
}

static void
s_keep_reply (zp_gateway_out_t *self, const zp_reply_t *reply)
{
    self->retry_after_ms = reply->retry_after_ms;
    if (reply->status != ZP_OK) {
        s_keep_failure (self, reply->status, reply->text);
        return;
    }
    zp_span_t result = {NULL, 0};
    if (reply->count)
        result = reply->parts[0];
    static const char garbage[] = "its answer is no JSON";
    bool text = self->call && self->call->text;
    json_t *json = result.size && self->call ? s_json (result, text) : NULL;
    char *made = text && json ? json_dumps (json, JSON_ENCODE_ANY) : NULL;
    if (result.size && self->call && !json)
        s_keep (self, ZP_UNKNOWN, 502, garbage, sizeof garbage - 1);
    else if (made)
        s_keep (self, ZP_OK, 200, made, strlen (made));
    else
        s_keep (self, ZP_OK, 200, result.data, result.size);
    free (made);
    json_decref (json);
}

//  The only call has ended
static void
s_answer_one (zp_gateway_exchange_t *self)
{
    zp_gateway_out_t *out = self->outs;
    if (out->status != ZP_OK)
        zp_gateway_answer_failed (self, out);
    else if (out->size == 0)
        zp_gateway_answer_text (self, 204, NULL, "", 0);
    else {
        zp_gateway_answer_own (self, 200, "application/json", out->text,
                               out->size);
        out->text = NULL;
    }
}

//  It is on disk: where to ask what becomes of it
static void
s_answer_accepted (zp_gateway_exchange_t *self)
{
    const zp_gateway_route_t *route = self->match.route;
    zp_gateway_out_t *out = self->outs;
    char url[URL_MAX];
    if (out->status != ZP_OK) {
        zp_gateway_answer_failed (self, out);
        return;
    }
    bool told = route->status &&
                zp_gateway_expand_url (&self->match, route->status, out->text,
                                       url, sizeof url) >= 0;
    json_t *json = json_pack ("{s:s%}", "id", out->text, out->size);
    if (told)
        json_object_set_new (json, "status", json_string (url));
    char *text = json_dumps (json, JSON_COMPACT);
    json_decref (json);
    if (!text) {
        zp_gateway_problem (self, 502, ZP_UNKNOWN, 0, "%s: its id is no text",
                            out->peer->service->name);
        return;
    }
    zp_gateway_answer_own (self, 202, "application/json", text, strlen (text));
    if (told)
        zp_gateway_add_header (self->answer, "Location", url);
}

//  A call has ended: answer, if that can be
static void
s_look (zp_gateway_exchange_t *self)
{
    zp_gateway_kind_t kind = self->match.route->kind;
    if (kind == ZP_GATEWAY_PARTS) {
        const zp_gateway_out_t *fatal = zp_gateway_fatal (self);
        if (fatal) {
            zp_gateway_answer_failed (self, fatal);
            zp_gateway_calls_end (self);
        }
        else if (self->left == 0)
            zp_gateway_answer_merged (self);
    }
    else if (kind == ZP_GATEWAY_ACCEPT)
        s_answer_accepted (self);
    else
        s_answer_one (self);
}

static void
s_count (zp_gateway_out_t *self)
{
    zp_gateway_series_t **series = &self->peer->calls[self->status];
    if (!*series) {
        const char *labels[] = {self->peer->service->name,
                                zp_status_name (self->status)};
        zp_gateway_t *gateway = self->exchange->gateway;
        *series = zp_gateway_family_series (gateway->figures.calls, labels);
    }
    zp_gateway_series_add (*series, 1);
}

static void
s_ended (zp_gateway_out_t *self)
{
    s_count (self);
    self->exchange->left--;
    if (self->call && self->call->stale_ms)
        zp_gateway_fall_back (self);
}

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    zp_gateway_out_t *self = arg;
    if (reply->more || self->id == 0)
        return;
    self->id = 0;
    s_keep_reply (self, reply);
    s_ended (self);
    s_look (self->exchange);
}

static void
s_start (zp_gateway_out_t *self, const zp_call_t *call)
{
    zp_client_t *client = self->peer->client;
    zp_status_t status = zp_client_start (client, call, &self->id);
    if (status == ZP_OK)
        return;
    s_keep_failure (self, status, zp_client_error (client));
    s_ended (self);
}

static void
s_make_outs (zp_gateway_exchange_t *self, size_t count)
{
    self->outs = zmalloc (count * sizeof *self->outs);
    self->count = self->left = count;
    for (size_t i = 0; i < count; i++)
        self->outs[i].exchange = self;
}

//  Start a call of the route; false if the request does not have what it needs
static bool
s_start_routed (zp_gateway_exchange_t *self, size_t number)
{
    const zp_gateway_call_t *spec = &self->match.route->calls[number];
    zp_gateway_out_t *out = &self->outs[number];
    out->call = spec;
    out->peer = zp_gateway_peer (self->gateway, spec->service);
    zp_gateway_input_t input = zp_gateway_input (self);
    zp_gateway_made_t made;
    char error[ZP_GATEWAY_ERROR];
    if (!zp_gateway_arguments_make (&spec->arguments, &input, &made, error)) {
        zp_gateway_problem (self, 400, ZP_OK, 0, "%s", error);
        return false;
    }
    zp_call_t call = {.method = spec->method,
                      .args = made.parts,
                      .count = made.count,
                      .timeout_ms = spec->timeout_ms,
                      .fn = s_on_reply,
                      .arg = out,
                      .once = spec->once,
                      .trace = &self->trace};
    if (spec->stale_ms)
        out->question = zp_gateway_kept_question (
            self->gateway->kept, (uintptr_t) spec, made.parts, made.count);
    s_start (out, &call);
    free (made.room);
    return true;
}

void
zp_gateway_begin_calls (zp_gateway_exchange_t *self)
{
    size_t count = self->match.route->count;
    s_make_outs (self, count);
    for (size_t i = 0; i < count; i++)
        if (!s_start_routed (self, i)) {
            zp_gateway_calls_end (self);
            return;
        }
    if (self->left < count && (self->left == 0 || zp_gateway_fatal (self)))
        s_look (self);
}

//  What queue.put or saga.start is given; false if there is no such thing
static bool
s_make_accept (zp_gateway_exchange_t *self, char *name, size_t room,
               zp_gateway_made_t *made, char **id_p)
{
    const zp_gateway_route_t *route = self->match.route;
    zp_gateway_input_t input = zp_gateway_input (self);
    char error[ZP_GATEWAY_ERROR] = "";
    *id_p =
        route->id ? zp_gateway_source_text (route->id, &input, error) : NULL;
    const char *template = route->queue ? route->queue : route->saga;
    if (!*error &&
        zp_gateway_expand (&self->match, template, NULL, name, room) < 0)
        strcpy (error, "the path is too long");
    if (!*error &&
        zp_gateway_arguments_make (&route->arguments, &input, made, error))
        return true;
    zp_gateway_problem (self, 400, ZP_OK, 0, "%s", error);
    free (*id_p);
    return false;
}

void
zp_gateway_begin_accept (zp_gateway_exchange_t *self)
{
    const zp_gateway_route_t *route = self->match.route;
    char name[256];
    char *id;
    zp_gateway_made_t made;
    if (!s_make_accept (self, name, sizeof name, &made, &id))
        return;
    s_make_outs (self, 1);
    zp_gateway_out_t *out = self->outs;
    out->peer = zp_gateway_peer (self->gateway, route->service);
    json_t *options = id ? json_pack ("{s:s}", "id", id) : json_object ();
    char *text = json_dumps (options, JSON_COMPACT);
    const char *own_id = id ? id : "";
    zp_span_t body = made.count ? made.parts[0] : (zp_span_t){"null", 4};
    zp_span_t put[] = {{name, strlen (name)}, body, {text, strlen (text)}};
    zp_span_t start[] = {
        {name, strlen (name)}, {own_id, strlen (own_id)}, body};
    zp_call_t call = {.method = route->queue ? "queue.put" : "saga.start",
                      .args = route->queue ? put : start,
                      .count = 3,
                      .timeout_ms = route->service->timeout_ms
                                        ? route->service->timeout_ms
                                        : ACCEPT_MS,
                      .fn = s_on_reply,
                      .arg = out,
                      .trace = &self->trace};
    s_start (out, &call);
    json_decref (options);
    free (text);
    free (id);
    free (made.room);
    if (self->left == 0)
        s_look (self);
}

void
zp_gateway_calls_end (zp_gateway_exchange_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        zp_gateway_out_t *out = &self->outs[i];
        uint64_t id = out->id;
        out->id = 0;
        if (id)
            zp_client_cancel (out->peer->client, id);
        free (out->text);
        out->text = NULL;
    }
    free (self->outs);
    self->outs = NULL;
    self->count = self->left = 0;
}
