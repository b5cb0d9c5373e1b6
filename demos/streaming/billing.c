//  SPDX-License-Identifier: MIT
//
//  zp-billing - writes invoices
//
//      billing.subscribe  {profile, plan} -> {profile, plan, invoice}
//      billing.invoices   {profile} -> {profile, invoices: [{invoice, profile,
//                         plan, month, cents}]}
//
//  To subscribe is to put a job into the queue "invoices": when the caller
//  hears of it, the invoice will be written, whatever happens. There is one
//  invoice a profile, plan and month, FOLDER/INVOICE.json, and its name says
//  so: however often the job comes, it is one. When it is written the bus is
//  told that the subscription has changed; the job is done when that is on disk
//  as well.

#define _GNU_SOURCE

#include "events.h"
#include "jobs.h"
#include "store.h"

#include <dirent.h>

#define THREADS  2
#define ID_MAX   64    // Bytes of a profile's id
#define PLAN_MAX 20    // Bytes of a plan's name
#define AGAIN_MS 1000  // Before a job that failed is tried again

static const struct {
    const char *plan;  // Its name
    int cents;         // A month
} s_prices[] = {{"basic", 499}, {"premium", 999}};

typedef struct billing {
    service_t *service;  // To say things
    const char *folder;  // Where the invoices are
    const char *queue;   // Endpoint of the broker
    const char *bus;     // Endpoint of the bus
} billing_t;

//  Name, type, needed, least, most
static const field_t s_subscribe_fields[] = {
    {"profile", JSON_STRING, true, 1, ID_MAX},
    {"plan", JSON_STRING, true, 1, PLAN_MAX},
    {0},
};

static const field_t s_job_fields[] = {
    {"profile", JSON_STRING, true, 1, ID_MAX},
    {"plan", JSON_STRING, true, 1, PLAN_MAX},
    {"month", JSON_STRING, true, 7, 7},
    {0},
};

static const field_t s_invoices_fields[] = {
    {"profile", JSON_STRING, true, 1, ID_MAX},
    {0},
};

static const char *
s_text (json_t *object, const char *field)
{
    return json_string_value (json_object_get (object, field));
}

//  What a plan costs; 0 if there is none with that name
static int
s_price (const char *plan)
{
    for (size_t i = 0; i < sizeof s_prices / sizeof s_prices[0]; i++)
        if (streq (s_prices[i].plan, plan))
            return s_prices[i].cents;
    return 0;
}

//  Name of the invoice of a job, with the 0 at its end
#define INVOICE_SIZE (ID_MAX + PLAN_MAX + 10)

static void
s_name (json_t *job, char *name)
{
    snprintf (name, INVOICE_SIZE, "%s-%s-%s", s_text (job, "profile"),
              s_text (job, "plan"), s_text (job, "month"));
}

//  What is wrong with a job, or NULL
static const char *
s_wrong (json_t *job)
{
    char name[INVOICE_SIZE];
    s_name (job, name);
    if (s_price (s_text (job, "plan")) == 0)
        return "there is no such plan; there are basic and premium";
    if (!store_name_right (name))
        return "the id of a profile has only a-z, 0-9 and -";
    return NULL;
}

//  Runs in a thread, since it waits for the broker
static void
s_subscribe (zp_request_t *request, void *arg)
{
    billing_t *self = arg;
    json_t *body = service_body (&request, s_subscribe_fields);
    if (!body)
        return;
    char month[8], invoice[INVOICE_SIZE];
    time_t now = time (NULL);
    struct tm date;
    strftime (month, sizeof month, "%Y-%m", gmtime_r (&now, &date));
    json_t *job = json_copy (body);
    json_object_set_new (job, "month", json_string (month));
    s_name (job, invoice);
    const char *wrong = s_wrong (job);
    if (wrong) {
        zp_request_fail (&request, ZP_INVALID_ARGUMENT, "%s", wrong);
        json_decref (job);
    }
    else if (jobs_put (&request, self->queue, "invoices", invoice, job)) {
        json_object_set_new (body, "invoice", json_string (invoice));
        service_reply (&request, json_incref (body));
    }
    json_decref (body);
}

//  Tell the bus what an invoice is for. NULL, or why that failed.
static char *
s_tell (billing_t *self, const char *invoice, json_t *job)
{
    return events_tell (self->bus, invoice,
                        json_pack ("{s:s s:O s:O}", "event",
                                   "subscription-changed", "profile",
                                   json_object_get (job, "profile"), "plan",
                                   json_object_get (job, "plan")));
}

//  Write an invoice, in a thread
static void
s_job (zp_queue_job_t *job, void *arg)
{
    billing_t *self = arg;
    json_t *body = jobs_body (&job, s_job_fields);
    if (!body)
        return;
    char name[INVOICE_SIZE], path[PATH_MAX], *why = NULL;
    s_name (body, name);
    snprintf (path, sizeof path, "%s/%s.json", self->folder, name);
    const char *wrong = s_wrong (body);
    if (!wrong) {
        json_object_set_new (body, "invoice", json_string (name));
        json_object_set_new (body, "cents",
                             json_integer (s_price (s_text (body, "plan"))));
    }
    if (wrong)
        zp_queue_job_bury (&job, wrong);
    else if (!store_save (path, body)) {
        service_say (self->service, "can't write %s: %s; again in a second",
                     path, strerror (errno));
        zp_queue_job_retry (&job, AGAIN_MS);
    }
    else if ((why = s_tell (self, name, body)) != NULL) {
        service_say (self->service, "%s; again in a second", why);
        zp_queue_job_retry (&job, AGAIN_MS);
    }
    else {
        service_say (self->service, "wrote %s", name);
        zp_queue_job_done (&job);
    }
    free (why);
    json_decref (body);
}

static int
s_is_invoice (const struct dirent *entry)
{
    size_t size = strlen (entry->d_name);
    return size > 5 && streq (entry->d_name + size - 5, ".json");
}

//  Runs in a thread: files are slow
static void
s_invoices (zp_request_t *request, void *arg)
{
    billing_t *self = arg;
    json_t *body = service_body (&request, s_invoices_fields);
    if (!body)
        return;
    json_t *list = json_array ();
    struct dirent **entries = NULL;
    int count = scandir (self->folder, &entries, s_is_invoice, alphasort);
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        snprintf (path, sizeof path, "%s/%s", self->folder, entries[i]->d_name);
        json_t *invoice = json_load_file (path, 0, NULL);
        if (json_equal (json_object_get (invoice, "profile"),
                        json_object_get (body, "profile")))
            json_array_append (list, invoice);
        json_decref (invoice);
        free (entries[i]);
    }
    free (entries);
    json_object_set_new (body, "invoices", list);
    service_reply (&request, body);
}

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"folder", "PATH", "where to keep invoices", NULL},
        {"queue", "ENDPOINT", "where the broker of queues is",
         "tcp://127.0.0.1:5704"},
        {"bus", "ENDPOINT", "where the bus is", "tcp://127.0.0.1:5708"},
        {0},
    };
    service_about_t about = {.name = "zp-billing",
                             .summary = "Writes invoices.",
                             .bind = "tcp://127.0.0.1:5707",
                             .threads = THREADS};
    service_t *service = service_new (&about, options, argc, argv);
    billing_t self = {service, options[0].value, options[1].value,
                      options[2].value};
    int result = 1;
    if (!store_folder (self.folder))
        service_say (service, "can't make %s: %s; give another with --folder",
                     self.folder, strerror (errno));
    else if (service_take (service, &options[1], "invoices", 1, s_job, &self)) {
        zp_server_t *server = service_server (service);
        zp_server_worker_method (server, "billing.subscribe", s_subscribe,
                                 &self);
        zp_server_worker_method (server, "billing.invoices", s_invoices, &self);
        result = service_run (service);
    }
    service_destroy (&service);
    return result;
}
