//  SPDX-License-Identifier: MIT
//
//  zp-notifications - tells viewers what concerns them
//
//      notifications.list  {profile} -> {profile, notifications}: the last
//      ones,
//                          the newest first
//
//  It would send mails; here it prints them, and keeps the last ones in memory.
//  The bus keeps its place: started again, it goes on where it stood, and what
//  was sent is not sent again. Only an event that it had no time to ack is.

#include "events.h"

#define LAST 100  // Kept

typedef struct notifications {
    service_t *service;  // To print them
    json_t *last;        // {profile, text}, the newest first
} notifications_t;

//  Name, type, needed, least, most
static const field_t s_fields[] = {
    {"profile", JSON_STRING, true, 1, 64},
    {0},
};

static void
s_on_event (void *arg, const event_t *event)
{
    notifications_t *self = arg;
    const char *to = event->profile;
    char text[200];
    if (streq (event->kind, "subscription-changed"))
        snprintf (text, sizeof text, "your plan is now %s", event->plan);
    else if (streq (event->kind, "title-added")) {
        to = "all";
        snprintf (text, sizeof text, "new: %s", event->film);
    }
    else
        return;
    service_say (self->service, "to %s: %s", to, text);
    json_array_insert_new (
        self->last, 0, json_pack ("{s:s s:s}", "profile", to, "text", text));
    if (json_array_size (self->last) > LAST)
        json_array_remove (self->last, LAST);
}

static void
s_list (zp_request_t *request, void *arg)
{
    notifications_t *self = arg;
    json_t *body = service_body (&request, s_fields);
    if (!body)
        return;
    const char *profile = json_string_value (json_object_get (body, "profile"));
    json_t *list = json_array ();
    for (size_t i = 0; i < json_array_size (self->last); i++) {
        json_t *one = json_array_get (self->last, i);
        const char *to = json_string_value (json_object_get (one, "profile"));
        if (streq (to, profile) || streq (to, "all"))
            json_array_append (list, one);
    }
    json_object_set_new (body, "notifications", list);
    service_reply (&request, body);
}

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"bus", "ENDPOINT", "where the bus is", "tcp://127.0.0.1:5708"},
        {0},
    };
    service_about_t about = {.name = "zp-notifications",
                             .summary = "Tells viewers what concerns them.",
                             .bind = "tcp://127.0.0.1:5709"};
    service_t *service = service_new (&about, options, argc, argv);
    notifications_t self = {service, json_array ()};
    events_t *events = events_new (service, &options[0], "notifications", 0,
                                   s_on_event, &self);
    int result = 1;
    if (events) {
        zp_server_method (service_server (service), "notifications.list",
                          s_list, &self);
        result = service_run (service);
    }
    events_destroy (&events);
    json_decref (self.last);
    service_destroy (&service);
    return result;
}
