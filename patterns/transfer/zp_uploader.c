//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_file.h"
#include "zp_uploader_private.h"

#define SILENCE_MS 15000  // Of a call: the store may be syncing files

zp_uploader_t *
zp_uploader_new (zloop_t *loop, const char *endpoint, int patience_ms)
{
    assert (loop && endpoint && patience_ms >= 0);
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.attempt_timeout_ms = SILENCE_MS;
    options.max_attempts = 1;   // The put itself begins again
    options.no_breaker = true;  // There is no other store to turn to
    zp_client_t *client = zp_client_new (loop, &options);
    if (zp_client_connect (client, endpoint) != ZP_OK) {
        zp_client_destroy (&client);
        return NULL;
    }
    zp_uploader_t *self = zmalloc (sizeof *self);
    self->client = client;
    self->timers = zp_timers_new (loop);
    LIST_INIT (&self->puts);
    self->patience_ms = patience_ms;
    self->buffer = malloc (ZP_TRANSFER_CHUNK_MAX);
    assert (self->buffer);
    return self;
}

void
zp_uploader_hang_up (zp_uploader_put_t *put)
{
    zp_client_t *client = put->uploader->client;
    zp_uploader_chunk_t *chunk;
    uint64_t call = put->call;
    put->call = put->stream = 0;
    if (call)
        zp_client_cancel (client, call);
    while ((chunk = LIST_FIRST (&put->chunks)) != NULL) {
        LIST_REMOVE (chunk, next);
        call = chunk->call;
        chunk->call = 0;
        zp_client_cancel (client, call);  // Its callback frees the chunk
    }
}

void
zp_uploader_close (zp_uploader_put_t *put)
{
    if (put->object)
        put->want.source.close (put->object);
    put->object = NULL;
    zp_digest_destroy (&put->digest);
}

void
zp_uploader_end (zp_uploader_put_t *put, zp_status_t status, const char *text)
{
    char copy[512];
    snprintf (copy, sizeof copy, "%s", text);  // It may be the call's
    LIST_REMOVE (put, next);
    zp_uploader_hang_up (put);
    zp_uploader_close (put);
    zp_timers_clear (put->uploader->timers, &put->timer);
    zp_put_end_t end = {.status = status,
                        .text = copy,
                        .hash = status == ZP_OK ? put->hash : "",
                        .size = put->info.size,
                        .at = put->most,
                        .resumed = put->resumed};
    put->want.on_done (put->want.arg, &end);
    free ((char *) put->want.name);
    free ((char *) put->want.path);
    free (put);
}

void
zp_uploader_destroy (zp_uploader_t **self_p)
{
    assert (self_p);
    zp_uploader_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    while (!LIST_EMPTY (&self->puts))
        zp_uploader_end (LIST_FIRST (&self->puts), ZP_CANCELLED,
                         "the uploader is gone");
    zp_client_destroy (&self->client);
    zp_timers_destroy (&self->timers);
    free (self->buffer);
    free (self);
}

uint64_t
zp_uploader_put (zp_uploader_t *self, const zp_put_t *want)
{
    assert (want->name && want->on_done && (want->path || want->source.open));
    zp_uploader_put_t *put = zmalloc (sizeof *put);
    put->uploader = self;
    put->want = *want;
    put->want.name = strdup (want->name);
    put->want.path = want->path ? strdup (want->path) : NULL;
    if (want->path)
        put->want.source = zp_file_source_of_paths ();
    put->id = ++self->last_id;
    LIST_INIT (&put->chunks);
    put->patience_ms = zclock_mono () + self->patience_ms;
    LIST_INSERT_HEAD (&self->puts, put, next);
    zp_timer_init (&put->timer, zp_uploader_open, put);
    zp_timers_set (self->timers, &put->timer, 0);
    return put->id;
}

void
zp_uploader_cancel (zp_uploader_t *self, uint64_t id)
{
    zp_uploader_put_t *put;
    LIST_FOREACH (put, &self->puts, next)
    if (put->id == id) {
        zp_uploader_end (put, ZP_CANCELLED, "cancelled");
        return;
    }
}
