//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "roundtrip.h"

#include "loop.h"
#include "zp_client.h"
#include "zp_server.h"

#define TRIPS      100
#define WARM_UP    10
#define TIMEOUT_MS 2000

typedef struct trips {
    zp_client_t *client;          // Calls
    zloop_t *loop;                // Runs it and the server
    int64_t began_us;             // When the present call did
    int64_t us[WARM_UP + TRIPS];  // How long each took
    size_t count;                 // How many are done
    char *why;                    // What went wrong, or NULL
} trips_t;

static void s_on_reply (void *arg, const zp_reply_t *reply);

static void
s_call (trips_t *self)
{
    zp_call_t call = {.method = "zp.ping",
                      .timeout_ms = TIMEOUT_MS,
                      .fn = s_on_reply,
                      .arg = self};
    self->began_us = zclock_usecs ();
    if (zp_client_start (self->client, &call, NULL) != ZP_OK)
        self->why = strdup (zp_client_error (self->client));
}

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    trips_t *self = arg;
    if (reply->more)
        return;
    if (reply->status != ZP_OK)
        self->why = zsys_sprintf ("%s: %s", zp_status_name (reply->status),
                                  reply->text);
    self->us[self->count++] = zclock_usecs () - self->began_us;
    if (!self->why && self->count < WARM_UP + TRIPS)
        s_call (self);
    if (self->why || self->count == WARM_UP + TRIPS)
        loop_end (self->loop);
}

static int
s_compare (const void *a, const void *b)
{
    int64_t left = *(const int64_t *) a, right = *(const int64_t *) b;
    return (left > right) - (left < right);
}

int64_t
roundtrip_us (const char *endpoint, char **why)
{
    trips_t self = {.loop = zloop_new ()};
    zp_server_t *server = zp_server_new (self.loop, NULL);
    self.client = zp_client_new (self.loop, NULL);
    if (zp_server_bind (server, endpoint) != ZP_OK)
        self.why = strdup (zp_server_error (server));
    else if (zp_client_connect (self.client, zp_server_endpoint (server)) !=
             ZP_OK)
        self.why = strdup (zp_client_error (self.client));
    else {
        s_call (&self);
        if (!self.why)
            zloop_start (self.loop);
    }
    zp_client_destroy (&self.client);
    zp_server_destroy (&server);
    zloop_destroy (&self.loop);
    *why = self.why;
    qsort (self.us + WARM_UP, TRIPS, sizeof self.us[0], s_compare);
    return self.why ? -1 : self.us[WARM_UP + TRIPS / 2];
}
