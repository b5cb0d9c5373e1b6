//  SPDX-License-Identifier: MIT
//
//  Reads a history as one of a group, which shares the work: each event goes to
//  one of them, and to another one if that dies. The group's place is kept with
//  the log.

#define _POSIX_C_SOURCE 200809L

#include "zp_eventlog_reader.h"

static bool
s_on_event (void *name, const zp_eventlog_event_t *event)
{
    zclock_sleep (100);  // Work that takes its time
    printf ("%s: event %d: %.*s%s\n", (char *) name, (int) event->offset,
            (int) event->body.size, (const char *) event->body.data,
            event->delivery > 1 ? ", begun before" : "");
    return true;
}

static void
s_on_trouble (void *name, zp_status_t status, const char *text)
{
    printf ("%s: %s\n", (char *) name,
            status == ZP_OK ? "all is well again" : text);
}

int
main (int argc, char **argv)
{
    if (argc < 2) {
        fprintf (stderr, "Usage: %s NAME [ENDPOINT]\n", argv[0]);
        return 2;
    }
    setlinebuf (stdout);
    zp_eventlog_reader_options_t options = ZP_EVENTLOG_READER_DEFAULTS;
    options.log = "history";
    options.group = "taste";
    options.member = argv[1];
    options.credit = 4;  // So many are lent to it
    options.lease_ms = 5000;
    options.touch_ms = 1000;
    zp_eventlog_reader_events_t events = {
        .event = s_on_event, .trouble = s_on_trouble, .arg = argv[1]};
    zp_eventlog_reader_t *reader =
        zp_eventlog_reader_new (NULL, &options, &events);
    zp_status_t status = zp_eventlog_reader_connect (
        reader, argc > 2 ? argv[2] : "tcp://127.0.0.1:5565");
    if (status == ZP_OK)
        status = zp_eventlog_reader_run (reader, 5000);
    else
        fprintf (stderr, "%s is no endpoint\n", argv[2]);
    zp_eventlog_reader_destroy (&reader);
    return status;
}
