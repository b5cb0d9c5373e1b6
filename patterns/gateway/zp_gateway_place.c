//  SPDX-License-Identifier: MIT

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "zp_gateway_routes.h"

bool
zp_gateway_routes_place (zp_gateway_routes_t *self, const char *name,
                         const char *const *endpoints, size_t count)
{
    assert (count > 0);
    zp_gateway_service_t *service = self->services;
    const zp_gateway_service_t *end = service + self->services_count;
    while (service < end && strcmp (service->name, name) != 0)
        service++;
    if (service == end || service->updates)
        return false;
    free (service->endpoints);
    service->endpoints = calloc (count + 1, sizeof *service->endpoints);
    assert (service->endpoints);
    service->count = count;
    //  The texts belong to the document, in the place of those of before
    json_t *texts = json_array ();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new (texts, json_string (endpoints[i]));
        service->endpoints[i] = json_string_value (json_array_get (texts, i));
    }
    json_t *services = json_object_get (self->json, "services");
    json_object_set_new (json_object_get (services, name), "endpoints", texts);
    return true;
}
