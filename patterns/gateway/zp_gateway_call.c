//  SPDX-License-Identifier: MIT

#include "zp_gateway_routes_private.h"

#include <string.h>

#include "zp_similar.h"

#define METHOD_BYTES 255       // Of a method of a service, at most
#define DAY_MS       86400000  // The oldest result that does

static const zp_json_key_t s_keys[] = {
    {.name = "service", .type = JSON_STRING, .needed = true},
    {.name = "method", .type = JSON_STRING, .needed = true},
    {.name = "arguments", .type = JSON_NULL},
    {.name = "timeout_ms", .type = JSON_INTEGER, .min = 1, .max = 3600000},
    {.name = "once", .type = JSON_TRUE},
    {.name = "text", .type = JSON_TRUE},
    {.name = "required", .type = JSON_TRUE},
    {.name = "stale_ms", .type = JSON_INTEGER, .min = 1, .max = DAY_MS},
    {0},
};

const zp_gateway_service_t *
zp_gateway_read_service (zp_gateway_reader_t *self, const json_t *json,
                         const char *at)
{
    const char *name = json_string_value (json_object_get (json, "service"));
    if (!name)
        return NULL;
    zp_similar_t similar = {.word = name};
    for (size_t i = 0; i < self->routes->services_count; i++) {
        const zp_gateway_service_t *service = &self->routes->services[i];
        if (strcmp (service->name, name) == 0)
            return service;
        zp_similar_try (&similar, service->name);
    }
    if (similar.best)
        zp_gateway_wrong (self, at, "service",
                          "there is no service \"%s\"; did you mean \"%s\"?",
                          name, similar.best);
    else
        zp_gateway_wrong (self, at, "service", "there is no service \"%s\"",
                          name);
    return NULL;
}

static void
s_read_stale (zp_gateway_reader_t *self, zp_gateway_call_t *call,
              const json_t *json, const char *at)
{
    const json_t *value = json_object_get (json, "stale_ms");
    call->stale_ms = (int) json_integer_value (value);
    if (value && !call->name)
        zp_gateway_wrong (self, at, "stale_ms", "that is for parts");
    else if (value && call->once)
        zp_gateway_wrong (self, at, "stale_ms",
                          "what is done \"once\" has no older result");
}

void
zp_gateway_read_call (zp_gateway_reader_t *self, zp_gateway_call_t *call,
                      json_t *json, const char *at)
{
    json_t *value;
    if (!zp_json_doc_is (self->doc, json, JSON_OBJECT, at, "a call"))
        return;
    zp_json_doc_check (self->doc, json, at, s_keys);
    call->service = zp_gateway_read_service (self, json, at);
    call->method = json_string_value (json_object_get (json, "method"));
    if (call->method &&
        (!*call->method || strlen (call->method) > METHOD_BYTES))
        zp_gateway_wrong (self, at, "method",
                          "a method has a name of 1 to %d bytes", METHOD_BYTES);
    if (call->service)
        call->timeout_ms = call->service->timeout_ms;
    if ((value = json_object_get (json, "timeout_ms")))
        call->timeout_ms = (int) json_integer_value (value);
    //  RFC 9110, section 9.2.2: what may be sent again
    value = json_object_get (json, "once");
    call->once =
        value ? json_is_true (value)
              : self->route->method & (ZP_GATEWAY_POST | ZP_GATEWAY_PATCH);
    call->text = json_is_true (json_object_get (json, "text"));
    value = json_object_get (json, "required");
    call->required = !call->name || json_is_true (value);
    if (value && !call->name)
        zp_gateway_wrong (self, at, "required", "that is for parts");
    s_read_stale (self, call, json, at);
    zp_gateway_read_arguments (self, &call->arguments, json, at);
}
