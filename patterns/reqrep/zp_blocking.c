//  SPDX-License-Identifier: MIT
//
//  Calls that are waited for, by a client with a loop of its own

#include "zp_pending.h"

#define SLICE_MS  10   // Between turns of the loop
#define SIGNAL_MS 100  // Until a signal is seen, at most

//  What becomes of a blocking call
typedef struct {
    zp_client_t *client;  // Whose call it is
    zp_status_t status;   // How it ended
    zchunk_t *first;      // The first part, if well
    zmsg_t *all;          // Or all parts
    bool want_all;        // Which
} s_blocking_t;

static void
s_take_reply (s_blocking_t *blocking, const zp_reply_t *reply)
{
    if (blocking->want_all) {
        blocking->all = zmsg_new ();
        for (size_t i = 0; i < reply->count; i++)
            zmsg_addmem (blocking->all, reply->parts[i].data,
                         reply->parts[i].size);
    }
    else
        blocking->first = reply->count ? zchunk_new (reply->parts[0].data,
                                                     reply->parts[0].size)
                                       : zchunk_new (NULL, 0);
}

static void
s_on_blocking_reply (void *arg, const zp_reply_t *reply)
{
    s_blocking_t *blocking = arg;
    if (reply->status == ZP_OK && !blocking->first && !blocking->all)
        s_take_reply (blocking, reply);
    if (reply->more)
        return;
    blocking->status = reply->status;
    blocking->client->done = true;
    snprintf (blocking->client->error, sizeof blocking->client->error, "%s",
              reply->text);
}

static int
s_end_loop (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    (void) arg;
    return -1;
}

//  Let something happen to a blocking call. With one endpoint it is enough to
//  wait for a message there, which takes half the system calls of a turn of the
//  loop; that has its turn as well, in between, for timers and connections
static void
s_wait (zp_client_t *self)
{
    zp_channel_t *only = self->endpoints[0]->channel;
    bool quick = self->endpoints_count == 1 && zp_channel_up (only);
    if (quick) {
        int64_t wait_ms = zp_timers_next (self->timers) - zclock_mono ();
        if (wait_ms > SLICE_MS)
            wait_ms = SLICE_MS;
        if (wait_ms > 0 && zp_channel_wait (only, (int) wait_ms))
            return;
    }
    //  Not for long: a signal can come between the loop's look at CZMQ's flag
    //  and its wait, and does not end that. Nor without any delay: a timer that
    //  ends the loop at once lets it see to nothing but timers
    int timer =
        zloop_timer (self->loop, quick ? 1 : SIGNAL_MS, 1, s_end_loop, NULL);
    zloop_start (self->loop);
    zloop_timer_end (self->loop, timer);
}

//  Start the call, and wait until it has ended
static zp_status_t
s_block (zp_client_t *self, zp_call_t *call, s_blocking_t *blocking)
{
    assert (self->own_loop && !self->in_callback);
    blocking->client = self;
    call->fn = s_on_blocking_reply;
    call->arg = blocking;
    call->trace = &self->trace;
    uint64_t id;
    zp_status_t status = zp_client_start (self, call, &id);
    if (status != ZP_OK)
        return status;

    self->done = false;
    for (size_t i = 0; i < self->endpoints_count; i++)
        zp_channel_flush (self->endpoints[i]->channel);
    while (!self->done) {
        s_wait (self);
        if (zsys_interrupted && !self->done) {
            zp_client_cancel (self, id);
            snprintf (self->error, sizeof self->error, "interrupted");
        }
    }
    self->done = false;
    if (blocking->status != ZP_OK) {
        zchunk_destroy (&blocking->first);
        zmsg_destroy (&blocking->all);
    }
    return blocking->status;
}

zp_status_t
zp_client_call (zp_client_t *self, const char *method, const void *data,
                size_t size, int timeout_ms, zchunk_t **reply_p)
{
    assert (reply_p);
    zp_span_t arg = {data, size};
    zp_call_t call = {
        .method = method, .args = &arg, .count = 1, .timeout_ms = timeout_ms};
    s_blocking_t blocking = {.first = NULL};
    zp_status_t status = s_block (self, &call, &blocking);
    *reply_p = blocking.first;
    return status;
}

zp_status_t
zp_client_call_parts (zp_client_t *self, const char *method,
                      const zp_span_t *args, size_t count, int timeout_ms,
                      zmsg_t **reply_p)
{
    assert (reply_p);
    zp_call_t call = {.method = method,
                      .args = args,
                      .count = count,
                      .timeout_ms = timeout_ms};
    s_blocking_t blocking = {.want_all = true};
    zp_status_t status = s_block (self, &call, &blocking);
    *reply_p = blocking.all;
    return status;
}
