//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "jobs.h"

#include "zp_client.h"

#define BUDGET_MS     5000  // If the caller does not say how long it waits
#define BUDGET_MAX_MS 60000
#define LEASE_MS      10000  // A worker that is silent so long has lost its job

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

//  How long the caller of a request waits, less some of it to reply
static int
s_budget (zp_request_t *request)
{
    int64_t budget_ms = zp_request_budget (request);
    if (budget_ms < 0 || budget_ms > BUDGET_MAX_MS)
        return budget_ms < 0 ? BUDGET_MS : BUDGET_MAX_MS;
    return (int) (budget_ms - budget_ms / 10) + 1;
}

static char *
s_options (const char *id)
{
    json_t *options = json_pack ("{s:s s:i}", "id", id, "lease_ms", LEASE_MS);
    char *text = json_dumps (options, JSON_COMPACT);
    json_decref (options);
    return text;
}

bool
jobs_put (zp_request_t **request_p, const char *endpoint, const char *queue,
          const char *id, json_t *job)
{
    char *body = json_dumps (job, JSON_COMPACT);
    char *options = s_options (id);
    json_decref (job);
    zp_span_t args[] = {{queue, strlen (queue)},
                        {body, strlen (body)},
                        {options, strlen (options)}};
    zp_client_t *client = zp_client_new (NULL, NULL);
    zmsg_t *reply = NULL;
    zp_status_t status = zp_client_connect (client, endpoint);
    if (status == ZP_OK)
        status = zp_client_call_parts (client, "queue.put", args, 3,
                                       s_budget (*request_p), &reply);
    if (status != ZP_OK)
        zp_request_fail (request_p, status, "%s: %s", queue,
                         zp_client_error (client));
    zmsg_destroy (&reply);
    zp_client_destroy (&client);
    free (options);
    free (body);
    return status == ZP_OK;
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
