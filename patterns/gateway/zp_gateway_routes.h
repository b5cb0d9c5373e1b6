//  SPDX-License-Identifier: MIT
//
//  zp_gateway_routes - which request is answered how: the routes file
//
//  It is JSON, written by a person. All that can be known to be wrong is found
//  when it is loaded, each mistake with line and column. The format is in
//  README.md. What is loaded never changes, and any thread may read it.
//
//  zp_gateway_match.h finds the route of a request; zp_gateway_arguments.h
//  makes what its services are given.

#ifndef ZP_GATEWAY_ROUTES_H
#define ZP_GATEWAY_ROUTES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "zp_envelope.h"
#include "zp_gateway_limit.h"

#define ZP_GATEWAY_ROUTES_BYTES  1048576  // Of a routes file, at most
#define ZP_GATEWAY_VARIABLES_MAX 8        // Variables of a path
#define ZP_GATEWAY_PARTS_MAX     32       // Calls of a route

typedef struct zp_gateway_routes zp_gateway_routes_t;

//  Each is a bit, for sets of them
typedef enum zp_gateway_method {
    ZP_GATEWAY_GET = 1,
    ZP_GATEWAY_HEAD = 2,
    ZP_GATEWAY_POST = 4,
    ZP_GATEWAY_PUT = 8,
    ZP_GATEWAY_PATCH = 16,
    ZP_GATEWAY_DELETE = 32,
    ZP_GATEWAY_OPTIONS = 64
} zp_gateway_method_t;

//  Peers that do the same work
typedef struct zp_gateway_service {
    const char *name;        // In the routes file
    size_t count;            // How many peers
    const char **endpoints;  // Where each answers requests
    const char **updates;    // Where each publishes; NULL: they don't
    int timeout_ms;          // Of a call, if its route does not say another
    int retries;             // Sendings of a request after the first
    int hedge_ms;            // As in zp_client_options_t; 0: never
    bool breaker;            // Leave a peer alone that fails
} zp_gateway_service_t;

struct zp_gateway_source;  // zp_gateway_arguments.h

//  What a service is given
typedef struct zp_gateway_arguments {
    bool whole;    // The body, as it came; else
    bool list;     // each source is an argument by itself; or
    bool others;   // a member of one object, with what else the body has
    size_t count;  // Sources
    struct zp_gateway_source *sources;  // These
} zp_gateway_arguments_t;

//  A call to a service
typedef struct zp_gateway_call {
    const zp_gateway_service_t *service;  // Whose
    const char *method;                   // Which
    zp_gateway_arguments_t arguments;     // With what
    int timeout_ms;                       // For all attempts together
    bool once;                            // It is not idempotent, see zp_call_t
    bool text;                            // Its result is no JSON, but a text
    const char *name;  // Of a part: the member that holds its result
    bool required;     // Without this part there is no answer
    int stale_ms;      // So old a result does, if the service fails; 0: none
} zp_gateway_call_t;

typedef enum zp_gateway_kind {
    ZP_GATEWAY_CALL,     // One call; its result is the answer
    ZP_GATEWAY_PARTS,    // Several at once; each result is a member of the
                         // answer. "missing" and "stale" are the gateway's
    ZP_GATEWAY_EVENTS,   // Server-sent events, of a topic or of a log
    ZP_GATEWAY_CONTENT,  // An object from a sender of patterns/transfer
    ZP_GATEWAY_FILES,    // A file from a folder
    ZP_GATEWAY_ACCEPT    // 202: on a queue, or a saga begun
} zp_gateway_kind_t;

//  Texts in which {NAME} stands for a variable of the path are templates, for
//  zp_gateway_expand.
typedef struct zp_gateway_route {
    size_t number;               // In the file, counted from 0
    zp_gateway_method_t method;  // HEAD: only if it has a route of its own
    const char *path;            // The template of its paths
    size_t variables;            // In there
    zp_span_t names[ZP_GATEWAY_VARIABLES_MAX];  // Of these, in their order
    bool rest;               // The last is {NAME...}: all the segments left
    bool closed;             // It is "private": needs a key
    const char *group;       // that opens this group; NULL: any key will do
    bool same_origin;        // Only for pages that the gateway itself serves
    size_t body_bytes;       // Of the request, at most
    bool body;               // Something is made of the body; else it has none
    zp_gateway_rate_t rate;  // For each client, all routes without an own one
                             // together; per_second 0: any
    bool own_rate;           // The rate is this route's alone
    int in_flight;           // Requests at once; 0: any
    const char *cache_control;            // Header of good answers; NULL: none
    zp_gateway_kind_t kind;               // Which of these:
    size_t count;                         // CALL, PARTS: how many calls
    zp_gateway_call_t *calls;             // CALL, PARTS: these
    const zp_gateway_service_t *service;  // EVENTS, CONTENT, ACCEPT: whose
    const char *topic;   // EVENTS: a filter (zp_topic.h), a template; or NULL
    const char *log;     // EVENTS: the log, a template; or NULL
    bool from_start;     // EVENTS: all of a log for who does not say where he
                         // stands; else what is new
    const char *object;  // CONTENT: its name, a template
    const char *folder;  // FILES: as written
    const char *file;    // FILES: path in there, a template
    const char *index;   // FILES: what a path that ends with / stands for
    const char *type;    // CONTENT, FILES: Content-Type; NULL: by the ending
    const char *queue;   // ACCEPT: put it there, a template; or NULL
    const char *saga;    // ACCEPT: begin that, a template; or NULL
    zp_gateway_arguments_t arguments;  // ACCEPT: the message, or saga's input
    struct zp_gateway_source *id;      // ACCEPT: the same if repeated; or NULL
    const char *status;  // ACCEPT: where to ask, a template with {id} as well
} zp_gateway_route_t;

//  Public, to be read.
struct zp_gateway_routes {
    size_t services_count;           // Services
    zp_gateway_service_t *services;  // These
    size_t count;                    // Routes
    zp_gateway_route_t *routes;      // These, in the order of the text
    zp_gateway_limits_t limits;      // Of the whole gateway
    const char **proxies;  // Addresses whose X-Forwarded-For is believed,
                           // and a NULL
    size_t nodes_count;    // Of the tree of their paths
    struct zp_gateway_node *nodes;  // What zp_gateway_match goes through
    json_t *json;                   // What the texts above belong to
};

//  Load a routes file. If anything is wrong NULL is returned, and *mistakes_p
//  (may be NULL; free it) has a line for each mistake in the order of the text,
//  as "LINE:COLUMN: what is wrong\n".
zp_gateway_routes_t *zp_gateway_routes_new (zp_span_t text, char **mistakes_p);

//  A service is somewhere else than the file says: at these peers (copied), one
//  at least. False if there is no service of that name, or if its peers publish
//  as well. Before a gateway has the routes.
bool zp_gateway_routes_place (zp_gateway_routes_t *self, const char *service,
                              const char *const *endpoints, size_t count);

void zp_gateway_routes_destroy (zp_gateway_routes_t **self_p);

#endif
