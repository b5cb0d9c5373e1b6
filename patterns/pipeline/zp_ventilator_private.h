//  SPDX-License-Identifier: MIT
//
//  What the two parts of a ventilator share: zp_ventilator.c deals out tasks,
//  zp_ventilator_control.c talks with the sink.

#ifndef ZP_VENTILATOR_PRIVATE_H
#define ZP_VENTILATOR_PRIVATE_H

#include "zp_ventilator.h"

#include "zp_bind.h"
#include "zp_parcel.h"
#include "zp_peers.h"
#include "zp_tally.h"
#include "zp_window.h"

#define ZP_VENTILATOR_CONTROL_HWM 100

struct zp_ventilator {
    zp_ventilator_options_t options;  // As given
    zloop_t *loop;                    // All happens here
    bool own_loop;                    // To be destroyed with it
    zsock_t *tasks;                   // PUSH, to workers
    zsock_t *control;                 // DEALER, to the sink
    zp_bind_t at;                     // Where workers find it
    zp_peers_t *at_tasks;             // Counts them
    size_t workers;                   // So many
    zp_peers_t *at_control;           // Sees if the sink is connected
    bool connected;                   // It is
    zp_parcel_t parcel;               // What has just come
    int tick;                         // Timer
    int64_t ticked_ms;                // When it was last due
    zp_batch_t batch;                 // The present batch or the last
    zp_ventilator_source_fn *source;  // Has its tasks
    void *source_arg;                 // Given to that
    zp_window_t *window;              // Those in hand; NULL: no batch
    zp_window_stats_t last;           // Of the last batch's window
    zp_tally_t *tally;                // What the sink says has ended
    uint64_t sink;                    // Its id; 0: not heard yet
    bool listening;                   // The sink is there and takes this batch
    int64_t heard_ms;                 // When it was last heard
    int64_t hello_ms;                 // When it was last told
    bool blocked;                     // No worker takes more now
    zp_batch_fn *batch_fn;            // Is told of the batch, or NULL
    void *batch_arg;                  // Given to that
    bool running;                     // In zp_ventilator_run
    uint64_t garbage;                 // For zp_ventilator_stats
};

//  Send all that may be sent, and that workers take.
void zp_ventilator_push (zp_ventilator_t *self);

//  The batch is over, so or so, and the sink need not wait for this. Returns
//  what a handler of the loop is to return.
int zp_ventilator_end (zp_ventilator_t *self, zp_status_t status);

//  Tell the sink that this is there, and all that it should know.
void zp_ventilator_hello (zp_ventilator_t *self);

//  A number of sendings, as an envelope has it.
uint8_t zp_ventilator_attempt (int sendings);

//  Handlers: the sink speaks; it is connected, or not; the timer is due.
int zp_ventilator_on_control (zloop_t *loop, zsock_t *socket, void *arg);
int zp_ventilator_on_sink (void *arg, size_t count);
int zp_ventilator_on_tick (zloop_t *loop, int timer_id, void *arg);

#endif
