//  SPDX-License-Identifier: MIT
//
//  zp-billing - takes money, and writes invoices
//
//      billing.subscribe  {profile, plan, card, order} -> {profile, plan, saga}
//      billing.invoices   {profile} -> {profile, invoices: [{invoice, profile,
//                         plan, month, cents}]}
//
//  To subscribe is to start the saga "subscribe": when the caller hears of it,
//  it is on disk, and will be done or undone, whatever happens. Its id is the
//  order, if the caller has made one up: the same again is then the same saga.
//
//  Steps of sagas:
//
//      billing.charge    {profile, plan, from, card} -> {charge, cents, month}
//                        undone by billing.refund
//      billing.pay_back  {profile, plan} -> {cents}: what is left of the month
//      billing.invoice   {profile, plan, charge, cents, month} -> null: the job
//                        to write it is in the queue
//
//  Its book has an account "card" for each profile, from which money comes, and
//  "income" for each plan. With "from" only the difference between two plans is
//  charged. The card "expired" is refused.

#define _GNU_SOURCE

#include "entries.h"
#include "invoices.h"
#include "jobs.h"
#include "outbox.h"
#include "plans.h"
#include "store.h"
#include "zp_client.h"

#define THREADS   2
#define CARD_MAX  40  // Bytes of a card
#define ORDER_MAX 50  // Of an order, which becomes the id of a saga

typedef struct billing {
    book_t *book;       // The money
    outbox_t *outbox;   // To the broker of queues
    json_t *plans;      // What they cost
    const char *sagas;  // Endpoint of their coordinator
} billing_t;

//  Name, type, needed, least, most
static const field_t s_subscribe_fields[] = {
    {"profile", JSON_STRING, true, 1, PROFILE_MAX},
    {"plan", JSON_STRING, true, 1, PLAN_MAX},
    {"card", JSON_STRING, false, 1, CARD_MAX},
    {"order", JSON_STRING, false, 1, ORDER_MAX},
    {0},
};

static const field_t s_charge_fields[] = {
    {"profile", JSON_STRING, true, 1, PROFILE_MAX},
    {"plan", JSON_STRING, true, 1, PLAN_MAX},
    {"from", JSON_STRING, false, 1, PLAN_MAX},
    {"card", JSON_STRING, false, 1, CARD_MAX},
    {0},
};

static const field_t s_pay_back_fields[] = {
    {"profile", JSON_STRING, true, 1, PROFILE_MAX},
    {"plan", JSON_STRING, true, 1, PLAN_MAX},
    {0},
};

static const field_t s_invoice_fields[] = {
    {"profile", JSON_STRING, true, 1, PROFILE_MAX},
    {"plan", JSON_STRING, true, 1, PLAN_MAX},
    {"charge", JSON_INTEGER, true, 1, INT_MAX},
    {"cents", JSON_INTEGER, true, 1, INT_MAX},
    {"month", JSON_STRING, true, 7, 7},
    {0},
};

static struct tm
s_today (void)
{
    struct tm date;
    time_t now = time (NULL);
    return *gmtime_r (&now, &date);
}

static account_t
s_card (json_t *input)
{
    return (account_t){"card", fields_text (input, "profile"), ""};
}

static account_t
s_income (json_t *input)
{
    return (account_t){"income", "", fields_text (input, "plan")};
}

static json_t *
s_charge (book_t *book, json_t *input, void *arg)
{
    const billing_t *self = arg;
    const char *from = fields_text (input, "from"),
               *card = fields_text (input, "card");
    json_int_t cents =
        plans_number (self->plans, fields_text (input, "plan"), "cents");
    json_int_t paid = from ? plans_number (self->plans, from, "cents") : 0;
    if (cents == 0 || (from && paid == 0))
        return book_refuse (book, "NO_PLAN", "there is no such plan");
    if (cents <= paid)
        return book_refuse (book, "NO_MORE", "it costs no more than %s", from);
    if (card && streq (card, "expired"))
        return book_refuse (book, "CARD", "the card has expired");
    char month[8];
    struct tm date = s_today ();
    strftime (month, sizeof month, "%Y-%m", &date);
    json_int_t number =
        entries_move (book, s_card (input), s_income (input), cents - paid);
    return json_pack ("{s:I s:I s:s}", "charge", number, "cents", cents - paid,
                      "month", month);
}

//  How much of a month's price is for the days that come
static json_int_t
s_left (json_int_t cents)
{
    struct tm date = s_today ();
    int today = date.tm_mday;
    date.tm_mday = 32;
    timegm (&date);
    int days = 32 - date.tm_mday;
    return cents * (days - today) / days;
}

static json_t *
s_pay_back (book_t *book, json_t *input, void *arg)
{
    const billing_t *self = arg;
    json_int_t cents = s_left (
        plans_number (self->plans, fields_text (input, "plan"), "cents"));
    entries_move (book, s_income (input), s_card (input), cents);
    return json_pack ("{s:I}", "cents", cents);
}

static json_t *
s_invoice (book_t *book, json_t *input, void *arg)
{
    (void) book;
    const billing_t *self = arg;
    char name[80];
    json_t *job = json_copy (input);
    snprintf (
        name, sizeof name, "%s-%lld", fields_text (input, "profile"),
        (long long) json_integer_value (json_object_get (input, "charge")));
    json_object_del (job, "charge");
    json_object_set_new (job, "invoice", json_string (name));
    return outbox_put (self->outbox, json_pack ("[s, o, o]", INVOICES_QUEUE,
                                                job, jobs_options (name)));
}

//  Start the saga, in a thread since it waits for the coordinator. The input is
//  what the saga is to have; the request is ended if that fails.
static char *
s_start (billing_t *self, zp_request_t **request_p, const char *order,
         json_t *input)
{
    char *text = json_dumps (input, JSON_COMPACT), *id = NULL;
    zp_span_t args[] = {
        {"subscribe", 9}, {order, strlen (order)}, {text, strlen (text)}};
    zp_client_t *client =
        service_client (book_service (self->book), NULL, *request_p);
    zmsg_t *reply = NULL;
    zp_status_t status = zp_client_connect (client, self->sagas);
    if (status == ZP_OK)
        status = zp_client_call_parts (client, "saga.start", args, 3,
                                       service_budget (*request_p), &reply);
    if (status == ZP_OK)
        id = zmsg_popstr (reply);
    else
        zp_request_fail (request_p, status, "saga.start: %s",
                         zp_client_error (client));
    zmsg_destroy (&reply);
    zp_client_destroy (&client);
    free (text);
    return id;
}

static void
s_subscribe (zp_request_t *request, void *arg)
{
    billing_t *self = arg;
    json_t *body = service_body (&request, s_subscribe_fields);
    if (!body)
        return;
    const char *plan = fields_text (body, "plan"),
               *order = fields_text (body, "order");
    json_t *input = json_copy (body);
    json_object_del (input, "order");
    char *id = NULL;
    if (plans_number (self->plans, plan, "cents") == 0)
        zp_request_fail (&request, ZP_INVALID_ARGUMENT,
                         "there is no plan \"%s\"", plan);
    else if (!store_name_right (fields_text (body, "profile")))
        zp_request_fail (&request, ZP_INVALID_ARGUMENT,
                         "the id of a profile has only a-z, 0-9 and -");
    else
        id = s_start (self, &request, order ? order : "", input);
    if (id)
        service_reply (&request,
                       json_pack ("{s:O s:O s:s}", "profile",
                                  json_object_get (body, "profile"), "plan",
                                  json_object_get (body, "plan"), "saga", id));
    free (id);
    json_decref (input);
    json_decref (body);
}

static const book_method_t s_methods[] = {
    {"billing.charge", s_charge_fields, s_charge, false},
    {"billing.refund", s_charge_fields, entries_undo, true},
    {"billing.pay_back", s_pay_back_fields, s_pay_back, false},
    {"billing.invoice", s_invoice_fields, s_invoice, false},
    {0},
};

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"book", "FILE", "where to keep its book", NULL},
        {"plans", "FILE", "what plans there are", NULL},
        {"folder", "PATH", "where to keep invoices", NULL},
        {"queue", "ENDPOINT", "where the broker of queues is",
         "tcp://127.0.0.1:5704"},
        {"saga", "ENDPOINT", "where the coordinator of sagas is",
         "tcp://127.0.0.1:5713"},
        {0},
    };
    service_about_t about = {.name = "zp-billing",
                             .summary = "Takes money, and writes invoices.",
                             .bind = "tcp://127.0.0.1:5707",
                             .threads = THREADS};
    service_t *service = service_new (&about, options, argc, argv);
    billing_t self = {.plans = plans_load (service, &options[1]),
                      .sagas = options[4].value};
    char *tables = zsys_sprintf ("%s%s", entries_tables, outbox_table);
    invoices_t *invoices =
        self.plans ? invoices_new (service, &options[2], &options[3]) : NULL;
    int result = 1;
    if (invoices)
        self.book = book_new (service, &options[0], tables, s_methods, &self);
    if (self.book)
        self.outbox = outbox_new (self.book, &options[3], "queue.put");
    if (self.outbox) {
        entries_serve (self.book);
        zp_server_worker_method (service_server (service), "billing.subscribe",
                                 s_subscribe, &self);
        result = book_run (self.book);
    }
    outbox_destroy (&self.outbox);
    service_destroy (&service);
    book_destroy (&self.book);
    invoices_destroy (&invoices);
    json_decref (self.plans);
    free (tables);
    return result;
}
