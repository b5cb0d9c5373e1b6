//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_receiver_private.h"

#define SILENCE_MS 5000  // A sender shows a sign of life each second
#define SHUN_MS    5000  // A sender that failed is not the first choice

zp_receiver_t *
zp_receiver_new (zloop_t *loop, const zp_receiver_options_t *options)
{
    static const zp_receiver_options_t defaults = ZP_RECEIVER_DEFAULTS;
    if (!options)
        options = &defaults;
    assert (loop && options->window_bytes > 0 && options->patience_ms >= 0);
    assert (options->chunk_bytes > 0);
    zp_receiver_t *self = zmalloc (sizeof *self);
    self->options = *options;
    self->loop = loop;
    self->timers = zp_timers_new (loop);
    LIST_INIT (&self->links);
    LIST_INIT (&self->gets);
    return self;
}

void
zp_receiver_destroy (zp_receiver_t **self_p)
{
    assert (self_p);
    zp_receiver_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_receiver_get_t *get;
    while ((get = LIST_FIRST (&self->gets)) != NULL)
        zp_receiver_end (get, ZP_CANCELLED, "the receiver is gone");
    zp_receiver_link_t *link;
    while ((link = LIST_FIRST (&self->links)) != NULL) {
        LIST_REMOVE (link, next);
        zp_client_destroy (&link->client);
        free (link);
    }
    zp_timers_destroy (&self->timers);
    free (self);
}

zp_status_t
zp_receiver_connect (zp_receiver_t *self, const char *endpoint)
{
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.attempt_timeout_ms = SILENCE_MS;
    options.max_attempts = 1;   // The get itself asks again
    options.no_breaker = true;  // Which sender to turn to is decided here
    options.tap = self->options.tap;
    zp_client_t *client = zp_client_new (self->loop, &options);
    zp_status_t status = zp_client_connect (client, endpoint);
    if (status != ZP_OK) {
        zp_client_destroy (&client);
        return status;
    }
    zp_receiver_link_t *link = zmalloc (sizeof *link);
    link->client = client;
    LIST_INSERT_HEAD (&self->links, link, next);
    return ZP_OK;
}

zp_receiver_link_t *
zp_receiver_choose (zp_receiver_t *self)
{
    int64_t now_ms = zclock_mono ();
    zp_receiver_link_t *best = NULL;
    size_t best_cost = SIZE_MAX;
    zp_receiver_link_t *link;
    LIST_FOREACH (link, &self->links, next)
    {
        zp_client_endpoint_t endpoint;
        zp_client_endpoint (link->client, 0, &endpoint);
        bool shun = link->failed_ms && now_ms < link->failed_ms + SHUN_MS;
        //  Who is not connected, or failed, serves what nobody else can
        size_t cost = link->gets + (endpoint.up ? 0 : SIZE_MAX / 4) +
                      (shun ? SIZE_MAX / 8 : 0);
        //  Of equals, the one that was longest good
        if (!best || cost < best_cost ||
            (cost == best_cost && link->failed_ms < best->failed_ms)) {
            best = link;
            best_cost = cost;
        }
    }
    return best;
}

//  A name that no sender would take
static bool
s_is_bad (const char *name)
{
    return !*name || strlen (name) > ZP_TRANSFER_NAME_MAX;
}

//  The first time that the get's timer is due
static int
s_begin (zp_timer_t *timer, void *arg)
{
    zp_receiver_get_t *get = arg;
    if (s_is_bad (get->want.name)) {
        zp_receiver_end (get, ZP_INVALID_ARGUMENT,
                         "a name is not empty, and not longer than 1024 bytes");
        return 0;
    }
    zp_timer_init (timer, zp_receiver_ask, get);
    return zp_receiver_ask (timer, get);
}

uint64_t
zp_receiver_get (zp_receiver_t *self, const zp_get_t *want)
{
    assert (!LIST_EMPTY (&self->links));
    assert (want->name && want->on_done && (want->on_data || want->head));
    assert (want->offset <= ZP_TRANSFER_SIZE_MAX &&
            want->length <= ZP_TRANSFER_SIZE_MAX &&
            want->last <= ZP_TRANSFER_SIZE_MAX);
    zp_receiver_get_t *get = zmalloc (sizeof *get);
    get->receiver = self;
    get->id = ++self->last_id;
    get->want = *want;
    get->want.name = strdup (want->name);
    get->want.version = NULL;
    if (want->version)
        snprintf (get->version, sizeof get->version, "%s", want->version);
    STAILQ_INIT (&get->held);
    LIST_INSERT_HEAD (&self->gets, get, next);
    self->stats.gets++;
    self->stats.now++;
    get->patience_ms = zclock_mono () + self->options.patience_ms;
    zp_timer_init (&get->retry_timer, s_begin, get);
    zp_timers_set (self->timers, &get->retry_timer, 0);
    return get->id;
}

static void
s_free (zp_receiver_get_t *get)
{
    free ((char *) get->want.name);
    free (get);
}

void
zp_receiver_enter (zp_receiver_get_t *get)
{
    get->busy++;
}

bool
zp_receiver_leave (zp_receiver_get_t *get)
{
    get->busy--;
    bool gone = get->ended;
    if (gone && get->busy == 0)
        s_free (get);
    return !gone;
}

void
zp_receiver_end (zp_receiver_get_t *get, zp_status_t status, const char *text)
{
    zp_receiver_t *self = get->receiver;
    zp_receiver_enter (get);
    get->ended = true;
    LIST_REMOVE (get, next);
    zp_receiver_hang_up (get);
    zp_timers_clear (self->timers, &get->retry_timer);
    zp_receiver_drop_held (get);
    self->stats.now--;
    if (status == ZP_OK)
        self->stats.done++;
    else
        self->stats.failed++;
    zp_get_end_t end = {.status = status,
                        .text = text,
                        .hash = status == ZP_OK ? get->hash : "",
                        .at = get->at};
    get->want.on_done (get->want.arg, &end);
    zp_receiver_leave (get);
}

static zp_receiver_get_t *
s_find (zp_receiver_t *self, uint64_t id)
{
    zp_receiver_get_t *get;
    LIST_FOREACH (get, &self->gets, next)
    if (get->id == id)
        break;
    return get;
}

void
zp_receiver_resume (zp_receiver_t *self, uint64_t id)
{
    zp_receiver_get_t *get = s_find (self, id);
    if (get && get->busy)
        get->resumed = true;
    else if (get)
        zp_receiver_offer (get);
}

void
zp_receiver_cancel (zp_receiver_t *self, uint64_t id)
{
    zp_receiver_get_t *get = s_find (self, id);
    if (get)
        zp_receiver_end (get, ZP_CANCELLED, "cancelled");
}

void
zp_receiver_stats (zp_receiver_t *self, zp_receiver_stats_t *stats)
{
    *stats = self->stats;
    zp_receiver_get_t *get;
    LIST_FOREACH (get, &self->gets, next)
    stats->held += get->come - get->at;
}
