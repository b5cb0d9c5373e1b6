//  SPDX-License-Identifier: MIT
//
//  zp-exporter - gives viewers all that is known of them
//
//      exporter.get   {export} -> {export, state, profile, data, why}:
//                     "waiting"; "ready", with the data; "failed", with why
//      exporter.list  {after} -> {rows: [{export}]}, at most 500
//
//  An export is a job of the queue "exports", {profile}, and is called by the
//  job's number: that is what whoever put it was told. What other services know
//  of that profile is collected into one file, FOLDER/EXPORT.json. Nobody need
//  wait for it: it is there when somebody asks, also after days. One that was
//  never asked for is waiting, too.
//
//  A service that can't be asked now is asked again later, for minutes; then
//  the job is given up, and stays in the queue of dead ones.
//
//  Gauges: exported, by this process; again, exports that came twice; put off,
//  since a service could not be asked.

#define _GNU_SOURCE

#include "jobs.h"
#include "store.h"
#include "zp_client.h"

#include <dirent.h>
#include <stdatomic.h>

#define ASK_MS      2000  // For what one service knows
#define AGAIN_MS    500   // Before a job is tried again; later longer
#define AGAIN_TIMES 20    // But no longer than so many of these
#define PAGE        500

//  What is asked for, with {profile}: it is known by the method's name
static const struct {
    int option;          // Where that service is
    const char *method;  // To ask it
} s_sources[] = {{2, "profiles.get"},
                 {2, "profiles.history.list"},
                 {3, "billing.invoices"},
                 {4, "entitlement.may_watch"},
                 {5, "notifications.list"}};

#define SOURCES (sizeof s_sources / sizeof *s_sources)

typedef struct exporter {
    service_t *service;         // To say things
    const char *folder;         // Where exports are
    service_option_t *options;  // Where the other services are
    atomic_int exported;        // Written
    atomic_int again;           // There when the job came
    atomic_int put_off;         // Jobs to be tried again
} exporter_t;

//  Name, type, needed, least, most
static const field_t s_job_fields[] = {
    {"profile", JSON_STRING, true, 1, PROFILE_MAX},
    {0},
};

static const field_t s_get_fields[] = {
    {"export", JSON_INTEGER, true, 1, INT_MAX},
    {0},
};

static const field_t s_list_fields[] = {
    {"after", JSON_INTEGER, false, 0, INT_MAX},
    {0},
};

static void
s_path (const exporter_t *self, json_int_t number, char *path)
{
    snprintf (path, PATH_MAX, "%s/%lld.json", self->folder, (long long) number);
}

//  Ask one service what it knows; NULL, and *status and *why_p, if it does not
//  say
static json_t *
s_ask (exporter_t *self, size_t number, zp_span_t profile, zp_status_t *status,
       char **why_p)
{
    const service_option_t *where = &self->options[s_sources[number].option];
    zp_client_t *client = service_client (self->service, NULL, NULL);
    zchunk_t *reply = NULL;
    json_t *known = NULL;
    *status = zp_client_connect (client, where->value);
    if (*status == ZP_OK)
        *status = zp_client_call (client, s_sources[number].method,
                                  profile.data, profile.size, ASK_MS, &reply);
    if (reply)
        known = json_loadb ((char *) zchunk_data (reply), zchunk_size (reply),
                            0, NULL);
    if (!known)
        *why_p = zsys_sprintf ("%s: %s", s_sources[number].method,
                               *status == ZP_OK ? "its answer makes no sense"
                                                : zp_client_error (client));
    zchunk_destroy (&reply);
    zp_client_destroy (&client);
    return known;
}

//  Ask all; an object of what each knows, or NULL, as above
static json_t *
s_collect (exporter_t *self, json_t *body, zp_status_t *status, char **why_p)
{
    char *text = json_dumps (body, JSON_COMPACT);
    json_t *data = json_object ();
    for (size_t i = 0; i < SOURCES && data; i++) {
        json_t *known =
            s_ask (self, i, (zp_span_t){text, strlen (text)}, status, why_p);
        if (known) {
            json_object_del (known, "profile");
            json_object_set_new (data, s_sources[i].method, known);
        }
        else {
            json_decref (data);
            data = NULL;
        }
    }
    free (text);
    return data;
}

//  Write the file of an export. It can't be had of somebody who is not known:
//  then it says so. NULL, or why it is not there.
static char *
s_export (exporter_t *self, json_int_t number, json_t *body, const char *path)
{
    char *why = NULL;
    zp_status_t status = ZP_OK;
    json_t *data = s_collect (self, body, &status, &why);
    if (!data && status != ZP_NOT_FOUND)
        return why;
    json_t *export =
        json_pack ("{s:I s:s s:O s:o* s:s*}", "export", number, "state",
                   data ? "ready" : "failed", "profile",
                   json_object_get (body, "profile"), "data", data, "why", why);
    free (why);
    why = store_save (path, export)
              ? NULL
              : zsys_sprintf ("can't write %s: %s", path, strerror (errno));
    json_decref (export);
    return why;
}

//  Do a job, in a thread
static void
s_job (zp_queue_job_t *job, void *arg)
{
    exporter_t *self = arg;
    json_t *body = jobs_body (&job, s_job_fields);
    if (!body)
        return;
    json_int_t number = (json_int_t) zp_queue_job_id (job);
    uint32_t times = zp_queue_job_acquired (job);
    char path[PATH_MAX];
    s_path (self, number, path);
    bool there = access (path, F_OK) == 0;
    char *why = there ? NULL : s_export (self, number, body, path);
    if (why) {
        service_say (self->service, "export %lld: %s; again later",
                     (long long) number, why);
        atomic_fetch_add (&self->put_off, 1);
        zp_queue_job_retry (
            &job, AGAIN_MS * (times < AGAIN_TIMES ? times : AGAIN_TIMES));
    }
    else {
        atomic_fetch_add (there ? &self->again : &self->exported, 1);
        zp_queue_job_done (&job);
    }
    free (why);
    json_decref (body);
}

//  Runs in a thread, as the other one does: files are slow
static void
s_get (zp_request_t *request, void *arg)
{
    exporter_t *self = arg;
    json_t *body = service_body (&request, s_get_fields);
    if (!body)
        return;
    char path[PATH_MAX];
    s_path (self, json_integer_value (json_object_get (body, "export")), path);
    json_t *export = json_load_file (path, 0, NULL);
    if (!export) {
        export = json_incref (body);
        json_object_set_new (export, "state", json_string ("waiting"));
    }
    service_reply (&request, export);
    json_decref (body);
}

static int
s_is_export (const struct dirent *entry)
{
    return isdigit ((byte) *entry->d_name) &&
           streq (entry->d_name + strspn (entry->d_name, "0123456789"),
                  ".json");
}

static void
s_list (zp_request_t *request, void *arg)
{
    exporter_t *self = arg;
    json_t *body = service_body (&request, s_list_fields);
    if (!body)
        return;
    json_int_t after = json_integer_value (json_object_get (body, "after"));
    json_t *rows = json_array ();
    struct dirent **entries = NULL;
    int count = scandir (self->folder, &entries, s_is_export, versionsort);
    for (int i = 0; i < count; i++) {
        long long number = atoll (entries[i]->d_name);
        if (number > after && json_array_size (rows) < PAGE)
            json_array_append_new (
                rows, json_pack ("{s:I}", "export", (json_int_t) number));
        free (entries[i]);
    }
    free (entries);
    service_reply (&request, json_pack ("{s:o}", "rows", rows));
    json_decref (body);
}

static json_t *
s_gauges (void *arg)
{
    exporter_t *self = arg;
    return json_pack (
        "{s:i s:i s:i}", "exported", atomic_load (&self->exported), "again",
        atomic_load (&self->again), "put_off", atomic_load (&self->put_off));
}

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"folder", "PATH", "where to keep exports", NULL},
        {"queue", "ENDPOINT", "where the broker of queues is",
         "tcp://127.0.0.1:5704"},
        {"profiles", "ENDPOINT", "where zp-profiles is",
         "tcp://127.0.0.1:5702"},
        {"billing", "ENDPOINT", "where zp-billing is", "tcp://127.0.0.1:5707"},
        {"entitlement", "ENDPOINT", "where zp-entitlement is",
         "tcp://127.0.0.1:5710"},
        {"notifications", "ENDPOINT", "where zp-notifications is",
         "tcp://127.0.0.1:5709"},
        {0},
    };
    service_about_t about = {.name = "zp-exporter",
                             .summary = "Collects what is known of somebody.",
                             .bind = "tcp://127.0.0.1:5715",
                             .threads = 1};
    service_t *service = service_new (&about, options, argc, argv);
    exporter_t self = {
        .service = service, .folder = options[0].value, .options = options};
    int result = 1;
    if (!store_folder (self.folder))
        service_say (service, "can't make %s: %s; give another with --folder",
                     self.folder, strerror (errno));
    else if (service_take (service, &options[1], "exports", 1, s_job, &self)) {
        zp_server_t *server = service_server (service);
        zp_server_worker_method (server, "exporter.get", s_get, &self);
        zp_server_worker_method (server, "exporter.list", s_list, &self);
        service_gauges (service, s_gauges, &self);
        result = service_run (service);
    }
    service_destroy (&service);
    return result;
}
