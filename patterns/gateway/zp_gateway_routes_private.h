//  SPDX-License-Identifier: MIT
//
//  What the files share that load routes. Not for anybody else.
//
//  zp_gateway_routes.c   the whole: services, limits, proxies
//  zp_gateway_route.c    one route: whom it is for, and its kind
//  zp_gateway_call.c     the calls of a route
//  zp_gateway_sources.c  where their arguments come from
//  zp_gateway_path.c     templates, with the variables of its path
//  zp_gateway_tree.c     the paths of all routes, for zp_gateway_match.c

#ifndef ZP_GATEWAY_ROUTES_PRIVATE_H
#define ZP_GATEWAY_ROUTES_PRIVATE_H

#include "zp_gateway_arguments.h"
#include "zp_gateway_routes.h"
#include "zp_json_doc.h"

//  What methods there are
#define ZP_GATEWAY_METHODS 7

//  More than any bound of a source: there is none
#define ZP_GATEWAY_ANY 1e300

//  A place in the tree of paths: so many segments from the root. Literal
//  segments are looked for first, then the variable, then what takes the rest.
typedef struct zp_gateway_node {
    zp_span_t literal;  // The segment that leads here; none: the root, or a
                        // variable does
    size_t count;       // Children by a literal
    size_t *children;   // Their numbers, sorted by zp_gateway_literal_order
    size_t variable;    // Child by a variable; 0: there is none
    unsigned ends;      // Methods of the routes that end here
    unsigned rests;     // Methods of the routes that take the rest from here
    const zp_gateway_route_t *end[ZP_GATEWAY_METHODS];   // These, by number
    const zp_gateway_route_t *rest[ZP_GATEWAY_METHODS];  // Those
} zp_gateway_node_t;

//  A routes file while it is read
typedef struct zp_gateway_reader {
    zp_json_doc_t *doc;           // Its text, and what is wrong there
    zp_gateway_routes_t *routes;  // What was read up to now
    zp_gateway_route_t *route;    // In hand
} zp_gateway_reader_t;

//  Add a mistake at a member of what is at a pointer, or at that itself if
//  member is NULL.
void zp_gateway_wrong (zp_gateway_reader_t *self, const char *at,
                       const char *member, const char *format, ...)
    __attribute__ ((format (printf, 4, 5)));

//  Read the rate in limits at that pointer, if there is one. True if there is.
bool zp_gateway_read_rate (zp_gateway_reader_t *self, const char *at,
                           const json_t *limits, zp_gateway_rate_t *rate);

//  Add a mistake: that is no variable of the route in hand; perhaps another one
//  was meant.
void zp_gateway_no_variable (zp_gateway_reader_t *self, const char *at,
                             const char *key, zp_span_t name);

//  Read a route, at a pointer: all but its place among the others.
void
zp_gateway_read_route (zp_gateway_reader_t *self, json_t *json, const char *at);
void zp_gateway_route_clear (zp_gateway_route_t *route);

//  Read a call of the route in hand, of which it is the only one, or a part.
void zp_gateway_read_call (zp_gateway_reader_t *self, zp_gateway_call_t *call,
                           json_t *json, const char *at);

//  The service that the member "service" of a JSON object names; NULL, and a
//  mistake, if there is none.
const zp_gateway_service_t *
zp_gateway_read_service (zp_gateway_reader_t *self, const json_t *json,
                         const char *at);

//  Read "arguments" of the route in hand, or one source of them.
void zp_gateway_read_arguments (zp_gateway_reader_t *self,
                                zp_gateway_arguments_t *arguments,
                                const json_t *json, const char *at);
void
zp_gateway_read_source (zp_gateway_reader_t *self, zp_gateway_source_t *source,
                        json_t *json, const char *at);

//  The template in a member of what is at a pointer: each {NAME} in it is a
//  variable of the route in hand, or extra, if that is not NULL. NULL if there
//  is none, or it is wrong.
const char *
zp_gateway_read_template (zp_gateway_reader_t *self, const json_t *json,
                          const char *at, const char *key, const char *extra);

//  Read the path of the route in hand, at a pointer to the route. False if it
//  is none.
bool zp_gateway_read_path (zp_gateway_reader_t *self, const char *at);

//  The number of a variable of a route; -1: it has none of that name.
int zp_gateway_variable (const zp_gateway_route_t *route, zp_span_t name);

//  Put all routes in the tree, in the order of the file.
void zp_gateway_plant (zp_gateway_reader_t *self);
void zp_gateway_tree_clear (zp_gateway_routes_t *routes);

//  How literals are sorted, and looked for.
int zp_gateway_literal_order (zp_span_t one, zp_span_t two);

//  The number of a method, from 0; of a set, that of the lowest in it.
static inline unsigned
zp_gateway_method_number (unsigned method)
{
    return (unsigned) __builtin_ctz (method);
}

//  The byte that a '%' and two hex digits stand for; -1: that is not there.
int zp_gateway_hex (const char *at, const char *end);

//  The method of that name, in capitals; 0: none that we know.
unsigned zp_gateway_method_parse (const char *name);

#endif
