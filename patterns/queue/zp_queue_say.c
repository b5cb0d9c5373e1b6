//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_queue_say.h"

#include <jansson.h>

#include "zp_args.h"

#define CALL_MS  15000  // For one call, retries included
#define AGAIN_MS 2000   // Until an ack that was not heard is said again
#define RECEIPTS 16384  // Bytes of receipts that leave at once

//  Receipts for one call
typedef struct list {
    char *text;    // With a space behind each
    size_t size;   // Bytes of it
    size_t room;   // Allocated
    size_t count;  // Receipts
} list_t;

struct zp_queue_say {
    zp_client_t *client;             // Speaks
    zp_timers_t *timers;             // On its loop
    zp_queue_worker_stats_t *stats;  // The worker's
    zp_queue_said_fn *fn;            // Told of answers
    void *arg;                       // Given to that
    list_t acks;                     // These gather
    list_t touches;                  // The same
    list_t releases;                 // The same
    list_t unheard;                  // Acks to be said again, but not at once
    bool in_turn;                    // Its end lets go what has gathered
    zp_timer_t flush_timer;          // Nothing else does
    zp_timer_t again_timer;          // The time for the unheard
    size_t out;                      // Calls that were not answered yet
};

//  A call
typedef struct call {
    zp_queue_say_t *say;  // Who made it
    bool ack;             // These jobs are done
    list_t list;          // The receipts
} call_t;

static void
s_add (list_t *list, const char *text, size_t size, size_t count)
{
    if (!list->text || list->size + size > list->room) {
        list->room = 2 * (list->size + size);
        list->text = realloc (list->text, list->room);
        assert (list->text);
    }
    memcpy (list->text + list->size, text, size);
    list->size += size;
    list->count += count;
}

static void
s_add_receipt (list_t *list, const zp_queue_job_t *job)
{
    s_add (list, job->receipt, job->receipt_size, 1);
    s_add (list, " ", 1, 0);
}

//  How many receipts counted
static size_t
s_counted (const zp_reply_t *reply)
{
    char text[24] = "";
    if (reply->count && reply->parts[0].size < sizeof text)
        memcpy (text, reply->parts[0].data, reply->parts[0].size);
    return strtoul (text, NULL, 10);
}

static void
s_on_ack_reply (zp_queue_say_t *self, const list_t *list,
                const zp_reply_t *reply)
{
    size_t count = reply->status == ZP_OK ? s_counted (reply) : 0;
    if (count > list->count)
        count = list->count;
    if (reply->status == ZP_OK || reply->status == ZP_FAILED_PRECONDITION) {
        self->stats->done += count;
        self->stats->refused += list->count - count;
    }
    else if (reply->status != ZP_CANCELLED) {
        s_add (&self->unheard, list->text, list->size, list->count);
        if (!zp_timer_pending (&self->again_timer))
            zp_timers_set (self->timers, &self->again_timer,
                           zclock_mono () + AGAIN_MS);
    }
}

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    call_t *call = arg;
    zp_queue_say_t *self = call->say;
    if (reply->more)
        return;
    self->out--;
    if (call->ack)
        s_on_ack_reply (self, &call->list, reply);
    bool answered =
        reply->status == ZP_OK || reply->status == ZP_FAILED_PRECONDITION;
    free (call->list.text);
    free (call);
    self->fn (self->arg, answered ? ZP_OK : reply->status, reply->text);
}

//  Make a call, which takes the receipts
static void
s_call (zp_queue_say_t *self, const char *method, list_t *list,
        const char *options)
{
    call_t *call = zmalloc (sizeof *call);
    *call = (call_t){self, strcmp (method, "queue.ack") == 0, *list};
    *list = (list_t){0};
    zp_span_t args[] = {{call->list.text, call->list.size},
                        {options, strlen (options)}};
    zp_call_t order = {.method = method,
                       .args = args,
                       .count = *options ? 2 : 1,
                       .timeout_ms = CALL_MS,
                       .fn = s_on_reply,
                       .arg = call};
    self->out++;
    zp_status_t status = zp_client_start (self->client, &order, NULL);
    if (status != ZP_OK) {
        //  Too many calls are out: as if it had been lost on the way
        zp_reply_t reply = {.status = status,
                            .text = zp_client_error (self->client)};
        s_on_reply (call, &reply);
    }
}

static void
s_flush (void *arg)
{
    zp_queue_say_t *self = arg;
    self->in_turn = false;
    if (self->acks.count)
        s_call (self, "queue.ack", &self->acks, "");
    if (self->touches.count)
        s_call (self, "queue.touch", &self->touches, "");
    if (self->releases.count)
        s_call (self, "queue.release", &self->releases, "");
}

static int
s_on_flush_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    s_flush (arg);
    return 0;
}

static int
s_on_again_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_queue_say_t *self = arg;
    s_call (self, "queue.ack", &self->unheard, "");
    return 0;
}

zp_queue_say_t *
zp_queue_say_new (zp_client_t *client, zp_timers_t *timers,
                  zp_queue_worker_stats_t *stats, zp_queue_said_fn *fn,
                  void *arg)
{
    zp_queue_say_t *self = zmalloc (sizeof *self);
    self->client = client;
    self->timers = timers;
    self->stats = stats;
    self->fn = fn;
    self->arg = arg;
    zp_timer_init (&self->flush_timer, s_on_flush_timer, self);
    zp_timer_init (&self->again_timer, s_on_again_timer, self);
    zp_client_on_turn (client, s_flush, self);
    return self;
}

void
zp_queue_say_destroy (zp_queue_say_t **self_p)
{
    zp_queue_say_t *self = *self_p;
    *self_p = NULL;
    assert (self->out == 0);
    zp_timers_clear (self->timers, &self->flush_timer);
    zp_timers_clear (self->timers, &self->again_timer);
    free (self->acks.text);
    free (self->touches.text);
    free (self->releases.text);
    free (self->unheard.text);
    free (self);
}

//  A list has grown
static void
s_gathered (zp_queue_say_t *self, const list_t *list)
{
    if (list->size >= RECEIPTS)
        s_flush (self);
    else if (!self->in_turn && !zp_timer_pending (&self->flush_timer))
        zp_timers_set (self->timers, &self->flush_timer, 0);
}

//  The reason as JSON has it: as much of it as may be said, if it is UTF-8, and
//  else what of it is ASCII
static json_t *
s_reason (const char *why)
{
    size_t size = strlen (why);
    if (size > ZP_QUEUE_WHY_MAX) {
        size = ZP_QUEUE_WHY_MAX;
        while (size && (why[size] & 0xc0) == 0x80)
            size--;  // Not in the middle of a character
    }
    json_t *reason = json_stringn (why, size);
    char plain[ZP_QUEUE_WHY_MAX + 1];
    return reason ? reason
                  : json_string (zp_args_plain ((zp_span_t){why, size}, plain,
                                                sizeof plain));
}

static void
s_bury (zp_queue_say_t *self, const zp_queue_job_t *job, list_t *list)
{
    json_t *json = json_pack ("{so}", "why", s_reason (job->why));
    char *options = json_dumps (json, JSON_COMPACT);
    s_call (self, "queue.bury", list, options);
    free (options);
    json_decref (json);
}

void
zp_queue_say_end (zp_queue_say_t *self, const zp_queue_job_t *job)
{
    bool done = job->verdict == ZP_QUEUE_DONE;
    if (done || job->verdict == ZP_QUEUE_UNDO) {
        list_t *list = done ? &self->acks : &self->releases;
        s_add_receipt (list, job);
        s_gathered (self, list);
        return;
    }
    list_t list = {0};
    s_add_receipt (&list, job);
    if (job->verdict == ZP_QUEUE_BURY) {
        self->stats->buried++;
        s_bury (self, job, &list);
    }
    else {
        self->stats->retried++;
        char options[48];
        snprintf (options, sizeof options, "{\"delay_ms\":%" PRId64 "}",
                  job->delay_ms);
        s_call (self, "queue.nack", &list, options);
    }
}

void
zp_queue_say_touch (zp_queue_say_t *self, const zp_queue_job_t *job)
{
    s_add_receipt (&self->touches, job);
    s_gathered (self, &self->touches);
}

void
zp_queue_say_gather (zp_queue_say_t *self)
{
    self->in_turn = true;
}

bool
zp_queue_say_all_heard (const zp_queue_say_t *self)
{
    return !self->out && !self->acks.count && !self->unheard.count &&
           !self->releases.count;
}
