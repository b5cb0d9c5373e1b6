//  SPDX-License-Identifier: MIT
//
//  Reads a history alone, and adds up how long films were watched. Its place is
//  its own to keep: in a file, with the sum.

#define _POSIX_C_SOURCE 200809L

#include "zp_eventlog_reader.h"

typedef struct reader {
    const char *file;  // Where it keeps what follows
    int next;          // The event that it has not read
    int minutes;       // Of all before
} reader_t;

//  Both or none, whenever it is killed: so no event counts twice, or never
static void
s_store (const reader_t *self)
{
    char part[PATH_MAX];
    snprintf (part, sizeof part, "%s.part", self->file);
    int file = open (part, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (dprintf (file, "%d %d\n", self->next, self->minutes) < 0 ||
        fsync (file) || close (file) || rename (part, self->file)) {
        perror (self->file);
        exit (1);
    }
}

static bool
s_on_event (void *arg, const zp_eventlog_event_t *event)
{
    reader_t *self = arg;
    char *text = strndup (event->body.data, event->body.size);
    const char *minutes = strrchr (text, ' ');
    self->minutes += minutes ? atoi (minutes) : 0;
    self->next = (int) event->offset + 1;
    s_store (self);
    printf ("reader: event %d: %s, %d minutes in all\n", self->next - 1, text,
            self->minutes);
    free (text);
    return true;
}

int
main (int argc, char **argv)
{
    if (argc < 2) {
        fprintf (stderr, "Usage: %s FILE [ENDPOINT]\n", argv[0]);
        return 2;
    }
    setlinebuf (stdout);
    reader_t self = {.file = argv[1]};
    FILE *file = fopen (self.file, "r");
    if (file && fscanf (file, "%d %d", &self.next, &self.minutes) == 2)
        fclose (file);
    printf ("reader: begins at event %d\n", self.next);

    zp_eventlog_reader_options_t options = ZP_EVENTLOG_READER_DEFAULTS;
    options.log = "history";
    options.from = (uint64_t) self.next;
    zp_eventlog_reader_events_t events = {.event = s_on_event, .arg = &self};
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
