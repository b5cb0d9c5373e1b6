//  SPDX-License-Identifier: MIT
//
//  jobs - work for later, in a durable queue (patterns/queue)
//
//  A job is a JSON object. Whoever takes it is a service with a queue
//  (service_take): it must be able to do a job twice, as if it were once.

#ifndef JOBS_H
#define JOBS_H

#include "fields.h"
#include "service.h"
#include "zp_queue_worker.h"

//  True if that option is an endpoint; otherwise that is said.
bool jobs_broker_right (service_t *service, const service_option_t *broker);

//  Put a job, which is taken, into a queue, and wait until it is on disk: in a
//  handler that runs in a thread, for as long as the caller of the request
//  waits. The same id again within two minutes is the same job. If it fails,
//  the request is ended, with a text that says why.
bool
jobs_put (service_t *service, zp_request_t **request_p, const char *endpoint,
          const char *queue, const char *id, json_t *job);

//  The options with which such a job is put.
json_t *jobs_options (const char *id);

//  The jobs of a queue that nobody will do, as {ID: why}: those that are buried
//  or dead, by the ids that they were put with. None if the broker can't be
//  asked. The caller owns it.
json_t *
jobs_failed (service_t *service, const char *endpoint, const char *queue);

//  The job's body, an object with these fields, which the caller owns. If it is
//  anything else it is NULL, and the job is buried, with the reason.
json_t *jobs_body (zp_queue_job_t **job_p, const field_t *fields);

#endif
