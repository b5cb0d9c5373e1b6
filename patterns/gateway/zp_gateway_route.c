//  SPDX-License-Identifier: MIT

#include "zp_gateway_routes_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zp_gateway_http.h"
#include "zp_gateway_keys.h"
#include "zp_gateway_match.h"
#include "zp_topic.h"

#define NOT_GET (~(unsigned) ZP_GATEWAY_GET)

static const zp_json_key_t s_keys[] = {
    {.name = "method", .type = JSON_STRING, .needed = true},
    {.name = "path", .type = JSON_STRING, .needed = true},
    {.name = "private", .type = JSON_NULL},
    {.name = "same_origin", .type = JSON_TRUE},
    {.name = "limits", .type = JSON_OBJECT},
    {.name = "cache_control", .type = JSON_STRING},
    {.name = "call", .type = JSON_OBJECT},
    {.name = "parts", .type = JSON_OBJECT},
    {.name = "events", .type = JSON_OBJECT},
    {.name = "content", .type = JSON_OBJECT},
    {.name = "files", .type = JSON_OBJECT},
    {.name = "accept", .type = JSON_OBJECT},
    {0},
};

static const zp_json_key_t s_limits_keys[] = {
    {.name = "body_bytes", .type = JSON_INTEGER, .min = 1, .max = 1 << 30},
    {.name = "rate", .type = JSON_OBJECT},
    {.name = "in_flight", .type = JSON_INTEGER, .min = 1, .max = 1000000},
    {0},
};

static const zp_json_key_t s_events_keys[] = {
    {.name = "service", .type = JSON_STRING, .needed = true},
    {.name = "topic", .type = JSON_STRING},
    {.name = "log", .type = JSON_STRING},
    {.name = "from", .type = JSON_STRING},
    {0},
};

static const zp_json_key_t s_content_keys[] = {
    {.name = "service", .type = JSON_STRING, .needed = true},
    {.name = "object", .type = JSON_STRING, .needed = true},
    {.name = "type", .type = JSON_STRING},
    {0},
};

static const zp_json_key_t s_files_keys[] = {
    {.name = "folder", .type = JSON_STRING, .needed = true},
    {.name = "file", .type = JSON_STRING, .needed = true},
    {.name = "index", .type = JSON_STRING},
    {.name = "type", .type = JSON_STRING},
    {0},
};

static const zp_json_key_t s_accept_keys[] = {
    {.name = "service", .type = JSON_STRING, .needed = true},
    {.name = "queue", .type = JSON_STRING},
    {.name = "saga", .type = JSON_STRING},
    {.name = "arguments", .type = JSON_NULL, .needed = true},
    {.name = "id", .type = JSON_NULL},
    {.name = "status", .type = JSON_STRING, .needed = true},
    {0},
};

static const char *
s_text (const json_t *json, const char *key)
{
    return json_string_value (json_object_get (json, key));
}

//  A text that becomes the value of a header
static const char *
s_read_header (zp_gateway_reader_t *self, const json_t *json, const char *at,
               const char *key)
{
    const char *text = s_text (json, key);
    if (text && (!*text || !zp_gateway_header_plain (text)))
        zp_gateway_wrong (self, at, key,
                          "the value of a header is printable ASCII");
    return text;
}

//  Of two keys exactly one must be there. True if so
static bool
s_either (zp_gateway_reader_t *self, const json_t *json, const char *at,
          const char *one, const char *two)
{
    bool first = json_object_get (json, one);
    bool second = json_object_get (json, two);
    if (first && second)
        zp_gateway_wrong (self, at, two, "there is \"%s\" already", one);
    else if (!first && !second)
        zp_gateway_wrong (self, at, NULL, "\"%s\" is missing, or \"%s\"", one,
                          two);
    return first != second;
}

static void
s_read_call (zp_gateway_reader_t *self, json_t *json, const char *at)
{
    self->route->calls = calloc (1, sizeof *self->route->calls);
    assert (self->route->calls);
    self->route->count = 1;
    zp_gateway_read_call (self, self->route->calls, json, at);
}

static void
s_read_parts (zp_gateway_reader_t *self, json_t *json, const char *at)
{
    zp_gateway_route_t *route = self->route;
    const char *name;
    json_t *value;
    size_t count = json_object_size (json);
    if (count == 0 || count > ZP_GATEWAY_PARTS_MAX)
        zp_gateway_wrong (self, at, NULL, "a route has 1 to %d parts",
                          ZP_GATEWAY_PARTS_MAX);
    route->calls = calloc (count + 1, sizeof *route->calls);
    assert (route->calls);
    json_object_foreach (json, name, value)
    {
        zp_gateway_call_t *call = &route->calls[route->count++];
        char *place = zp_json_doc_member (at, name);
        call->name = name;
        if (!zp_gateway_name (name))
            zp_gateway_wrong (self, place, NULL,
                              "a part has a name of 1 to 64 letters, digits, "
                              "'.', '_', '-'");
        if (strcmp (name, "missing") == 0)
            zp_gateway_wrong (self, place, NULL,
                              "\"missing\" names the parts that are left out");
        if (strcmp (name, "stale") == 0)
            zp_gateway_wrong (self, place, NULL,
                              "\"stale\" names the parts that are old");
        zp_gateway_read_call (self, call, value, place);
        free (place);
    }
}

//  A topic must be a filter whatever the variables are
static void
s_check_topic (zp_gateway_reader_t *self, const char *at)
{
    char text[ZP_TOPIC_MAX + 1];
    zp_filter_t filter;
    zp_gateway_match_t match = {.route = self->route};
    for (size_t i = 0; i < self->route->variables; i++)
        match.values[i] = (zp_span_t){"x", 1};
    if (zp_gateway_expand (&match, self->route->topic, NULL, text,
                           sizeof text) < 0 ||
        !zp_filter_parse (&filter, text))
        zp_gateway_wrong (self, at, "topic",
                          "a topic is like \"film/{id}\", \"film/#\" or "
                          "\"film/+/price\"");
    if (self->route->service && !self->route->service->updates)
        zp_gateway_wrong (self, at, "service",
                          "\"%s\" has no \"updates\": where it publishes",
                          self->route->service->name);
}

static void
s_read_events (zp_gateway_reader_t *self, json_t *json, const char *at)
{
    zp_gateway_route_t *route = self->route;
    const char *from = s_text (json, "from");
    zp_json_doc_check (self->doc, json, at, s_events_keys);
    route->service = zp_gateway_read_service (self, json, at);
    s_either (self, json, at, "topic", "log");
    route->topic = zp_gateway_read_template (self, json, at, "topic", NULL);
    route->log = zp_gateway_read_template (self, json, at, "log", NULL);
    if (route->topic)
        s_check_topic (self, at);
    if (!from)
        return;
    route->from_start = strcmp (from, "start") == 0;
    if (!route->from_start && strcmp (from, "end") != 0)
        zp_gateway_wrong (self, at, "from", "\"from\" is \"start\" or \"end\"");
    else if (!route->log)
        zp_gateway_wrong (self, at, "from", "that is for a log");
}

static void
s_read_content (zp_gateway_reader_t *self, json_t *json, const char *at)
{
    zp_gateway_route_t *route = self->route;
    zp_json_doc_check (self->doc, json, at, s_content_keys);
    route->service = zp_gateway_read_service (self, json, at);
    route->object = zp_gateway_read_template (self, json, at, "object", NULL);
    route->type = s_read_header (self, json, at, "type");
}

static void
s_read_files (zp_gateway_reader_t *self, json_t *json, const char *at)
{
    zp_gateway_route_t *route = self->route;
    zp_json_doc_check (self->doc, json, at, s_files_keys);
    route->folder = s_text (json, "folder");
    if (route->folder && !*route->folder)
        zp_gateway_wrong (self, at, "folder", "\"folder\" is empty");
    route->file = zp_gateway_read_template (self, json, at, "file", NULL);
    if (route->file && !zp_gateway_file_shown (route->file))
        zp_gateway_wrong (self, at, "file",
                          "what begins with a dot is not shown");
    route->index = s_text (json, "index");
    if (route->index && (!*route->index || strchr (route->index, '/') ||
                         !zp_gateway_file_shown (route->index)))
        zp_gateway_wrong (self, at, "index",
                          "\"index\" is the name of a file, such as "
                          "\"index.html\"");
    route->type = s_read_header (self, json, at, "type");
}

static void
s_read_accept (zp_gateway_reader_t *self, json_t *json, const char *at)
{
    zp_gateway_route_t *route = self->route;
    zp_json_doc_check (self->doc, json, at, s_accept_keys);
    route->service = zp_gateway_read_service (self, json, at);
    s_either (self, json, at, "queue", "saga");
    route->queue = zp_gateway_read_template (self, json, at, "queue", NULL);
    route->saga = zp_gateway_read_template (self, json, at, "saga", NULL);
    route->status = zp_gateway_read_template (self, json, at, "status", "id");
    zp_gateway_read_arguments (self, &route->arguments, json, at);
    if (json_is_array (json_object_get (json, "arguments")))
        zp_gateway_wrong (self, at, "arguments",
                          "here they are an object, or \"body\"");
    json_t *id = json_object_get (json, "id");
    if (!id)
        return;
    char *place = zp_json_doc_member (at, "id");
    route->id = calloc (1, sizeof *route->id);
    assert (route->id);
    route->id->to = "";
    zp_gateway_read_source (self, route->id, id, place);
    free (place);
}

static const struct {
    const char *key;       // Of the kind
    unsigned not_methods;  // That can't be
    void (*read) (zp_gateway_reader_t *self, json_t *json, const char *at);
} s_kinds[] = {
    [ZP_GATEWAY_CALL] = {"call", 0, s_read_call},
    [ZP_GATEWAY_PARTS] = {"parts", 0, s_read_parts},
    [ZP_GATEWAY_EVENTS] = {"events", NOT_GET, s_read_events},
    [ZP_GATEWAY_CONTENT] = {"content", NOT_GET, s_read_content},
    [ZP_GATEWAY_FILES] = {"files", NOT_GET, s_read_files},
    [ZP_GATEWAY_ACCEPT] = {"accept",
                           ~(unsigned) (ZP_GATEWAY_POST | ZP_GATEWAY_PUT),
                           s_read_accept},
};

#define KINDS (sizeof s_kinds / sizeof *s_kinds)

static void
s_read_kind (zp_gateway_reader_t *self, json_t *json, const char *at)
{
    zp_gateway_route_t *route = self->route;
    const char *seen = NULL;
    for (size_t i = 0; i < KINDS; i++) {
        const char *key = s_kinds[i].key;
        json_t *value = json_object_get (json, key);
        if (!value)
            continue;
        if (seen) {
            zp_gateway_wrong (self, at, key, "there is \"%s\" already", seen);
            continue;
        }
        seen = key;
        route->kind = (zp_gateway_kind_t) i;
        if (route->method & s_kinds[i].not_methods)
            zp_gateway_wrong (self, at, "method",
                              "a route with \"%s\" is for %s", key,
                              i == ZP_GATEWAY_ACCEPT ? "POST or PUT" : "GET");
        if (json_is_object (value)) {
            char *place = zp_json_doc_member (at, key);
            s_kinds[i].read (self, value, place);
            free (place);
        }
    }
    if (!seen)
        zp_gateway_wrong (self, at, NULL,
                          "what to do is missing: \"call\", \"parts\", "
                          "\"events\", \"content\", \"files\" or \"accept\"");
}

//  Whom the route is for
static void
s_read_private (zp_gateway_reader_t *self, const json_t *json, const char *at)
{
    zp_gateway_route_t *route = self->route;
    const json_t *value = json_object_get (json, "private");
    route->group = json_string_value (value);
    route->closed = route->group || json_is_true (value);
    if (route->group ? !zp_gateway_name (route->group)
                     : value && !json_is_boolean (value))
        zp_gateway_wrong (self, at, "private",
                          "\"private\" is true, false, or a group of keys");
}

static void
s_read_limits (zp_gateway_reader_t *self, const json_t *json, const char *at)
{
    zp_gateway_route_t *route = self->route;
    json_t *limits = json_object_get (json, "limits");
    route->body_bytes = self->routes->limits.body_bytes;
    route->rate = self->routes->limits.rate;
    if (!json_is_object (limits))
        return;
    char *place = zp_json_doc_member (at, "limits");
    zp_json_doc_check (self->doc, limits, place, s_limits_keys);
    json_t *body_bytes = json_object_get (limits, "body_bytes");
    if (body_bytes)
        route->body_bytes = (size_t) json_integer_value (body_bytes);
    route->in_flight =
        (int) json_integer_value (json_object_get (limits, "in_flight"));
    route->own_rate = zp_gateway_read_rate (self, place, limits, &route->rate);
    free (place);
}

void
zp_gateway_read_route (zp_gateway_reader_t *self, json_t *json, const char *at)
{
    zp_gateway_route_t *route = self->route;
    if (!zp_json_doc_is (self->doc, json, JSON_OBJECT, at, "a route"))
        return;
    zp_json_doc_check (self->doc, json, at, s_keys);
    const char *method = s_text (json, "method");
    if (method)
        route->method = zp_gateway_method_parse (method);
    if (method && !route->method)
        zp_gateway_wrong (self, at, "method",
                          "a method is GET, HEAD, POST, PUT, PATCH, DELETE or "
                          "OPTIONS");
    s_read_private (self, json, at);
    route->same_origin = json_is_true (json_object_get (json, "same_origin"));
    s_read_limits (self, json, at);
    route->cache_control = s_read_header (self, json, at, "cache_control");
    route->path = s_text (json, "path");
    //  Without a path nobody knows its variables
    if (route->path && zp_gateway_read_path (self, at))
        s_read_kind (self, json, at);
    else
        route->path = NULL;
}

void
zp_gateway_route_clear (zp_gateway_route_t *route)
{
    for (size_t i = 0; i < route->count; i++)
        free (route->calls[i].arguments.sources);
    free (route->arguments.sources);
    free (route->calls);
    free (route->id);
}
