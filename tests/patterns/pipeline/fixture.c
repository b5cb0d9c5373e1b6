//  SPDX-License-Identifier: MIT

#include "fixture.h"

int
fixture_set_up (void **state)
{
    static int number = 0;
    fixture_t *self = zmalloc (sizeof *self);
    self->loop = zloop_new ();
    //  In the abstract namespace of Linux, where nothing is left behind
    int unique = number++;
    snprintf (self->tasks, sizeof self->tasks, "ipc://@zp-tasks-%d-%d",
              (int) getpid (), unique);
    snprintf (self->results, sizeof self->results, "ipc://@zp-results-%d-%d",
              (int) getpid (), unique);
    snprintf (self->control, sizeof self->control, "ipc://@zp-control-%d-%d",
              (int) getpid (), unique);
    *state = self;
    return 0;
}

int
fixture_tear_down (void **state)
{
    fixture_t *self = *state;
    for (int i = 0; i < FIXTURE_WORKERS; i++)
        zp_worker_destroy (&self->worker[i]);
    zp_ventilator_destroy (&self->ventilator);
    zp_sink_destroy (&self->sink);
    zloop_destroy (&self->loop);
    free (self);
    return 0;
}

static int
s_on_result (void *arg, const zp_result_t *result)
{
    fixture_t *self = arg;
    assert_true (result->number < FIXTURE_TASKS);
    if (self->full)
        return -1;
    self->seen[result->number]++;
    self->results_seen++;
    self->result = *result;
    size_t size = result->body.size < sizeof self->text - 1
                      ? result->body.size
                      : sizeof self->text - 1;
    if (size)
        memcpy (self->text, result->body.data, size);
    self->text[size] = 0;
    return 0;
}

static int
s_on_sink_batch (void *arg, const zp_batch_t *batch)
{
    fixture_t *self = arg;
    self->at_sink = *batch;
    self->sink_told++;
    return 0;
}

void
fixture_sink (fixture_t *self, const zp_sink_options_t *options)
{
    self->sink = zp_sink_new (self->loop, options, s_on_result, self);
    zp_sink_on_batch (self->sink, s_on_sink_batch, self);
    test_until (self->loop, zp_sink_bind (self->sink, self->results,
                                          self->control) == ZP_OK);
}

static int
s_on_batch (void *arg, const zp_batch_t *batch)
{
    fixture_t *self = arg;
    self->at_ventilator = *batch;
    self->told++;
    return 0;
}

void
fixture_ventilator (fixture_t *self, const zp_ventilator_options_t *options)
{
    self->ventilator = zp_ventilator_new (self->loop, options);
    zp_ventilator_on_batch (self->ventilator, s_on_batch, self);
    test_until (self->loop,
                zp_ventilator_bind (self->ventilator, self->tasks) == ZP_OK);
    assert_int_equal (zp_ventilator_connect (self->ventilator, self->control),
                      ZP_OK);
}

static void
s_work (zp_task_t *task, void *arg)
{
    fixture_t *self = arg;
    zp_span_t body = zp_task_body (task);
    if (body.size == 4 && memcmp (body.data, "hold", 4) == 0)
        self->held[self->holds++] = task;
    else if (body.size == 4 && memcmp (body.data, "fail", 4) == 0)
        zp_task_fail (&task, ZP_NOT_FOUND, "no such film");
    else if (body.size == 6 && memcmp (body.data, "return", 6) == 0 &&
             zp_task_attempt (task) == 1)
        zp_task_fail (&task, ZP_UNAVAILABLE, "not here");
    else if (body.size == 5 && memcmp (body.data, "count", 5) == 0) {
        char text[32];
        snprintf (text, sizeof text, "%d", (int) zp_task_number (task));
        assert_true (zp_task_batch (task) ==
                     zp_ventilator_batch (self->ventilator)->id);
        zp_task_done (&task, text, strlen (text));
    }
    else
        zp_task_done (&task, body.data, body.size);
}

void
fixture_worker (fixture_t *self, int number)
{
    self->worker[number] = zp_worker_new (self->loop, s_work, self);
    assert_int_equal (zp_worker_connect (self->worker[number], self->tasks),
                      ZP_OK);
    assert_int_equal (
        zp_worker_connect_sink (self->worker[number], self->results), ZP_OK);
}

void
fixture_all (fixture_t *self)
{
    fixture_sink (self, NULL);
    fixture_ventilator (self, NULL);
    fixture_worker (self, 0);
}

static zframe_t *
s_source (void *arg, uint64_t number)
{
    fixture_t *self = arg;
    return number < self->count ? zframe_new (self->body, strlen (self->body))
                                : NULL;
}

void
fixture_start (fixture_t *self, uint64_t count, const char *body)
{
    self->count = count;
    self->body = body;
    memset (self->seen, 0, sizeof self->seen);
    self->results_seen = self->told = self->sink_told = 0;
    zp_ventilator_start (self->ventilator, s_source, self);
}

void
fixture_await_end (fixture_t *self)
{
    uint64_t id = zp_ventilator_batch (self->ventilator)->id;
    test_until (self->loop, zp_ventilator_batch (self->ventilator)->ended);
    test_until (self->loop, zp_sink_batch (self->sink)->id == id &&
                                zp_sink_batch (self->sink)->ended);
}

static void
s_expect_ended (const zp_batch_t *batch, uint64_t done, uint64_t failed)
{
    assert_true (batch->ended);
    assert_int_equal (batch->status, ZP_OK);
    assert_int_equal (batch->total, done + failed);
    assert_int_equal (batch->done, done);
    assert_int_equal (batch->failed, failed);
}

void
fixture_expect_ok (fixture_t *self, uint64_t done, uint64_t failed)
{
    s_expect_ended (zp_ventilator_batch (self->ventilator), done, failed);
    s_expect_ended (zp_sink_batch (self->sink), done, failed);
    for (uint64_t i = 0; i < FIXTURE_TASKS; i++)
        assert_int_equal (self->seen[i], i < done + failed);
    assert_int_equal (fixture_ventilator_stats (self).in_hand, 0);
    assert_int_equal (fixture_ventilator_stats (self).bytes, 0);
}

zp_ventilator_stats_t
fixture_ventilator_stats (fixture_t *self)
{
    zp_ventilator_stats_t stats;
    zp_ventilator_stats (self->ventilator, &stats);
    return stats;
}

zp_sink_stats_t
fixture_sink_stats (fixture_t *self)
{
    zp_sink_stats_t stats;
    zp_sink_stats (self->sink, &stats);
    return stats;
}
