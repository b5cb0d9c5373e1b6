//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "stage_queues.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "stage_counter.h"
#include "stage_json.h"

typedef struct queue {
    char *name;                          // Its own
    int64_t ready, reserved;             // Messages in each state
    int64_t delayed, buried;             // The same
    stage_counter_t put, acked;          // Messages counted
    int64_t history[STAGE_HISTORY_MAX];  // Depths, the oldest first
    size_t looks;                        // How many of these
} queue_t;

struct stage_queues {
    queue_t *queues[STAGE_QUEUES_MAX];  // In the order in which they were seen
    size_t count;                       // How many
};

stage_queues_t *
stage_queues_new (void)
{
    stage_queues_t *self = calloc (1, sizeof *self);
    assert (self);
    return self;
}

void
stage_queues_destroy (stage_queues_t **self_p)
{
    assert (self_p);
    stage_queues_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++) {
        free (self->queues[i]->name);
        free (self->queues[i]);
    }
    free (self);
    *self_p = NULL;
}

//  The queue, a new one if need be; NULL if there are too many
static queue_t *
s_queue (stage_queues_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp (self->queues[i]->name, name) == 0)
            return self->queues[i];
    if (self->count == STAGE_QUEUES_MAX || !*name)
        return NULL;
    queue_t *queue = calloc (1, sizeof *queue);
    assert (queue);
    queue->name = strdup (name);
    assert (queue->name);
    self->queues[self->count++] = queue;
    return queue;
}

void
stage_queues_take (stage_queues_t *self, json_t *answer, int64_t now_ms)
{
    size_t number;
    json_t *one;
    json_array_foreach (answer, number, one)
    {
        queue_t *queue = s_queue (self, stage_name (one, "name"));
        if (!queue)
            continue;
        queue->ready = stage_number (one, "ready");
        queue->reserved = stage_number (one, "leased");
        queue->delayed = stage_number (one, "delayed");
        queue->buried = stage_number (one, "buried");
        stage_counter_take (&queue->put, now_ms,
                            (uint64_t) stage_number (one, "put"));
        stage_counter_take (&queue->acked, now_ms,
                            (uint64_t) stage_number (one, "acked"));
    }
}

void
stage_queues_restart (stage_queues_t *self, int64_t now_ms)
{
    for (size_t i = 0; i < self->count; i++) {
        stage_counter_restart (&self->queues[i]->put, now_ms);
        stage_counter_restart (&self->queues[i]->acked, now_ms);
    }
}

static int64_t
s_depth (const queue_t *queue)
{
    return queue->ready + queue->reserved + queue->delayed;
}

void
stage_queues_look (stage_queues_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        queue_t *queue = self->queues[i];
        if (queue->looks == STAGE_HISTORY_MAX)
            memmove (queue->history, queue->history + 1,
                     --queue->looks * sizeof *queue->history);
        queue->history[queue->looks++] = s_depth (queue);
    }
}

json_t *
stage_queues_json (const stage_queues_t *self)
{
    json_t *json = json_object ();
    for (size_t i = 0; i < self->count; i++) {
        const queue_t *queue = self->queues[i];
        json_t *history = json_array ();
        for (size_t j = 0; j < queue->looks; j++)
            json_array_append_new (history, json_integer (queue->history[j]));
        json_object_set_new (json, queue->name,
                             json_pack ("{sI sI sI sI sI sI sI so}", "ready",
                                        (json_int_t) queue->ready, "reserved",
                                        (json_int_t) queue->reserved, "delayed",
                                        (json_int_t) queue->delayed, "buried",
                                        (json_int_t) queue->buried, "depth",
                                        (json_int_t) s_depth (queue), "put",
                                        (json_int_t) queue->put.total, "acked",
                                        (json_int_t) queue->acked.total,
                                        "history", history));
    }
    return json;
}
