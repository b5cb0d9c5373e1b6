//  SPDX-License-Identifier: MIT
//
//  Whatever a client sends as its target: nothing is read outside it; a value
//  has no control character, and no slash but for {NAME...}, and is no "." or
//  ".."; and the path made anew of the values leads to the same route and the
//  same values: it was decoded once.
//
//  Input: a byte for the method, and a target.

#include "zp_gateway_arguments.h"

#include <stdlib.h>
#include <string.h>

//  Not assert, which a release build leaves out
#define CHECK(truth) ((truth) ? (void) 0 : abort ())

#define CALL(arguments)                                                        \
    "\"call\":{\"service\":\"s\",\"method\":\"m\",\"arguments\":" arguments "}"

static const char s_text[] =
    "{\"services\":{\"s\":{\"endpoints\":[\"ipc://s\"]}},\"routes\":["
    "{\"method\":\"GET\",\"path\":\"/\"," CALL (
        "{}") "},"
              "{\"method\":\"GET\",\"path\":\"/a\"," CALL (
                  "{}") "},"
                        "{\"method\":\"GET\",\"path\":\"/a/\"," CALL (
                            "{}") "},"
                                  "{\"method\":\"GET\",\"path\":\"/a/"
                                  "{x}\"," CALL (
                                      "{\"x\":{\"from\":\"path.x\","
                                      "\"type\":\"integer\"},\"q\":\"query."
                                      "q\"}") "},"
                                              "{\"method\":\"PUT\","
                                              "\"path\":\"/a/{x}\"," CALL (
                                                  "[\"query.q\"]") "},"
                                                                   "{\"meth"
                                                                   "od\":"
                                                                   "\"GET\""
                                                                   ",\"path"
                                                                   "\":\"/"
                                                                   "a/b/"
                                                                   "{y}"
                                                                   "\""
                                                                   "," CALL (
                                                                       "[\""
                                                                       "pat"
                                                                       "h."
                                                                       "y\""
                                                                       "]") "},"
                                                                            "{"
                                                                            "\""
                                                                            "me"
                                                                            "th"
                                                                            "od"
                                                                            "\""
                                                                            ":"
                                                                            "\""
                                                                            "GE"
                                                                            "T"
                                                                            "\""
                                                                            ","
                                                                            "\""
                                                                            "pa"
                                                                            "th"
                                                                            "\""
                                                                            ":"
                                                                            "\""
                                                                            "/{"
                                                                            "w}"
                                                                            "/b"
                                                                            "/{"
                                                                            "y}"
                                                                            "/d"
                                                                            "\""
                                                                            "," CALL (
                                                                                "{\"q\":{\"from\":\"query.q\",\"type\":\"number\",\"min\":2}}") "},"
                                                                                                                                                "{\"method\":\"GET\",\"path\":\"/r/{z...}\"," CALL (
                                                                                                                                                    "[\"path.z\"]") "}]}";

//  Each route's path with {z} for {z...}
static const char *const s_templates[] = {
    "/", "/a", "/a/", "/a/{x}", "/a/{x}", "/a/b/{y}", "/{w}/b/{y}/d", "/r/{z}"};

static void
s_check_value (const zp_gateway_route_t *route, size_t number, zp_span_t value)
{
    const char *text = value.data;
    bool rest = route->rest && number + 1 == route->variables;
    CHECK (text[value.size] == 0);
    CHECK (value.size > 0 || rest);
    CHECK (strcmp (text, ".") != 0 && strcmp (text, "..") != 0);
    CHECK (strlen (text) == value.size);
    for (size_t i = 0; i < value.size; i++)
        CHECK ((unsigned char) text[i] >= ' ' && text[i] != 0x7f &&
               (text[i] != '/' || rest));
    if (rest)
        CHECK (!strstr (text, "//") && !strstr (text, "/../") &&
               strncmp (text, "../", 3) != 0 && *text != '/');
}

static void
s_check (const zp_gateway_routes_t *routes, const char *method,
         const zp_gateway_match_t *match)
{
    static zp_gateway_match_t again;
    static char target[3 * ZP_GATEWAY_PATH_MAX + 1];
    const zp_gateway_route_t *route = match->route;
    for (size_t i = 0; i < route->variables; i++)
        s_check_value (route, i, match->values[i]);
    int size = zp_gateway_expand_url (match, s_templates[route->number], NULL,
                                      target, sizeof target);
    CHECK (size > 0);
    zp_gateway_match (routes, method, (zp_span_t){target, (size_t) size},
                      &again);
    if (size > ZP_GATEWAY_PATH_MAX) {
        CHECK (again.found == ZP_GATEWAY_TOO_LONG);
        return;
    }
    CHECK (again.route == route);
    for (size_t i = 0; i < route->variables; i++)
        CHECK (strcmp (again.values[i].data, match->values[i].data) == 0);
    zp_gateway_made_t made;
    char error[ZP_GATEWAY_ERROR];
    zp_gateway_input_t input = {.match = match};
    const zp_gateway_arguments_t *arguments = &route->calls->arguments;
    if (!zp_gateway_arguments_make (arguments, &input, &made, error))
        CHECK (*error && strlen (error) < sizeof error);
    else if (!arguments->list) {
        json_t *json = json_loadb (made.parts[0].data, made.parts[0].size,
                                   JSON_REJECT_DUPLICATES, NULL);
        CHECK (json_is_object (json));
        json_decref (json);
    }
    free (made.room);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    static const char *const methods[] = {"GET", "PUT", "HEAD", "OPTIONS",
                                          "BREW"};
    static zp_gateway_routes_t *routes;
    static zp_gateway_match_t match;
    if (!routes)
        routes =
            zp_gateway_routes_new ((zp_span_t){s_text, strlen (s_text)}, NULL);
    CHECK (routes);
    if (size == 0)
        return 0;
    const char *method = methods[data[0] % 5];
    zp_gateway_match (routes, method, (zp_span_t){data + 1, size - 1}, &match);
    CHECK ((match.found == ZP_GATEWAY_FOUND) == !!match.route);
    CHECK ((match.found == ZP_GATEWAY_REFUSED) == !!match.problem);
    CHECK (match.found != ZP_GATEWAY_OTHERWISE || match.allow);
    if (match.route)
        s_check (routes, method, &match);
    return 0;
}
