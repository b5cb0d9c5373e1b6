//  SPDX-License-Identifier: MIT

#include "peer.h"

bool
peer_connect (peer_t *self, const char *name, const char *endpoint)
{
    *self = (peer_t){name, zp_client_new (NULL, NULL)};
    if (zp_client_connect (self->client, endpoint) == ZP_OK)
        return true;
    fprintf (stderr, "zp-viewer: %s\n", zp_client_error (self->client));
    return false;
}

json_t *
peer_ask (peer_t *self, const char *method, json_t *body)
{
    char *text = json_dumps (body, 0);
    zchunk_t *reply;
    zp_status_t status = zp_client_call (
        self->client, method, text, strlen (text), PEER_TIMEOUT_MS, &reply);
    json_t *result = NULL;
    if (status != ZP_OK)
        fprintf (stderr, "zp-viewer: %s failed: %s: %s\n", method,
                 zp_status_name (status), zp_client_error (self->client));
    else {
        result = json_loadb ((const char *) zchunk_data (reply),
                             zchunk_size (reply), 0, NULL);
        if (!result)
            fprintf (stderr, "zp-viewer: %s answered with no JSON\n", method);
    }
    zchunk_destroy (&reply);
    json_decref (body);
    free (text);
    return result;
}
