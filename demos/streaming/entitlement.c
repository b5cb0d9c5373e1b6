//  SPDX-License-Identifier: MIT
//
//  zp-entitlement - who may watch
//
//      entitlement.may_watch  {profile} -> {profile, may, plan}
//
//  Steps of sagas:
//
//      entitlement.grant   {profile, plan} -> null
//      entitlement.change  {profile, from, plan} -> null
//      entitlement.revoke  {profile} -> {plan}: which it was
//      entitlement.tell    {profile} -> null; tells the bus which plan it has
//                          now: "subscription-changed"
//
//  Its book has an account "given" for each plan, and "may" for each profile.

#include "entries.h"
#include "events.h"
#include "outbox.h"

typedef struct entitlement {
    book_t *book;      // Who may watch
    outbox_t *outbox;  // To the bus
} entitlement_t;

//  Name, type, needed, least, most
static const field_t s_profile_fields[] = {
    {"profile", JSON_STRING, true, 1, PROFILE_MAX},
    {0},
};

static const field_t s_grant_fields[] = {
    {"profile", JSON_STRING, true, 1, PROFILE_MAX},
    {"plan", JSON_STRING, true, 1, PLAN_MAX},
    {0},
};

static const field_t s_change_fields[] = {
    {"profile", JSON_STRING, true, 1, PROFILE_MAX},
    {"from", JSON_STRING, true, 1, PLAN_MAX},
    {"plan", JSON_STRING, true, 1, PLAN_MAX},
    {0},
};

static account_t
s_given (const char *plan)
{
    return (account_t){"given", "", plan};
}

static account_t
s_may (const char *profile, const char *plan)
{
    return (account_t){"may", profile, plan};
}

//  The plan that a profile has, which the caller owns, or NULL
static json_t *
s_plan (book_t *book, const char *profile)
{
    json_t *rows =
        book_sql (book,
                  "SELECT plan FROM balances WHERE profile = :profile"
                  "  AND account = 'may' AND balance > 0",
                  json_pack ("{s:s}", "profile", profile));
    json_t *plan =
        json_incref (json_object_get (json_array_get (rows, 0), "plan"));
    json_decref (rows);
    return plan;
}

static json_t *
s_grant (book_t *book, json_t *input, void *arg)
{
    (void) arg;
    const char *profile = fields_text (input, "profile");
    const char *plan = fields_text (input, "plan");
    json_t *has = s_plan (book, profile);
    json_decref (has);
    if (has)
        return book_refuse (book, "HAS_PLAN", "%s has a plan already", profile);
    entries_move (book, s_given (plan), s_may (profile, plan), 1);
    return json_null ();
}

static json_t *
s_change (book_t *book, json_t *input, void *arg)
{
    (void) arg;
    const char *profile = fields_text (input, "profile");
    const char *from = fields_text (input, "from");
    const char *plan = fields_text (input, "plan");
    if (entries_balance (book, s_may (profile, from)) != 1)
        return book_refuse (book, "NO_PLAN", "the plan of %s is not %s",
                            profile, from);
    entries_move (book, s_may (profile, from), s_given (from), 1);
    entries_move (book, s_given (plan), s_may (profile, plan), 1);
    return json_null ();
}

static json_t *
s_revoke (book_t *book, json_t *input, void *arg)
{
    (void) arg;
    const char *profile = fields_text (input, "profile");
    json_t *plan = s_plan (book, profile);
    if (!plan)
        return book_refuse (book, "NO_PLAN", "%s has no plan", profile);
    entries_move (book, s_may (profile, json_string_value (plan)),
                  s_given (json_string_value (plan)), 1);
    return json_pack ("{s:o}", "plan", plan);
}

static json_t *
s_tell (book_t *book, json_t *input, void *arg)
{
    const entitlement_t *self = arg;
    const char *profile = fields_text (input, "profile");
    json_t *plan = s_plan (book, profile);
    json_t *event =
        json_pack ("{s:s s:s s:s}", "event", "subscription-changed", "profile",
                   profile, "plan", plan ? json_string_value (plan) : "");
    json_decref (plan);
    return outbox_put (self->outbox, json_pack ("[s, o]", EVENTS_LOG, event));
}

static void
s_may_watch (zp_request_t *request, void *arg)
{
    const entitlement_t *self = arg;
    json_t *body = service_body (&request, s_profile_fields);
    if (!body)
        return;
    json_t *profile = json_object_get (body, "profile");
    json_t *plan = s_plan (self->book, json_string_value (profile));
    service_reply (&request, json_pack ("{s:O s:b s:o*}", "profile", profile,
                                        "may", plan != NULL, "plan", plan));
    json_decref (body);
}

static const book_method_t s_methods[] = {
    {"entitlement.grant", s_grant_fields, s_grant, false},
    {"entitlement.change", s_change_fields, s_change, false},
    {"entitlement.revoke", s_profile_fields, s_revoke, false},
    {"entitlement.tell", s_profile_fields, s_tell, false},
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
    service_about_t about = {.name = "zp-entitlement",
                             .summary = "Knows who may watch.",
                             .bind = "tcp://127.0.0.1:5710"};
    service_t *service = service_new (&about, options, argc, argv);
    entitlement_t self = {NULL, NULL};
    char *tables = zsys_sprintf ("%s%s", entries_tables, outbox_table);
    int result = 1;
    self.book = book_new (service, &options[0], tables, s_methods, &self);
    if (self.book)
        self.outbox = outbox_new (self.book, &options[1], "log.append");
    if (self.outbox) {
        entries_serve (self.book);
        zp_server_method (service_server (service), "entitlement.may_watch",
                          s_may_watch, &self);
        result = book_run (self.book);
    }
    outbox_destroy (&self.outbox);
    service_destroy (&service);
    book_destroy (&self.book);
    free (tables);
    return result;
}
