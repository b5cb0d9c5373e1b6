//  SPDX-License-Identifier: MIT
//
//  What the files of the sink share. Not for anybody else.
//
//  zp_sink.c          its beginning and end, results, time
//  zp_sink_control.c  its talk with ventilators

#ifndef ZP_SINK_PRIVATE_H
#define ZP_SINK_PRIVATE_H

#include "zp_bind.h"
#include "zp_parcel.h"
#include "zp_sink.h"
#include "zp_tally.h"

struct zp_sink {
    zp_sink_options_t options;  // As given
    zloop_t *loop;              // All happens here
    bool own_loop;              // To be destroyed with it
    zsock_t *results;           // PULL, from workers
    zsock_t *control;           // ROUTER, to the ventilator
    zp_bind_t at_results;       // Where that listens
    zp_bind_t at_control;       // And that
    const char *error;          // Of the one that failed
    zp_parcel_t parcel;         // What has just come
    uint64_t id;                // Random: another one after a restart
    int tick;                   // Timer
    int64_t ticked_ms;          // When it was last due
    zp_batch_t batch;           // The present batch or the last
    zp_tally_t *tally;          // Which of its tasks have ended
    zframe_t *ventilator;       // Routing id of who gave it
    int64_t heard_ms;           // When that was last heard
    bool news;                  // Something was counted that is to be told
    zp_sink_fn *fn;             // Takes results
    void *arg;                  // Given to that
    zp_batch_fn *batch_fn;      // Is told of the batch, or NULL
    void *batch_arg;            // Given to that
    int64_t ended_ms;           // When it ended
    bool parted;                // The ventilator knows that, or is gone
    bool running;               // In zp_sink_run
    uint64_t last_id;           // Batch that had ended before that
    zp_sink_stats_t stats;      // For zp_sink_stats
};

//  In zp_sink.c. What returns an int returns what a handler of the loop is to
//  return.

//  True if zp_sink_run is to return: the batch has ended, and the ventilator
//  knows it, or will not.
bool zp_sink_over (const zp_sink_t *self);

//  Tell the ventilator, and whoever wants to know.
int zp_sink_tell (zp_sink_t *self);

//  The batch is over, so or so.
int zp_sink_end (zp_sink_t *self, zp_status_t status);

//  Tell what was counted; if that was all, the batch has ended.
int zp_sink_look (zp_sink_t *self);

//  A task has ended, as far as the parcel says. Returns 0, or -1 if nobody
//  takes the result.
int zp_sink_count (zp_sink_t *self);

//  In zp_sink_control.c.

//  Acknowledge what was counted. False if the ventilator is gone.
bool zp_sink_acknowledge (zp_sink_t *self);

//  The ventilator is gone, or through with its batch. If that had not ended it
//  has now.
int zp_sink_part (zp_sink_t *self, zp_status_t status);

//  The loop's handler for what ventilators say.
int zp_sink_on_control (zloop_t *loop, zsock_t *socket, void *arg);

#endif
