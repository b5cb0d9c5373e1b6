//  SPDX-License-Identifier: MIT
//
//  stage_edges - who calls whom, and how that goes
//
//  Made of what services say of their peers (zp.peers). Pure: the time is an
//  argument.

#ifndef STAGE_EDGES_H
#define STAGE_EDGES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define STAGE_EDGES_MAX 1024  // More are not remembered

typedef struct stage_edges stage_edges_t;

//  The name of the service at an endpoint; NULL: nobody's.
typedef const char *(stage_name_fn) (void *arg, const char *endpoint);

stage_edges_t *stage_edges_new (void);
void stage_edges_destroy (stage_edges_t **self_p);

//  A service says of its peers what is in the array; name tells who they are. A
//  peer that nobody knows goes by its endpoint.
void stage_edges_take (stage_edges_t *self, const char *from, json_t *peers,
                       stage_name_fn *name, void *arg, int64_t now_ms);

//  A service is another process now, which counts anew.
void
stage_edges_restart (stage_edges_t *self, const char *from, int64_t now_ms);

//  All of them; runs tells if a service is there, otherwise its rates are 0.
//  The caller owns it.
typedef bool (stage_runs_fn) (void *arg, const char *name);
json_t *stage_edges_json (const stage_edges_t *self, stage_runs_fn *runs,
                          void *arg, int64_t now_ms);

#endif
