//  SPDX-License-Identifier: MIT

#include "speaker.h"

#include "ear.h"

struct speaker {
    zp_publisher_options_t options;  // Of the publisher
    char updates[64], requests[64];  // Where it is
    int values;                      // Topics that are still
    zactor_t *actor;                 // The thread
    zp_publisher_t *publisher;       // There, as all below
    int burst;                       // Numbers in a turn
    int at;                          // That were published so far
    int last;                        // Up to here
};

static int
s_on_turn (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    speaker_t *self = arg;
    for (int i = 0; i < self->burst && self->at < self->last; i++) {
        self->at++;
        for (int k = 0; k < EAR_TOPICS; k++) {
            char topic[24], payload[24];
            snprintf (topic, sizeof topic, "count/%d", k);
            int size = snprintf (payload, sizeof payload, "%d", self->at);
            zp_publisher_set (self->publisher, topic, payload, (size_t) size,
                              0);
        }
    }
    return 0;
}

static int
s_on_pipe (zloop_t *loop, zsock_t *pipe, void *arg)
{
    speaker_t *self = arg;
    char *command = zstr_recv (pipe);
    bool goes_on = command && !streq (command, "$TERM");
    if (goes_on) {
        sscanf (command, "%d %d", &self->burst, &self->last);
        zloop_timer (loop, 1, 0, s_on_turn, self);
    }
    zstr_free (&command);
    return goes_on ? 0 : -1;
}

static void
s_run (zsock_t *pipe, void *arg)
{
    speaker_t *self = arg;
    zloop_t *loop = zloop_new ();
    self->publisher = zp_publisher_new (loop, &self->options);
    zp_status_t status =
        zp_publisher_bind (self->publisher, self->updates, self->requests);
    assert (status == ZP_OK);
    for (int i = 0; i < self->values; i++) {
        char topic[24];
        snprintf (topic, sizeof topic, "still/%d", i);
        zp_publisher_set (self->publisher, topic, "1", 1, 0);
    }
    zloop_reader (loop, pipe, s_on_pipe, self);
    zsock_signal (pipe, 0);
    zloop_start (loop);
    zp_publisher_destroy (&self->publisher);
    zloop_destroy (&loop);
}

speaker_t *
speaker_new (const zp_publisher_options_t *options, const char *updates,
             const char *requests, int values)
{
    speaker_t *self = zmalloc (sizeof *self);
    self->options = *options;
    strcpy (self->updates, updates);
    strcpy (self->requests, requests);
    self->values = values;
    self->actor = zactor_new (s_run, self);
    return self;
}

void
speaker_destroy (speaker_t **self_p)
{
    if (!*self_p)
        return;
    zactor_destroy (&(*self_p)->actor);
    free (*self_p);
    *self_p = NULL;
}

void
speaker_count (speaker_t *self, int burst, int last)
{
    zstr_sendf (self->actor, "%d %d", burst, last);
}
