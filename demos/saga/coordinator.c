//  SPDX-License-Identifier: MIT
//
//  Runs the sagas that a file defines. What it was told and what it has told
//  are on disk, so it can be killed at any time: started again, it goes on.

#include "zp_saga_coordinator.h"

static const char *s_services[] = {"licence", "billing", "entitlement",
                                   "notify"};

//  Tell it where the services are, and what to do with them
static zp_status_t
s_tell (zp_saga_coordinator_t *self, const char *path)
{
    for (int i = 0; i < 4; i++) {
        char endpoint[32];
        snprintf (endpoint, sizeof endpoint, "ipc://%s", s_services[i]);
        zp_saga_coordinator_service (self, s_services[i], endpoint);
    }
    zchunk_t *text = zchunk_slurp (path, 65536);
    if (!text) {
        perror (path);
        return ZP_NOT_FOUND;
    }
    char *mistakes = NULL;
    zp_span_t span = {zchunk_data (text), zchunk_size (text)};
    zp_status_t status = zp_saga_coordinator_define (self, span, &mistakes);
    if (status != ZP_OK)
        fprintf (stderr, "%s:\n%s\n", path, mistakes);
    free (mistakes);
    zchunk_destroy (&text);
    return status;
}

int
main (int argc, char **argv)
{
    if (argc < 2) {
        fprintf (stderr, "Usage: %s DEFINITION\n", argv[0]);
        return 2;
    }
    zp_saga_coordinator_options_t options = ZP_SAGA_COORDINATOR_DEFAULTS;
    options.journal = "sqlite:sagas.db";
    zp_status_t status;
    char *error;
    zp_saga_coordinator_t *self =
        zp_saga_coordinator_new (NULL, &options, &status, &error);
    if (!self) {
        fprintf (stderr, "%s\n", error);
        free (error);
        return status;
    }
    zp_server_t *server = zp_saga_coordinator_server (self);
    status = s_tell (self, argv[1]);
    if (status == ZP_OK) {
        status = zp_server_bind (server, "ipc://coordinator");
        if (status == ZP_OK)
            status = zp_saga_coordinator_run (self);
        if (status != ZP_OK)
            fprintf (stderr, "%s%s\n", zp_server_error (server),
                     zp_saga_coordinator_error (self));
    }
    zp_saga_coordinator_destroy (&self);
    return status;
}
