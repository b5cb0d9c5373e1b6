//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_store_private.h"

#include "zp_random.h"

#define BEAT_MS 1000  // Between two looks at all puts

zp_store_put_t **
zp_store_slot (zp_store_t *self, uint64_t id)
{
    return &self->puts[id % (uint64_t) self->options.max_puts];
}

void
zp_store_close (zp_store_t *self, zp_store_put_t *put)
{
    if (put->partial)
        self->stats.now--;
    zp_partial_close (&put->partial);
}

static void
s_forget (zp_store_t *self, zp_store_put_t *put)
{
    *zp_store_slot (self, put->id) = NULL;
    self->slots--;
    zp_store_close (self, put);
    free (put->name);
    free (put);
}

//  Look at all puts: who is silent, and who waits
static int
s_on_beat (zp_timer_t *timer, void *arg)
{
    zp_store_t *self = arg;
    int64_t now_ms = zclock_mono ();
    for (int i = 0; i < self->options.max_puts; i++) {
        zp_store_put_t *put = self->puts[i];
        if (put && put->request)
            zp_request_partial (put->request, "", 0);
        else if (put && now_ms >= put->heard_ms + self->options.idle_ms)
            s_forget (self, put);
    }
    if (self->slots)
        zp_timers_set (self->timers, timer, now_ms + BEAT_MS);
    return 0;
}

//  All has come and is hashed: let the file be there
static void
s_finish (zp_store_t *self, zp_store_put_t *put)
{
    char text[ZP_TRANSFER_TEXT];
    uint64_t size = zp_partial_at (put->partial);
    zp_status_t status = zp_partial_finish (put->partial, put->hash, text);
    if (status == ZP_OK) {
        self->stats.done++;
        if (self->options.fn)
            self->options.fn (self->options.arg, put->name, size);
        zp_request_reply (&put->request, put->hash, ZP_TRANSFER_HASH);
    }
    else {
        self->stats.refused += status == ZP_ABORTED;
        zp_request_fail (&put->request, status, "%s", text);
    }
    s_forget (self, put);
}

//  Hash a bit for each put that ends
static int
s_on_hash (zp_timer_t *timer, void *arg)
{
    zp_store_t *self = arg;
    for (int i = 0; i < self->options.max_puts; i++) {
        zp_store_put_t *put = self->puts[i];
        if (!put || !put->request)
            continue;
        char text[ZP_TRANSFER_TEXT];
        zp_status_t status = zp_partial_hash (put->partial, text);
        if (status == ZP_OK)
            s_finish (self, put);
        else if (status == ZP_UNAVAILABLE)
            zp_timers_set (self->timers, timer, 0);
        else {
            zp_request_fail (&put->request, status, "%s", text);
            s_forget (self, put);
        }
    }
    return 0;
}

zp_store_put_t *
zp_store_begin (zp_store_t *self, const char *name, zp_partial_t *partial)
{
    do
        self->last_id++;
    while (*zp_store_slot (self, self->last_id));
    zp_store_put_t *put = zmalloc (sizeof *put);
    *zp_store_slot (self, self->last_id) = put;
    put->id = self->last_id;
    put->name = strdup (name);
    put->partial = partial;
    put->heard_ms = zclock_mono ();
    self->slots++;
    self->stats.now++;
    self->stats.puts++;
    self->stats.resumed += zp_partial_at (partial) > 0;
    if (!zp_timer_pending (&self->beat_timer))
        zp_timers_set (self->timers, &self->beat_timer,
                       put->heard_ms + BEAT_MS);
    return put;
}

void
zp_store_finish (zp_store_t *self, zp_store_put_t *put, zp_request_t *request,
                 zp_span_t hash)
{
    assert (hash.size == ZP_TRANSFER_HASH);
    memcpy (put->hash, hash.data, hash.size);
    put->request = request;
    zp_timers_set (self->timers, &self->hash_timer, 0);
}

zp_store_t *
zp_store_new (zloop_t *loop, zp_server_t *server,
              const zp_store_options_t *options, char *text)
{
    assert (loop && server && options && options->folder && text);
    assert (options->chunk_bytes >= ZP_TRANSFER_CHUNK_MIN &&
            options->chunk_bytes <= ZP_TRANSFER_CHUNK_MAX);
    assert (options->window_bytes > 0 && options->max_puts > 0);
    assert (options->idle_ms > 0);
    zp_folder_t *folder = zp_folder_new (options->folder, text);
    if (!folder)
        return NULL;
    zp_store_t *self = zmalloc (sizeof *self);
    self->options = *options;
    self->options.folder = NULL;
    self->folder = folder;
    self->server = server;
    self->timers = zp_timers_new (loop);
    zp_timer_init (&self->beat_timer, s_on_beat, self);
    zp_timer_init (&self->hash_timer, s_on_hash, self);
    self->puts = zmalloc ((size_t) options->max_puts * sizeof *self->puts);
    //  The ids of a store that was here before are others'
    self->last_id = zp_random_entropy () >> 16;
    zp_store_methods_add (self);
    return self;
}

void
zp_store_destroy (zp_store_t **self_p)
{
    assert (self_p);
    zp_store_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    for (int i = 0; i < self->options.max_puts; i++) {
        zp_store_put_t *put = self->puts[i];
        if (put && put->request)
            zp_request_fail (&put->request, ZP_UNAVAILABLE,
                             "this store shuts down");
        if (put)
            s_forget (self, put);
    }
    zp_timers_destroy (&self->timers);
    zp_folder_destroy (&self->folder);
    free (self->puts);
    free (self);
}

void
zp_store_stats (zp_store_t *self, zp_store_stats_t *stats)
{
    *stats = self->stats;
}
