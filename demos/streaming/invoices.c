//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "invoices.h"

#include "jobs.h"
#include "store.h"

#include <dirent.h>

#define AGAIN_MS 1000  // Before a job that failed is tried again

struct invoices {
    service_t *service;  // To say things
    const char *folder;  // Where they are
};

//  Name, type, needed, least, most
static const field_t s_job_fields[] = {
    {"invoice", JSON_STRING, true, 1, 64},
    {"profile", JSON_STRING, true, 1, PROFILE_MAX},
    {"plan", JSON_STRING, true, 1, PLAN_MAX},
    {"month", JSON_STRING, true, 7, 7},
    {"cents", JSON_INTEGER, true, 1, INT_MAX},
    {0},
};

static const field_t s_invoices_fields[] = {
    {"profile", JSON_STRING, true, 1, PROFILE_MAX},
    {0},
};

//  Write an invoice, in a thread
static void
s_job (zp_queue_job_t *job, void *arg)
{
    invoices_t *self = arg;
    json_t *body = jobs_body (&job, s_job_fields);
    if (!body)
        return;
    char path[PATH_MAX];
    const char *name = fields_text (body, "invoice");
    snprintf (path, sizeof path, "%s/%s.json", self->folder, name);
    if (!store_name_right (name))
        zp_queue_job_bury (&job, "\"invoice\" has only a-z, 0-9 and -");
    else if (!store_save (path, body)) {
        service_say (self->service, "can't write %s: %s; again in a second",
                     path, strerror (errno));
        zp_queue_job_retry (&job, AGAIN_MS);
    }
    else {
        service_say (self->service, "wrote %s", name);
        zp_queue_job_done (&job);
    }
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
    invoices_t *self = arg;
    json_t *body = service_body (&request, s_invoices_fields);
    if (!body)
        return;
    json_t *list = json_array ();
    struct dirent **entries = NULL;
    int count = scandir (self->folder, &entries, s_is_invoice, versionsort);
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

invoices_t *
invoices_new (service_t *service, const service_option_t *folder,
              const service_option_t *broker)
{
    if (!store_folder (folder->value)) {
        service_say (service, "can't make %s: %s; give another with --%s",
                     folder->value, strerror (errno), folder->name);
        return NULL;
    }
    invoices_t *self = zmalloc (sizeof *self);
    *self = (invoices_t){service, folder->value};
    if (service_take (service, broker, INVOICES_QUEUE, 1, s_job, self))
        zp_server_worker_method (service_server (service), "billing.invoices",
                                 s_invoices, self);
    else
        invoices_destroy (&self);
    return self;
}

void
invoices_destroy (invoices_t **self_p)
{
    assert (self_p);
    free (*self_p);
    *self_p = NULL;
}
