//  SPDX-License-Identifier: MIT
//
//  zp_client to zp_server. With many in flight each callback starts the next
//  call, on a zloop; with one in flight zp_client_call is what a program would
//  use, and what blocks as the bare client does.

#include <czmq.h>

#include "contender.h"
#include "part.h"
#include "zp_client.h"
#include "zp_server.h"

#define METHOD     "echo"
#define TIMEOUT_MS 10000

static void
s_check (zp_status_t status, const char *why)
{
    if (status == ZP_OK)
        return;
    fprintf (stderr, "E: %s: %s\n", zp_status_name (status), why);
    exit (1);
}

static void
s_echo (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_span_t payload = zp_request_arg (request, 0);
    zp_request_reply (&request, payload.data, payload.size);
}

static void
s_serve (const char *endpoint, size_t in_flight, int ready)
{
    (void) in_flight;
    zp_server_t *server = zp_server_new (NULL, NULL);
    zp_server_method (server, METHOD, s_echo, NULL);
    s_check (zp_server_bind (server, endpoint), zp_server_error (server));
    part_ready (ready);
    zp_server_run (server);
    zp_server_destroy (&server);
}

//  One call at a time

static void
s_run_blocking (zp_client_t *client, load_t *load)
{
    zchunk_t *reply = NULL;
    char *payload = zmalloc (load->size);
    do {
        zchunk_destroy (&reply);
        load_request (load, payload);
        s_check (zp_client_call (client, METHOD, payload, load->size,
                                 TIMEOUT_MS, &reply),
                 zp_client_error (client));
    } while (load_reply (load, zchunk_data (reply), zchunk_size (reply)));
    zchunk_destroy (&reply);
    free (payload);
}

//  Many calls at a time

typedef struct lanes {
    zp_client_t *client;  // Whose calls these are
    zloop_t *loop;        // That it lives on
    load_t *load;         // What to send
    char *payload;        // Of the next call
    bool over;            // The load is
} lanes_t;

static int
s_stop (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    (void) arg;
    return -1;
}

static void s_replied (void *arg, const zp_reply_t *reply);

static void
s_start (lanes_t *self)
{
    load_request (self->load, self->payload);
    zp_span_t arg = {self->payload, self->load->size};
    zp_call_t call = {.method = METHOD,
                      .args = &arg,
                      .count = 1,
                      .timeout_ms = TIMEOUT_MS,
                      .fn = s_replied,
                      .arg = self};
    s_check (zp_client_start (self->client, &call, NULL),
             zp_client_error (self->client));
}

static void
s_replied (void *arg, const zp_reply_t *reply)
{
    lanes_t *self = arg;
    if (self->over)
        return;
    s_check (reply->status, reply->text);
    if (load_reply (self->load, reply->parts[0].data, reply->parts[0].size))
        s_start (self);
    else {
        self->over = true;
        zloop_timer (self->loop, 0, 1, s_stop, NULL);
    }
}

static void
s_run (const char *endpoint, load_t *load, bool open_only)
{
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.open_only = open_only;
    zloop_t *loop = load->in_flight > 1 ? zloop_new () : NULL;
    zp_client_t *client = zp_client_new (loop, &options);
    s_check (zp_client_connect (client, endpoint), zp_client_error (client));
    if (!loop)
        s_run_blocking (client, load);
    else {
        lanes_t lanes = {.client = client,
                         .loop = loop,
                         .load = load,
                         .payload = zmalloc (load->size)};
        for (size_t i = 0; i < load->in_flight; i++)
            s_start (&lanes);
        zloop_start (loop);
        zp_client_destroy (&client);  // It still tells of those under way
        free (lanes.payload);
    }
    zp_client_destroy (&client);
    zloop_destroy (&loop);
}

static void
s_run_compact (const char *endpoint, load_t *load)
{
    s_run (endpoint, load, false);
}

static void
s_run_open (const char *endpoint, load_t *load)
{
    s_run (endpoint, load, true);
}

const contender_t contender_zp_compact = {
    .name = "zp-compact",
    .about = "zp_client to zp_server, in the compact form",
    .rival = "bare-1",
    .inproc = true,
    .serve = s_serve,
    .run = s_run_compact,
};

const contender_t contender_zp_open = {
    .name = "zp-open",
    .about = "the same, in the open form (.open_only)",
    .rival = "bare-4",
    .inproc = true,
    .serve = s_serve,
    .run = s_run_open,
};
