//  SPDX-License-Identifier: MIT
//
//  service - what the services of this demo have in common
//
//  A service is a program with one zp_server on one loop, options on its
//  command line, and JSON objects for arguments and results. It may take jobs
//  from a queue as well. What it prints goes to stderr, each line with the
//  program's name. It ends with 0 when it was told to and has finished what it
//  had begun, 1 when it could not do its work, 2 when its command line was
//  wrong.

#ifndef SERVICE_H
#define SERVICE_H

#include <czmq.h>
#include <jansson.h>

#include "fields.h"
#include "zp_client.h"
#include "zp_queue_worker.h"
#include "zp_server.h"
#include "zp_tap.h"

typedef struct service service_t;

//  An option of a program's own, besides --help, --bind and --fault-seed
typedef struct service_option {
    const char *name;   // Such as "films", for --films; NULL ends a table
    const char *takes;  // What it takes, in capitals, for the help
    const char *help;   // What it is for
    const char *value;  // The default, or NULL if it must be given; after
                        // service_new what was given
} service_option_t;

typedef struct service_about {
    const char *name;     // Of the program
    const char *summary;  // What it does, for the help
    const char *bind;     // Default of --bind
    int cache_replies;    // Replies kept for repeated requests; 0: none
    int threads;          // For methods that block; 0: none
} service_about_t;

//  Make a service by its command line, and set the values of its options. Ends
//  the program after --help, or if the command line is wrong.
service_t *service_new (const service_about_t *about, service_option_t *options,
                        int argc, char **argv);

zloop_t *service_loop (service_t *self);
zp_server_t *service_server (service_t *self);

//  For all clients of the service, those in worker threads as well: what it
//  sends and receives is told to who asks its server (zp_tracer.h).
const zp_tap_t *service_tap (service_t *self);

//  A client with that tap: on the loop or, if it is NULL, one for blocking
//  calls, which are part of the request's trace; NULL: of none.
zp_client_t *
service_client (service_t *self, zloop_t *loop, zp_request_t *request);

//  Tolerates NULL. What else lives on the loop must be gone before.
void service_destroy (service_t **self_p);

//  Print a line for a person.
void service_say (service_t *self, const char *format, ...) CHECK_PRINTF (2);

//  Read a JSON file whose path was given as that option: an array of objects
//  with these fields, and an "id" unlike the others'. If it is anything else,
//  that is said, with the place of the mistake. The caller owns the array; NULL
//  if there is none.
json_t *service_load (service_t *self, const service_option_t *option,
                      const field_t *fields);

//  Let fn do the jobs of a queue, in as many threads (jobs.h helps it), for as
//  long as the service runs. The broker is where that option says; false if it
//  is no endpoint, which is said.
bool
service_take (service_t *self, const service_option_t *broker,
              const char *queue, int threads, zp_queue_job_fn *fn, void *arg);

//  Let the method "gauges", without arguments, say how the service stands: an
//  object of numbers, made by fn, for whoever looks after it.
typedef json_t *(service_gauges_fn) (void *arg);
void service_gauges (service_t *self, service_gauges_fn *fn, void *arg);

//  Serve until SIGINT or SIGTERM, and finish what was begun. Returns what main
//  must return.
int service_run (service_t *self);

//  The request's body: its one argument, a JSON object with these fields; no
//  argument, or an empty one, stands for {}. The caller owns it. NULL if it is
//  anything else: then the request was ended with ZP_INVALID_ARGUMENT, and a
//  line that says what is wrong.
json_t *service_body (zp_request_t **request_p, const field_t *fields);

//  For how long others can be asked for a request, in milliseconds: as long as
//  its caller waits, less some of it to reply, or 5 s if it does not say.
int service_budget (zp_request_t *request);

//  Reply with result, which is taken. Ends the request.
void service_reply (zp_request_t **request_p, json_t *result);

#endif
