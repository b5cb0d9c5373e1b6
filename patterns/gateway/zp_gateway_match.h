//  SPDX-License-Identifier: MIT
//
//  zp_gateway_match - finds the route of a request
//
//  The target of a request (RFC 9112, section 3.2) is taken as it came, and
//  decoded here, once: the path is cut at its slashes first, and then each
//  segment is decoded (RFC 3986, section 2.1). So nothing that is encoded can
//  become a slash, and what is decoded is never decoded again.
//
//  - Refused is what no honest client sends: a % without two hex digits; a
//    slash or a control character (NUL, too) in a segment; "." and ".." as a
//    segment, encoded or not; what is no UTF-8; a '#'.
//  - An empty segment, as in /a//b, matches nothing: NOT_FOUND. A slash at the
//    end is one: /films/ is not /films, and has a route of its own or none.
//    {NAME...} takes all that is left behind its slash, which may be nothing,
//    and may end with a slash.
//  - Of two routes the one wins that has a literal segment where the other has
//    a variable, at the first place where they differ; {NAME...} comes last.
//    Routes with another method do not count.
//  - HEAD is answered by the route of GET if it has none of its own.

#ifndef ZP_GATEWAY_MATCH_H
#define ZP_GATEWAY_MATCH_H

#include "zp_gateway_routes.h"

#define ZP_GATEWAY_PATH_MAX    2048  // Bytes of a path, as it came
#define ZP_GATEWAY_METHODS_MAX 45    // Bytes of the longest list of methods

typedef enum zp_gateway_found {
    ZP_GATEWAY_FOUND,      // route
    ZP_GATEWAY_NOWHERE,    // No route has such a path: 404
    ZP_GATEWAY_OTHERWISE,  // Some have, with other methods: 405, and allow
    ZP_GATEWAY_ASKED,      // OPTIONS, and no route for that: 204, and allow
    ZP_GATEWAY_STRANGE,    // No method that we know: 501
    ZP_GATEWAY_TOO_LONG,   // The path: 414
    ZP_GATEWAY_REFUSED     // Not a path at all: 400, and problem
} zp_gateway_found_t;

typedef struct zp_gateway_match {
    zp_gateway_found_t found;         // What became of it
    const zp_gateway_route_t *route;  // The route; NULL unless FOUND
    unsigned allow;       // OTHERWISE, ASKED: a set of zp_gateway_method_t
    const char *problem;  // REFUSED: what is wrong, for a person; else NULL
    zp_span_t query;      // Behind the '?', as it came; where the target is
    zp_span_t values[ZP_GATEWAY_VARIABLES_MAX];  // Of the route's variables,
                                                 // decoded, a NUL behind each
    char room[ZP_GATEWAY_PATH_MAX + 2];          // Where the values are
} zp_gateway_match_t;

//  Find the route for a method, such as "GET", and the target of a request.
//  The match must stay where it is; its spans are good as long as both it and
//  the target are.
void zp_gateway_match (const zp_gateway_routes_t *routes, const char *method,
                       zp_span_t target, zp_gateway_match_t *match);

//  The methods of a set as the header Allow has them: "GET, HEAD, POST". GET
//  says HEAD as well; OPTIONS is always there. Returns room, which has
//  ZP_GATEWAY_METHODS_MAX bytes.
const char *zp_gateway_methods (unsigned set, char *room);

//  A template of the route that was found, its variables filled in; {id}, where
//  it is no variable, is id (may be NULL: ""). Returns how many bytes that
//  took, with a NUL behind them, or -1 if it does not fit in size bytes of
//  room.
int zp_gateway_expand (const zp_gateway_match_t *match, const char *text,
                       const char *id, char *room, size_t size);

//  The same as a filter of topics: -1 also if a value has a '+' or '#', which
//  would make another filter of it.
int zp_gateway_expand_topic (const zp_gateway_match_t *match, const char *text,
                             char *room, size_t size);

//  The same as a path in a URL: what is not unreserved (RFC 3986, section 2.3)
//  is encoded in the values, but for the slashes of {NAME...}.
int zp_gateway_expand_url (const zp_gateway_match_t *match, const char *text,
                           const char *id, char *room, size_t size);

//  True if a path of a file in a folder has no segment that begins with a dot:
//  such files are not for everybody.
bool zp_gateway_file_shown (const char *path);

#endif
