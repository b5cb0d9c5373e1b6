//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "compare_sender.h"

#include "output.h"
#include "zp_client.h"
#include "zp_publisher.h"

#define CALL_MS 500    // Somebody looks at a screen, and waits
#define PUT_MS  10000  // Nobody does
#define OPEN_MS 1000   // A breaker leaves the worker alone for so long

//  One that waits
typedef struct s_wait {
    compare_sender_t *sender;  // Whose
    compare_job_t *job;        // For which
} s_wait_t;

struct compare_sender {
    compare_way_t way;          // How it sends
    compare_book_t *book;       // What it is told goes here
    zp_client_t *client;        // Calls a worker or a broker; or NULL
    zp_publisher_t *publisher;  // Publishes; or NULL
    uint32_t waits;             // Jobs whose end was not told
};

static bool
s_open (compare_sender_t *self, zloop_t *loop, const char *endpoint,
        const char *requests)
{
    if (self->way == COMPARE_PUBSUB) {
        self->publisher = zp_publisher_new (loop, NULL);
        return zp_publisher_bind (self->publisher, endpoint, requests) == ZP_OK;
    }
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.breaker.open_ms = OPEN_MS;
    self->client = zp_client_new (loop, &options);
    return zp_client_connect (self->client, endpoint) == ZP_OK;
}

compare_sender_t *
compare_sender_new (zloop_t *loop, compare_way_t way, const char *endpoint,
                    const char *requests, compare_book_t *book)
{
    compare_sender_t *self = zmalloc (sizeof *self);
    self->way = way;
    self->book = book;
    if (s_open (self, loop, endpoint, requests))
        return self;
    say_error ("%s: %s", endpoint,
               self->publisher ? zp_publisher_error (self->publisher)
                               : zp_client_error (self->client));
    compare_sender_destroy (&self);
    return NULL;
}

void
compare_sender_destroy (compare_sender_t **self_p)
{
    assert (self_p);
    compare_sender_t *self = *self_p;
    *self_p = NULL;
    if (!self)
        return;
    zp_client_destroy (&self->client);
    zp_publisher_destroy (&self->publisher);
    free (self);
}

static void
s_tell (compare_job_t *job, zp_status_t status)
{
    job->told_us = zclock_usecs ();
    job->failed = status != ZP_OK;
}

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    s_wait_t *wait = arg;
    s_tell (wait->job, reply->status);
    wait->sender->waits--;
    free (wait);
}

//  Call a worker, or put it where workers look
static void
s_call (compare_sender_t *self, compare_job_t *job, zp_span_t message)
{
    static const char *const methods[] = {[COMPARE_CALL] = "job",
                                          [COMPARE_QUEUE] = "queue.put",
                                          [COMPARE_LOG] = "log.append"};
    s_wait_t *wait = zmalloc (sizeof *wait);
    *wait = (s_wait_t){self, job};
    bool direct = self->way == COMPARE_CALL;
    zp_span_t args[] = {{COMPARE_NAME, strlen (COMPARE_NAME)}, message};
    zp_call_t call = {.method = methods[self->way],
                      .args = direct ? args + 1 : args,
                      .count = direct ? 1 : 2,
                      .timeout_ms = direct ? CALL_MS : PUT_MS,
                      .fn = s_on_reply,
                      .arg = wait};
    zp_status_t status = zp_client_start (self->client, &call, NULL);
    if (status == ZP_OK)
        self->waits++;
    else {
        s_tell (job, status);
        free (wait);
    }
}

void
compare_sender_send (compare_sender_t *self, uint32_t number)
{
    char room[COMPARE_MESSAGE];
    compare_job_t *job = &self->book->jobs[number];
    zp_span_t message = compare_message (number, room);
    if (self->client)
        s_call (self, job, message);
    else
        s_tell (job, zp_publisher_event (self->publisher, COMPARE_NAME,
                                         message.data, message.size));
}

uint32_t
compare_sender_waits (const compare_sender_t *self)
{
    return self->waits;
}
