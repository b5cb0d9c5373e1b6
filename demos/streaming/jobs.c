//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "jobs.h"

#include "zp_client.h"

#define LEASE_MS 10000  // A worker that is silent so long has lost its job
#define LOOK_MS  1000   // For a look at jobs that failed
#define PAGE     "31"   // Of these at once

bool
jobs_broker_right (service_t *service, const service_option_t *broker)
{
    zp_client_t *client = zp_client_new (NULL, NULL);
    bool right = zp_client_connect (client, broker->value) == ZP_OK;
    if (!right)
        service_say (service, "--%s: %s is no endpoint", broker->name,
                     broker->value);
    zp_client_destroy (&client);
    return right;
}

json_t *
jobs_options (const char *id)
{
    return json_pack ("{s:s s:i}", "id", id, "lease_ms", LEASE_MS);
}

bool
jobs_put (service_t *service, zp_request_t **request_p, const char *endpoint,
          const char *queue, const char *id, json_t *job)
{
    char *body = json_dumps (job, JSON_COMPACT);
    json_t *about = jobs_options (id);
    char *options = json_dumps (about, JSON_COMPACT);
    json_decref (about);
    json_decref (job);
    zp_span_t args[] = {{queue, strlen (queue)},
                        {body, strlen (body)},
                        {options, strlen (options)}};
    zp_client_t *client = service_client (service, NULL, *request_p);
    zmsg_t *reply = NULL;
    zp_status_t status = zp_client_connect (client, endpoint);
    if (status == ZP_OK)
        status = zp_client_call_parts (client, "queue.put", args, 3,
                                       service_budget (*request_p), &reply);
    if (status != ZP_OK)
        zp_request_fail (request_p, status, "%s: %s", queue,
                         zp_client_error (client));
    zmsg_destroy (&reply);
    zp_client_destroy (&client);
    free (options);
    free (body);
    return status == ZP_OK;
}

//  Add what the broker says of a message, and return its number
static json_int_t
s_add_failed (json_t *failed, zframe_t *about)
{
    json_int_t number = 0;
    const char *id = NULL, *why = "";
    json_t *info =
        json_loadb ((char *) zframe_data (about), zframe_size (about), 0, NULL);
    if (json_unpack (info, "{s:I s:{s:s s?s}}", "id", &number, "head", "id",
                     &id, "why", &why) == 0)
        json_object_set_new (failed, id, json_string (why));
    json_decref (info);
    return number;
}

//  Add the messages of a queue that are in that state, page by page
static void
s_look (zp_client_t *client, const char *queue, const char *state,
        json_t *failed)
{
    json_int_t after = 0;
    zmsg_t *page;
    do {
        char *options = zsys_sprintf ("{\"state\":\"%s\",\"after\":%lld,"
                                      "\"count\":" PAGE ",\"body\":false}",
                                      state, (long long) after);
        zp_span_t args[] = {{queue, strlen (queue)},
                            {options, strlen (options)}};
        zp_client_call_parts (client, "queue.peek", args, 2, LOOK_MS, &page);
        free (options);
        after = 0;
        //  What is said of each, and an empty body
        for (zframe_t *about = page ? zmsg_first (page) : NULL; about;
             zmsg_next (page), about = zmsg_next (page))
            after = s_add_failed (failed, about);
        zmsg_destroy (&page);
    } while (after);
}

json_t *
jobs_failed (service_t *service, const char *endpoint, const char *queue)
{
    json_t *failed = json_object ();
    char *dead = zsys_sprintf ("%s.dead", queue);
    zp_client_t *client = service_client (service, NULL, NULL);
    if (zp_client_connect (client, endpoint) == ZP_OK) {
        s_look (client, queue, "buried", failed);
        s_look (client, dead, "ready", failed);
    }
    zp_client_destroy (&client);
    free (dead);
    return failed;
}

json_t *
jobs_body (zp_queue_job_t **job_p, const field_t *fields)
{
    zp_span_t text = zp_queue_job_body (*job_p);
    json_error_t error;
    json_t *body =
        json_loadb (text.data, text.size, JSON_REJECT_DUPLICATES, &error);
    char *wrong = body ? fields_wrong (body, fields)
                       : zsys_sprintf ("no JSON: %s", error.text);
    if (!wrong)
        return body;
    zp_queue_job_bury (job_p, wrong);
    free (wrong);
    json_decref (body);
    return NULL;
}
