//  SPDX-License-Identifier: MIT
//
//  Idle, it waits for a task; with a task in hand, for nothing; with a result
//  that the sink does not take yet, for that. So it never has more than one,
//  besides the few that wait in its sockets.

#include "zp_worker.h"

#include "zp_parcel.h"
#include "zp_signals.h"

#define TASKS_HWM   16   // Others could do what waits here
#define RESULTS_HWM 10   // On their way to the sink
#define BURST       100  // Tasks before the loop sees to others

struct zp_task {
    zp_worker_t *worker;  // Who does it
    zp_parcel_t parcel;   // As it came
};

struct zp_worker {
    zloop_t *loop;            // All happens here
    bool own_loop;            // To be destroyed with it
    zsock_t *tasks;           // PULL, from ventilators
    zsock_t *results;         // PUSH, to the sink
    zp_worker_fn *fn;         // Does tasks
    void *arg;                // Given to that
    zp_task_t task;           // The one in hand
    bool busy;                // There is one
    bool reading;             // The loop looks for tasks
    zp_envelope_t envelope;   // Of a result that could not be sent yet
    zframe_t *result;         // That; NULL: none
    zp_worker_stats_t stats;  // For zp_worker_stats
};

static int s_on_task (zloop_t *loop, zsock_t *socket, void *arg);
static int s_on_writable (zloop_t *loop, zmq_pollitem_t *item, void *arg);

//  Look for tasks when there is none in hand
static void
s_watch_tasks (zp_worker_t *self)
{
    bool wanted = !self->busy && !self->result;
    if (wanted && !self->reading)
        zloop_reader (self->loop, self->tasks, s_on_task, self);
    else if (!wanted && self->reading)
        zloop_reader_end (self->loop, self->tasks);
    self->reading = wanted;
}

zp_worker_t *
zp_worker_new (zloop_t *loop, zp_worker_fn *fn, void *arg)
{
    assert (fn);
    zp_worker_t *self = zmalloc (sizeof *self);
    *self = (zp_worker_t){.own_loop = loop == NULL, .fn = fn, .arg = arg};
    self->loop = loop ? loop : zloop_new ();
    self->task.worker = self;
    self->tasks = zp_parcel_socket (ZMQ_PULL, TASKS_HWM);
    self->results = zp_parcel_socket (ZMQ_PUSH, RESULTS_HWM);
    //  What waits for a sink that is not there may be lost with this worker,
    //  and what waits for nobody may go to the wrong one
    zsock_set_immediate (self->results, 1);
    s_watch_tasks (self);
    return self;
}

void
zp_worker_destroy (zp_worker_t **self_p)
{
    assert (self_p);
    zp_worker_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    if (self->reading)
        zloop_reader_end (self->loop, self->tasks);
    if (self->result) {
        zmq_pollitem_t item = {zsock_resolve (self->results), 0, 0, 0};
        zloop_poller_end (self->loop, &item);
    }
    zframe_destroy (&self->result);
    zp_parcel_close (&self->task.parcel);
    zsock_destroy (&self->tasks);
    zsock_destroy (&self->results);
    if (self->own_loop)
        zloop_destroy (&self->loop);
    free (self);
}

zp_status_t
zp_worker_connect (zp_worker_t *self, const char *ventilator)
{
    int rc = zmq_connect (zsock_resolve (self->tasks), ventilator);
    return rc == 0 ? ZP_OK : ZP_INVALID_ARGUMENT;
}

zp_status_t
zp_worker_connect_sink (zp_worker_t *self, const char *sink)
{
    int rc = zmq_connect (zsock_resolve (self->results), sink);
    return rc == 0 ? ZP_OK : ZP_INVALID_ARGUMENT;
}

//  Do tasks until there is none, or one takes its time
static int
s_on_task (zloop_t *loop, zsock_t *socket, void *arg)
{
    (void) loop;
    zp_worker_t *self = arg;
    zp_task_t *task = &self->task;
    for (int i = 0; i < BURST && !self->busy && !self->result; i++) {
        int rc = zp_parcel_recv (&task->parcel, socket);
        if (rc == 0)
            break;
        if (rc == -1 || task->parcel.envelope.kind != ZP_REQUEST) {
            self->stats.garbage++;
            continue;
        }
        self->stats.taken++;
        self->busy = true;
        self->fn (task, self->arg);
    }
    s_watch_tasks (self);
    return 0;
}

static int
s_on_writable (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    zp_worker_t *self = arg;
    if (zp_parcel_share (self->results, &self->envelope, self->result) == -1)
        return 0;
    zloop_poller_end (loop, item);
    zframe_destroy (&self->result);
    s_watch_tasks (self);
    return 0;
}

//  Send the result of the task in hand, or keep it until the sink takes it
static void
s_end (zp_task_t **self_p, zp_status_t status, zp_span_t body)
{
    zp_task_t *task = *self_p;
    *self_p = NULL;
    zp_worker_t *self = task->worker;
    assert (self->busy);
    self->busy = false;
    zp_envelope_t envelope = task->parcel.envelope;
    envelope.kind = ZP_REPLY;
    envelope.status = (uint8_t) status;
    if (zp_parcel_send (self->results, &envelope, body) == -1) {
        self->envelope = envelope;
        self->result = zframe_new (body.data, body.size);
        zmq_pollitem_t item = {zsock_resolve (self->results), 0, ZMQ_POLLOUT,
                               0};
        zloop_poller (self->loop, &item, s_on_writable, self);
    }
    zp_parcel_close (&task->parcel);
    s_watch_tasks (self);
}

void
zp_task_done (zp_task_t **self_p, const void *data, size_t size)
{
    if (size > ZP_PARCEL_BODY_MAX)
        zp_task_fail (self_p, ZP_OUT_OF_RANGE, "the result is too large");
    else {
        (*self_p)->worker->stats.done++;
        s_end (self_p, ZP_OK, (zp_span_t){data, size});
    }
}

void
zp_task_fail (zp_task_t **self_p, zp_status_t status, const char *text)
{
    assert (status != ZP_OK && zp_status_valid ((int) status));
    (*self_p)->worker->stats.failed++;
    s_end (self_p, status, (zp_span_t){text, strlen (text)});
}

static int
s_on_signal (void *arg)
{
    (void) arg;
    return -1;
}

void
zp_worker_run (zp_worker_t *self)
{
    zp_signals_run (self->loop, s_on_signal, NULL);
}

zp_span_t
zp_task_body (zp_task_t *self)
{
    return zp_parcel_body (&self->parcel);
}

uint64_t
zp_task_batch (const zp_task_t *self)
{
    return self->parcel.envelope.client;
}

uint64_t
zp_task_number (const zp_task_t *self)
{
    return self->parcel.envelope.serial;
}

int
zp_task_attempt (const zp_task_t *self)
{
    return self->parcel.envelope.attempt;
}

void
zp_worker_stats (zp_worker_t *self, zp_worker_stats_t *stats)
{
    *stats = self->stats;
}
