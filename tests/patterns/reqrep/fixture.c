//  SPDX-License-Identifier: MIT

#include "fixture.h"

int
fixture_set_up (void **state)
{
    fixture_t *self = zmalloc (sizeof *self);
    self->loop = zloop_new ();
    *state = self;
    return 0;
}

int
fixture_tear_down (void **state)
{
    fixture_t *self = *state;
    zp_client_destroy (&self->client);
    zp_server_destroy (&self->server);
    for (int i = 0; i < 2; i++) {
        peer_destroy (&self->service[i]);
        peer_destroy (&self->caller[i]);
    }
    zloop_destroy (&self->loop);
    free (self);
    return 0;
}

void
fixture_services (fixture_t *self, int count)
{
    for (int i = 0; i < count; i++)
        self->service[i] = peer_new_service (self->loop, NULL);
}

void
fixture_server (fixture_t *self, const zp_server_options_t *options)
{
    self->server = zp_server_new (self->loop, options);
    zp_server_method (self->server, "echo", handle_echo, NULL);
    zp_server_method (self->server, "stream", handle_stream, NULL);
    zp_server_method (self->server, "hold", handle_hold, &self->held);
    assert_int_equal (zp_server_bind (self->server, peer_new_endpoint ()),
                      ZP_OK);
}

zp_client_options_t
fixture_client_options (void)
{
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.backoff = (zp_backoff_t){0, 0, 1};
    options.retry_percent = 1000;
    options.no_breaker = true;
    return options;
}

static bool
s_all_up (fixture_t *self)
{
    size_t count = zp_client_endpoints (self->client);
    for (size_t i = 0; i < count; i++)
        if (!fixture_endpoint (self, i).up)
            return false;
    return true;
}

void
fixture_client (fixture_t *self, const zp_client_options_t *options)
{
    zp_client_options_t short_ones = fixture_client_options ();
    self->client = zp_client_new (self->loop, options ? options : &short_ones);
    const char *endpoint[3] = {NULL};
    for (int i = 0; i < 2; i++)
        if (self->service[i])
            endpoint[i] = peer_endpoint (self->service[i]);
    if (self->server)
        endpoint[2] = zp_server_endpoint (self->server);
    for (int i = 0; i < 3; i++)
        if (endpoint[i])
            assert_int_equal (zp_client_connect (self->client, endpoint[i]),
                              ZP_OK);
    test_until (self->loop, s_all_up (self));
}

void
fixture_callers (fixture_t *self, int count)
{
    for (int i = 0; i < count; i++)
        self->caller[i] =
            peer_new_caller (self->loop, zp_server_endpoint (self->server));
}

uint64_t
fixture_call (fixture_t *self, int timeout_ms)
{
    return outcome_start (self->client, "work", "hard", timeout_ms,
                          &self->outcome);
}

void
fixture_fence (fixture_t *self)
{
    peer_t *service = self->service[0];
    size_t number = peer_count (service);
    outcome_t outcome;
    outcome_start (self->client, "fence", "", TEST_PATIENCE_MS, &outcome);
    test_until (self->loop,
                number < peer_count (service) &&
                    (letter_says (peer_letter (service, number), 0, "fence") ||
                     (number++, false)));
    peer_reply (service, number, "");
    test_until (self->loop, outcome.ended);
    assert_true (outcome_is (&outcome, ZP_OK));
}

zp_client_stats_t
fixture_client_stats (fixture_t *self)
{
    zp_client_stats_t stats;
    zp_client_stats (self->client, &stats);
    return stats;
}

zp_server_stats_t
fixture_server_stats (fixture_t *self)
{
    zp_server_stats_t stats;
    zp_server_stats (self->server, &stats);
    return stats;
}

zp_client_endpoint_t
fixture_endpoint (fixture_t *self, size_t number)
{
    zp_client_endpoint_t endpoint;
    zp_client_endpoint (self->client, number, &endpoint);
    return endpoint;
}
