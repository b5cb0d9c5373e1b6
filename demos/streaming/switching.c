//  SPDX-License-Identifier: MIT

#include "switching.h"

#define DEVICES_MAX 10000  // That are known; then all are forgotten
#define IDS         4096   // That are remembered

//  Of a request: both halves of its id; all zero if it has none
typedef struct switch_id {
    uint64_t client;  // Who asks
    uint64_t serial;  // And which of its requests that is
} switch_id_t;

struct switching {
    json_t *devices;       // [profile, how often], by name
    json_int_t switched;   // At all of them
    json_int_t twice;      // By an id that was there before
    switch_id_t ids[IDS];  // Of the last ones
};

switching_t *
switching_new (void)
{
    switching_t *self = zmalloc (sizeof *self);
    self->devices = json_object ();
    return self;
}

void
switching_destroy (switching_t **self_p)
{
    assert (self_p);
    switching_t *self = *self_p;
    if (!self)
        return;
    json_decref (self->devices);
    free (self);
    *self_p = NULL;
}

//  True if that id was there before; it is remembered
static bool
s_known (switching_t *self, switch_id_t id)
{
    if (id.client == 0)
        return false;
    for (size_t i = 0; i < IDS; i++)
        if (self->ids[i].client == id.client &&
            self->ids[i].serial == id.serial)
            return true;
    self->ids[self->switched % IDS] = id;
    return false;
}

json_int_t
switching_done (switching_t *self, zp_request_t *request, const char *device,
                const char *profile)
{
    const zp_envelope_t *envelope = zp_request_envelope (request);
    self->twice +=
        s_known (self, (switch_id_t){envelope->client, envelope->serial});
    self->switched++;
    json_t *before = json_object_get (self->devices, device);
    json_int_t count = 1 + json_integer_value (json_array_get (before, 1));
    if (!before && json_object_size (self->devices) >= DEVICES_MAX)
        json_object_clear (self->devices);
    json_object_set_new (self->devices, device,
                         json_pack ("[s, I]", profile, count));
    return count;
}

json_t *
switching_gauges (void *arg)
{
    const switching_t *self = arg;
    return json_pack ("{s:I s:I s:I}", "switched", self->switched, "twice",
                      self->twice, "watching",
                      (json_int_t) json_object_size (self->devices));
}
