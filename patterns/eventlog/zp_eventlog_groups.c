//  SPDX-License-Identifier: MIT
//
//  What members say of events, and operators do to groups.

#include <jansson.h>

#include "zp_eventlog_head.h"
#include "zp_eventlog_private.h"

//  The group in argument 1; NULL: the request has failed
static zp_eventlog_group_t *
s_group (zp_eventlog_t *self, zp_request_t **request_p)
{
    zp_eventlog_log_t *log = zp_eventlog_method_log (self, request_p);
    if (!log)
        return NULL;
    zp_span_t name = zp_request_arg (*request_p, 1);
    zp_eventlog_group_t *group = zp_eventlog_group_find (log, name);
    char plain[ZP_EVENTLOG_NAME_MAX + 1];
    if (!group)
        zp_request_fail (request_p, ZP_NOT_FOUND,
                         "there is no group '%s'; its first member makes it",
                         zp_args_plain (name, plain, sizeof plain));
    return group;
}

//  What is said of events
typedef struct verb {
    uint64_t (*fn) (zp_eventlog_group_t *group, uint64_t from, uint64_t to,
                    int64_t option, int64_t now_ms);
    const char *usage;   // Its arguments
    const char *option;  // The key of its only option; NULL: none
    int64_t max;         // Of that
} verb_t;

static uint64_t
s_ack (zp_eventlog_group_t *group, uint64_t from, uint64_t to, int64_t option,
       int64_t now_ms)
{
    (void) option;
    (void) now_ms;
    return zp_eventlog_group_ack (group, from, to);
}

//  True if the text is ranges of offsets that may have been handed out
static bool
s_check (zp_request_t **request_p, zp_eventlog_group_t *group, zp_span_t text)
{
    uint64_t from, to;
    uint64_t end = zp_eventlog_group_end (group);
    bool some = false;
    while (text.size && zp_eventlog_range_read (&text, &from, &to)) {
        some = true;
        if (to < end)
            continue;
        zp_request_fail (request_p, ZP_OUT_OF_RANGE,
                         "%" PRIu64 " was not handed out to the group", to);
        return false;
    }
    if (some && !text.size)
        return true;
    zp_request_fail (request_p, ZP_INVALID_ARGUMENT,
                     "OFFSETS are numbers and ranges, such as '17 20-25'");
    return false;
}

static void
s_on_verb (zp_eventlog_t *self, zp_request_t *request, verb_t verb)
{
    int64_t number = 0;
    const zp_arg_t option = {
        .name = verb.option, .number = &number, .max = verb.max};
    zp_span_t text = zp_request_arg (request, 2);
    zp_eventlog_group_t *group;
    if (!zp_eventlog_method_count (&request, 3, verb.option ? 4 : 3,
                                   verb.usage) ||
        !zp_eventlog_method_options (&request, 3, &option, 1) ||
        !(group = s_group (self, &request)) || !s_check (&request, group, text))
        return;
    uint64_t from, to;
    uint64_t count = 0;
    zp_eventlog_group_stats_t stats;
    while (text.size && zp_eventlog_range_read (&text, &from, &to)) {
        zp_eventlog_group_stats (group, &stats);
        if (to < stats.position)
            continue;  // Acked long since
        if (from < stats.position)
            from = stats.position;
        count += verb.fn (group, from, to, number, zp_eventlog_now (self));
    }
    zp_eventlog_wait (self, &request, count, NULL, 0);
    zp_eventlog_streams_wake_group (group);
}

static void
s_on_ack (zp_request_t *request, void *arg)
{
    s_on_verb (arg, request,
               (verb_t){.fn = s_ack, .usage = "LOG GROUP OFFSETS"});
}

static void
s_on_touch (zp_request_t *request, void *arg)
{
    s_on_verb (arg, request,
               (verb_t){.fn = zp_eventlog_group_touch,
                        .usage = "LOG GROUP OFFSETS [OPTIONS]",
                        .option = "lease_ms",
                        .max = ZP_EVENTLOG_LEASE_MS_MAX});
}

static void
s_on_release (zp_request_t *request, void *arg)
{
    s_on_verb (arg, request,
               (verb_t){.fn = zp_eventlog_group_release,
                        .usage = "LOG GROUP OFFSETS [OPTIONS]",
                        .option = "delay_ms",
                        .max = ZP_EVENTLOG_MS_MAX});
}

static void
s_on_seek (zp_request_t *request, void *arg)
{
    zp_eventlog_t *self = arg;
    zp_eventlog_group_t *group;
    uint64_t offset;
    if (!zp_eventlog_method_count (&request, 3, 3, "LOG GROUP FROM") ||
        !(group = s_group (self, &request)))
        return;
    zp_eventlog_group_stats_t stats;
    zp_eventlog_group_stats (group, &stats);
    if (!zp_eventlog_method_from (&request, stats.log,
                                  zp_request_arg (request, 2), &offset))
        return;
    uint64_t first = zp_eventlog_log_first (stats.log);
    if (offset < first) {
        zp_request_fail (&request, ZP_OUT_OF_RANGE,
                         "%" PRIu64 " is the first event that is kept, %" PRIu64
                         " is trimmed",
                         first, offset);
        return;
    }
    zp_eventlog_group_seek (group, offset);
    zp_eventlog_wait (self, &request, 1, NULL, 0);
    zp_eventlog_streams_wake_group (group);
}

static json_t *
s_stats (zp_eventlog_group_t *group)
{
    json_t *members = json_array ();
    zp_eventlog_member_t *member = NULL;
    while ((member = zp_eventlog_member_next (group, member)) != NULL) {
        zp_eventlog_member_stats_t stats;
        zp_eventlog_member_stats (member, &stats);
        json_array_append_new (members,
                               json_pack ("{ss, sI}", "member", stats.name,
                                          "leased", (json_int_t) stats.leased));
    }
    zp_eventlog_group_stats_t stats;
    zp_eventlog_group_stats (group, &stats);
    return json_pack (
        "{ss, sI, sI, sI, sI, sI, so}", "group", stats.name, "position",
        (json_int_t) stats.position, "next", (json_int_t) stats.next, "acked",
        (json_int_t) stats.acked, "leased", (json_int_t) stats.leased,
        "returned", (json_int_t) stats.returned, "members", members);
}

static void
s_on_ls (zp_request_t *request, void *arg)
{
    zp_eventlog_log_t *log;
    if (!zp_eventlog_method_count (&request, 1, 1, "LOG") ||
        !(log = zp_eventlog_method_log (arg, &request)))
        return;
    json_t *list = json_array ();
    zp_eventlog_group_t *group = NULL;
    while ((group = zp_eventlog_group_next (log, group)) != NULL)
        json_array_append_new (list, s_stats (group));
    zp_eventlog_method_reply (&request, list);
}

static void
s_on_delete (zp_request_t *request, void *arg)
{
    zp_eventlog_t *self = arg;
    zp_eventlog_group_t *group;
    if (!zp_eventlog_method_count (&request, 2, 2, "LOG GROUP") ||
        !(group = s_group (self, &request)))
        return;
    zp_eventlog_member_t *member;
    while ((member = zp_eventlog_member_next (group, NULL)) != NULL) {
        zp_eventlog_member_stats_t stats;
        zp_eventlog_member_stats (member, &stats);
        zp_eventlog_stream_t *stream = stats.arg;
        if (stream->request)
            zp_request_fail (&stream->request, ZP_ABORTED,
                             "the group was deleted");
        zp_eventlog_stream_destroy (stream, false);
    }
    zp_eventlog_group_delete (&group);
    zp_eventlog_wait (self, &request, 1, NULL, 0);
}

void
zp_eventlog_groups_add (zp_eventlog_t *self)
{
    zp_server_t *server = self->server;
    zp_server_method (server, "log.group.ack", s_on_ack, self);
    zp_server_method (server, "log.group.touch", s_on_touch, self);
    zp_server_method (server, "log.group.release", s_on_release, self);
    zp_server_method (server, "log.group.seek", s_on_seek, self);
    zp_server_method (server, "log.group.ls", s_on_ls, self);
    zp_server_method (server, "log.group.delete", s_on_delete, self);
}
