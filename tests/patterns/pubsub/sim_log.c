//  SPDX-License-Identifier: MIT

#include "sim_log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "test_seed.h"

void
sim_frames_add (sim_frames_t *self, const void *data, size_t size)
{
    if (self->count == self->room) {
        self->room = self->room ? 2 * self->room : 16;
        self->items = realloc (self->items, self->room * sizeof *self->items);
        assert_non_null (self->items);
    }
    sim_frame_t frame = {malloc (size), size};
    assert_non_null (frame.data);
    memcpy (frame.data, data, size);
    self->items[self->count++] = frame;
}

sim_frame_t
sim_frames_take (sim_frames_t *self, size_t which)
{
    assert_true (which < self->count);
    sim_frame_t frame = self->items[which];
    self->count--;
    memmove (self->items + which, self->items + which + 1,
             (self->count - which) * sizeof frame);
    return frame;
}

void
sim_frames_clear (sim_frames_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        free (self->items[i].data);
    free (self->items);
    *self = (sim_frames_t){NULL, 0, 0};
}

sim_log_t *
sim_log_new (uint64_t *seed)
{
    sim_log_t *self = calloc (1, sizeof *self);
    assert_non_null (self);
    for (int i = 0; i < SIM_TOPICS; i++) {
        char *at = self->topics[i];
        for (int left = 1 + test_below (seed, 4); left > 0; left--) {
            *at++ = (char) ('a' + test_below (seed, 3));
            *at++ = '/';
        }
        at[-1] = 0;
        for (int k = 0; k < i; k++)
            if (strcmp (self->topics[k], self->topics[i]) == 0) {
                memset (self->topics[i--], 0, sizeof *self->topics);
                break;
            }
    }
    return self;
}

void
sim_log_destroy (sim_log_t **self_p)
{
    for (int i = 0; i < SIM_STREAMS; i++)
        sim_frames_clear (&(*self_p)->streams[i]);
    free (*self_p);
    *self_p = NULL;
}

void
sim_log_add (sim_log_t *self, uint64_t stream, const void *data, size_t size)
{
    assert_true (stream < SIM_STREAMS);
    sim_frames_add (&self->streams[stream], data, size);
}

uint64_t
sim_log_last (const sim_log_t *self, uint64_t stream)
{
    return self->streams[stream].count;
}

zp_update_t
sim_log_at (const sim_log_t *self, uint64_t stream, uint64_t sequence)
{
    assert_true (sequence > 0 && sequence <= sim_log_last (self, stream));
    const sim_frame_t *frame = &self->streams[stream].items[sequence - 1];
    zp_update_t update;
    assert_true (zp_update_read (&update, frame->data, frame->size));
    assert_true (update.sequence == sequence);
    return update;
}

size_t
sim_log_topic (const sim_log_t *self, const zp_update_t *update)
{
    size_t i = 0;
    while (i < SIM_TOPICS && strcmp (self->topics[i], update->topic.data) != 0)
        i++;
    assert_true (i < SIM_TOPICS);
    return i;
}

//  Topics lead the frames, so this is quick
static bool
s_about (const sim_log_t *self, uint64_t stream, uint64_t sequence,
         const char *topic)
{
    return strcmp ((char *) self->streams[stream].items[sequence - 1].data,
                   topic) == 0;
}

uint64_t
sim_log_about (const sim_log_t *self, uint64_t stream, size_t topic,
               uint64_t upto)
{
    while (upto > 0 && !s_about (self, stream, upto, self->topics[topic]))
        upto--;
    return upto;
}

uint64_t
sim_log_value (const sim_log_t *self, uint64_t stream, size_t topic,
               uint64_t at)
{
    while ((at = sim_log_about (self, stream, topic, at)) > 0) {
        zp_update_kind_t kind = sim_log_at (self, stream, at).kind;
        if (kind != ZP_UPDATE_EVENT)
            return kind == ZP_UPDATE_VALUE ? at : 0;
        at--;
    }
    return 0;
}

bool
sim_has (const char *topic, zp_span_t stem)
{
    return stem.size <= strlen (topic) + 1 &&
           memcmp (topic, stem.data, stem.size) == 0;
}

uint64_t
sim_log_next (const sim_log_t *self, uint64_t stream, zp_span_t stem,
              uint64_t after)
{
    const sim_frames_t *frames = &self->streams[stream];
    for (; after < frames->count; after++)
        if (sim_has ((char *) frames->items[after].data, stem))
            return after + 1;
    return 0;
}
