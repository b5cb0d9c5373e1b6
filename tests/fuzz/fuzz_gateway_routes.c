//  SPDX-License-Identifier: MIT
//
//  Whatever is loaded as a routes file, either there are mistakes, each with a
//  place in the text; or a path made of a route's template is found, by that
//  route or one that wins it, and what its services are given can be made.
//
//  Input: a routes file.

#include "zp_gateway_arguments.h"

#include <stdlib.h>
#include <string.h>

//  Not assert, which a release build leaves out
#define CHECK(truth) ((truth) ? (void) 0 : abort ())

static const char *
s_method (zp_gateway_method_t method)
{
    static char room[ZP_GATEWAY_METHODS_MAX];
    zp_gateway_methods (method, room);
    room[strcspn (room, ",")] = 0;
    return room;
}

static void
s_make (const zp_gateway_arguments_t *arguments,
        const zp_gateway_input_t *input)
{
    zp_gateway_made_t made;
    char error[ZP_GATEWAY_ERROR];
    if (zp_gateway_arguments_make (arguments, input, &made, error))
        CHECK (made.count < ZP_ENVELOPE_PARTS_MAX);
    else
        CHECK (made.count == 0 && *error);
    free (made.room);
}

//  What a request for a route leads to
static void
s_ask (const zp_gateway_route_t *route, const zp_gateway_match_t *match)
{
    const char *texts[] = {route->topic, route->log,   route->object,
                           route->file,  route->queue, route->saga,
                           route->status};
    char room[256], error[ZP_GATEWAY_ERROR];
    zp_gateway_input_t input = {.match = match, .key = "ann"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i])
            CHECK (zp_gateway_expand (match, texts[i], "7", room, sizeof room) <
                   (int) sizeof room);
    for (size_t i = 0; i < route->count; i++) {
        CHECK (route->calls[i].service && route->calls[i].method);
        s_make (&route->calls[i].arguments, &input);
    }
    if (route->kind == ZP_GATEWAY_ACCEPT)
        s_make (&route->arguments, &input);
    if (route->id)
        free (zp_gateway_source_text (route->id, &input, error));
}

//  The path of a route as a template for zp_gateway_expand: {NAME} for
//  {NAME...}
static void
s_template (const char *path, char *template)
{
    const char *rest = strstr (path, "...}");
    strcpy (template, path);
    if (rest)
        strcpy (template + (rest - path), "}");
}

static void
s_use (const zp_gateway_routes_t *routes)
{
    static zp_gateway_match_t made, match;
    CHECK (routes->count > 0);
    for (size_t i = 0; i < routes->count; i++) {
        const zp_gateway_route_t *route = &routes->routes[i];
        char template[1024], target[2048];
        made.route = route;
        for (size_t k = 0; k < route->variables; k++)
            made.values[k] = (zp_span_t){"1", 1};
        s_template (route->path, template);
        int size =
            zp_gateway_expand (&made, template, NULL, target, sizeof target);
        CHECK (size > 0);
        zp_gateway_match (routes, s_method (route->method),
                          (zp_span_t){target, (size_t) size}, &match);
        CHECK (match.found == ZP_GATEWAY_FOUND);
        s_ask (match.route, &match);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    char *mistakes;
    zp_gateway_routes_t *routes =
        zp_gateway_routes_new ((zp_span_t){data, size}, &mistakes);
    CHECK (!routes == !!mistakes);
    if (routes)
        s_use (routes);
    else
        CHECK (strchr ("123456789", mistakes[0]) && strchr (mistakes, '\n'));
    free (mistakes);
    zp_gateway_routes_destroy (&routes);
    return 0;
}
