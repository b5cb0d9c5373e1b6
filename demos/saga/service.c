//  SPDX-License-Identifier: MIT
//
//  One of the four services, by its name. What a coordinator tells it, it does
//  once for each key, however often it is told: what it did and what it says of
//  it are on disk together before it says so.

#include "ledger.h"
#include "zp_saga_participant.h"

//  Runs in a transaction
static void
s_act (zp_saga_request_t *request, sqlite3 *db, void *arg)
{
    const ledger_action_t *action = arg;
    const json_t *input = zp_saga_request_input (request);
    const char *viewer = json_string_value (json_object_get (input, "viewer"));
    int left;
    zp_status_t status = ledger_do (db, action, zp_saga_request_key (request),
                                    viewer ? viewer : "", &left);
    char result[32];
    snprintf (result, sizeof result, "{\"left\":%d}", left);
    if (status == ZP_OK)
        zp_saga_request_done (request, result);
    else if (status == ZP_FAILED_PRECONDITION)
        zp_saga_request_refuse (request, action->code, "%s", action->text);
    else
        zp_saga_request_fail (request, status, "%s", sqlite3_errmsg (db));
}

int
main (int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (ledger_sum (name) == 0) {
        fprintf (stderr, "Usage: %s SERVICE [ACTION-TO-REFUSE]\n", argv[0]);
        return 2;
    }
    char path[32], *error;
    snprintf (path, sizeof path, "%s.db", name);
    zp_server_t *server = zp_server_new (NULL, NULL);
    zp_saga_participant_options_t options = ZP_SAGA_PARTICIPANT_DEFAULTS;
    options.path = path;
    zp_status_t status;
    zp_saga_participant_t *self =
        zp_saga_participant_new (server, &options, &status, &error);
    if (!self) {
        fprintf (stderr, "%s\n", error);
        zstr_free (&error);
        zp_server_destroy (&server);
        return status;
    }
    sqlite3 *db = zp_saga_participant_db (self);
    ledger_open (db, name, argv[2]);
    for (const ledger_action_t *at = ledger_actions; at->service; at++)
        if (streq (at->service, name) && at->undoes)
            zp_saga_participant_compensation (self, at->name, s_act,
                                              (void *) at);
        else if (streq (at->service, name))
            zp_saga_participant_action (self, at->name, s_act, (void *) at);
    status = ledger_serve (db, name, server);
    if (status == ZP_OK && (status = zp_saga_participant_run (self)) != ZP_OK)
        fprintf (stderr, "%s\n", zp_saga_participant_error (self));
    zp_server_destroy (&server);
    zp_saga_participant_destroy (&self);
    return status;
}
