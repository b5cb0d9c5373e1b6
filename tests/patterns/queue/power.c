//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "power.h"

int
power_set_up (void **state)
{
    fault_vfs_install ();
    int rc = fixture_set_up (state);
    fixture_t *self = *state;
    self->options.queue.delivery_limit = 2;
    return rc;
}

int
power_tear_down (void **state)
{
    int rc = fixture_tear_down (state);
    fault_vfs_remove ();
    return rc;
}

void
power_start (fixture_t *self)
{
    free ((char *) self->endpoint);
    self->endpoint = strdup (peer_new_endpoint ());
    fixture_start (self);
}

void
power_plan (ledger_t *self, const fault_t *fault)
{
    snprintf (self->point, sizeof self->point,
              "fault %d at operation %d, number %d, loss %d, seed %" PRIu64,
              (int) fault->kind, (int) fault->op, (int) fault->at,
              (int) fault->loss, fault->seed);
    fault_vfs_plan (fault);
}

void
power_off (fixture_t *self)
{
    fault_vfs_power_off ();
    zp_client_destroy (&self->client);
    zp_queue_broker_destroy (&self->broker);
    fault_vfs_restart ();
}

ledger_t *
power_begin (fixture_t *self)
{
    power_off (self);
    fault_vfs_delete (self->journal + strlen ("sqlite:"));
    power_start (self);
    return ledger_new (self);
}
