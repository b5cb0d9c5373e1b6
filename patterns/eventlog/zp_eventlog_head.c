//  SPDX-License-Identifier: MIT

#include "zp_eventlog_head.h"

#include "zp_number.h"

#define OFFSET  "\"offset\":"
#define TIME_MS ",\"time_ms\":"

//  Add a text without the 0 at its end
static size_t
s_add (char *to, const char *text)
{
    size_t size = strlen (text);
    memcpy (to, text, size);
    return size;
}

//  Most records are of events: written without the help of a library
static size_t
s_write_event (const zp_eventlog_head_t *self, char *text)
{
    const char *id = self->id.data;
    size_t size = s_add (text, self->id.size ? "{\"id\":\"" : "{");
    for (size_t i = 0; i < self->id.size; i++) {
        if (id[i] == '"' || id[i] == '\\')
            text[size++] = '\\';
        text[size++] = id[i];
    }
    size += s_add (text + size, self->id.size ? "\"," OFFSET : OFFSET);
    size += zp_number_write (self->offset, text + size);
    size += s_add (text + size, TIME_MS);
    size += zp_number_write ((uint64_t) self->time_ms, text + size);
    text[size++] = '}';
    return size;
}

static size_t
s_write_log (const zp_eventlog_head_t *self, char *text)
{
    const zp_eventlog_keep_t *keep = &self->keep;
    json_t *json = json_object ();
    if (self->configured) {
        json_object_set_new (json, "keep_ms", json_integer (keep->ms));
        json_object_set_new (json, "keep_bytes",
                             json_integer ((json_int_t) keep->bytes));
        json_object_set_new (json, "keep_events",
                             json_integer ((json_int_t) keep->events));
    }
    if (self->next) {
        json_object_set_new (json, "next",
                             json_integer ((json_int_t) self->next));
        json_object_set_new (json, "last_ms", json_integer (self->last_ms));
    }
    size_t size = json_dumpb (json, text, ZP_EVENTLOG_HEAD_MAX,
                              JSON_COMPACT | JSON_SORT_KEYS);
    json_decref (json);
    return size;
}

size_t
zp_eventlog_head_write (const zp_eventlog_head_t *self,
                        char text[ZP_EVENTLOG_HEAD_MAX])
{
    assert (self->kind != ZP_EVENTLOG_GROUP);
    size_t size = self->kind == ZP_EVENTLOG_EVENT ? s_write_event (self, text)
                                                  : s_write_log (self, text);
    assert (size && size <= ZP_EVENTLOG_HEAD_MAX);
    return size;
}

char *
zp_eventlog_head_group (zp_span_t name, uint64_t position, const char *acked)
{
    json_t *json = json_pack ("{ss%, sI}", "group", name.data, name.size,
                              "position", (json_int_t) position);
    if (*acked)
        json_object_set_new (json, "acked", json_string (acked));
    char *text = json_dumps (json, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref (json);
    return text;
}

//  The same for reading: false if it is anything but that of an event without
//  an id, as it is written here
static bool
s_read_plain (zp_eventlog_head_t *self, zp_span_t text)
{
    const char *at = text.data;
    const char *end = at + text.size;
    uint64_t time_ms;
    if (text.size < sizeof OFFSET ||
        memcmp (at, "{" OFFSET, sizeof OFFSET) != 0)
        return false;
    at += sizeof OFFSET;
    if (!zp_number_read (&self->offset, &at, end, ZP_EVENTLOG_OFFSET_MAX - 1) ||
        (size_t) (end - at) < sizeof TIME_MS ||
        memcmp (at, TIME_MS, sizeof TIME_MS - 1) != 0)
        return false;
    at += sizeof TIME_MS - 1;
    if (!zp_number_read (&time_ms, &at, end, INT64_MAX) || end - at != 1)
        return false;
    self->time_ms = (int64_t) time_ms;
    return *at == '}';
}

static const char *
s_read_event (zp_eventlog_head_t *self)
{
    json_int_t offset, time_ms;
    const char *id = "";
    size_t size = 0;
    if (json_unpack_ex (self->json, NULL, JSON_STRICT, "{s:I, s:I, s?s%}",
                        "offset", &offset, "time_ms", &time_ms, "id", &id,
                        &size) != 0)
        return "the head is not that of an event";
    if (offset < 0 || offset >= ZP_EVENTLOG_OFFSET_MAX || time_ms < 0)
        return "the event's offset or time is out of range";
    for (size_t i = 0; i < size; i++)
        if (id[i] < ' ' || id[i] > '~')
            return "the event's id is not printable ASCII";
    if (size > ZP_EVENTLOG_ID_MAX)
        return "the event's id is too long";
    self->offset = (uint64_t) offset;
    self->time_ms = time_ms;
    self->id = (zp_span_t){id, size};
    return NULL;
}

static const char *
s_read_group (zp_eventlog_head_t *self)
{
    json_int_t position;
    const char *name, *acked = "";
    size_t name_size, acked_size = 0;
    self->kind = ZP_EVENTLOG_GROUP;
    if (json_unpack_ex (self->json, NULL, JSON_STRICT, "{s:s%, s:I, s?s%}",
                        "group", &name, &name_size, "position", &position,
                        "acked", &acked, &acked_size) != 0)
        return "the head is not that of a group";
    if (position < 0 || position > ZP_EVENTLOG_OFFSET_MAX)
        return "the group's position is out of range";
    self->group = (zp_span_t){name, name_size};
    self->position = (uint64_t) position;
    self->acked = (zp_span_t){acked, acked_size};
    return NULL;
}

static const char *
s_read_log (zp_eventlog_head_t *self)
{
    json_int_t ms = 0, bytes = 0, events = 0, next = 0, last_ms = 0;
    self->kind = ZP_EVENTLOG_LOG;
    if (json_unpack_ex (self->json, NULL, JSON_STRICT,
                        "{s?I, s?I, s?I, s?I, s?I}", "keep_ms", &ms,
                        "keep_bytes", &bytes, "keep_events", &events, "next",
                        &next, "last_ms", &last_ms) != 0)
        return "the head is neither that of an event, a group nor a log";
    if (ms < 0 || bytes < 0 || events < 0 || next < 0 || last_ms < 0)
        return "a number in the head is less than 0";
    self->configured = json_object_get (self->json, "keep_ms") != NULL;
    self->keep = (zp_eventlog_keep_t){ms, (uint64_t) bytes, (uint64_t) events};
    self->next = (uint64_t) next;
    self->last_ms = last_ms;
    return NULL;
}

bool
zp_eventlog_head_read (zp_eventlog_head_t *self, zp_span_t text,
                       const char **wrong)
{
    *self = (zp_eventlog_head_t){.kind = ZP_EVENTLOG_EVENT};
    *wrong = NULL;
    if (s_read_plain (self, text))
        return true;
    *self = (zp_eventlog_head_t){.kind = ZP_EVENTLOG_EVENT};
    self->json = json_loadb (text.data ? text.data : "", text.size,
                             JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (!json_is_object (self->json))
        *wrong = "the head is not a JSON object";
    else if (json_object_get (self->json, "offset"))
        *wrong = s_read_event (self);
    else if (json_object_get (self->json, "group"))
        *wrong = s_read_group (self);
    else
        *wrong = s_read_log (self);
    if (*wrong)
        zp_eventlog_head_clear (self);
    return !*wrong;
}

void
zp_eventlog_head_clear (zp_eventlog_head_t *self)
{
    json_decref (self->json);
    self->json = NULL;
}

bool
zp_eventlog_range_read (zp_span_t *text, uint64_t *from, uint64_t *to)
{
    const char *at = text->data;
    const char *end = at + text->size;
    uint64_t first, last;
    if (!zp_number_read (&first, &at, end, ZP_EVENTLOG_OFFSET_MAX - 1))
        return false;
    last = first;
    if (at < end && *at == '-') {
        at++;
        if (!zp_number_read (&last, &at, end, ZP_EVENTLOG_OFFSET_MAX - 1) ||
            last < first)
            return false;
    }
    if (at < end && *at != ' ')
        return false;
    while (at < end && *at == ' ')
        at++;
    *text = (zp_span_t){at, (size_t) (end - at)};
    *from = first;
    *to = last;
    return true;
}
