//  SPDX-License-Identifier: MIT
//
//  sim_log - all that was ever published, for a simulation to look up
//
//  A few topics of one to four levels; a publisher that lives several lives,
//  each of which is a stream: 1, 2 and so on.

#ifndef SIM_LOG_H
#define SIM_LOG_H

#include "zp_update.h"

#define SIM_TOPICS  24
#define SIM_STREAMS 16

typedef struct sim_frame {
    uint8_t *data;  // Just its bytes, so that AddressSanitizer guards them
    size_t size;    // How many
} sim_frame_t;

typedef struct sim_frames {
    sim_frame_t *items;  // The oldest first
    size_t count;        // How many
    size_t room;         // For how many
} sim_frames_t;

//  Add a copy.
void sim_frames_add (sim_frames_t *self, const void *data, size_t size);

//  Take one out; the caller frees its data.
sim_frame_t sim_frames_take (sim_frames_t *self, size_t which);

void sim_frames_clear (sim_frames_t *self);

typedef struct sim_log {
    char topics[SIM_TOPICS][16];        // What is published about
    sim_frames_t streams[SIM_STREAMS];  // Of each: the frames, from number 1
} sim_log_t;

sim_log_t *sim_log_new (uint64_t *seed);
void sim_log_destroy (sim_log_t **self_p);

void
sim_log_add (sim_log_t *self, uint64_t stream, const void *data, size_t size);

//  How many updates that stream has.
uint64_t sim_log_last (const sim_log_t *self, uint64_t stream);

//  One of these.
zp_update_t
sim_log_at (const sim_log_t *self, uint64_t stream, uint64_t sequence);

//  Which topic it is about; it must be one of ours.
size_t sim_log_topic (const sim_log_t *self, const zp_update_t *update);

//  The last update about a topic up to a number; 0: none.
uint64_t sim_log_about (const sim_log_t *self, uint64_t stream, size_t topic,
                        uint64_t upto);

//  The update that set the value that a topic has at a number; 0: none.
uint64_t sim_log_value (const sim_log_t *self, uint64_t stream, size_t topic,
                        uint64_t at);

//  The first update with that stem and a higher number; 0: none.
uint64_t sim_log_next (const sim_log_t *self, uint64_t stream, zp_span_t stem,
                       uint64_t after);

//  True if the topic has the stem.
bool sim_has (const char *topic, zp_span_t stem);

#endif
