//  SPDX-License-Identifier: MIT
//
//  zp-notifications - tells viewers what concerns them
//
//      notifications.list  {profile} -> {profile, notifications: [{profile,
//                          text}]}: the last ones, the newest first
//
//  It would send mails; here it prints them, and keeps them in its book. Some
//  are steps of sagas:
//
//      notifications.send  {profile, text, plan} -> null; the plan ends the
//      text
//
//  and of what concerns all it hears over the bus, which keeps its place:
//  started again, it goes on where it stood. An event can come twice, a step as
//  well; each is there once, under its key.
//
//  Gauges: sent, ever.

#include "book.h"
#include "events.h"

static const char s_table[] =
    "CREATE TABLE IF NOT EXISTS messages"
    "  (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,"
    "   profile TEXT NOT NULL, text TEXT NOT NULL);";

//  Name, type, needed, least, most
static const field_t s_list_fields[] = {
    {"profile", JSON_STRING, true, 1, PROFILE_MAX},
    {0},
};

static const field_t s_send_fields[] = {
    {"profile", JSON_STRING, true, 1, PROFILE_MAX},
    {"text", JSON_STRING, true, 1, 100},
    {"plan", JSON_STRING, false, 1, PLAN_MAX},
    {0},
};

static void
s_keep (book_t *book, const char *key, const char *to, const char *text)
{
    service_say (book_service (book), "to %s: %s", to, text);
    json_decref (book_sql (
        book,
        "INSERT OR IGNORE INTO messages (key, profile, text)"
        "  VALUES (:key, :profile, :text)",
        json_pack ("{s:s s:s s:s}", "key", key, "profile", to, "text", text)));
}

static void
s_on_event (void *book, const event_t *event)
{
    if (!streq (event->kind, "title-added"))
        return;
    char *key =
        zsys_sprintf ("events/%llu", (unsigned long long) event->offset);
    char *text = zsys_sprintf ("new: %s", event->film);
    s_keep (book, key, "all", text);
    free (text);
    free (key);
}

static json_t *
s_send (book_t *book, json_t *input, void *arg)
{
    (void) arg;
    const char *profile, *text, *plan = "";
    json_unpack (input, "{s:s s:s s?s}", "profile", &profile, "text", &text,
                 "plan", &plan);
    char *line = zsys_sprintf ("%s%s%s", text, *plan ? " " : "", plan);
    s_keep (book, book_key (book), profile, line);
    free (line);
    return json_null ();
}

static void
s_list (zp_request_t *request, void *book)
{
    json_t *body = service_body (&request, s_list_fields);
    if (!body)
        return;
    json_object_set_new (body, "notifications",
                         book_sql (book,
                                   "SELECT profile, text FROM messages"
                                   "  WHERE profile IN (:profile, 'all')"
                                   "  ORDER BY number DESC LIMIT 100",
                                   json_incref (body)));
    service_reply (&request, body);
}

static json_t *
s_gauges (void *book)
{
    return json_pack (
        "{s:I}", "sent",
        book_number (book, "SELECT max (number) FROM messages", NULL));
}

static const book_method_t s_methods[] = {
    {"notifications.send", s_send_fields, s_send, false},
    {0},
};

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"book", "FILE", "where to keep its book", NULL},
        {"bus", "ENDPOINT", "where the bus is", "tcp://127.0.0.1:5708"},
        {0},
    };
    service_about_t about = {.name = "zp-notifications",
                             .summary = "Tells viewers what concerns them.",
                             .bind = "tcp://127.0.0.1:5709"};
    service_t *service = service_new (&about, options, argc, argv);
    book_t *book = book_new (service, &options[0], s_table, s_methods, NULL);
    events_t *events = book ? events_new (service, &options[1], "notifications",
                                          0, s_on_event, book)
                            : NULL;
    int result = 1;
    if (events) {
        zp_server_method (service_server (service), "notifications.list",
                          s_list, book);
        service_gauges (service, s_gauges, book);
        result = book_run (book);
    }
    events_destroy (&events);
    service_destroy (&service);
    book_destroy (&book);
    return result;
}
