//  SPDX-License-Identifier: MIT
//
//  topology - which services make up a constellation, read from a JSON file
//
//      { "name": "streaming",
//        "services": [
//          { "name": "catalog",
//            "program": "streaming-catalog",
//            "args": ["--bind", "{catalog}", "--data", "{dir}/films.json"],
//            "endpoint": "ipc://{run}/catalog" },
//          { "name": "recommendations", "program": ...,
//            "after": ["catalog"] } ] }
//
//  A service is started when those that its "after" names are ready; without
//  "after", when the one before it in the list is; [] means at once. Optional:
//
//      "env"       an object: variables to add to the environment
//      "cwd"       folder to run in, from that of the file; if none, that one
//      "ready_ms"  how long it may take to answer zp.ping, 10000 if not given
//      "stop_ms"   how long it may take to end after SIGTERM, 5000
//      "scale"     { "now": 2, "max": 8 }: there are several of it, such as
//                  support-1 to support-8. The first two are started, the
//                  others are off until `zp scale`
//
//  In args, env, cwd and endpoint: {run} is the constellation's run folder
//  (rundir.h), {dir} the file's folder, {seed} the number of `zp up --seed`,
//  {n}, with "scale", which of the several it is, counted from 1; and, but in
//  endpoint, {self} its own endpoint and {SERVICE} that of the service of that
//  name, such as {support-1}. "after" may name "support": all of them that are
//  not off.

#ifndef TOPOLOGY_H
#define TOPOLOGY_H

#include <stddef.h>

#include "zp_json_doc.h"

typedef struct topology_service {
    char *name;          // Unique
    char *group;         // What the file calls it, if there are several of it
    int n;               // Which of these, from 1; 0: it is the only one
    size_t place;        // In the file's list
    bool wanted;         // To be started with the constellation
    char *program;       // Full path
    char **argv;         // For exec, ended by NULL; the first is program
    char **environ;      // For exec, ended by NULL
    char *cwd;           // Full path of a folder
    char *endpoint;      // Where it answers zp.ping
    size_t *after;       // Numbers of the services that must be ready before
    size_t after_count;  // How many
    int ready_ms;        // From its start until it answers
    int stop_ms;         // From SIGTERM until SIGKILL
} topology_service_t;

typedef struct topology {
    char *name;                    // Of the constellation
    char *dir;                     // Full path of the file's folder
    char *run;                     // Run folder; it need not be there
    char seed[24];                 // For {seed}
    topology_service_t *services;  // In the file's order, one by one
    size_t count;                  // How many
} topology_t;

//  Make a topology from a document that was read from the file at path. name
//  replaces the one in the file, unless it is NULL. Returns NULL if the
//  document has mistakes: then zp_json_doc_mistakes has all of them.
topology_t *topology_new (zp_json_doc_t *doc, const char *path,
                          const char *name, long seed);

void topology_destroy (topology_t **self_p);

//  How many services are to be started with the constellation.
size_t topology_wanted (const topology_t *self);

#endif
