//  SPDX-License-Identifier: MIT
//
//  A server for peers in other languages. Prints its endpoint, and ends with
//  its stdin.
//
//      echo [PART]...    replies with its arguments
//      envelope          replies with the request's envelope, as it came
//      stream [PART]...  each argument as a piece, then "end" as the reply
//      hold [PART]...    does as echo does, but not before
//      release           which says how many of those had been cancelled
//      block             keeps the only worker thread until a line on stdin
//      work              in that thread: says how many times it has run

#define _POSIX_C_SOURCE 200809L

#include <semaphore.h>
#include <unistd.h>

#include "zp_server.h"

#define HELD_MAX 10000

typedef struct held {
    zp_request_t *requests[HELD_MAX];  // Not replied to yet
    size_t count;                      // How many
} held_t;

//  Reply with the arguments
static void
s_echo (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX];
    size_t count = zp_request_count (request);
    for (size_t i = 0; i < count; i++)
        parts[i] = zp_request_arg (request, i);
    zp_request_reply_parts (&request, parts, count);
}

static void
s_envelope (zp_request_t *request, void *arg)
{
    (void) arg;
    uint8_t data[ZP_ENVELOPE_SIZE];
    zp_envelope_encode (zp_request_envelope (request), data);
    zp_request_reply (&request, data, sizeof data);
}

static void
s_stream (zp_request_t *request, void *arg)
{
    (void) arg;
    for (size_t i = 0; i < zp_request_count (request); i++) {
        zp_span_t part = zp_request_arg (request, i);
        zp_status_t status = zp_request_partial (request, part.data, part.size);
        if (status != ZP_OK) {
            zp_request_fail (&request, status, "no piece could be sent");
            return;
        }
    }
    zp_request_reply (&request, "end", 3);
}

static void
s_hold (zp_request_t *request, void *arg)
{
    held_t *held = arg;
    if (held->count == HELD_MAX)
        zp_request_fail (&request, ZP_RESOURCE_EXHAUSTED, "no room");
    else
        held->requests[held->count++] = request;
}

static void
s_release (zp_request_t *request, void *arg)
{
    held_t *held = arg;
    int cancelled = 0;
    for (size_t i = 0; i < held->count; i++) {
        cancelled += zp_request_cancelled (held->requests[i]);
        s_echo (held->requests[i], NULL);
    }
    held->count = 0;
    char text[20];
    int size = snprintf (text, sizeof text, "%d", cancelled);
    zp_request_reply (&request, text, (size_t) size);
}

static void
s_block (zp_request_t *request, void *gate)
{
    sem_wait (gate);
    zp_request_reply (&request, "", 0);
}

static void
s_work (zp_request_t *request, void *arg)
{
    int *runs = arg;  // Nobody else's: there is one worker thread
    char text[20];
    int size = snprintf (text, sizeof text, "%d", ++*runs);
    zp_request_reply (&request, text, (size_t) size);
}

static int
s_stdin (zloop_t *loop, zmq_pollitem_t *item, void *gate)
{
    (void) loop;
    char bytes[100];
    ssize_t size = read (item->fd, bytes, sizeof bytes);
    sem_post (gate);
    return size > 0 ? 0 : -1;
}

int
main (int argc, char **argv)
{
    static held_t held;
    int runs = 0;
    sem_t gate;
    sem_init (&gate, 0, 0);
    zloop_t *loop = zloop_new ();
    zmq_pollitem_t input = {.fd = STDIN_FILENO, .events = ZMQ_POLLIN};
    zloop_poller (loop, &input, s_stdin, &gate);

    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    options.workers = 1;
    zp_server_t *server = zp_server_new (loop, &options);
    zp_server_method (server, "echo", s_echo, NULL);
    zp_server_method (server, "envelope", s_envelope, NULL);
    zp_server_method (server, "stream", s_stream, NULL);
    zp_server_method (server, "hold", s_hold, &held);
    zp_server_method (server, "release", s_release, &held);
    zp_server_worker_method (server, "block", s_block, &gate);
    zp_server_worker_method (server, "work", s_work, &runs);

    zp_status_t status =
        zp_server_bind (server, argc > 1 ? argv[1] : "tcp://127.0.0.1:*");
    if (status == ZP_OK) {
        puts (zp_server_endpoint (server));
        fflush (stdout);
        status = zp_server_run (server);
    }
    else
        fprintf (stderr, "%s\n", zp_server_error (server));
    sem_post (&gate);
    zp_server_destroy (&server);
    zloop_destroy (&loop);
    sem_destroy (&gate);
    return status;
}
