//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "worklog.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>
#include <cmocka.h>

#include "zp_client.h"
#include "zp_queue_job.h"
#include "zp_signals.h"

#define CREDIT "{\"credit\":8}"

static int
s_open (const char *path)
{
    int log = open (path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    assert_true (log != -1);
    return log;
}

//  Write a line. What a job's body says is only of interest when it begins

static void
s_write (int log, char what, const char *receipt, zp_span_t body)
{
    dprintf (log, "%c %s %" PRId64 " %.*s\n", what, receipt, zclock_mono (),
             (int) body.size, (const char *) body.data);
}

//  The worker. Some jobs take a while, so that others wait for them

static void
s_on_job (zp_queue_job_t *job, void *arg)
{
    const int *log = arg;
    s_write (*log, 'B', job->receipt, zp_queue_job_body (job));
    if (zp_queue_job_id (job) % 4 == 0)
        zclock_sleep (3);
    s_write (*log, 'D', job->receipt, (zp_span_t){"", 0});
    zp_queue_job_done (&job);
}

int
worklog_worker_main (const char *endpoint, const char *path)
{
    int log = s_open (path);
    zp_queue_worker_options_t options = ZP_QUEUE_WORKER_DEFAULTS;
    options.queue = "jobs";
    options.credit = 8;
    options.threads = 2;
    options.touch_ms = 1000;
    zp_queue_worker_t *worker =
        zp_queue_worker_new (NULL, &options, s_on_job, &log);
    zp_queue_worker_connect (worker, endpoint);
    zp_status_t status = zp_queue_worker_run (worker, 30000);
    zp_queue_worker_destroy (&worker);
    close (log);
    return status;
}

//  The caller

typedef struct s_caller {
    zp_client_t *client;  // To the broker
    int log;              // What is written
} s_caller_t;

typedef struct s_ack {
    s_caller_t *caller;                  // Whose it is
    char receipt[ZP_QUEUE_RECEIPT_MAX];  // Of the job
} s_ack_t;

static void
s_call (s_caller_t *self, const char *method, const zp_span_t *args,
        size_t count, zp_client_fn *fn, void *arg)
{
    zp_call_t call = {.method = method,
                      .args = args,
                      .count = count,
                      .timeout_ms = 30000,
                      .fn = fn,
                      .arg = arg};
    zp_status_t status = zp_client_start (self->client, &call, NULL);
    assert_int_equal (status, ZP_OK);
}

static void
s_on_acked (void *arg, const zp_reply_t *reply)
{
    s_ack_t *ack = arg;
    if (reply->status == ZP_OK)
        s_write (ack->caller->log, 'A', ack->receipt, (zp_span_t){"", 0});
    free (ack);
}

static void
s_on_message (s_caller_t *self, zp_span_t receipt, zp_span_t body)
{
    s_ack_t *ack = zmalloc (sizeof *ack);
    ack->caller = self;
    memcpy (ack->receipt, receipt.data, receipt.size);
    s_write (self->log, 'B', ack->receipt, body);
    s_write (self->log, 'D', ack->receipt, (zp_span_t){"", 0});
    s_call (self, "queue.ack", &receipt, 1, s_on_acked, ack);
}

static void
s_on_piece (void *arg, const zp_reply_t *reply)
{
    static const zp_span_t args[] = {{"jobs", 4}, {CREDIT, sizeof CREDIT - 1}};
    s_caller_t *self = arg;
    if (reply->count == 2)
        s_on_message (self, reply->parts[0], reply->parts[1]);
    if (!reply->more && reply->status != ZP_CANCELLED)
        s_call (self, "queue.reserve", args, 2, s_on_piece, self);
}

static int
s_on_signal (void *arg)
{
    (void) arg;
    return -1;
}

int
worklog_caller_main (const char *endpoint, const char *path)
{
    s_caller_t self = {.log = s_open (path)};
    zloop_t *loop = zloop_new ();
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.no_breaker = true;
    self.client = zp_client_new (loop, &options);
    zp_client_connect (self.client, endpoint);
    s_on_piece (&self, &(zp_reply_t){.status = ZP_OK});
    zp_signals_run (loop, s_on_signal, NULL);
    zp_client_destroy (&self.client);
    zloop_destroy (&loop);
    close (self.log);
    return 0;
}

//  In the test's process

static void
s_begun (worklog_t *self, const worklog_job_t *job)
{
    if ((self->count & (self->count - 1)) == 0)
        self->jobs = realloc (self->jobs, (self->count ? self->count * 2 : 1) *
                                              sizeof *job);
    assert_non_null (self->jobs);
    self->jobs[self->count++] = *job;
}

#define ORDER(one, other) (((one) > (other)) - ((one) < (other)))

static int
s_compare (const void *one_p, const void *other_p)
{
    const zp_queue_receipt_t *one = &((const worklog_job_t *) one_p)->receipt;
    const zp_queue_receipt_t *other =
        &((const worklog_job_t *) other_p)->receipt;
    if (one->id != other->id)
        return ORDER (one->id, other->id);
    if (one->epoch != other->epoch)
        return ORDER (one->epoch, other->epoch);
    return ORDER (one->acquired, other->acquired);
}

//  The last job with that receipt, that the worker began: it has just done so

static worklog_job_t *
s_find (worklog_t *self, const worklog_job_t *like)
{
    for (size_t i = self->count; i-- > 0;)
        if (self->jobs[i].worker == like->worker &&
            s_compare (&self->jobs[i], like) == 0)
            return &self->jobs[i];
    fail_msg ("worker %d ended a job that it had not begun", like->worker);
    return NULL;
}

void
worklog_read (worklog_t *self, const char *path, int worker)
{
    FILE *log = fopen (path, "r");
    if (!log)
        return;  // It was killed before it began
    char line[128], receipt[ZP_QUEUE_RECEIPT_MAX], what;
    while (fgets (line, sizeof line, log) && strchr (line, '\n')) {
        worklog_job_t job = {.worker = worker};
        int64_t time_ms;
        int count = sscanf (line, "%c %55s %" SCNd64 " %d", &what, receipt,
                            &time_ms, &job.number);
        zp_span_t text = {receipt, strlen (receipt)};
        assert_true (count >= 3 && zp_queue_receipt_read (&job.receipt, text));
        if (what == 'B') {
            assert_int_equal (count, 4);
            job.begun_ms = time_ms;
            s_begun (self, &job);
        }
        else if (what == 'D')
            s_find (self, &job)->done_ms = time_ms;
        else
            s_find (self, &job)->acked_ms = time_ms;
    }
    fclose (log);
}

void
worklog_sort (worklog_t *self)
{
    if (self->count)
        qsort (self->jobs, self->count, sizeof *self->jobs, s_compare);
}

void
worklog_clear (worklog_t *self)
{
    free (self->jobs);
    *self = (worklog_t){NULL, 0};
}
