//  SPDX-License-Identifier: MIT
//
//  What callers ask for. The arguments are in zp_saga_coordinator.h.

#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>

#include "zp_saga_coordinator_private.h"

#include "zp_args.h"
#include "zp_random.h"

#define WAIT_MS      30000     // If nothing is said
#define WAIT_MS_MAX  86400000  // The most that can be
#define COUNT        100       // Sagas of a list
#define COUNT_MAX    1000      // The most
#define REPLY_WITHIN 10        // A part of the budget, for the way back

//  Each fails the request if it is not so
static bool
s_count (zp_request_t **request_p, size_t min, size_t max, const char *usage)
{
    size_t count = zp_request_count (*request_p);
    if (count >= min && count <= max)
        return true;
    zp_request_fail (request_p, ZP_INVALID_ARGUMENT, "use: %s%s%s",
                     zp_request_method (*request_p), *usage ? " " : "", usage);
    return false;
}

static bool
s_options (zp_request_t **request_p, size_t number, const zp_arg_t *args,
           size_t count)
{
    char error[ZP_ARGS_ERROR];
    if (zp_args_read (zp_request_arg (*request_p, number), args, count, error))
        return true;
    zp_request_fail (request_p, ZP_INVALID_ARGUMENT, "%s: %s",
                     zp_request_method (*request_p), error);
    return false;
}

static const zp_saga_t *
s_saga (zp_saga_coordinator_t *self, zp_request_t **request_p)
{
    zp_span_t id = zp_request_arg (*request_p, 0);
    const zp_saga_t *saga = zp_saga_core_find (self->core, id);
    char plain[ZP_SAGA_ID_MAX + 1];
    if (!saga)
        zp_request_fail (request_p, ZP_NOT_FOUND,
                         "there is no saga '%s', or not any more",
                         zp_args_plain (id, plain, sizeof plain));
    return saga;
}

//  Reply with a text (copied), or say why the core did not do it
static void
s_done (zp_saga_coordinator_t *self, zp_request_t **request_p,
        zp_status_t status, const char *text)
{
    if (status == ZP_OK)
        zp_saga_coordinator_reply (self, request_p, strdup (text));
    else
        zp_request_fail (request_p, status, "%s",
                         zp_saga_core_error (self->core));
}

//  The same with the state of the saga that the request is about
static void
s_done_with (zp_saga_coordinator_t *self, zp_request_t **request_p,
             zp_status_t status)
{
    zp_saga_view_t view = {.state = ZP_SAGA_RUNNING};
    if (status == ZP_OK)
        zp_saga_view (
            zp_saga_core_find (self->core, zp_request_arg (*request_p, 0)),
            &view);
    s_done (self, request_p, status, zp_saga_state_name (view.state));
}

//  Reply with a JSON value (taken)
static void
s_done_json (zp_saga_coordinator_t *self, zp_request_t **request_p,
             json_t *json)
{
    zp_saga_coordinator_reply (self, request_p,
                               json_dumps (json, JSON_COMPACT));
    json_decref (json);
}

//  An id that no other saga has: a request that comes again has the same
static void
s_make_id (zp_request_t *request, char id[ZP_SAGA_ID_MAX + 1])
{
    const zp_envelope_t *envelope = zp_request_envelope (request);
    uint64_t client = envelope->client, serial = envelope->serial;
    if (!client) {  // A plain REQ socket gives none
        client = zp_random_entropy ();
        serial = zp_random_entropy ();
    }
    snprintf (id, ZP_SAGA_ID_MAX + 1, "%016" PRIx64 "%016" PRIx64, client,
              serial);
}

static void
s_on_start (zp_request_t *request, void *arg)
{
    zp_saga_coordinator_t *self = arg;
    if (!s_count (&request, 3, 3, "NAME ID INPUT"))
        return;
    zp_span_t given = zp_request_arg (request, 1);
    char id[ZP_SAGA_ID_MAX + 1];
    if (given.size == 0)
        s_make_id (request, id);
    else
        zp_args_plain (given, id, sizeof id);
    //  What is too long must not fit by being cut
    zp_span_t whole = given.size ? given : (zp_span_t){id, strlen (id)};
    uint64_t last = zp_saga_core_last (self->core);
    zp_status_t status = zp_saga_core_start (
        self->core, zp_request_arg (request, 0), whole,
        zp_request_arg (request, 2), zp_saga_coordinator_now (self));
    self->started += zp_saga_core_last (self->core) != last;
    if (status == ZP_OK)
        zp_saga_coordinator_join (zp_saga_core_find (self->core, whole),
                                  &zp_request_envelope (request)->trace);
    s_done (self, &request, status, id);
}

static void
s_on_signal (zp_request_t *request, void *arg)
{
    zp_saga_coordinator_t *self = arg;
    if (s_count (&request, 2, 3, "ID SIGNAL [VALUE]"))
        s_done_with (self, &request,
                     zp_saga_core_signal (self->core,
                                          zp_request_arg (request, 0),
                                          zp_request_arg (request, 1),
                                          zp_request_arg (request, 2),
                                          zp_saga_coordinator_now (self)));
}

static void
s_order (zp_saga_coordinator_t *self, zp_request_t **request_p,
         zp_saga_order_t order)
{
    bool skip = order == ZP_SAGA_SKIP;
    if (s_count (request_p, 3, skip ? 4 : 3,
                 skip ? "ID WHO WHY [STEP]" : "ID WHO WHY"))
        s_done_with (self, request_p,
                     zp_saga_core_order (self->core,
                                         zp_request_arg (*request_p, 0), order,
                                         zp_request_arg (*request_p, 3),
                                         zp_request_arg (*request_p, 1),
                                         zp_request_arg (*request_p, 2),
                                         zp_saga_coordinator_now (self)));
}

static void
s_on_abort (zp_request_t *request, void *arg)
{
    s_order (arg, &request, ZP_SAGA_ABORT);
}

static void
s_on_retry (zp_request_t *request, void *arg)
{
    s_order (arg, &request, ZP_SAGA_RETRY);
}

static void
s_on_skip (zp_request_t *request, void *arg)
{
    s_order (arg, &request, ZP_SAGA_SKIP);
}

static void
s_on_complete (zp_request_t *request, void *arg)
{
    s_order (arg, &request, ZP_SAGA_COMPLETE);
}

static void
s_on_wait (zp_request_t *request, void *arg)
{
    zp_saga_coordinator_t *self = arg;
    int64_t wait_ms = WAIT_MS;
    const zp_arg_t option = {
        .name = "wait_ms", .number = &wait_ms, .max = WAIT_MS_MAX};
    if (!s_count (&request, 1, 2, "ID [OPTIONS]") ||
        !s_options (&request, 1, &option, 1))
        return;
    const zp_saga_t *saga = s_saga (self, &request);
    if (!saga)
        return;
    int64_t budget_ms = zp_request_budget (request);
    if (budget_ms >= 0 && wait_ms > budget_ms - budget_ms / REPLY_WITHIN)
        wait_ms = budget_ms - budget_ms / REPLY_WITHIN;
    zp_saga_view_t view;
    zp_saga_view (saga, &view);
    bool open =
        view.state == ZP_SAGA_RUNNING || view.state == ZP_SAGA_COMPENSATING;
    if (open && self->status == ZP_OK)
        zp_saga_watch_request (self, saga, &request, wait_ms);
    else
        zp_saga_coordinator_reply (self, &request, zp_saga_say_full (saga));
}

static void
s_on_show (zp_request_t *request, void *arg)
{
    if (!s_count (&request, 1, 1, "ID"))
        return;
    const zp_saga_t *saga = s_saga (arg, &request);
    if (saga)
        zp_saga_show (arg, saga, &request);
}

//  What is asked for in a list
typedef struct filter {
    char state[16];                  // "": any
    char name[ZP_SAGA_ID_MAX + 1];   // "": any
    char after[ZP_SAGA_ID_MAX + 1];  // "": from the first on
    int64_t min_age_ms;              // Since it was started
    int64_t max_age_ms;              // The same
    int64_t count;                   // At most
} filter_t;

static bool
s_passes (const filter_t *self, const zp_saga_view_t *view, int64_t now_ms)
{
    int64_t age_ms = now_ms - view->begun_ms;
    return (!*self->state ||
            streq (self->state, zp_saga_state_name (view->state))) &&
           (!*self->name || streq (self->name, view->name)) &&
           age_ms >= self->min_age_ms && age_ms <= self->max_age_ms;
}

static bool
s_read_filter (zp_request_t **request_p, filter_t *self)
{
    const zp_arg_t args[] = {
        {.name = "state", .text = self->state, .room = sizeof self->state},
        {.name = "saga", .text = self->name, .room = sizeof self->name},
        {.name = "after", .text = self->after, .room = sizeof self->after},
        {.name = "min_age_ms", .number = &self->min_age_ms, .max = INT64_MAX},
        {.name = "max_age_ms", .number = &self->max_age_ms, .max = INT64_MAX},
        {.name = "count", .number = &self->count, .min = 1, .max = COUNT_MAX}};
    if (!s_count (request_p, 0, 1, "[OPTIONS]") ||
        !s_options (request_p, 0, args, 6))
        return false;
    int state = 0;
    while (state < ZP_SAGA_STATES &&
           !streq (self->state, zp_saga_state_name (state)))
        state++;
    if (*self->state && state == ZP_SAGA_STATES)
        zp_request_fail (request_p, ZP_INVALID_ARGUMENT,
                         "there is no such state; there are RUNNING, "
                         "COMPENSATING, COMPLETED, COMPENSATED and PARKED");
    return *request_p;
}

//  Write those behind `saga`
static void
s_list (zp_saga_coordinator_t *self, FILE *out, const filter_t *filter,
        const zp_saga_t *saga)
{
    int64_t now_ms = zp_saga_coordinator_now (self), count = 0;
    putc ('[', out);
    while (count < filter->count &&
           (saga = zp_saga_core_each (self->core, saga))) {
        zp_saga_view_t view;
        zp_saga_view (saga, &view);
        if (!s_passes (filter, &view, now_ms))
            continue;
        if (count++)
            putc (',', out);
        zp_saga_say (out, saga, false);
        putc ('}', out);
    }
    putc (']', out);
}

static void
s_on_ls (zp_request_t *request, void *arg)
{
    zp_saga_coordinator_t *self = arg;
    filter_t filter = {.max_age_ms = INT64_MAX, .count = COUNT};
    if (!s_read_filter (&request, &filter))
        return;
    const zp_saga_t *saga = NULL;
    zp_span_t after = {filter.after, strlen (filter.after)};
    if (after.size && !(saga = zp_saga_core_find (self->core, after))) {
        zp_request_fail (&request, ZP_NOT_FOUND,
                         "there is no saga '%s' any more: begin anew",
                         filter.after);
        return;
    }
    zp_saga_text_t text;
    zp_saga_text_open (&text);
    s_list (self, text.out, &filter, saga);
    zp_saga_coordinator_reply (self, &request, zp_saga_text_close (&text));
}

static void
s_on_definitions (zp_request_t *request, void *arg)
{
    zp_saga_coordinator_t *self = arg;
    if (!s_count (&request, 0, 0, ""))
        return;
    json_t *list = json_array ();
    size_t count;
    zp_saga_def_t *const *defs = zp_saga_core_definitions (self->core, &count);
    for (size_t i = 0; i < count; i++)
        json_array_append_new (
            list, json_pack ("{ss, sI, sI}", "saga", defs[i]->name, "version",
                             (json_int_t) defs[i]->version, "steps",
                             (json_int_t) defs[i]->count));
    s_done_json (self, &request, list);
}

static void
s_on_definition (zp_request_t *request, void *arg)
{
    zp_saga_coordinator_t *self = arg;
    if (!s_count (&request, 1, 1, "NAME"))
        return;
    const zp_saga_def_t *def =
        zp_saga_core_definition (self->core, zp_request_arg (request, 0));
    if (def)
        zp_request_reply (&request, def->text, def->text_size);
    else
        zp_request_fail (&request, ZP_NOT_FOUND,
                         "there is no definition of that name");
}

static json_int_t
s_in_state (const zp_saga_coordinator_t *self, zp_saga_state_t state)
{
    return (json_int_t) zp_saga_core_count (self->core, state);
}

static void
s_on_stat (zp_request_t *request, void *arg)
{
    zp_saga_coordinator_t *self = arg;
    if (!s_count (&request, 0, 0, ""))
        return;
    zp_journal_stats_t stats;
    zp_journal_stats (self->journal, &stats);
    json_t *said = json_pack (
        "{sI, sI, sI, sI, sI, sI, sI, sI, sI, sI, sI, so}", "running",
        s_in_state (self, ZP_SAGA_RUNNING), "compensating",
        s_in_state (self, ZP_SAGA_COMPENSATING), "completed",
        s_in_state (self, ZP_SAGA_COMPLETED), "compensated",
        s_in_state (self, ZP_SAGA_COMPENSATED), "parked",
        s_in_state (self, ZP_SAGA_PARKED), "started",
        (json_int_t) self->started, "commands", (json_int_t) self->commands,
        "replies", (json_int_t) self->replies, "commits",
        (json_int_t) stats.commits, "records", (json_int_t) stats.position,
        "size_bytes", (json_int_t) stats.size_bytes, "services",
        zp_saga_services_say (self));
    s_done_json (self, &request, said);
}

void
zp_saga_methods_add (zp_saga_coordinator_t *self)
{
    static const struct {
        const char *name;
        zp_request_fn *fn;
    } methods[] = {{"saga.start", s_on_start},
                   {"saga.wait", s_on_wait},
                   {"saga.show", s_on_show},
                   {"saga.ls", s_on_ls},
                   {"saga.signal", s_on_signal},
                   {"saga.abort", s_on_abort},
                   {"saga.retry", s_on_retry},
                   {"saga.skip", s_on_skip},
                   {"saga.complete", s_on_complete},
                   {"saga.definitions", s_on_definitions},
                   {"saga.definition", s_on_definition},
                   {"saga.stat", s_on_stat}};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        zp_server_method (self->server, methods[i].name, methods[i].fn, self);
}
