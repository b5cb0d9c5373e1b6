//  SPDX-License-Identifier: MIT
//
//  topology_service - reads one service of a topology
//
//  In passes over all services, since one may name another that comes later:
//  check, names, endpoints, and then the rest.

#ifndef TOPOLOGY_SERVICE_H
#define TOPOLOGY_SERVICE_H

#include <czmq.h>

#include "topology.h"
#include "zp_similar.h"

//  What the reading of a service needs to know
typedef struct topology_reader {
    zp_json_doc_t *doc;    // For mistakes
    topology_t *topology;  // What is made
    size_t number;         // Of the service that is read
    json_t *json;          // What the file says of it
    bool endpoints;        // Placeholders may be endpoints of services
    const bool *left;      // Of each service: it would wait for itself
    char n[12];            // For {n}
    char at[96];           // JSON Pointer to the value
} topology_reader_t;

//  The service that is read, and a string of it; NULL if there is none.
topology_service_t *topology_reader_service (topology_reader_t *self);
const char *topology_reader_string (topology_reader_t *self, const char *key);

//  How many of a service there may be, or 0 if it is the only one. Whatever the
//  JSON is, that is a number to count with.
int topology_service_max (const json_t *json);

//  Check that it is an object with the right keys, of the right types.
void topology_service_check (topology_reader_t *self);

//  Read all of it but its name and endpoint (topology_name.h). What is wrong is
//  a mistake of the document, and left out. It need not be an object.
void topology_service_read (topology_reader_t *self);

//  Number of the service with that name, or how many there are.
size_t topology_service_find (const topology_t *topology, const char *name);

//  Try the names of all of them.
void topology_service_try (const topology_t *topology, zp_similar_t *similar);

//  Let self->at point to the service, or to what format says below it.
void topology_service_at (topology_reader_t *self, const char *format, ...)
    CHECK_PRINTF (2);

#endif
