//  SPDX-License-Identifier: MIT
//
//  A client for peers in other languages: interop-caller ENDPOINT...
//
//  It obeys the lines on its stdin, and ends with it:
//
//      call TAG TIMEOUT_MS METHOD [PART]...
//      cancel TAG
//      stats
//
//  and prints a line for each thing that happens:
//
//      TAG piece [PART]...
//      TAG OK ATTEMPTS [PART]...
//      TAG STATUS ATTEMPTS TEXT
//      stats STRAYS GARBAGE COMPACT    (of the first endpoint: 0 or 1)
//
//  A part has no spaces.

#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <unistd.h>

#include "zp_client.h"

typedef struct caller {
    zp_client_t *client;  // Makes the calls
    zhash_t *calls;       // Those under way, by their tags
    char input[1 << 20];  // What came on stdin, up to a part of a line
    size_t size;          // How much
} caller_t;

typedef struct call {
    caller_t *caller;  // It belongs to
    char *tag;         // Its name on stdin and stdout
    uint64_t id;       // Its name in the client
} call_t;

static void
s_reply (void *arg, const zp_reply_t *reply)
{
    call_t *self = arg;
    if (reply->more)
        printf ("%s piece", self->tag);
    else
        printf ("%s %s %d", self->tag, zp_status_name (reply->status),
                reply->attempts);
    for (size_t i = 0; i < reply->count; i++)
        printf (" %.*s", (int) reply->parts[i].size,
                (const char *) reply->parts[i].data);
    printf (*reply->text ? " %s\n" : "%s\n", reply->text);
    if (reply->more)
        return;
    zhash_delete (self->caller->calls, self->tag);
    free (self->tag);
    free (self);
}

static void
s_call (caller_t *self, char *rest)
{
    call_t *call = calloc (1, sizeof *call);
    call->caller = self;
    call->tag = strdup (strtok_r (NULL, " ", &rest));
    zp_call_t todo = {.fn = s_reply, .arg = call};
    todo.timeout_ms = atoi (strtok_r (NULL, " ", &rest));
    todo.method = strtok_r (NULL, " ", &rest);
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX];
    char *part;
    while ((part = strtok_r (NULL, " ", &rest)) != NULL)
        parts[todo.count++] = (zp_span_t){part, strlen (part)};
    todo.args = parts;

    zhash_insert (self->calls, call->tag, call);
    zp_status_t status = zp_client_start (self->client, &todo, &call->id);
    if (status != ZP_OK)
        s_reply (call, &(zp_reply_t){.status = status,
                                     .text = zp_client_error (self->client)});
}

static void
s_stats (caller_t *self)
{
    zp_client_stats_t stats;
    zp_client_stats (self->client, &stats);
    zp_client_endpoint_t endpoint;
    zp_client_endpoint (self->client, 0, &endpoint);
    printf ("stats %" PRIu64 " %" PRIu64 " %d\n", stats.strays, stats.garbage,
            endpoint.compact);
}

static void
s_line (caller_t *self, char *line)
{
    char *rest;
    char *verb = strtok_r (line, " ", &rest);
    if (streq (verb, "call"))
        s_call (self, rest);
    else if (streq (verb, "cancel")) {
        call_t *call = zhash_lookup (self->calls, rest);
        if (call)
            zp_client_cancel (self->client, call->id);
    }
    else
        s_stats (self);
}

static int
s_stdin (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    caller_t *self = arg;
    ssize_t size = read (item->fd, self->input + self->size,
                         sizeof self->input - self->size);
    if (size <= 0)
        return -1;
    self->size += (size_t) size;

    char *line = self->input;
    char *end;
    size_t left = self->size;
    while ((end = memchr (line, '\n', left)) != NULL) {
        *end++ = 0;
        left -= (size_t) (end - line);
        s_line (self, line);
        line = end;
    }
    memmove (self->input, line, left);
    self->size = left;
    return 0;
}

int
main (int argc, char **argv)
{
    setvbuf (stdout, NULL, _IOLBF, 0);
    zloop_t *loop = zloop_new ();
    caller_t *self = calloc (1, sizeof *self);
    self->calls = zhash_new ();
    self->client = zp_client_new (loop, NULL);
    for (int i = 1; i < argc; i++)
        if (zp_client_connect (self->client, argv[i]) != ZP_OK)
            fprintf (stderr, "%s\n", zp_client_error (self->client));
    zmq_pollitem_t input = {.fd = STDIN_FILENO, .events = ZMQ_POLLIN};
    zloop_poller (loop, &input, s_stdin, self);
    zloop_start (loop);
    zp_client_destroy (&self->client);
    zhash_destroy (&self->calls);
    free (self);
    zloop_destroy (&loop);
    return 0;
}
