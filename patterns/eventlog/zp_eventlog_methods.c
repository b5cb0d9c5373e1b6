//  SPDX-License-Identifier: MIT
//
//  What writers and operators call. The arguments are in zp_eventlog.h.

#include <jansson.h>

#include "zp_eventlog_private.h"
#include "zp_number.h"

bool
zp_eventlog_method_count (zp_request_t **request_p, size_t min, size_t max,
                          const char *usage)
{
    size_t count = zp_request_count (*request_p);
    if (count >= min && count <= max)
        return true;
    zp_request_fail (request_p, ZP_INVALID_ARGUMENT, "use: %s%s%s",
                     zp_request_method (*request_p), *usage ? " " : "", usage);
    return false;
}

bool
zp_eventlog_method_options (zp_request_t **request_p, size_t number,
                            const zp_arg_t *args, size_t count)
{
    char error[ZP_ARGS_ERROR];
    if (zp_args_read (zp_request_arg (*request_p, number), args, count, error))
        return true;
    zp_request_fail (request_p, ZP_INVALID_ARGUMENT, "%s: %s",
                     zp_request_method (*request_p), error);
    return false;
}

void
zp_eventlog_method_fail (zp_eventlog_t *self, zp_request_t **request_p)
{
    zp_request_fail (request_p, zp_eventlog_core_status (self->core), "%s",
                     zp_eventlog_core_error (self->core));
}

void
zp_eventlog_method_reply (zp_request_t **request_p, void *json)
{
    char *text = json_dumps (json, JSON_COMPACT);
    zp_request_reply (request_p, text, strlen (text));
    free (text);
    json_decref (json);
}

zp_eventlog_log_t *
zp_eventlog_method_log (zp_eventlog_t *self, zp_request_t **request_p)
{
    zp_span_t name = zp_request_arg (*request_p, 0);
    zp_eventlog_log_t *log = zp_eventlog_core_find (self->core, name);
    char plain[ZP_EVENTLOG_NAME_MAX + 1];
    if (!log)
        zp_request_fail (request_p, ZP_NOT_FOUND,
                         "there is no log '%s'; the first append makes one",
                         zp_args_plain (name, plain, sizeof plain));
    return log;
}

static bool
s_is (zp_span_t text, const char *word)
{
    return text.size == strlen (word) &&
           memcmp (text.data, word, text.size) == 0;
}

bool
zp_eventlog_method_from (zp_request_t **request_p, zp_eventlog_log_t *log,
                         zp_span_t text, uint64_t *offset)
{
    uint64_t first = log ? zp_eventlog_log_first (log) : 0;
    uint64_t end = log ? zp_eventlog_log_durable (log) : 0;
    if (end < first)
        end = first;
    const char *at = text.data;
    const char *behind = at + text.size;
    if (s_is (text, "start"))
        *offset = first;
    else if (s_is (text, "end"))
        *offset = end;
    else if (!zp_number_read (offset, &at, behind, ZP_EVENTLOG_OFFSET_MAX) ||
             at != behind) {
        zp_request_fail (request_p, ZP_INVALID_ARGUMENT,
                         "an offset is a number, 'start' or 'end'");
        return false;
    }
    else if (*offset > end) {
        zp_request_fail (request_p, ZP_OUT_OF_RANGE,
                         "%" PRIu64 " is the next offset; there is no %" PRIu64
                         " yet",
                         end, *offset);
        return false;
    }
    return true;
}

//  Keep copies of events that were appended, for those who follow
static void
s_keep (zp_eventlog_t *self, zp_eventlog_line_t *line,
        const zp_eventlog_appended_t *appended, const zp_span_t *bodies,
        zp_span_t id)
{
    uint64_t position = zp_journal_position (self->journal);
    for (size_t i = 0; i < appended->count; i++) {
        zp_eventlog_event_t event = {.offset = appended->offset + i,
                                     .time_ms = appended->time_ms,
                                     .body = bodies[i]};
        if (i == 0)
            event.id = id;
        zp_eventlog_recent_add (&self->recent, &line->tail, &event, position);
    }
}

//  Append the events from argument `first` on, with the options in argument
//  `options`
static void
s_append (zp_eventlog_t *self, zp_request_t *request, size_t options,
          size_t first, size_t count)
{
    char id[ZP_EVENTLOG_ID_MAX + 1] = "";
    int64_t expect = -1;
    const zp_arg_t args[] = {
        {.name = "id", .text = id, .room = sizeof id},
        {.name = "expect", .number = &expect, .max = ZP_EVENTLOG_OFFSET_MAX}};
    if (zp_request_arg (request, options).size &&
        !zp_eventlog_method_options (&request, options, args, 2))
        return;
    zp_eventlog_append_t append = {.expects = expect >= 0,
                                   .expect = (uint64_t) expect,
                                   .id = {id, strlen (id)}};
    zp_span_t bodies[ZP_ENVELOPE_PARTS_MAX];
    for (size_t i = 0; i < count; i++)
        bodies[i] = zp_request_arg (request, first + i);
    zp_eventlog_appended_t appended;
    zp_status_t status = zp_eventlog_core_append (
        self->core, zp_request_arg (request, 0), bodies, count, &append,
        zp_eventlog_now (self), &appended);
    if (status != ZP_OK) {
        zp_eventlog_method_fail (self, &request);
        return;
    }
    zp_eventlog_line_t *line = NULL;
    if (appended.count) {
        line = zp_eventlog_line (appended.log);
        s_keep (self, line, &appended, bodies, append.id);
    }
    zp_eventlog_wait (self, &request, appended.offset, line,
                      appended.offset + appended.count);
}

static void
s_on_append (zp_request_t *request, void *arg)
{
    if (zp_eventlog_method_count (&request, 2, 3, "LOG BODY [OPTIONS]"))
        s_append (arg, request, 2, 1, 1);
}

static void
s_on_batch (zp_request_t *request, void *arg)
{
    if (zp_eventlog_method_count (&request, 3, ZP_ENVELOPE_PARTS_MAX,
                                  "LOG OPTIONS BODY..."))
        s_append (arg, request, 1, 2, zp_request_count (request) - 2);
}

static void
s_on_trim (zp_request_t *request, void *arg)
{
    zp_eventlog_t *self = arg;
    zp_eventlog_log_t *log;
    uint64_t offset;
    if (!zp_eventlog_method_count (&request, 2, 2, "LOG OFFSET") ||
        !(log = zp_eventlog_method_log (self, &request)) ||
        !zp_eventlog_method_from (&request, log, zp_request_arg (request, 1),
                                  &offset))
        return;
    uint64_t count = zp_eventlog_log_trim (log, offset);
    zp_eventlog_wait (self, &request, count, NULL, 0);
    zp_eventlog_streams_wake_all (self);
}

static void
s_on_configure (zp_request_t *request, void *arg)
{
    zp_eventlog_t *self = arg;
    int64_t ms = -1, bytes = -1, events = -1;
    const zp_arg_t args[] = {
        {.name = "keep_ms", .number = &ms, .max = INT64_MAX / 2},
        {.name = "keep_bytes", .number = &bytes, .max = INT64_MAX},
        {.name = "keep_events", .number = &events, .max = INT64_MAX}};
    if (!zp_eventlog_method_count (&request, 2, 2, "LOG OPTIONS") ||
        !zp_eventlog_method_options (&request, 1, args, 3))
        return;
    if (zp_eventlog_core_configure (self->core, zp_request_arg (request, 0), ms,
                                    bytes, events,
                                    zp_eventlog_now (self)) != ZP_OK) {
        zp_eventlog_method_fail (self, &request);
        return;
    }
    zp_eventlog_wait (self, &request, 1, NULL, 0);
    zp_eventlog_streams_wake_all (self);
}

static json_t *
s_stats (zp_eventlog_log_t *log)
{
    zp_eventlog_stats_t stats;
    zp_eventlog_log_stats (log, &stats);
    const zp_eventlog_line_t *line = *zp_eventlog_log_arg (log);
    uint64_t next = stats.durable > stats.first ? stats.durable : stats.first;
    return json_pack (
        "{ss, sI, sI, sI, sI, sI, sI, sI, sI, sI, sI, sI, sI, sI, sI, sI}",
        "name", stats.name, "first", (json_int_t) stats.first, "next",
        (json_int_t) next, "events", (json_int_t) (next - stats.first), "bytes",
        (json_int_t) stats.bytes, "first_ms", (json_int_t) stats.first_ms,
        "last_ms", (json_int_t) stats.last_ms, "keep_ms",
        (json_int_t) stats.keep.ms, "keep_bytes", (json_int_t) stats.keep.bytes,
        "keep_events", (json_int_t) stats.keep.events, "groups",
        (json_int_t) stats.groups, "readers",
        (json_int_t) (line ? line->readers : 0), "appended",
        (json_int_t) stats.appended, "repeated", (json_int_t) stats.repeated,
        "refused", (json_int_t) stats.refused, "trimmed",
        (json_int_t) stats.trimmed);
}

static void
s_on_stat (zp_request_t *request, void *arg)
{
    if (!zp_eventlog_method_count (&request, 1, 1, "LOG"))
        return;
    zp_eventlog_log_t *log = zp_eventlog_method_log (arg, &request);
    if (log)
        zp_eventlog_method_reply (&request, s_stats (log));
}

static void
s_on_ls (zp_request_t *request, void *arg)
{
    zp_eventlog_t *self = arg;
    if (!zp_eventlog_method_count (&request, 0, 0, ""))
        return;
    json_t *list = json_array ();
    zp_eventlog_log_t *log;
    for (size_t i = 0; (log = zp_eventlog_core_log (self->core, i)); i++)
        json_array_append_new (list, s_stats (log));
    zp_eventlog_method_reply (&request, list);
}

void
zp_eventlog_methods_add (zp_eventlog_t *self)
{
    zp_server_t *server = self->server;
    zp_server_method (server, "log.append", s_on_append, self);
    zp_server_method (server, "log.batch", s_on_batch, self);
    zp_server_method (server, "log.trim", s_on_trim, self);
    zp_server_method (server, "log.configure", s_on_configure, self);
    zp_server_method (server, "log.stat", s_on_stat, self);
    zp_server_method (server, "log.ls", s_on_ls, self);
}
