//  SPDX-License-Identifier: MIT
//
//  A worker calls queue.reserve with its credit, and that call brings messages,
//  one a piece, for as long as it lasts; then it calls again. While it drains
//  it calls with a credit of none, so that the broker knows that it lives, and
//  leaves it what it holds.

#define _POSIX_C_SOURCE 200809L

#include "zp_backoff.h"
#include "zp_queue_say.h"
#include "zp_random.h"
#include "zp_signals.h"

#define STREAM_MS  60000  // One call of queue.reserve
#define SILENCE_MS 5000   // The broker shows a sign of life each second
#define HELLO_MS   2000   // For the first word to a broker

struct zp_queue_worker {
    zp_queue_worker_options_t options;  // As given; the queue is its own
    zp_queue_job_fn *fn;                // Does a job
    void *arg;                          // Given to that
    zp_queue_trouble_fn *trouble;       // Told when something is wrong; or NULL
    void *trouble_arg;                  // Given to that
    bool troubled;                      // It was told so
    zloop_t *loop;                      // Where all happens
    bool own_loop;                      // Made and destroyed here
    zp_timers_t *timers;                // On the loop
    zp_client_t *client;                // Talks to the broker
    uint64_t stream;                // The call that brings messages; 0: none
    int failures;                   // Of it, one after another
    zp_timer_t open_timer;          // Call again
    zp_timer_t touch_timer;         // The next job must be touched
    zp_timer_t drain_timer;         // Draining is over, or has taken too long
    zp_queue_say_t *say;            // Tells the broker of jobs
    struct zp_queue_jobs held;      // In hand, the one to touch first first
    zp_queue_threads_t *threads;    // NULL: jobs run on the loop
    bool draining;                  // Take no more, and end
    zp_queue_worker_stats_t stats;  // What happened
};

static void s_open (zp_queue_worker_t *self);
static void s_look_drained (zp_queue_worker_t *self);

static void
s_tell (zp_queue_worker_t *self, zp_status_t status, const char *text)
{
    bool told = self->troubled;
    self->troubled = status != ZP_OK;
    if (self->trouble && (status != ZP_OK || told))
        self->trouble (self->trouble_arg, status, text);
}

static int
s_on_open_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    s_open (arg);
    return 0;
}

static int
s_on_drain_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    (void) arg;
    return -1;
}

//  The broker has heard of jobs, or could not be told
static void
s_on_said (void *arg, zp_status_t status, const char *text)
{
    zp_queue_worker_t *self = arg;
    if (status != ZP_OK && status != ZP_CANCELLED)
        s_tell (self, status, text);
    s_look_drained (self);
}

static int s_on_touch_timer (zp_timer_t *timer, void *arg);
static void s_end_job (zp_queue_job_t *job);

zp_queue_worker_t *
zp_queue_worker_new (zloop_t *loop, const zp_queue_worker_options_t *options,
                     zp_queue_job_fn *fn, void *arg)
{
    assert (options && options->queue && fn);
    assert (options->credit > 0 && options->threads >= 0);
    assert (options->touch_ms > 0);
    zp_queue_worker_t *self = zmalloc (sizeof *self);
    self->options = *options;
    self->options.queue = strdup (options->queue);
    self->fn = fn;
    self->arg = arg;
    self->own_loop = loop == NULL;
    self->loop = loop ? loop : zloop_new ();
    self->timers = zp_timers_new (self->loop);
    zp_timer_init (&self->open_timer, s_on_open_timer, self);
    zp_timer_init (&self->touch_timer, s_on_touch_timer, self);
    zp_timer_init (&self->drain_timer, s_on_drain_timer, self);
    TAILQ_INIT (&self->held);
    zp_client_options_t client = ZP_CLIENT_DEFAULTS;
    client.attempt_timeout_ms = SILENCE_MS;
    client.no_breaker = true;  // There is no other broker to turn to
    client.tap = options->tap;
    self->client = zp_client_new (self->loop, &client);
    self->say = zp_queue_say_new (self->client, self->timers, &self->stats,
                                  s_on_said, self);
    if (options->threads)
        self->threads = zp_queue_threads_new (self->loop, options->threads, fn,
                                              arg, s_end_job);
    return self;
}

void
zp_queue_worker_destroy (zp_queue_worker_t **self_p)
{
    assert (self_p);
    zp_queue_worker_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    self->draining = true;
    zp_queue_threads_destroy (&self->threads);
    //  It tells the callbacks of all calls that they are cancelled
    zp_client_destroy (&self->client);
    zp_queue_say_destroy (&self->say);
    zp_queue_job_t *job;
    while ((job = TAILQ_FIRST (&self->held)) != NULL) {
        TAILQ_REMOVE (&self->held, job, link);
        free (job->why);
        free (job);
    }
    zp_timers_destroy (&self->timers);
    if (self->own_loop)
        zloop_destroy (&self->loop);
    free ((char *) self->options.queue);
    free (self);
}

zp_status_t
zp_queue_worker_connect (zp_queue_worker_t *self, const char *endpoint)
{
    zp_status_t status = zp_client_connect (self->client, endpoint);
    if (status == ZP_OK && !self->stream)
        zp_timers_set (self->timers, &self->open_timer, 0);
    return status;
}

void
zp_queue_worker_on_trouble (zp_queue_worker_t *self, zp_queue_trouble_fn *fn,
                            void *arg)
{
    self->trouble = fn;
    self->trouble_arg = arg;
}

//  A job goes out of hand
static void
s_free_job (zp_queue_job_t *job)
{
    zp_queue_worker_t *self = job->worker;
    TAILQ_REMOVE (&self->held, job, link);
    self->stats.held--;
    free (job->why);
    free (job);
}

//  Do with a job what it ended with
static void
s_end_job (zp_queue_job_t *job)
{
    zp_queue_worker_t *self = job->worker;
    job->in_thread = false;
    zp_queue_say_end (self->say, job);
    s_free_job (job);
    s_look_drained (self);
}

void
zp_queue_job_end (zp_queue_job_t **self_p, zp_queue_verdict_t verdict)
{
    zp_queue_job_t *self = *self_p;
    *self_p = NULL;
    self->verdict = verdict;
    if (!self->in_thread)
        s_end_job (self);
}

//  Say of all jobs that have not been touched for long that they are at work
static int
s_on_touch_timer (zp_timer_t *timer, void *arg)
{
    zp_queue_worker_t *self = arg;
    int64_t now_ms = zclock_mono ();
    zp_queue_job_t *job;
    while ((job = TAILQ_FIRST (&self->held)) != NULL &&
           job->touched_ms + self->options.touch_ms <= now_ms) {
        zp_queue_say_touch (self->say, job);
        job->touched_ms = now_ms;
        TAILQ_REMOVE (&self->held, job, link);
        TAILQ_INSERT_TAIL (&self->held, job, link);
    }
    if (job)
        zp_timers_set (self->timers, timer,
                       job->touched_ms + self->options.touch_ms);
    return 0;
}

static void
s_take (zp_queue_worker_t *self, zp_span_t receipt, zp_span_t body)
{
    zp_queue_receipt_t lease;
    if (!zp_queue_receipt_read (&lease, receipt))
        return;  // Not from a broker of ours
    zp_queue_job_t *job = malloc (sizeof *job + body.size);
    assert (job);
    *job = (zp_queue_job_t){.worker = self,
                            .in_thread = self->threads != NULL,
                            .touched_ms = zclock_mono (),
                            .receipt_size = receipt.size,
                            .lease = lease,
                            .body_size = body.size};
    memcpy (job->receipt, receipt.data, receipt.size);
    if (body.size)
        memcpy (job->body, body.data, body.size);
    TAILQ_INSERT_TAIL (&self->held, job, link);
    if (!zp_timer_pending (&self->touch_timer))
        zp_timers_set (self->timers, &self->touch_timer,
                       job->touched_ms + self->options.touch_ms);
    self->stats.held++;
    self->stats.taken++;
    if (self->draining) {
        //  It was on its way when draining began
        job->verdict = ZP_QUEUE_UNDO;
        s_end_job (job);
    }
    else if (self->threads)
        zp_queue_threads_run (self->threads, job);
    else
        self->fn (job, self->arg);
}

//  The stream has ended: call again
static void
s_on_stream_end (zp_queue_worker_t *self, const zp_reply_t *reply)
{
    static const zp_backoff_t backoff = ZP_BACKOFF_DEFAULT;
    if (self->draining)
        return;
    self->stream = 0;
    int64_t wait_ms = 0;
    if (reply->status != ZP_OK) {
        s_tell (self, reply->status, reply->text);
        wait_ms =
            zp_backoff_ms (&backoff, ++self->failures, zp_random_entropy ());
        if (wait_ms < reply->retry_after_ms)
            wait_ms = reply->retry_after_ms;
    }
    zp_timers_set (self->timers, &self->open_timer,
                   wait_ms ? zclock_mono () + wait_ms : 0);
}

static void
s_on_piece (void *arg, const zp_reply_t *reply)
{
    zp_queue_worker_t *self = arg;
    if (!reply->more) {
        s_on_stream_end (self, reply);
        return;
    }
    zp_queue_say_gather (self->say);
    self->failures = 0;
    s_tell (self, ZP_OK, "");
    if (reply->count == 2)
        s_take (self, reply->parts[0], reply->parts[1]);
}

static zp_status_t
s_reserve (zp_queue_worker_t *self, int credit)
{
    char options[32];
    snprintf (options, sizeof options, "{\"credit\":%d}", credit);
    zp_span_t args[] = {{self->options.queue, strlen (self->options.queue)},
                        {options, strlen (options)}};
    //  Once: a stream that broke is opened anew
    zp_call_t call = {.method = "queue.reserve",
                      .args = args,
                      .count = 2,
                      .timeout_ms = STREAM_MS,
                      .once = true,
                      .fn = s_on_piece,
                      .arg = self};
    return zp_client_start (self->client, &call, &self->stream);
}

//  The broker is there, and the connection has learnt the compact form
static void
s_on_hello (void *arg, const zp_reply_t *reply)
{
    zp_queue_worker_t *self = arg;
    if (reply->more)
        return;
    if (reply->status != ZP_OK || self->draining)
        s_on_stream_end (self, reply);
    else if (s_reserve (self, self->options.credit) != ZP_OK)
        zp_timers_set (self->timers, &self->open_timer,
                       zclock_mono () + HELLO_MS);
}

static void
s_open (zp_queue_worker_t *self)
{
    if (self->stream || self->draining)
        return;
    zp_call_t call = {.method = "zp.ping",
                      .timeout_ms = HELLO_MS,
                      .fn = s_on_hello,
                      .arg = self};
    if (zp_client_start (self->client, &call, &self->stream) != ZP_OK)
        zp_timers_set (self->timers, &self->open_timer,
                       zclock_mono () + HELLO_MS);
}

//  If draining is over, end the loop
static void
s_look_drained (zp_queue_worker_t *self)
{
    if (self->draining && TAILQ_EMPTY (&self->held) &&
        zp_queue_say_all_heard (self->say))
        zp_timers_set (self->timers, &self->drain_timer, 0);
}

//  Take no more, and give back what nobody has begun
static void
s_drain (zp_queue_worker_t *self)
{
    self->draining = true;
    zp_timers_clear (self->timers, &self->open_timer);
    if (self->stream)
        s_reserve (self, 0);
    struct zp_queue_jobs waiting = TAILQ_HEAD_INITIALIZER (waiting);
    if (self->threads)
        zp_queue_threads_stop (self->threads, &waiting);
    zp_queue_job_t *job;
    //  The last first: each comes back before all others
    while ((job = TAILQ_LAST (&waiting, zp_queue_jobs)) != NULL) {
        TAILQ_REMOVE (&waiting, job, waiting);
        job->verdict = ZP_QUEUE_UNDO;
        s_end_job (job);
    }
    s_look_drained (self);
}

typedef struct run {
    zp_queue_worker_t *worker;  // To be ended
    int drain_ms;               // In that time
} run_t;

static int
s_on_signal (void *arg)
{
    run_t *run = arg;
    if (run->worker->draining)
        return -1;
    zp_timers_set (run->worker->timers, &run->worker->drain_timer,
                   zclock_mono () + run->drain_ms);
    s_drain (run->worker);
    return 0;
}

zp_status_t
zp_queue_worker_run (zp_queue_worker_t *self, int drain_ms)
{
    run_t run = {self, drain_ms};
    zp_signals_run (self->loop, s_on_signal, &run);
    bool late = self->draining && (!TAILQ_EMPTY (&self->held) ||
                                   !zp_queue_say_all_heard (self->say));
    return late ? ZP_DEADLINE_EXCEEDED : ZP_OK;
}

void
zp_queue_worker_stats (zp_queue_worker_t *self, zp_queue_worker_stats_t *stats)
{
    *stats = self->stats;
}
