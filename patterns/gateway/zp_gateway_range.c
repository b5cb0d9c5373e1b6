//  SPDX-License-Identifier: MIT
//
//  Ranges and validators, as in RFC 9110, sections 8.8, 13 and 14

#include "zp_gateway_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

//  Read the digits at *at, as many as there are, and go behind them. What is
//  too large is the largest. False if there are none
static bool
s_number (const char **at, uint64_t *number)
{
    const char *begin = *at;
    *number = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        unsigned digit = (unsigned) (**at - '0');
        *number = *number > (UINT64_MAX - digit) / 10 ? UINT64_MAX
                                                      : *number * 10 + digit;
    }
    return *at > begin;
}

static const char *
s_skip (const char *at)
{
    return at + strspn (at, " \t");
}

zp_gateway_range_t
zp_gateway_range (const char *range, uint64_t size_bytes, uint64_t *from,
                  uint64_t *count)
{
    uint64_t first = 0, last = UINT64_MAX;
    *from = 0;
    *count = size_bytes;
    //  Of nothing there is no part; some clients always ask for one
    if (!range || strncasecmp (range, "bytes=", 6) != 0 || size_bytes == 0)
        return ZP_GATEWAY_WHOLE;
    const char *at = s_skip (range + 6);
    bool begun = s_number (&at, &first);
    if (*at++ != '-')
        return ZP_GATEWAY_WHOLE;
    bool ended = s_number (&at, &last);
    if (*s_skip (at) || (!begun && !ended) || (begun && ended && last < first))
        return ZP_GATEWAY_WHOLE;
    if (!begun) {
        //  The last so many
        uint64_t suffix = last < size_bytes ? last : size_bytes;
        first = size_bytes - suffix;
        last = UINT64_MAX;
    }
    else if (!ended)
        last = UINT64_MAX;
    if (first >= size_bytes)
        return ZP_GATEWAY_NO_PART;
    if (last >= size_bytes)
        last = size_bytes - 1;
    *from = first;
    *count = last - first + 1;
    return ZP_GATEWAY_PART;
}

const char *
zp_gateway_content_range (uint64_t from, uint64_t count, uint64_t size_bytes,
                          char *room)
{
    if (count)
        snprintf (room, ZP_GATEWAY_CONTENT_RANGE,
                  "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, from,
                  from + count - 1, size_bytes);
    else
        snprintf (room, ZP_GATEWAY_CONTENT_RANGE, "bytes */%" PRIu64,
                  size_bytes);
    return room;
}

const char *
zp_gateway_etag (uint64_t first, uint64_t second, char *room)
{
    snprintf (room, ZP_GATEWAY_ETAG_MAX + 1, "\"%" PRIx64 "-%" PRIx64 "\"",
              first, second);
    return room;
}

//  The opaque part of an ETag, and whether it is weak
static const char *
s_opaque (const char *etag, bool *weak)
{
    *weak = strncmp (etag, "W/", 2) == 0;
    return etag + (*weak ? 2 : 0);
}

bool
zp_gateway_none_match (const char *if_none_match, const char *etag)
{
    bool weak;
    const char *at = if_none_match ? s_skip (if_none_match) : "";
    const char *mine = s_opaque (etag, &weak);
    size_t size = strlen (mine);
    if (*at == '*')
        return !*s_skip (at + 1);
    for (;; at = s_skip (at) + 1) {
        at = s_opaque (at + strspn (at, " \t,"), &weak);
        const char *end = *at == '"' ? strchr (at + 1, '"') : NULL;
        if (!end)
            return false;
        if ((size_t) (++end - at) == size && memcmp (at, mine, size) == 0)
            return true;
        at = end;
        if (*s_skip (at) != ',')
            return false;
    }
}

bool
zp_gateway_if_range (const char *if_range, const char *etag)
{
    return !if_range || (*etag == '"' && strcmp (if_range, etag) == 0);
}
