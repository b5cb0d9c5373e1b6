//  SPDX-License-Identifier: MIT
//
//  zp-entitlement - who may watch
//
//      entitlement.may_watch  {profile} -> {profile, may, plan}
//
//  Nobody tells it: it reads what the bus has of subscriptions, from the first
//  event on each time that it is started, and keeps nothing of its own.

#include "events.h"

//  Name, type, needed, least, most
static const field_t s_fields[] = {
    {"profile", JSON_STRING, true, 1, 64},
    {0},
};

static void
s_on_event (void *plans, const event_t *event)
{
    if (streq (event->kind, "subscription-changed"))
        json_object_set_new (plans, event->profile, json_string (event->plan));
}

static void
s_may_watch (zp_request_t *request, void *plans)
{
    json_t *body = service_body (&request, s_fields);
    if (!body)
        return;
    json_t *profile = json_object_get (body, "profile");
    json_t *plan = json_object_get (plans, json_string_value (profile));
    service_reply (&request, json_pack ("{s:O s:b s:O*}", "profile", profile,
                                        "may", plan != NULL, "plan", plan));
    json_decref (body);
}

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"bus", "ENDPOINT", "where the bus is", "tcp://127.0.0.1:5708"},
        {0},
    };
    service_about_t about = {.name = "zp-entitlement",
                             .summary = "Knows who may watch.",
                             .bind = "tcp://127.0.0.1:5710"};
    service_t *service = service_new (&about, options, argc, argv);
    json_t *plans = json_object ();
    events_t *events =
        events_new (service, &options[0], NULL, 0, s_on_event, plans);
    int result = 1;
    if (events) {
        zp_server_method (service_server (service), "entitlement.may_watch",
                          s_may_watch, plans);
        result = service_run (service);
    }
    events_destroy (&events);
    json_decref (plans);
    service_destroy (&service);
    return result;
}
