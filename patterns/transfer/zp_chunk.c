//  SPDX-License-Identifier: MIT

#include "zp_chunk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "zp_args.h"
#include "zp_crc32c.h"
#include "zp_number.h"

#define CHECK_DIGITS 8

size_t
zp_chunk_write (const zp_chunk_t *self, char head[ZP_CHUNK_HEAD])
{
    size_t size = zp_number_write (self->offset, head);
    uint32_t check = zp_crc32c (self->data.data, self->data.size);
    size += (size_t) snprintf (head + size, ZP_CHUNK_HEAD - size, " %08" PRIx32,
                               check);
    if (self->window) {
        head[size++] = ' ';
        size += zp_number_write (self->window, head + size);
    }
    return size;
}

//  Read 8 hex digits
static bool
s_read_check (uint32_t *check, const char **at, const char *end)
{
    static const char digits[] = "0123456789abcdef";
    uint32_t value = 0;
    if (end - *at < CHECK_DIGITS)
        return false;
    for (int i = 0; i < CHECK_DIGITS; i++) {
        const char *digit = (*at)[i] ? strchr (digits, (*at)[i]) : NULL;
        if (!digit)
            return false;
        value = value << 4 | (uint32_t) (digit - digits);
    }
    *check = value;
    *at += CHECK_DIGITS;
    return true;
}

static bool
s_read_space (const char **at, const char *end)
{
    if (*at == end || **at != ' ')
        return false;
    (*at)++;
    return true;
}

bool
zp_chunk_read (zp_chunk_t *self, zp_span_t head, zp_span_t data)
{
    if (!head.size)
        return false;
    const char *at = head.data;
    const char *end = at + head.size;
    uint64_t offset, window = 0;
    uint32_t check;
    if (!zp_number_read (&offset, &at, end, ZP_TRANSFER_SIZE_MAX) ||
        !s_read_space (&at, end) || !s_read_check (&check, &at, end))
        return false;
    if (at != end &&
        (!s_read_space (&at, end) ||
         !zp_number_read (&window, &at, end, ZP_TRANSFER_SIZE_MAX)))
        return false;
    if (at != end || data.size > ZP_TRANSFER_CHUNK_MAX ||
        data.size > ZP_TRANSFER_SIZE_MAX - offset ||
        check != zp_crc32c (data.data, data.size))
        return false;
    *self = (zp_chunk_t){offset, window, data};
    return true;
}

bool
zp_chunk_is_version (const char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
            return false;
    return true;
}

size_t
zp_chunk_info_write (const zp_chunk_info_t *self, char text[ZP_CHUNK_INFO])
{
    return (size_t) snprintf (
        text, ZP_CHUNK_INFO,
        "{\"id\":%" PRIu64 ",\"size\":%" PRIu64 ",\"mtime_ms\":%" PRId64
        ",\"version\":\"%s\",\"offset\":%" PRIu64 ",\"length\":%" PRIu64 "}",
        self->id, self->info.size, self->info.mtime_ms, self->info.version,
        self->offset, self->length);
}

bool
zp_chunk_info_read (zp_chunk_info_t *self, zp_span_t text)
{
    int64_t id = -1, size = -1, mtime_ms = 0, offset = -1, length = -1;
    zp_transfer_info_t *info = &self->info;
    const zp_arg_t args[] = {
        {.name = "id", .number = &id, .max = INT64_MAX},
        {.name = "size", .number = &size, .max = ZP_TRANSFER_SIZE_MAX},
        {.name = "mtime_ms",
         .number = &mtime_ms,
         .min = INT64_MIN,
         .max = INT64_MAX},
        {.name = "version",
         .text = info->version,
         .room = sizeof info->version},
        {.name = "offset", .number = &offset, .max = ZP_TRANSFER_SIZE_MAX},
        {.name = "length", .number = &length, .max = ZP_TRANSFER_SIZE_MAX}};
    char error[ZP_ARGS_ERROR];
    if (!zp_args_read (text, args, sizeof args / sizeof *args, error) ||
        id < 0 || offset < 0 || length < 0 || size < offset ||
        size - offset < length || !zp_chunk_is_version (info->version))
        return false;
    self->id = (uint64_t) id;
    info->size = (uint64_t) size;
    info->mtime_ms = mtime_ms;
    self->offset = (uint64_t) offset;
    self->length = (uint64_t) length;
    return true;
}

size_t
zp_chunk_wish_write (const zp_chunk_wish_t *self, char text[ZP_CHUNK_INFO])
{
    char part[64];
    if (self->last)
        snprintf (part, sizeof part, "\"last\":%" PRIu64, self->last);
    else
        snprintf (part, sizeof part,
                  "\"offset\":%" PRIu64 ",\"length\":%" PRIu64, self->offset,
                  self->length);
    return (size_t) snprintf (text, ZP_CHUNK_INFO,
                              "{%s,\"credit\":%" PRIu64 ",\"chunk\":%" PRIu64
                              ",\"hash\":%s,\"version\":\"%s\"}",
                              part, self->credit, self->chunk,
                              self->hash ? "true" : "false", self->version);
}

bool
zp_chunk_wish_read (zp_chunk_wish_t *self, zp_span_t text, char *error)
{
    int64_t offset = (int64_t) self->offset, length = (int64_t) self->length;
    int64_t last = (int64_t) self->last, credit = (int64_t) self->credit;
    int64_t chunk = (int64_t) self->chunk;
    const zp_arg_t args[] = {
        {.name = "offset", .number = &offset, .max = ZP_TRANSFER_SIZE_MAX},
        {.name = "length", .number = &length, .max = ZP_TRANSFER_SIZE_MAX},
        {.name = "last", .number = &last, .max = ZP_TRANSFER_SIZE_MAX},
        {.name = "credit",
         .number = &credit,
         .min = 1,
         .max = ZP_TRANSFER_SIZE_MAX},
        {.name = "chunk", .number = &chunk, .min = 1, .max = INT64_MAX},
        {.name = "hash", .flag = &self->hash},
        {.name = "version",
         .text = self->version,
         .room = sizeof self->version}};
    if (!zp_args_read (text, args, sizeof args / sizeof *args, error))
        return false;
    if (!zp_chunk_is_version (self->version)) {
        snprintf (error, ZP_ARGS_ERROR, "that is no version");
        return false;
    }
    self->offset = (uint64_t) offset;
    self->length = (uint64_t) length;
    self->last = (uint64_t) last;
    self->credit = (uint64_t) credit;
    self->chunk = (uint64_t) chunk;
    return true;
}

bool
zp_chunk_wish_part (const zp_chunk_wish_t *self, uint64_t size,
                    uint64_t *offset, uint64_t *length)
{
    *offset = self->offset;
    if (self->last)
        *offset = self->last < size ? size - self->last : 0;
    bool there = *offset <= size;
    if (!there)
        *offset = size;
    *length = size - *offset;
    if (!self->last && *length > self->length)
        *length = self->length;
    return there;
}

size_t
zp_chunk_grant_write (const zp_chunk_grant_t *self, char text[ZP_CHUNK_INFO])
{
    return (size_t) snprintf (text, ZP_CHUNK_INFO,
                              "{\"id\":%" PRIu64 ",\"offset\":%" PRIu64
                              ",\"credit\":%" PRIu64 ",\"chunk\":%" PRIu64 "}",
                              self->id, self->offset, self->credit,
                              self->chunk);
}

bool
zp_chunk_grant_read (zp_chunk_grant_t *self, zp_span_t text)
{
    int64_t id = -1, offset = -1, credit = 0, chunk = 0;
    const zp_arg_t args[] = {
        {.name = "id", .number = &id, .max = INT64_MAX},
        {.name = "offset", .number = &offset, .max = ZP_TRANSFER_SIZE_MAX},
        {.name = "credit", .number = &credit, .max = ZP_TRANSFER_SIZE_MAX},
        {.name = "chunk", .number = &chunk, .max = ZP_TRANSFER_CHUNK_MAX}};
    char error[ZP_ARGS_ERROR];
    if (!zp_args_read (text, args, 4, error) || id < 0 || offset < 0 ||
        credit < 1 || chunk < 1)
        return false;
    *self = (zp_chunk_grant_t){(uint64_t) id, (uint64_t) offset,
                               (uint64_t) credit, (uint64_t) chunk};
    return true;
}

bool
zp_chunk_pair_read (zp_span_t text, uint64_t *first, uint64_t *second)
{
    uint64_t a, b;
    const char *at = text.data;
    const char *end = text.size ? at + text.size : at;
    if (!text.size || !zp_number_read (&a, &at, end, ZP_TRANSFER_SIZE_MAX) ||
        !s_read_space (&at, end) ||
        !zp_number_read (&b, &at, end, ZP_TRANSFER_SIZE_MAX) || at != end)
        return false;
    *first = a;
    *second = b;
    return true;
}

bool
zp_chunk_number_read (zp_span_t text, uint64_t *number)
{
    uint64_t value;
    const char *at = text.data;
    const char *end = text.size ? at + text.size : at;
    if (!text.size || !zp_number_read (&value, &at, end, UINT64_MAX) ||
        at != end)
        return false;
    *number = value;
    return true;
}
