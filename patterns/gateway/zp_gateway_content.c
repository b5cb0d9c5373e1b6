//  SPDX-License-Identifier: MIT
//
//  Content from a transfer. First the object's size and version are asked for,
//  which decide what is to be sent; then that part of that version is got, as
//  fast as the client takes it and no faster: a piece is here, a window on its
//  way. If its sender dies another one goes on, and the client sees nothing of
//  that. What breaks for good after the answer has begun breaks the connection,
//  so that no client takes it for the end.

#define _GNU_SOURCE

#include "zp_gateway_private.h"

#define WINDOW_BYTES (512 * 1024)  // On their way to one client
#define CHUNK_BYTES  (64 * 1024)   // Of these that come at a time
#define PATIENCE_MS  10000         // Until somebody has it
#define TRIES        2             // If it is changed between the two questions

struct zp_gateway_content {
    zp_gateway_exchange_t *exchange;     // For which
    zp_receiver_t *receiver;             // From which
    uint64_t get;                        // What is out there; 0: nothing
    char *name;                          // Of the object
    zp_transfer_info_t info;             // Of the object
    uint64_t from;                       // Where the part begins
    uint64_t count;                      // Bytes of it
    char etag[ZP_GATEWAY_ETAG_MAX + 1];  // Of this version
    int code;                            // 200 or 206
    int tries;                           // So far
    bool ended;                          // Nothing more comes
    size_t at;                           // Of the piece: what was sent
    size_t size;                         // Of the piece
    char piece[CHUNK_BYTES];             // What comes next
};

char *
zp_gateway_content_open (zp_gateway_peer_t *peer)
{
    if (peer->receiver)
        return NULL;
    zp_receiver_options_t options = ZP_RECEIVER_DEFAULTS;
    options.window_bytes = WINDOW_BYTES;
    options.chunk_bytes = CHUNK_BYTES;
    options.patience_ms = PATIENCE_MS;
    options.tap = peer->gateway->options.tap;
    peer->receiver = zp_receiver_new (peer->gateway->loop, &options);
    for (size_t i = 0; i < peer->service->count; i++) {
        const char *endpoint = peer->service->endpoints[i];
        if (zp_receiver_connect (peer->receiver, endpoint) != ZP_OK)
            return zsys_sprintf ("%s: can't connect to '%s'",
                                 peer->service->name, endpoint);
    }
    return NULL;
}

static size_t
s_on_data (void *arg, uint64_t offset, zp_span_t data)
{
    (void) offset;
    struct zp_gateway_content *self = arg;
    if (self->at < self->size)
        return 0;
    self->at = 0;
    self->size = data.size < CHUNK_BYTES ? data.size : CHUNK_BYTES;
    memcpy (self->piece, data.data, self->size);
    zp_gateway_resume (self->exchange);
    return self->size;
}

static ssize_t
s_read (void *arg, uint64_t position, char *to, size_t room)
{
    (void) position;
    struct zp_gateway_content *self = arg;
    if (self->exchange->gone)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (self->at == self->size)
        zp_receiver_resume (self->receiver, self->get);
    size_t size = self->size - self->at;
    if (size == 0 && self->ended)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (size == 0) {
        self->exchange->suspended = true;
        MHD_suspend_connection (self->exchange->connection);
        return 0;
    }
    if (size > room)
        size = room;
    memcpy (to, self->piece + self->at, size);
    self->at += size;
    return (ssize_t) size;
}

static void
s_answer (struct zp_gateway_content *self)
{
    zp_gateway_exchange_t *exchange = self->exchange;
    const char *type = exchange->match.route->type;
    struct MHD_Response *response = MHD_create_response_from_callback (
        self->count, ZP_GATEWAY_BLOCK, s_read, self, NULL);
    assert (response);
    zp_gateway_add_header (response, "Content-Type",
                           type ? type : zp_gateway_content_type (self->name));
    zp_gateway_answer_selected (exchange, self->code, response, self->etag,
                                self->from, self->count, self->info.size);
}

//  The part is about to come
static void
s_on_part (void *arg, const zp_transfer_info_t *info, uint64_t offset,
           uint64_t length)
{
    (void) info, (void) offset, (void) length;
    s_answer (arg);
}

static void s_ask (struct zp_gateway_content *self);

static void
s_on_done (void *arg, const zp_get_end_t *end)
{
    struct zp_gateway_content *self = arg;
    zp_gateway_exchange_t *exchange = self->exchange;
    if (self->get == 0)
        return;  // We have cancelled it
    self->get = 0;
    self->ended = true;
    if (end->status != ZP_OK)
        zp_gateway_note (exchange, "%s: %s", zp_status_name (end->status),
                         end->text);
    if (exchange->answer)
        zp_gateway_resume (exchange);
    else if (end->status == ZP_ABORTED && self->tries < TRIES)
        s_ask (self);
    else
        zp_gateway_problem (exchange, zp_gateway_code (end->status),
                            end->status, end->status == ZP_UNAVAILABLE, "%s",
                            zp_status_text (end->status));
}

//  Get that part
static void
s_get (struct zp_gateway_content *self)
{
    self->ended = false;
    self->get = zp_receiver_get (self->receiver,
                                 &(zp_get_t){.name = self->name,
                                             .offset = self->from,
                                             .length = self->count,
                                             .version = self->info.version,
                                             .on_info = s_on_part,
                                             .on_data = s_on_data,
                                             .on_done = s_on_done,
                                             .arg = self});
}

//  Another number for another text (FNV-1a, 64 bits)
static uint64_t
s_hash (const char *text)
{
    uint64_t hash = 14695981039346656037U;
    for (; *text; text++)
        hash = (hash ^ (uint8_t) *text) * 1099511628211U;
    return hash;
}

//  What the object is: decide what of it is to be sent
static void
s_decide (struct zp_gateway_content *self)
{
    zp_gateway_exchange_t *exchange = self->exchange;
    zp_gateway_etag (self->info.size, s_hash (self->info.version), self->etag);
    self->code = zp_gateway_select (exchange, self->etag, self->info.size,
                                    &self->from, &self->count);
    if (self->code == 304 || self->code == 416)
        zp_gateway_answer_none (exchange, self->code, self->etag,
                                self->info.size);
    else if (self->count == 0 || streq (exchange->method, "HEAD"))
        s_answer (self);
    else
        s_get (self);
}

static void
s_on_info (void *arg, const zp_transfer_info_t *info, uint64_t offset,
           uint64_t length)
{
    (void) offset, (void) length;
    struct zp_gateway_content *self = arg;
    self->info = *info;
}

static void
s_on_asked (void *arg, const zp_get_end_t *end)
{
    struct zp_gateway_content *self = arg;
    if (self->get == 0 || end->status != ZP_OK) {
        s_on_done (self, end);
        return;
    }
    self->get = 0;
    s_decide (self);
}

//  Ask what the object is
static void
s_ask (struct zp_gateway_content *self)
{
    self->tries++;
    self->get =
        zp_receiver_get (self->receiver, &(zp_get_t){.name = self->name,
                                                     .head = true,
                                                     .on_info = s_on_info,
                                                     .on_done = s_on_asked,
                                                     .arg = self});
}

void
zp_gateway_begin_content (zp_gateway_exchange_t *exchange)
{
    const zp_gateway_route_t *route = exchange->match.route;
    char name[ZP_TRANSFER_NAME_MAX + 1];
    if (zp_gateway_expand (&exchange->match, route->object, NULL, name,
                           sizeof name) < 1) {
        zp_gateway_problem (exchange, 404, ZP_OK, 0, "there is no such thing");
        return;
    }
    struct zp_gateway_content *self = zmalloc (sizeof *self);
    exchange->content = self;
    self->exchange = exchange;
    self->receiver =
        zp_gateway_peer (exchange->gateway, route->service)->receiver;
    self->name = strdup (name);
    s_ask (self);
}

void
zp_gateway_content_destroy (struct zp_gateway_content **self_p)
{
    struct zp_gateway_content *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    uint64_t get = self->get;
    self->get = 0;
    if (get)
        zp_receiver_cancel (self->receiver, get);
    free (self->name);
    free (self);
}
