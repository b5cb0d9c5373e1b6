//  SPDX-License-Identifier: MIT
//
//  Serves event logs. What it confirms is on disk, so it can be killed at any
//  time: started again, it goes on with the same file.

#include "zp_eventlog.h"

int
main (int argc, char **argv)
{
    const char *file = argc > 1 ? argv[1] : "events.db";
    const char *endpoint = argc > 2 ? argv[2] : "tcp://127.0.0.1:5565";

    char *journal = zsys_sprintf ("sqlite:%s", file);
    zp_eventlog_options_t options = ZP_EVENTLOG_DEFAULTS;
    options.journal = journal;
    zp_status_t status;
    char *error;
    zp_eventlog_t *log = zp_eventlog_new (NULL, &options, &status, &error);
    free (journal);
    if (!log) {
        fprintf (stderr, "%s\n", error);
        free (error);
        return status;
    }
    zp_server_t *server = zp_eventlog_server (log);
    status = zp_server_bind (server, endpoint);
    if (status != ZP_OK)
        fprintf (stderr, "%s\n", zp_server_error (server));
    else if ((status = zp_eventlog_run (log)) != ZP_OK)
        fprintf (stderr, "%s\n", zp_eventlog_error (log));
    zp_eventlog_destroy (&log);
    return status;
}
