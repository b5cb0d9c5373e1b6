//  SPDX-License-Identifier: MIT
//
//  The paths of all routes, as a tree of their segments:
//
//      GET  /films            (root) --films--> o GET
//      GET  /films/new                           |--new--> o GET
//      POST /films/{id}/play                     |--{}---> o --play--> o POST
//      GET  /web/{rest...}           --web----> o rest: GET
//
//  A path with a slash at its end has an empty literal as its last segment.

#define _GNU_SOURCE

#include "zp_gateway_routes_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
zp_gateway_literal_order (zp_span_t one, zp_span_t two)
{
    if (one.size != two.size)
        return one.size < two.size ? -1 : 1;
    return one.size ? memcmp (one.data, two.data, one.size) : 0;
}

//  The number of a new node
static size_t
s_node (zp_gateway_routes_t *routes, zp_span_t literal)
{
    //  It doubles when the number is a power of two
    size_t number = routes->nodes_count++;
    if ((number & (number - 1)) == 0) {
        size_t room = number ? 2 * number : 1;
        routes->nodes = realloc (routes->nodes, room * sizeof *routes->nodes);
        assert (routes->nodes);
    }
    routes->nodes[number] = (zp_gateway_node_t){.literal = literal};
    return number;
}

//  The child of a node by a literal, which is made if it is not there
static size_t
s_literal (zp_gateway_routes_t *routes, size_t parent, zp_span_t literal)
{
    zp_gateway_node_t *node = &routes->nodes[parent];
    size_t at = node->count;
    while (at > 0) {
        size_t child = node->children[at - 1];
        int order =
            zp_gateway_literal_order (routes->nodes[child].literal, literal);
        if (order == 0)
            return child;
        if (order < 0)
            break;
        at--;
    }
    size_t child = s_node (routes, literal);
    node = &routes->nodes[parent];
    node->children =
        realloc (node->children, (node->count + 1) * sizeof *node->children);
    assert (node->children);
    memmove (node->children + at + 1, node->children + at,
             (node->count++ - at) * sizeof *node->children);
    node->children[at] = child;
    return child;
}

static size_t
s_variable (zp_gateway_routes_t *routes, size_t parent)
{
    if (!routes->nodes[parent].variable) {
        size_t child = s_node (routes, (zp_span_t){NULL, 0});
        routes->nodes[parent].variable = child;
    }
    return routes->nodes[parent].variable;
}

//  Where the path of a route ends; of one that takes the rest, where that
//  begins
static size_t
s_end (zp_gateway_routes_t *routes, const zp_gateway_route_t *route)
{
    size_t node = 0;
    const char *at = route->path;
    while (*at == '/') {
        const char *segment = ++at;
        at = strchrnul (at, '/');
        if (*segment != '{')
            node = s_literal (routes, node,
                              (zp_span_t){segment, (size_t) (at - segment)});
        else if (*at || !route->rest)
            node = s_variable (routes, node);
    }
    return node;
}

static void
s_plant (zp_gateway_reader_t *self, const zp_gateway_route_t *route)
{
    size_t end = s_end (self->routes, route);
    zp_gateway_node_t *node = &self->routes->nodes[end];
    unsigned *methods = route->rest ? &node->rests : &node->ends;
    const zp_gateway_route_t **place =
        &(route->rest ? node->rest
                      : node->end)[zp_gateway_method_number (route->method)];
    if (*methods & route->method) {
        char at[40];
        snprintf (at, sizeof at, "/routes/%zu", route->number);
        zp_gateway_wrong (self, at, "path",
                          strcmp ((*place)->path, route->path) == 0
                              ? "\"%s\" has a route for this method already"
                              : "\"%s\" has the same paths, and this method",
                          (*place)->path);
        return;
    }
    *methods |= route->method;
    *place = route;
}

void
zp_gateway_plant (zp_gateway_reader_t *self)
{
    zp_gateway_routes_t *routes = self->routes;
    s_node (routes, (zp_span_t){NULL, 0});
    for (size_t i = 0; i < routes->count; i++)
        if (routes->routes[i].path && routes->routes[i].method)
            s_plant (self, &routes->routes[i]);
}

void
zp_gateway_tree_clear (zp_gateway_routes_t *routes)
{
    for (size_t i = 0; i < routes->nodes_count; i++)
        free (routes->nodes[i].children);
    free (routes->nodes);
}
