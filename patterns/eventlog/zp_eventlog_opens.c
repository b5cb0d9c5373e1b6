//  SPDX-License-Identifier: MIT
//
//  What readers call. The arguments are in zp_eventlog.h.

#include "zp_eventlog_private.h"

#include "zp_number.h"

#define MARGIN_MS 1000  // A reply leaves so long before its caller's patience
#define CREDIT    1000  // Of a stream, unless its caller says otherwise
#define BYTES     (16 << 20)

//  The options of a reader
typedef struct options {
    int64_t credit;     // Of a stream
    int64_t count;      // Of a single reply
    int64_t max_bytes;  // Of bodies
    int64_t wait_ms;    // For the first one, in a single reply
    int64_t lease_ms;   // In a group
    char from[24];      // Where the group begins
    char *holds;        // What a member has in hand; NULL: not said
} options_t;

#define HOLDS_MAX 65536  // Bytes of that: a group's window fits

//  Read the options, argument `number`. False: the request has failed
static bool
s_options (zp_request_t **request_p, size_t number, bool single, bool group,
           options_t *options)
{
    *options = (options_t){.credit = CREDIT,
                           .count = ZP_EVENTLOG_PIECE_MAX,
                           .max_bytes = BYTES,
                           .from = "start"};
    zp_arg_t args[6] = {
        {.name = "max_bytes", .number = &options->max_bytes, .max = INT64_MAX}};
    size_t count = 1;
    if (single) {
        args[count++] = (zp_arg_t){.name = "count",
                                   .number = &options->count,
                                   .min = 1,
                                   .max = ZP_EVENTLOG_PIECE_MAX};
        args[count++] = (zp_arg_t){.name = "wait_ms",
                                   .number = &options->wait_ms,
                                   .max = ZP_EVENTLOG_MS_MAX};
    }
    else
        args[count++] = (zp_arg_t){.name = "credit",
                                   .number = &options->credit,
                                   .max = ZP_EVENTLOG_CREDIT_MAX};
    if (group) {
        args[count++] = (zp_arg_t){.name = "lease_ms",
                                   .number = &options->lease_ms,
                                   .max = ZP_EVENTLOG_LEASE_MS_MAX};
        args[count++] = (zp_arg_t){.name = "from",
                                   .text = options->from,
                                   .room = sizeof options->from};
    }
    if (group && !single) {
        options->holds = zmalloc (HOLDS_MAX);
        *options->holds = '-';
        args[count++] = (zp_arg_t){
            .name = "holds", .text = options->holds, .room = HOLDS_MAX};
    }
    bool good = zp_eventlog_method_options (request_p, number, args, count);
    if (options->holds && (!good || *options->holds == '-')) {
        free (options->holds);
        options->holds = NULL;
    }
    if (!good)
        return false;
    if (!single && zp_request_envelope (*request_p)->client == 0) {
        zp_request_fail (request_p, ZP_FAILED_PRECONDITION,
                         "a stream needs an envelope; a plain peer can read");
        free (options->holds);
        return false;
    }
    return true;
}

//  When a request must be answered, by zclock_mono: a stream by the end of its
//  caller's patience, a single reply after wait_ms
static int64_t
s_end (zp_request_t *request, bool single, int64_t wait_ms)
{
    int64_t budget_ms = zp_request_budget (request);
    if (budget_ms > 0) {
        int64_t margin_ms = budget_ms / 10;
        budget_ms -= margin_ms < MARGIN_MS ? margin_ms : MARGIN_MS;
    }
    if (!single || (budget_ms != -1 && wait_ms > budget_ms))
        wait_ms = budget_ms;
    return wait_ms == -1 ? INT64_MAX : zclock_mono () + wait_ms;
}

static void
s_set_window (zp_eventlog_stream_t *stream, const options_t *options)
{
    stream->credit =
        (uint64_t) (stream->single ? options->count : options->credit);
    stream->max_bytes = (uint64_t) options->max_bytes;
    stream->lease_ms = options->lease_ms;
    if (stream->member)
        zp_eventlog_member_set_credit (stream->member, stream->credit,
                                       stream->max_bytes);
}

static void
s_on_read (zp_request_t *request, void *arg)
{
    zp_eventlog_t *self = arg;
    options_t options;
    zp_eventlog_log_t *log;
    uint64_t from;
    if (!zp_eventlog_method_count (&request, 2, 3, "LOG FROM [OPTIONS]") ||
        !s_options (&request, 2, true, false, &options) ||
        !(log = zp_eventlog_method_log (self, &request)) ||
        !zp_eventlog_method_from (&request, log, zp_request_arg (request, 1),
                                  &from))
        return;
    zp_eventlog_stream_t *stream =
        zp_eventlog_stream_new (self, log, request, from);
    stream->single = true;
    s_set_window (stream, &options);
    zp_eventlog_stream_open (stream, request,
                             s_end (request, true, options.wait_ms));
}

static void
s_on_follow (zp_request_t *request, void *arg)
{
    zp_eventlog_t *self = arg;
    options_t options;
    uint64_t from;
    if (!zp_eventlog_method_count (&request, 2, 3, "LOG FROM [OPTIONS]") ||
        !s_options (&request, 2, false, false, &options) ||
        !zp_eventlog_method_from (
            &request,
            zp_eventlog_core_find (self->core, zp_request_arg (request, 0)),
            zp_request_arg (request, 1), &from))
        return;
    zp_eventlog_log_t *log =
        zp_eventlog_core_use (self->core, zp_request_arg (request, 0));
    if (!log) {
        zp_eventlog_method_fail (self, &request);
        return;
    }
    zp_eventlog_stream_t *stream =
        zp_eventlog_stream_new (self, log, request, from);
    zp_eventlog_log_leave (log);  // The stream needs it now
    s_set_window (stream, &options);
    zp_eventlog_stream_open (stream, request, s_end (request, false, 0));
}

static void
s_on_seen (zp_request_t *request, void *arg)
{
    zp_eventlog_t *self = arg;
    if (!zp_eventlog_method_count (&request, 2, 2, "STREAM OFFSET"))
        return;
    zp_span_t text = zp_request_arg (request, 0);
    const char *at = text.data;
    const char *end = at + text.size;
    uint64_t id, offset;
    if (!zp_number_read (&id, &at, end, INT64_MAX) || at != end) {
        zp_request_fail (&request, ZP_INVALID_ARGUMENT, "STREAM is a number");
        return;
    }
    zp_eventlog_stream_t *stream = zp_eventlog_streams_find (self, id);
    if (!stream || stream->group || stream->single) {
        zp_request_fail (&request, ZP_NOT_FOUND, "that stream has ended");
        return;
    }
    if (!zp_eventlog_method_from (&request, stream->line->log,
                                  zp_request_arg (request, 1), &offset))
        return;
    zp_eventlog_stream_seen (stream, offset);
    zp_request_reply (&request, "1", 1);
}

//  The group, made if it is not there; NULL: the request has failed
static zp_eventlog_group_t *
s_group (zp_eventlog_t *self, zp_request_t **request_p, zp_eventlog_log_t *log,
         const char *from)
{
    uint64_t offset;
    zp_span_t text = {from, strlen (from)};
    if (!zp_eventlog_method_from (request_p, log, text, &offset))
        return NULL;
    zp_eventlog_group_t *group =
        zp_eventlog_group_use (log, zp_request_arg (*request_p, 1), offset);
    if (!group)
        zp_eventlog_method_fail (self, request_p);
    return group;
}

//  The stream of the member with that name, if there is one
static zp_eventlog_stream_t *
s_find_member (zp_eventlog_group_t *group, zp_span_t name)
{
    zp_eventlog_member_t *member = NULL;
    while ((member = zp_eventlog_member_next (group, member)) != NULL) {
        zp_eventlog_member_stats_t stats;
        zp_eventlog_member_stats (member, &stats);
        if (strlen (stats.name) == name.size &&
            memcmp (stats.name, name.data, name.size) == 0)
            return stats.arg;
    }
    return NULL;
}

//  A stream for a member: the one that it has had, if this is the next request
//  of the same caller; otherwise another one takes its place. NULL: the request
//  has failed
static zp_eventlog_stream_t *
s_member_stream (zp_eventlog_t *self, zp_request_t **request_p,
                 zp_eventlog_group_t *group, bool single)
{
    zp_eventlog_group_stats_t stats;
    zp_eventlog_group_stats (group, &stats);
    zp_request_t *request = *request_p;
    zp_span_t name = zp_request_arg (request, 2);
    zp_eventlog_stream_t *stream = s_find_member (group, name);
    if (stream && !single && !stream->single &&
        stream->client == zp_request_envelope (request)->client) {
        if (stream->request)
            zp_request_reply_parts (&stream->request, NULL, 0);
        return stream;
    }
    zp_eventlog_member_t *member = zp_eventlog_member_new (group, name);
    if (!member) {
        zp_eventlog_method_fail (self, request_p);
        return NULL;
    }
    zp_eventlog_stream_t *next =
        zp_eventlog_stream_new (self, stats.log, request, 0);
    next->group = group;
    next->member = member;
    next->single = single;
    zp_eventlog_member_set_arg (member, next);
    if (stream && stream->request)
        zp_request_fail (&stream->request, ZP_ABORTED,
                         "somebody else has come as this member");
    if (stream)
        zp_eventlog_stream_destroy (stream, true);
    return next;
}

//  The stream of the member that the arguments name; NULL: the request has
//  failed
static zp_eventlog_stream_t *
s_join (zp_eventlog_t *self, zp_request_t **request_p, const char *from,
        bool single)
{
    zp_eventlog_log_t *log =
        zp_eventlog_core_use (self->core, zp_request_arg (*request_p, 0));
    if (!log) {
        zp_eventlog_method_fail (self, request_p);
        return NULL;
    }
    zp_eventlog_group_t *group = s_group (self, request_p, log, from);
    zp_eventlog_stream_t *stream =
        group ? s_member_stream (self, request_p, group, single) : NULL;
    zp_eventlog_log_leave (log);  // The stream, or the group, needs it now
    return stream;
}

static void
s_open_member (zp_eventlog_t *self, zp_request_t *request, bool single)
{
    options_t options;
    if (!zp_eventlog_method_count (&request, 3, 4,
                                   "LOG GROUP MEMBER [OPTIONS]") ||
        !s_options (&request, 3, single, true, &options))
        return;
    zp_eventlog_stream_t *stream =
        s_join (self, &request, options.from, single);
    if (stream) {
        s_set_window (stream, &options);
        if (options.holds) {
            zp_span_t holds = {options.holds, strlen (options.holds)};
            zp_eventlog_stream_hold (stream, holds);
        }
        zp_eventlog_core_settle (self->core);
        stream->open_position = zp_journal_position (self->journal);
        zp_eventlog_stream_open (stream, request,
                                 s_end (request, single, options.wait_ms));
    }
    free (options.holds);
}

static void
s_on_group_read (zp_request_t *request, void *arg)
{
    s_open_member (arg, request, true);
}

static void
s_on_group_follow (zp_request_t *request, void *arg)
{
    s_open_member (arg, request, false);
}

void
zp_eventlog_opens_add (zp_eventlog_t *self)
{
    zp_server_t *server = self->server;
    zp_server_method (server, "log.read", s_on_read, self);
    zp_server_method (server, "log.follow", s_on_follow, self);
    zp_server_method (server, "log.seen", s_on_seen, self);
    zp_server_method (server, "log.group.read", s_on_group_read, self);
    zp_server_method (server, "log.group.follow", s_on_group_follow, self);
}
