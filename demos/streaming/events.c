//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "events.h"

#include "zp_client.h"
#include "zp_eventlog_reader.h"

#define WAIT_MS 2000  // For the bus

struct events {
    service_t *service;            // To say things
    zp_eventlog_reader_t *reader;  // Gets them
    events_fn *fn;                 // Hears them
    void *arg;                     // Given to fn
};

char *
events_tell (service_t *service, const char *endpoint, const char *id,
             json_t *event)
{
    char *body = json_dumps (event, JSON_COMPACT);
    char *options = zsys_sprintf ("{\"id\":\"%.60s\"}", id);
    json_decref (event);
    zp_span_t args[] = {{EVENTS_LOG, strlen (EVENTS_LOG)},
                        {body, strlen (body)},
                        {options, strlen (options)}};
    zp_client_t *client = service_client (service, NULL, NULL);
    zmsg_t *reply = NULL;
    zp_status_t status = zp_client_connect (client, endpoint);
    if (status == ZP_OK)
        status = zp_client_call_parts (client, "log.append", args, 3, WAIT_MS,
                                       &reply);
    char *why = status == ZP_OK
                    ? NULL
                    : zsys_sprintf ("the bus: %s", zp_client_error (client));
    zmsg_destroy (&reply);
    zp_client_destroy (&client);
    free (options);
    free (body);
    return why;
}

static const char *
s_text (json_t *object, const char *field)
{
    const char *text = fields_text (object, field);
    return text ? text : "";
}

static bool
s_on_event (void *arg, const zp_eventlog_event_t *told)
{
    events_t *self = arg;
    time_t seconds = (time_t) (told->time_ms / 1000);
    struct tm date;
    gmtime_r (&seconds, &date);
    json_t *body = json_loadb (told->body.data, told->body.size, 0, NULL);
    event_t event = {.offset = told->offset,
                     .year = 1900 + date.tm_year,
                     .kind = s_text (body, "event"),
                     .film = s_text (body, "film"),
                     .upload = s_text (body, "upload")};
    self->fn (self->arg, &event);
    json_decref (body);
    return true;
}

static void
s_on_trouble (void *arg, zp_status_t status, const char *text)
{
    events_t *self = arg;
    if (status == ZP_OK)
        service_say (self->service, "gets events again");
    else
        service_say (self->service, "gets no events: %s: %s",
                     zp_status_name (status), text);
}

static void
s_on_lost (void *arg, uint64_t from, uint64_t to)
{
    events_t *self = arg;
    service_say (self->service, "events %llu to %llu are trimmed, and missed",
                 (unsigned long long) from, (unsigned long long) to - 1);
}

events_t *
events_new (service_t *service, const service_option_t *bus, const char *group,
            uint64_t from, events_fn *fn, void *arg)
{
    events_t *self = zmalloc (sizeof *self);
    *self = (events_t){.service = service, .fn = fn, .arg = arg};
    zp_eventlog_reader_options_t options = ZP_EVENTLOG_READER_DEFAULTS;
    options.log = EVENTS_LOG;
    options.group = group;
    options.member = group;  // It is alone in it
    options.from = from;
    options.tap = service_tap (service);
    zp_eventlog_reader_events_t events = {.event = s_on_event,
                                          .lost = s_on_lost,
                                          .trouble = s_on_trouble,
                                          .arg = self};
    self->reader =
        zp_eventlog_reader_new (service_loop (service), &options, &events);
    if (zp_eventlog_reader_connect (self->reader, bus->value) != ZP_OK) {
        service_say (service, "--%s: %s is no endpoint", bus->name, bus->value);
        events_destroy (&self);
    }
    return self;
}

void
events_destroy (events_t **self_p)
{
    assert (self_p);
    events_t *self = *self_p;
    if (!self)
        return;
    zp_eventlog_reader_destroy (&self->reader);
    free (self);
    *self_p = NULL;
}

uint64_t
events_end (events_t *self)
{
    zp_eventlog_reader_stats_t stats;
    zp_eventlog_reader_stats (self->reader, &stats);
    return stats.end;
}
