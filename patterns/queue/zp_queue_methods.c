//  SPDX-License-Identifier: MIT
//
//  What producers, workers and operators call. The arguments are in
//  zp_queue_broker.h.

#include <inttypes.h>
#include <jansson.h>

#include "zp_queue_broker_private.h"

bool
zp_queue_method_count (zp_request_t **request_p, size_t min, size_t max,
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
zp_queue_method_options (zp_request_t **request_p, size_t number,
                         const zp_arg_t *args, size_t count)
{
    char error[ZP_ARGS_ERROR];
    if (zp_args_read (zp_request_arg (*request_p, number), args, count, error))
        return true;
    zp_request_fail (request_p, ZP_INVALID_ARGUMENT, "%s: %s",
                     zp_request_method (*request_p), error);
    return false;
}

zp_queue_t *
zp_queue_method_queue (zp_queue_broker_t *self, zp_request_t **request_p)
{
    zp_span_t name = zp_request_arg (*request_p, 0);
    zp_queue_t *queue = zp_queue_core_find (self->core, name);
    char plain[ZP_QUEUE_NAME_MAX + 1];
    if (!queue)
        zp_request_fail (request_p, ZP_NOT_FOUND,
                         "there is no queue '%s'; the first message put, or "
                         "the first worker, makes one",
                         zp_args_plain (name, plain, sizeof plain));
    return queue;
}

bool
zp_queue_method_state (zp_request_t **request_p, const char *name,
                       zp_queue_state_t *state)
{
    zp_span_t word = {name, strlen (name)};
    if (zp_queue_state_parse (word, state))
        return true;
    char plain[16];
    zp_request_fail (request_p, ZP_INVALID_ARGUMENT,
                     "there is no state '%s'; there are ready, delayed, "
                     "leased and buried",
                     zp_args_plain (word, plain, sizeof plain));
    return false;
}

static void
s_on_put (zp_request_t *request, void *arg)
{
    zp_queue_broker_t *self = arg;
    if (!zp_queue_method_count (&request, 2, 3, "QUEUE BODY [OPTIONS]"))
        return;
    char message_id[ZP_QUEUE_MESSAGE_ID_MAX + 1] = "";
    int64_t priority = -1;
    zp_queue_put_t put = {.priority = -1};
    if (zp_request_count (request) == 3) {
        const zp_arg_t args[] = {
            {.name = "id", .text = message_id, .room = sizeof message_id},
            {.name = "delay_ms",
             .number = &put.delay_ms,
             .max = ZP_QUEUE_MS_MAX},
            {.name = "lease_ms",
             .number = &put.lease_ms,
             .min = 1,
             .max = ZP_QUEUE_LEASE_MS_MAX},
            {.name = "priority",
             .number = &priority,
             .max = ZP_QUEUE_PRIORITIES - 1}};
        if (!zp_queue_method_options (&request, 2, args, 4))
            return;
        put.message_id = (zp_span_t){message_id, strlen (message_id)};
        put.priority = (int) priority;
    }
    uint64_t id;
    zp_status_t status = zp_queue_core_put (
        self->core, zp_request_arg (request, 0), zp_request_arg (request, 1),
        &put, zp_queue_broker_now (self), &id);
    if (status == ZP_OK)
        zp_queue_wait (self, &request, id, true, NULL);
    else
        zp_request_fail (&request, status, "%s",
                         zp_queue_core_error (self->core));
}

static void
s_on_kick (zp_request_t *request, void *arg)
{
    zp_queue_broker_t *self = arg;
    int64_t count = 0;
    const zp_arg_t option = {
        .name = "count", .number = &count, .max = INT64_MAX};
    if (!zp_queue_method_count (&request, 1, 2, "QUEUE [OPTIONS]") ||
        !zp_queue_method_options (&request, 1, &option, 1))
        return;
    zp_queue_t *queue = zp_queue_method_queue (self, &request);
    if (!queue)
        return;
    size_t kicked =
        zp_queue_kick (queue, (size_t) count, zp_queue_broker_now (self));
    zp_queue_wait (self, &request, kicked, false, NULL);
}

static void
s_on_purge (zp_request_t *request, void *arg)
{
    zp_queue_broker_t *self = arg;
    char name[16] = "ready";
    const zp_arg_t option = {
        .name = "state", .text = name, .room = sizeof name};
    if (!zp_queue_method_count (&request, 1, 2, "QUEUE [OPTIONS]") ||
        !zp_queue_method_options (&request, 1, &option, 1))
        return;
    zp_queue_state_t state;
    if (!zp_queue_method_state (&request, name, &state))
        return;
    zp_queue_t *queue = zp_queue_method_queue (self, &request);
    if (queue)
        zp_queue_wait (self, &request, zp_queue_purge (queue, state), false,
                       NULL);
}

static void
s_on_pause (zp_request_t *request, void *arg)
{
    zp_queue_broker_t *self = arg;
    bool paused = true;
    const zp_arg_t option = {.name = "paused", .flag = &paused};
    if (!zp_queue_method_count (&request, 1, 2, "QUEUE [OPTIONS]") ||
        !zp_queue_method_options (&request, 1, &option, 1))
        return;
    zp_queue_t *queue = zp_queue_method_queue (self, &request);
    if (!queue)
        return;
    zp_queue_pause (queue, paused);
    zp_queue_wait (self, &request, 1, false, NULL);
}

static json_t *
s_stats (zp_queue_t *queue)
{
    zp_queue_stats_t stats;
    zp_queue_stats (queue, &stats);
    return json_pack (
        "{ss, sb, sI, sI, sI, sI, sI, sI, sI, sI, sI, sI, sI, sI, sI, sI}",
        "name", stats.name, "paused", stats.paused, "ready",
        (json_int_t) stats.ready, "delayed", (json_int_t) stats.delayed,
        "leased", (json_int_t) stats.leased, "buried",
        (json_int_t) stats.buried, "writing", (json_int_t) stats.writing,
        "consumers", (json_int_t) stats.consumers, "bytes",
        (json_int_t) stats.bytes, "put", (json_int_t) stats.put, "repeated",
        (json_int_t) stats.repeated, "refused", (json_int_t) stats.refused,
        "acquired", (json_int_t) stats.acquired, "acked",
        (json_int_t) stats.acked, "returned", (json_int_t) stats.returned,
        "dead", (json_int_t) stats.dead);
}

static void
s_reply_json (zp_request_t *request, json_t *json)
{
    char *text = json_dumps (json, JSON_COMPACT);
    zp_request_reply (&request, text, strlen (text));
    free (text);
    json_decref (json);
}

static void
s_on_stat (zp_request_t *request, void *arg)
{
    if (!zp_queue_method_count (&request, 1, 1, "QUEUE"))
        return;
    zp_queue_t *queue = zp_queue_method_queue (arg, &request);
    if (queue)
        s_reply_json (request, s_stats (queue));
}

static void
s_on_list (zp_request_t *request, void *arg)
{
    zp_queue_broker_t *self = arg;
    if (!zp_queue_method_count (&request, 0, 0, ""))
        return;
    json_t *list = json_array ();
    zp_queue_t *queue = NULL;
    while ((queue = zp_queue_core_queue (self->core, queue)) != NULL)
        json_array_append_new (list, s_stats (queue));
    s_reply_json (request, list);
}

void
zp_queue_methods_add (zp_queue_broker_t *self)
{
    zp_server_t *server = self->server;
    zp_server_method (server, "queue.put", s_on_put, self);
    zp_server_method (server, "queue.reserve", zp_queue_on_reserve, self);
    zp_server_method (server, "queue.kick", s_on_kick, self);
    zp_server_method (server, "queue.purge", s_on_purge, self);
    zp_server_method (server, "queue.pause", s_on_pause, self);
    zp_server_method (server, "queue.peek", zp_queue_on_peek, self);
    zp_server_method (server, "queue.stat", s_on_stat, self);
    zp_server_method (server, "queue.list", s_on_list, self);
}
