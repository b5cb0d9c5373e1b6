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

//  A call that is waited for
typedef struct put {
    zloop_t *loop;       // Until it has ended
    zp_status_t status;  // How it did
    char *why;           // On failure
} put_t;

static int
s_end (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer, (void) arg;
    return -1;
}

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    put_t *self = arg;
    self->status = reply->status;
    self->why = strdup (reply->text);
    zloop_timer (self->loop, 0, 1, s_end, NULL);
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
    put_t self = {.loop = zloop_new ()};
    zp_call_t call = {.method = "queue.put",
                      .args = args,
                      .count = 3,
                      .timeout_ms = s_budget (*request_p),
                      .fn = s_on_reply,
                      .arg = &self};
    zp_client_t *client = zp_client_new (self.loop, NULL);
    self.status = zp_client_connect (client, endpoint);
    if (self.status == ZP_OK)
        self.status = zp_client_start (client, &call, NULL);
    if (self.status == ZP_OK)
        zloop_start (self.loop);
    else
        self.why = strdup (zp_client_error (client));
    zp_client_destroy (&client);
    zloop_destroy (&self.loop);
    if (self.status != ZP_OK)
        zp_request_fail (request_p, self.status, "%s: %s", queue, self.why);
    free (self.why);
    free (options);
    free (body);
    return self.status == ZP_OK;
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
