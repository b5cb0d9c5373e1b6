//  SPDX-License-Identifier: MIT
//
//  Whatever clients send as headers, and whatever is in a file of keys: a range
//  lies in the content, what was read can be written and read again, and what
//  is written can be sent.
//
//  Input: a byte, and a text for the one that it stands for.

#include "zp_gateway_http.h"
#include "zp_gateway_keys.h"
#include "zp_gateway_limit.h"

#include <stdlib.h>
#include <string.h>

//  Not assert, which a release build leaves out
#define CHECK(truth) ((truth) ? (void) 0 : abort ())

static void
s_range (const char *text)
{
    uint64_t from, count;
    char room[ZP_GATEWAY_CONTENT_RANGE];
    zp_gateway_range_t range = zp_gateway_range (text, 1000, &from, &count);
    if (range == ZP_GATEWAY_PART)
        CHECK (count > 0 && from < 1000 && count <= 1000 - from);
    else
        CHECK (from == 0 && count == 1000);
    CHECK (zp_gateway_header_plain (
        zp_gateway_content_range (from, count, 1000, room)));
    zp_gateway_none_match (text, "\"1-2\"");
}

static void
s_trace (const char *text)
{
    zp_trace_t trace, again;
    char room[ZP_GATEWAY_TRACE_SIZE + 1];
    if (!zp_gateway_trace_read (text, &trace))
        return;
    zp_gateway_trace_write (&trace, room);
    CHECK (zp_gateway_trace_read (room, &again));
    CHECK (memcmp (&trace, &again, sizeof trace) == 0);
}

static void
s_ids (const char *text)
{
    char room[ZP_GATEWAY_ID_MAX + 1], event[ZP_GATEWAY_EVENT_ID];
    uint64_t stream, number;
    CHECK (zp_gateway_header_plain (zp_gateway_request_id (text, 1, 2, room)));
    if (zp_gateway_last_event (text, &stream, &number))
        CHECK (strcmp (zp_gateway_event_id (stream, number, event), text) == 0);
}

static void
s_client (const char *text)
{
    static const char *const proxies[] = {"127.0.0.1", "::1", NULL};
    char room[ZP_GATEWAY_CLIENT_MAX], again[ZP_GATEWAY_CLIENT_MAX];
    zp_gateway_client ("127.0.0.1", text, proxies, room);
    CHECK (zp_gateway_header_plain (room));
    CHECK (strcmp (zp_gateway_client (room, NULL, proxies, again), room) == 0);
}

static void
s_body (const char *text)
{
    json_t *json;
    char error[200];
    int code =
        zp_gateway_body ("application/json", (zp_span_t){text, strlen (text)},
                         &json, error, sizeof error);
    CHECK ((code == 200) == !!json);
    json_decref (json);
    zp_gateway_body (text, (zp_span_t){"1", 1}, &json, error, sizeof error);
    json_decref (json);
    zp_gateway_problem_t problem = {.code = 400, .detail = text};
    char *written = zp_gateway_problem_json (&problem);
    json = json_loads (written, 0, NULL);
    CHECK (json);
    json_decref (json);
    free (written);
}

static void
s_keys (const char *text)
{
    char *mistakes;
    zp_gateway_keys_t *keys =
        zp_gateway_keys_new ((zp_span_t){text, strlen (text)}, &mistakes);
    CHECK (!keys == !!mistakes);
    if (keys)
        CHECK (!zp_gateway_keys_find (
            keys, zp_gateway_key_shown (text, "zpk_0123456789")));
    zp_gateway_keys_destroy (&keys);
    free (mistakes);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    static void (*const all[]) (const char *) = {s_range,  s_trace, s_ids,
                                                 s_client, s_body,  s_keys};
    if (size == 0)
        return 0;
    char *text = malloc (size);
    CHECK (text);
    memcpy (text, data + 1, size - 1);
    text[size - 1] = 0;
    all[data[0] % 6](text);
    free (text);
    return 0;
}
