//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "args.h"
#include "compare.h"
#include "compare_commands.h"
#include "output.h"
#include "zp_eventlog_reader.h"
#include "zp_queue_worker.h"
#include "zp_server.h"
#include "zp_subscriber.h"

#define TOUCH_MS (COMPARE_LEASE_MS / 3)
#define DRAIN_MS 1000

typedef struct work {
    zloop_t *loop;         // Where it works
    const char *endpoint;  // Where it listens, or whence jobs come
    const char *requests;  // Of a publisher
    compare_book_t *book;  // What it has done
} work_t;

static void
s_on_call (zp_request_t *request, void *arg)
{
    work_t *self = arg;
    if (compare_book_do (self->book, zp_request_arg (request, 0)))
        zp_request_reply (&request, "done", 4);
    else
        zp_request_fail (&request, ZP_NOT_FOUND, "there is no such job");
}

static zp_status_t
s_serve_calls (work_t *self)
{
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    options.cache_replies = 10000;
    zp_server_t *server = zp_server_new (self->loop, &options);
    zp_server_method (server, "job", s_on_call, self);
    zp_status_t status = zp_server_bind (server, self->endpoint);
    self->book->ready = 1;
    if (status == ZP_OK)
        status = zp_server_run (server);
    zp_server_destroy (&server);
    return status;
}

static void
s_on_job (zp_queue_job_t *job, void *arg)
{
    work_t *self = arg;
    if (compare_book_do (self->book, zp_queue_job_body (job)))
        zp_queue_job_done (&job);
    else
        zp_queue_job_bury (&job, "there is no such job");
}

static zp_status_t
s_work_off_queue (work_t *self)
{
    zp_queue_worker_options_t options = ZP_QUEUE_WORKER_DEFAULTS;
    options.queue = COMPARE_NAME;
    options.touch_ms = TOUCH_MS;
    zp_queue_worker_t *worker =
        zp_queue_worker_new (self->loop, &options, s_on_job, self);
    zp_status_t status = zp_queue_worker_connect (worker, self->endpoint);
    self->book->ready = 1;
    if (status == ZP_OK)
        status = zp_queue_worker_run (worker, DRAIN_MS);
    zp_queue_worker_destroy (&worker);
    return status;
}

static int
s_on_news (void *arg, const zp_news_t *news)
{
    work_t *self = arg;
    if (news->kind == ZP_NEWS_JOINED)
        self->book->ready = 1;
    else if (news->kind == ZP_NEWS_EVENT)
        compare_book_do (self->book, news->payload);
    return 0;
}

static zp_status_t
s_subscribe (work_t *self)
{
    zp_subscriber_t *subscriber =
        zp_subscriber_new (self->loop, NULL, s_on_news, self);
    zp_status_t status =
        zp_subscriber_connect (subscriber, self->endpoint, self->requests);
    if (status == ZP_OK) {
        zp_subscriber_subscribe (subscriber, COMPARE_NAME);
        zloop_start (self->loop);
    }
    zp_subscriber_destroy (&subscriber);
    return status;
}

static bool
s_on_event (void *arg, const zp_eventlog_event_t *event)
{
    work_t *self = arg;
    compare_book_do (self->book, event->body);
    return true;
}

static zp_status_t
s_read_log (work_t *self)
{
    zp_eventlog_reader_options_t options = ZP_EVENTLOG_READER_DEFAULTS;
    options.log = COMPARE_NAME;
    options.group = options.member = "worker";
    options.lease_ms = COMPARE_LEASE_MS;
    options.touch_ms = TOUCH_MS;
    zp_eventlog_reader_events_t events = {.event = s_on_event, .arg = self};
    zp_eventlog_reader_t *reader =
        zp_eventlog_reader_new (self->loop, &options, &events);
    zp_status_t status = zp_eventlog_reader_connect (reader, self->endpoint);
    self->book->ready = 1;
    if (status == ZP_OK)
        status = zp_eventlog_reader_run (reader, DRAIN_MS);
    zp_eventlog_reader_destroy (&reader);
    return status;
}

static int
s_run (args_t *args)
{
    static zp_status_t (*const works[]) (work_t * self) = {
        [COMPARE_CALL] = s_serve_calls,
        [COMPARE_QUEUE] = s_work_off_queue,
        [COMPARE_PUBSUB] = s_subscribe,
        [COMPARE_LOG] = s_read_log,
    };
    const char *path = args_operand (args, 0);
    work_t self = {.endpoint = args_operand (args, 1),
                   .requests = args_operand (args, 2)};
    int way = compare_find (compare_ways, args_text (args, "by"));
    self.book = compare_book_open (path);
    if (!self.book) {
        say_error ("%s: %s", path, strerror (errno));
        return EXIT_ERROR;
    }
    self.loop = zloop_new ();
    zp_status_t status = works[way](&self);
    zloop_destroy (&self.loop);
    compare_book_close (&self.book);
    if (status != ZP_OK)
        say_error ("%s: %s", self.endpoint, zp_status_text (status));
    return status == ZP_OK ? EXIT_OK : EXIT_ERROR;
}

const command_t cmd_compare_work = {
    .name = "compare work",
    .summary = "do the jobs; zp compare starts this by itself",
    .usage = "BOOK ENDPOINT [REQUESTS] [--by WAY]",
    .examples = "zp compare work book ipc://broker --by queue\n",
    .options = {{.name = "by",
                 .value = "WAY",
                 .choices = compare_ways,
                 .text = "how they come: call, queue, pubsub, log (call)"}},
    .operands = {OPERAND_FILE, OPERAND_OTHER, OPERAND_OTHER},
    .needed = 2,
    .run = s_run,
    .notes = "BOOK is a file that zp compare has made, where it writes down\n"
             "what it has done.",
};
