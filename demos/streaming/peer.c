//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "peer.h"

//  Say what went wrong
static void
s_complain (const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    fprintf (stderr, "%s: ", program_invocation_short_name);
    vfprintf (stderr, format, arguments);
    fprintf (stderr, "\n");
    va_end (arguments);
}

bool
peer_connect (peer_t *self, const char *name, const char *endpoint)
{
    *self = (peer_t){name, zp_client_new (NULL, NULL)};
    if (zp_client_connect (self->client, endpoint) == ZP_OK)
        return true;
    s_complain ("%s", zp_client_error (self->client));
    return false;
}

char *
peer_call (peer_t *self, const char *method, const zp_span_t *args,
           size_t count)
{
    zmsg_t *reply;
    zp_status_t status = zp_client_call_parts (self->client, method, args,
                                               count, PEER_TIMEOUT_MS, &reply);
    char *text = status == ZP_OK ? zmsg_popstr (reply) : NULL;
    if (status != ZP_OK)
        s_complain ("%s failed: %s: %s", method, zp_status_name (status),
                    zp_client_error (self->client));
    zmsg_destroy (&reply);
    return text;
}

json_t *
peer_ask (peer_t *self, const char *method, json_t *body)
{
    char *text = body ? json_dumps (body, 0) : NULL;
    zp_span_t arg = {text, text ? strlen (text) : 0};
    char *reply = peer_call (self, method, &arg, text ? 1 : 0);
    json_t *result = reply ? json_loads (reply, 0, NULL) : NULL;
    if (reply && !result)
        s_complain ("%s answered with no JSON", method);
    json_decref (body);
    free (reply);
    free (text);
    return result;
}
