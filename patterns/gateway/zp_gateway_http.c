//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "zp_gateway_http.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zp_number.h"

//  As google.rpc.Code says; 499 is nginx's
static const int s_codes[] = {
    [ZP_OK] = 200,
    [ZP_CANCELLED] = 499,
    [ZP_UNKNOWN] = 500,
    [ZP_INVALID_ARGUMENT] = 400,
    [ZP_DEADLINE_EXCEEDED] = 504,
    [ZP_NOT_FOUND] = 404,
    [ZP_ALREADY_EXISTS] = 409,
    [ZP_PERMISSION_DENIED] = 403,
    [ZP_RESOURCE_EXHAUSTED] = 429,
    [ZP_FAILED_PRECONDITION] = 400,
    [ZP_ABORTED] = 409,
    [ZP_OUT_OF_RANGE] = 400,
    [ZP_UNIMPLEMENTED] = 501,
    [ZP_INTERNAL] = 500,
    [ZP_UNAVAILABLE] = 503,
    [ZP_DATA_LOSS] = 500,
    [ZP_UNAUTHENTICATED] = 401,
};

//  What a gateway says by itself
static const struct {
    int code;            // Of HTTP
    zp_status_t status;  // The closest; ZP_OK: it is no failure
    const char *title;   // In RFC 9110
} s_titles[] = {
    {200, ZP_OK, "OK"},
    {202, ZP_OK, "Accepted"},
    {204, ZP_OK, "No Content"},
    {206, ZP_OK, "Partial Content"},
    {304, ZP_OK, "Not Modified"},
    {400, ZP_INVALID_ARGUMENT, "Bad Request"},
    {401, ZP_UNAUTHENTICATED, "Unauthorized"},
    {403, ZP_PERMISSION_DENIED, "Forbidden"},
    {404, ZP_NOT_FOUND, "Not Found"},
    {405, ZP_UNIMPLEMENTED, "Method Not Allowed"},
    {408, ZP_DEADLINE_EXCEEDED, "Request Timeout"},
    {409, ZP_ABORTED, "Conflict"},
    {413, ZP_INVALID_ARGUMENT, "Content Too Large"},
    {414, ZP_INVALID_ARGUMENT, "URI Too Long"},
    {415, ZP_INVALID_ARGUMENT, "Unsupported Media Type"},
    {416, ZP_OUT_OF_RANGE, "Range Not Satisfiable"},
    {429, ZP_RESOURCE_EXHAUSTED, "Too Many Requests"},
    {431, ZP_INVALID_ARGUMENT, "Request Header Fields Too Large"},
    {499, ZP_CANCELLED, "Client Closed Request"},
    {500, ZP_INTERNAL, "Internal Server Error"},
    {501, ZP_UNIMPLEMENTED, "Not Implemented"},
    {502, ZP_UNKNOWN, "Bad Gateway"},
    {503, ZP_UNAVAILABLE, "Service Unavailable"},
    {504, ZP_DEADLINE_EXCEEDED, "Gateway Timeout"},
};

#define TITLES (sizeof s_titles / sizeof *s_titles)

int
zp_gateway_code (zp_status_t status)
{
    return zp_status_valid ((int) status) ? s_codes[status] : 500;
}

zp_status_t
zp_gateway_status (int code)
{
    for (size_t i = 0; i < TITLES; i++)
        if (s_titles[i].code == code)
            return s_titles[i].status;
    return code < 500 ? ZP_INVALID_ARGUMENT : ZP_INTERNAL;
}

const char *
zp_gateway_title (int code)
{
    for (size_t i = 0; i < TITLES; i++)
        if (s_titles[i].code == code)
            return s_titles[i].title;
    return "Unknown";
}

bool
zp_gateway_utf8 (const char *text, size_t size)
{
    unsigned char seen = 0;
    for (size_t i = 0; i < size; i++)
        seen |= (unsigned char) text[i];
    //  Nearly all is ASCII; for the rest jansson may look
    json_t *string = seen < 0x80 ? json_null () : json_stringn (text, size);
    json_decref (string);
    return string;
}

char *
zp_gateway_plain (const char *text)
{
    char *copy = strdup (text);
    assert (copy);
    bool plain = zp_gateway_utf8 (text, strlen (text));
    for (char *at = copy; !plain && *at; at++)
        if ((unsigned char) *at >= 0x80)
            *at = '?';
    return copy;
}

static void
s_add_text (json_t *object, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    char *plain = zp_gateway_plain (text);
    json_object_set_new (object, name, json_string (plain));
    free (plain);
}

char *
zp_gateway_problem_json (const zp_gateway_problem_t *problem)
{
    zp_status_t status = problem->status == ZP_OK
                             ? zp_gateway_status (problem->code)
                             : problem->status;
    json_t *object =
        json_pack ("{s:s s:s s:i s:s}", "type", "about:blank", "title",
                   zp_gateway_title (problem->code), "status", problem->code,
                   "code", zp_status_name (status));
    assert (object);
    s_add_text (object, "detail", problem->detail);
    s_add_text (object, "request_id", problem->request_id);
    if (problem->retry_after_s > 0)
        json_object_set_new (object, "retry_after",
                             json_integer (problem->retry_after_s));
    char *text = json_dumps (object, JSON_COMPACT);
    assert (text);
    json_decref (object);
    return text;
}

//  Read size bytes as lower-case hex digits. False if there are others
static bool
s_read_hex (const char *text, uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 2 * size; i++) {
        const char *digit = text[i] ? strchr (digits, text[i]) : NULL;
        if (!digit)
            return false;
        unsigned high = i % 2 ? bytes[i / 2] : 0;
        bytes[i / 2] = (uint8_t) (high << 4 | (unsigned) (digit - digits));
    }
    return true;
}

static void
s_write_hex (char *text, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        *text++ = digits[bytes[i] >> 4];
        *text++ = digits[bytes[i] & 15];
    }
    *text = 0;
}

//  The same with a number, the highest digit first; returns its end
static char *
s_write_number (char *text, uint64_t number)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t) (number >> (56 - 8 * i));
    s_write_hex (text, bytes, sizeof bytes);
    return text + 2 * sizeof bytes;
}

static bool
s_zero (const uint8_t *bytes, size_t size)
{
    uint8_t all = 0;
    for (size_t i = 0; i < size; i++)
        all |= bytes[i];
    return all == 0;
}

//      00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
//      version, trace id, span id, flags; of later versions perhaps more
bool
zp_gateway_trace_read (const char *text, zp_trace_t *trace)
{
    zp_trace_t read;
    uint8_t version;
    if (!text || strnlen (text, ZP_GATEWAY_TRACE_SIZE) < ZP_GATEWAY_TRACE_SIZE)
        return false;
    if (!s_read_hex (text, &version, 1) || version == 0xff || text[2] != '-' ||
        !s_read_hex (text + 3, read.trace_id, 16) || text[35] != '-' ||
        !s_read_hex (text + 36, read.span_id, 8) || text[52] != '-' ||
        !s_read_hex (text + 53, &read.flags, 1))
        return false;
    char behind = text[ZP_GATEWAY_TRACE_SIZE];
    if (version == 0 ? behind != 0 : behind != 0 && behind != '-')
        return false;
    if (s_zero (read.trace_id, 16) || s_zero (read.span_id, 8))
        return false;
    *trace = read;
    return true;
}

void
zp_gateway_trace_write (const zp_trace_t *trace, char *text)
{
    memcpy (text, "00-", 3);
    s_write_hex (text + 3, trace->trace_id, 16);
    text[35] = '-';
    s_write_hex (text + 36, trace->span_id, 8);
    text[52] = '-';
    s_write_hex (text + 53, &trace->flags, 1);
}

const char *
zp_gateway_request_id (const char *said, uint64_t first, uint64_t second,
                       char *room)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t size = said ? strspn (said, letters) : 0;
    if (size > 0 && size <= ZP_GATEWAY_ID_MAX && !said[size])
        memcpy (room, said, size + 1);
    else
        s_write_number (s_write_number (room, first), second);
    return room;
}

bool
zp_gateway_last_event (const char *text, uint64_t *stream, uint64_t *number)
{
    uint64_t one, two = 0;
    if (!text)
        return false;
    const char *end = text + strlen (text);
    if (!zp_number_read (&one, &text, end, UINT64_MAX))
        return false;
    bool both = *text == '.';
    text += both;
    if ((both &&
         (one == 0 || !zp_number_read (&two, &text, end, UINT64_MAX))) ||
        text < end)
        return false;
    *stream = both ? one : 0;
    *number = both ? two : one;
    return true;
}

const char *
zp_gateway_event_id (uint64_t stream, uint64_t number, char *room)
{
    char *at = room;
    if (stream) {
        at += zp_number_write (stream, at);
        *at++ = '.';
    }
    at[zp_number_write (number, at)] = 0;
    return room;
}

bool
zp_gateway_header_plain (const char *text)
{
    for (; *text; text++)
        if ((*text < ' ' && *text != '\t') || *text > '~')
            return false;
    return true;
}
