//  SPDX-License-Identifier: MIT
//
//  topology_name - what a service is called, and where it is

#ifndef TOPOLOGY_NAME_H
#define TOPOLOGY_NAME_H

#include "topology_service.h"

//  Read the name of a service, if that is right, and, when all have their
//  names, its endpoint. What is wrong is a mistake of the document, and left
//  out. It need not be an object.
void topology_read_name (topology_reader_t *self);
void topology_read_endpoint (topology_reader_t *self);

#endif
