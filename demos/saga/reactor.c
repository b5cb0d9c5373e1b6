//  SPDX-License-Identifier: MIT
//
//  One of the four services, by its name, without a coordinator: hears what
//  happened, does its part, and says what came of it. What it hears again it
//  does not do again; it says the same as before.

#include "reaction.h"
#include "zp_client.h"
#include "zp_eventlog_reader.h"

#define WAIT_MS 1000  // For the log; and before it tries again

typedef struct reactor {
    const char *service;           // Its name
    sqlite3 *db;                   // Its books, and what it said
    zp_client_t *client;           // Says it
    zp_eventlog_reader_t *reader;  // Hears
} reactor_t;

//  The id makes it the same event, however often it is appended
static bool
s_append (reactor_t *self, uint64_t heard, const char *text)
{
    char options[64];
    snprintf (options, sizeof options, "{\"id\":\"%s-%d\"}", self->service,
              (int) heard);
    zp_span_t args[] = {
        {"premium", 7}, {text, strlen (text)}, {options, strlen (options)}};
    zmsg_t *reply;
    zp_status_t status = zp_client_call_parts (self->client, "log.append", args,
                                               3, WAIT_MS, &reply);
    zmsg_destroy (&reply);
    return status == ZP_OK;
}

static bool
s_on_event (void *arg, const zp_eventlog_event_t *event)
{
    reactor_t *self = arg;
    char *said;
    bool done = reaction_do (self->service, self->db, event->body, &said) &&
                (!said || s_append (self, event->offset, said));
    if (!done)
        zp_eventlog_reader_retry (self->reader, event->offset, WAIT_MS);
    free (said);
    return done;
}

int
main (int argc, char **argv)
{
    reactor_t self = {.service = argc > 1 ? argv[1] : ""};
    if (ledger_sum (self.service) == 0) {
        fprintf (stderr, "Usage: %s SERVICE [ACTION-TO-REFUSE]\n", argv[0]);
        return 2;
    }
    self.db = reaction_open (self.service, argv[2]);
    self.client = zp_client_new (NULL, NULL);
    zp_client_connect (self.client, "ipc://events");
    zloop_t *loop = zloop_new ();
    zp_server_t *server = zp_server_new (loop, NULL);
    zp_status_t status = ledger_serve (self.db, self.service, server);

    zp_eventlog_reader_options_t options = ZP_EVENTLOG_READER_DEFAULTS;
    options.log = "premium";
    options.group = options.member = self.service;
    options.credit = 10;
    zp_eventlog_reader_events_t events = {.event = s_on_event, .arg = &self};
    self.reader = zp_eventlog_reader_new (loop, &options, &events);
    zp_eventlog_reader_connect (self.reader, "ipc://events");
    if (status == ZP_OK)
        status = zp_eventlog_reader_run (self.reader, WAIT_MS);
    zp_eventlog_reader_destroy (&self.reader);
    zp_server_destroy (&server);
    zloop_destroy (&loop);
    zp_client_destroy (&self.client);
    sqlite3_close (self.db);
    return status;
}
