//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "load.h"

#include <stdlib.h>

#include "part.h"
#include "parts.h"
#include "rows.h"
#include "zp_client.h"
#include "zp_histogram.h"

#define TIMEOUT_MS 60000
#define WINDOW_MAX 1000

typedef struct load {
    zloop_t *loop;         // Where all happens
    zp_client_t *client;   // Asks
    double until;          // Then no more are started
    int left;              // So many, if they are not waited for
    bool wait;             // Whether they are
    int out;               // Not answered yet
    uint64_t completed;    // So many are
    zp_histogram_t *took;  // In microseconds
} load_t;

//  One place of the window
typedef struct place {
    load_t *load;  // Whose
    double begun;  // When the present one was
} place_t;

static void s_start (place_t *place);

static int
s_end (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer, (void) arg;
    return -1;
}

static void
s_next (place_t *place)
{
    load_t *self = place->load;
    bool more = self->wait ? parts_seconds () < self->until : self->left-- > 0;
    if (more)
        s_start (place);
    else if (--self->out == 0)
        zloop_timer (self->loop, 0, 1, s_end, NULL);
}

static void
s_check (const zp_reply_t *reply)
{
    if (reply->status != ZP_OK)
        fprintf (stderr, "E: %s\n", reply->text);
    part_check (reply->status == ZP_OK, "the coordinator");
}

static void
s_on_ended (void *arg, const zp_reply_t *reply)
{
    place_t *place = arg;
    s_check (reply);
    part_check (memmem (reply->parts[0].data, reply->parts[0].size,
                        "\"COMPLETED\"", 11) != NULL,
                "a saga");
    place->load->completed++;
    zp_histogram_record (place->load->took,
                         (uint64_t) ((parts_seconds () - place->begun) * 1e6));
    s_next (place);
}

static void
s_on_started (void *arg, const zp_reply_t *reply)
{
    place_t *place = arg;
    s_check (reply);
    zp_call_t call = {.method = "saga.wait",
                      .args = reply->parts,
                      .count = 1,
                      .timeout_ms = TIMEOUT_MS,
                      .fn = s_on_ended,
                      .arg = place};
    if (place->load->wait)
        zp_client_start (place->load->client, &call, NULL);
    else
        s_next (place);
}

static void
s_start (place_t *place)
{
    const zp_span_t args[] = {{"film", 4}, {"", 0}, {"{\"title\":9}", 11}};
    zp_call_t call = {.method = "saga.start",
                      .args = args,
                      .count = 3,
                      .timeout_ms = TIMEOUT_MS,
                      .fn = s_on_started,
                      .arg = place};
    place->begun = parts_seconds ();
    zp_client_start (place->load->client, &call, NULL);
}

static void
s_run (load_t *self, const char *endpoint, int window)
{
    self->loop = zloop_new ();
    self->client = zp_client_new (self->loop, NULL);
    part_check (zp_client_connect (self->client, endpoint) == ZP_OK, endpoint);
    place_t *places = calloc ((size_t) window, sizeof *places);
    self->out = window;
    for (int i = 0; i < window; i++) {
        places[i].load = self;
        s_start (&places[i]);
    }
    zloop_start (self->loop);
    zp_client_destroy (&self->client);
    zloop_destroy (&self->loop);
    free (places);
}

uint64_t
load_sagas (const char *endpoint, int window, double seconds, double *p50_ms)
{
    load_t self = {.wait = true,
                   .until = parts_seconds () + seconds,
                   .took = zp_histogram_new ()};
    s_run (&self, endpoint, window);
    *p50_ms = (double) zp_histogram_percentile (self.took, 50) / 1000;
    zp_histogram_destroy (&self.took);
    return self.completed;
}

void
load_open (const char *endpoint, int count)
{
    int window = count < WINDOW_MAX ? count : WINDOW_MAX;
    load_t self = {.left = count - window};
    s_run (&self, endpoint, window);
}

double
load_sqlite (const char *path, uint64_t batch, double seconds)
{
    static const char result[] = "{\"seat\":7}";
    return rows_sqlite (
        path, "1343eb682109797f97b3d54ce115afa3",
        "{\"event\":\"done\",\"step\":\"reserve\",\"start\":[\"charge\"]}",
        (zp_span_t){result, strlen (result)}, batch, seconds);
}
