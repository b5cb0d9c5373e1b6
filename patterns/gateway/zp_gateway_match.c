//  SPDX-License-Identifier: MIT
//
//  A path is decoded as a whole, and cut after that: since an encoded slash is
//  refused, that is the same as the other way round. What is left is a text
//  with slashes, which is walked through along the tree.

#define _GNU_SOURCE

#include "zp_gateway_match.h"
#include "zp_gateway_http.h"
#include "zp_gateway_routes_private.h"

#include <string.h>
#include <strings.h>

//  A way through the tree
typedef struct zp_gateway_walk {
    const zp_gateway_node_t *nodes;  // The tree
    unsigned wanted;                 // Methods that will do
    zp_gateway_match_t *match;       // What was found
    const char *end;                 // Of the path
} zp_gateway_walk_t;

static const char *const s_methods[ZP_GATEWAY_METHODS] = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

unsigned
zp_gateway_method_parse (const char *name)
{
    for (size_t i = 0; i < ZP_GATEWAY_METHODS; i++)
        if (strcmp (s_methods[i], name) == 0)
            return 1U << i;
    return 0;
}

static int
s_digit (char letter)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = letter ? strchr (digits, letter | 0x20) : NULL;
    return at ? (int) (at - digits) : -1;
}

int
zp_gateway_hex (const char *at, const char *end)
{
    int high = end - at < 3 ? -1 : s_digit (at[1]);
    int low = high < 0 ? -1 : s_digit (at[2]);
    return low < 0 ? -1 : high * 16 + low;
}

//  A segment that ends at a place; "." and ".." are none
static bool
s_dots (const char *begin, const char *end)
{
    size_t size = (size_t) (end - begin);
    return (size == 1 && begin[0] == '.') ||
           (size == 2 && begin[0] == '.' && begin[1] == '.');
}

//  Decode a path to the room of a match. NULL, and *end_p is where it ends
//  there; or what is wrong with it
static const char *
s_decode (zp_gateway_match_t *match, const char *at, const char *end,
          const char **end_p)
{
    char *to = match->room, *segment = to;
    bool ascii = true;
    for (; at < end; at++) {
        int byte = (unsigned char) *at;
        //  Most need no look
        if (byte > '%' && byte < 0x7f && byte != '/') {
            *to++ = *at;
            continue;
        }
        if (byte == '/') {
            if (s_dots (segment, to))
                return "the path has a segment \".\" or \"..\"";
            segment = to + 1;
        }
        else if (byte == '%') {
            byte = zp_gateway_hex (at, end);
            at += 2;
            if (byte < 0)
                return "the path has a '%' without two hex digits";
            if (byte == '/')
                return "the path has an encoded slash";
        }
        else if (byte == '#')
            return "the path has a '#'";
        if (byte < ' ' || byte == 0x7f)
            return "the path has a control character";
        ascii = ascii && byte < 0x80;
        *to++ = (char) byte;
    }
    if (s_dots (segment, to))
        return "the path has a segment \".\" or \"..\"";
    if (!ascii && !zp_gateway_utf8 (match->room, (size_t) (to - match->room)))
        return "the path is no UTF-8";
    *to = 0;
    *end_p = to;
    return NULL;
}

//  The child by a literal; 0 if there is none
static size_t
s_child (const zp_gateway_walk_t *self, const zp_gateway_node_t *node,
         zp_span_t segment)
{
    size_t low = 0, high = node->count;
    while (low < high) {
        size_t middle = (low + high) / 2, child = node->children[middle];
        int order =
            zp_gateway_literal_order (self->nodes[child].literal, segment);
        if (order == 0)
            return child;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

//  The route among those with these methods that is wanted; NULL: none is
static const zp_gateway_route_t *
s_choose (zp_gateway_walk_t *self, unsigned methods,
          const zp_gateway_route_t *const *routes)
{
    self->match->allow |= methods;
    methods &= self->wanted;
    if (!methods)
        return NULL;
    //  HEAD comes before GET
    unsigned method =
        methods & ZP_GATEWAY_HEAD ? (unsigned) ZP_GATEWAY_HEAD : methods;
    return routes[zp_gateway_method_number (method)];
}

//  What {NAME...} takes: segments that are not empty, but for the last one
static bool
s_rest (const char *begin)
{
    return *begin != '/' && !strstr (begin, "//");
}

//  The route for the path from a slash on, or its end, in the tree from a node
//  on, so many variables behind it
static const zp_gateway_route_t *
s_walk (zp_gateway_walk_t *self, size_t number, const char *at, size_t values)
{
    const zp_gateway_node_t *node = &self->nodes[number];
    const zp_gateway_route_t *route = NULL;
    if (at == self->end)
        return s_choose (self, node->ends, node->end);
    const char *stop = strchrnul (at + 1, '/');
    zp_span_t segment = {at + 1, (size_t) (stop - at - 1)};
    size_t child = s_child (self, node, segment);
    if (child)
        route = s_walk (self, child, stop, values);
    if (!route && node->variable && segment.size) {
        route = s_walk (self, node->variable, stop, values + 1);
        if (route)
            self->match->values[values] = segment;
    }
    if (!route && node->rests && s_rest (at + 1)) {
        route = s_choose (self, node->rests, node->rest);
        if (route)
            self->match->values[values] =
                (zp_span_t){at + 1, (size_t) (self->end - at - 1)};
    }
    return route;
}

//  Where the path of a target begins (RFC 9112, section 3.2.1 and 3.2.2), or
//  NULL: it has none
static const char *
s_begin (const char *at, const char *end)
{
    static const char *const schemes[] = {"http://", "https://"};
    if (at < end && *at == '/')
        return at;
    for (size_t i = 0; i < 2; i++) {
        size_t size = strlen (schemes[i]);
        if ((size_t) (end - at) > size &&
            strncasecmp (at, schemes[i], size) == 0)
            return memchr (at + size, '/', (size_t) (end - at) - size);
    }
    return NULL;
}

//  OPTIONS * is a question about all of it
static void
s_match_all (const zp_gateway_routes_t *routes, zp_gateway_match_t *match)
{
    match->found = ZP_GATEWAY_ASKED;
    match->problem = NULL;
    for (size_t i = 0; i < routes->count; i++)
        match->allow |= routes->routes[i].method;
}

static void
s_search (const zp_gateway_routes_t *routes, unsigned method, const char *end,
          zp_gateway_match_t *match)
{
    zp_gateway_walk_t walk = {
        .nodes = routes->nodes, .wanted = method, .match = match, .end = end};
    if (method == ZP_GATEWAY_HEAD)
        walk.wanted |= ZP_GATEWAY_GET;
    match->route = s_walk (&walk, 0, match->room, 0);
    if (!match->route) {
        match->found = match->allow == 0              ? ZP_GATEWAY_NOWHERE
                       : method == ZP_GATEWAY_OPTIONS ? ZP_GATEWAY_ASKED
                                                      : ZP_GATEWAY_OTHERWISE;
        return;
    }
    match->found = ZP_GATEWAY_FOUND;
    for (size_t i = 0; i < match->route->variables; i++) {
        zp_span_t value = match->values[i];
        match->room[(const char *) value.data + value.size - match->room] = 0;
    }
}

void
zp_gateway_match (const zp_gateway_routes_t *routes, const char *method,
                  zp_span_t target, zp_gateway_match_t *match)
{
    const char *at = target.size ? target.data : "";
    const char *stop = at + target.size, *end = NULL;
    const char *query = memchr (at, '?', target.size);
    unsigned wanted = zp_gateway_method_parse (method);
    match->route = NULL;
    match->allow = 0;
    match->query = (zp_span_t){stop, 0};
    if (query) {
        match->query = (zp_span_t){query + 1, (size_t) (stop - query - 1)};
        stop = query;
    }
    match->problem = "the target of a request is a path";
    match->found = ZP_GATEWAY_REFUSED;
    const char *begin = s_begin (at, stop);
    if (begin && stop - begin > ZP_GATEWAY_PATH_MAX)
        match->found = ZP_GATEWAY_TOO_LONG;
    else if (begin)
        match->problem = s_decode (match, begin, stop, &end);
    else if (wanted == ZP_GATEWAY_OPTIONS && target.size == 1 && *at == '*')
        s_match_all (routes, match);
    if (match->found == ZP_GATEWAY_REFUSED && match->problem)
        return;
    match->problem = NULL;
    if (!wanted)
        match->found = ZP_GATEWAY_STRANGE;
    else if (end)
        s_search (routes, wanted, end, match);
}

const char *
zp_gateway_methods (unsigned set, char *room)
{
    char *at = room;
    set |= ZP_GATEWAY_OPTIONS;
    if (set & ZP_GATEWAY_GET)
        set |= ZP_GATEWAY_HEAD;
    for (size_t i = 0; i < ZP_GATEWAY_METHODS; i++)
        if (set & 1U << i) {
            at = stpcpy (at, at == room ? "" : ", ");
            at = stpcpy (at, s_methods[i]);
        }
    return room;
}
