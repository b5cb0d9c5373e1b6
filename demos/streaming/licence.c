//  SPDX-License-Identifier: MIT
//
//  zp-licence - has the seats of each plan
//
//  The studios allow so many viewers of each plan at a time. Steps of sagas:
//
//      licence.reserve_seat  {profile, plan, from} -> null
//                            undone by licence.release_seat
//      licence.return_seat   {profile, plan} -> null
//
//  and for anybody
//
//      licence.seats         {} -> {plans: [{plan, free, held}]}
//
//  Its book has three accounts a plan: "issued", "free" and, for each profile,
//  "held". Who reserves a seat must have the one of "from", or none at all if
//  that is not given: so of two sagas that change one profile's plan at the
//  same time, the second is refused at its first step.

#include "entries.h"
#include "plans.h"

typedef struct licence {
    book_t *book;   // The seats
    json_t *plans;  // What there is
} licence_t;

//  Name, type, needed, least, most
static const field_t s_reserve_fields[] = {
    {"profile", JSON_STRING, true, 1, PROFILE_MAX},
    {"plan", JSON_STRING, true, 1, PLAN_MAX},
    {"from", JSON_STRING, false, 1, PLAN_MAX},
    {0},
};

static const field_t s_return_fields[] = {
    {"profile", JSON_STRING, true, 1, PROFILE_MAX},
    {"plan", JSON_STRING, true, 1, PLAN_MAX},
    {0},
};

static const field_t s_no_fields[] = {{0}};

static account_t
s_free (const char *plan)
{
    return (account_t){"free", "", plan};
}

static account_t
s_held (const char *profile, const char *plan)
{
    return (account_t){"held", profile, plan};
}

//  True if a profile has a seat of "from" and no other, or none without that
static bool
s_has_only (book_t *book, const char *profile, const char *from)
{
    json_int_t seats = book_number (
        book,
        "SELECT sum (balance) FROM balances WHERE profile = :profile"
        "  AND account = 'held'",
        json_pack ("{s:s}", "profile", profile));
    return from ? seats == 1 &&
                      entries_balance (book, s_held (profile, from)) == 1
                : seats == 0;
}

static json_t *
s_reserve (book_t *book, json_t *input, void *arg)
{
    const licence_t *self = arg;
    const char *profile = fields_text (input, "profile");
    const char *plan = fields_text (input, "plan");
    const char *from = fields_text (input, "from");
    if (plans_number (self->plans, plan, "cents") == 0)
        return book_refuse (book, "NO_PLAN", "there is no plan %s", plan);
    if (!s_has_only (book, profile, from))
        return from ? book_refuse (book, "SEATS",
                                   "%s must have a seat of %s, and no other",
                                   profile, from)
                    : book_refuse (book, "SEATS", "%s has a seat already",
                                   profile);
    if (entries_balance (book, s_free (plan)) < 1)
        return book_refuse (book, "SOLD_OUT", "no seat of %s is free", plan);
    entries_move (book, s_free (plan), s_held (profile, plan), 1);
    return json_null ();
}

static json_t *
s_return (book_t *book, json_t *input, void *arg)
{
    (void) arg;
    const char *profile = fields_text (input, "profile");
    const char *plan = fields_text (input, "plan");
    if (entries_balance (book, s_held (profile, plan)) != 1)
        return book_refuse (book, "SEATS", "%s has no seat of %s", profile,
                            plan);
    entries_move (book, s_held (profile, plan), s_free (plan), 1);
    return json_null ();
}

static void
s_seats (zp_request_t *request, void *arg)
{
    licence_t *self = arg;
    json_t *body = service_body (&request, s_no_fields);
    if (!body)
        return;
    service_reply (
        &request,
        json_pack ("{s:o}", "plans",
                   book_sql (self->book,
                             "SELECT plan,"
                             "  sum (iif (account = 'free', balance, 0)) free,"
                             "  sum (iif (account = 'held', balance, 0)) held"
                             "  FROM balances GROUP BY plan",
                             NULL)));
    json_decref (body);
}

//  Issue as many seats as the file of plans says, now or at first. False, and
//  said why, if it says fewer than are held.
static bool
s_issue (licence_t *self, service_t *service)
{
    size_t i;
    json_t *one;
    json_array_foreach (self->plans, i, one)
    {
        const char *plan = fields_text (one, "id");
        account_t issued = {"issued", "", plan};
        json_int_t more = plans_number (self->plans, plan, "seats") +
                          entries_balance (self->book, issued);
        if (entries_balance (self->book, s_free (plan)) + more < 0) {
            service_say (service, "more seats of %s are held than there are",
                         plan);
            return false;
        }
        if (more)
            entries_move (self->book, issued, s_free (plan), more);
    }
    return true;
}

static const book_method_t s_methods[] = {
    {"licence.reserve_seat", s_reserve_fields, s_reserve, false},
    {"licence.release_seat", s_reserve_fields, entries_undo, true},
    {"licence.return_seat", s_return_fields, s_return, false},
    {0},
};

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"book", "FILE", "where to keep its book", NULL},
        {"plans", "FILE", "what plans there are", NULL},
        {0},
    };
    service_about_t about = {.name = "zp-licence",
                             .summary = "Has the seats of each plan.",
                             .bind = "tcp://127.0.0.1:5712"};
    service_t *service = service_new (&about, options, argc, argv);
    licence_t self = {.plans = plans_load (service, &options[1])};
    int result = 1;
    if (self.plans)
        self.book =
            book_new (service, &options[0], entries_tables, s_methods, &self);
    if (self.book && s_issue (&self, service)) {
        entries_serve (self.book);
        zp_server_method (service_server (service), "licence.seats", s_seats,
                          &self);
        result = book_run (self.book);
    }
    service_destroy (&service);
    book_destroy (&self.book);
    json_decref (self.plans);
    return result;
}
