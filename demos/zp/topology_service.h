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

//  What the reading of a service needs to know
typedef struct topology_reader {
    zp_json_doc_t *doc;    // For mistakes
    topology_t *topology;  // What is made
    size_t number;         // Of the service that is read
    json_t *json;          // It
    bool endpoints;        // Placeholders may be endpoints of services
    char at[96];           // JSON Pointer to the value
} topology_reader_t;

//  Check that it is an object with the right keys, of the right types.
void topology_service_check (topology_reader_t *self);

//  Read its name, if that is right; its endpoint; and the rest. What is wrong
//  is a mistake of the document, and left out. It need not be an object.
void topology_service_read_name (topology_reader_t *self);
void topology_service_read_endpoint (topology_reader_t *self);
void topology_service_read (topology_reader_t *self);

//  Let self->at point to the service, or to what format says below it.
void topology_service_at (topology_reader_t *self, const char *format, ...)
    CHECK_PRINTF (2);

#endif
