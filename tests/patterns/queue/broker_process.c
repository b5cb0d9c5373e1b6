//  SPDX-License-Identifier: MIT

#include "broker_process.h"

static void
s_say (const char *line)
{
    puts (line);
    fflush (stdout);
}

int
broker_process_main (const char *endpoint, const char *journal)
{
    zp_queue_broker_options_t options = ZP_QUEUE_BROKER_DEFAULTS;
    options.journal = journal;
    char *error = NULL;
    zp_queue_broker_t *broker =
        zp_queue_broker_new (NULL, &options, NULL, &error);
    if (!broker) {
        s_say (error);
        zstr_free (&error);
        return 1;
    }
    if (zp_server_bind (zp_queue_broker_server (broker), endpoint) != ZP_OK)
        return 2;
    s_say ("ready");
    s_say (zp_status_name (zp_queue_broker_run (broker)));
    zp_queue_broker_destroy (&broker);
    return 0;
}

child_t *
broker_process_new (fixture_t *self)
{
    child_t *child = child_new ("broker", self->endpoint, self->journal);
    assert_true (child_says (child, "ready"));
    zp_client_destroy (&self->client);
    fixture_connect (self);
    return child;
}
