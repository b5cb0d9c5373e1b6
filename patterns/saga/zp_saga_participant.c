//  SPDX-License-Identifier: MIT
//
//  A turn: the first command that changes something begins a transaction, each
//  runs in a savepoint, and all replies wait until the turn's end has
//  committed. Replies that change nothing wait as well: what they say may have
//  been written in the same turn.

#define _POSIX_C_SOURCE 200809L

#include "zp_saga_participant_private.h"

//  Rows erased by a commit, for each that it writes and besides: so they are
//  erased faster than new ones come, and no commit takes long
#define SWEEP_EACH 2
#define SWEEP_MORE 16

static int
s_on_drained (zp_server_t *server, void *arg)
{
    (void) server;
    (void) arg;
    return -1;
}

//  Nothing can be confirmed any more. Who waits is told that nobody knows.
static void
s_fail (zp_saga_participant_t *self, zp_status_t status)
{
    self->status = status;
    const char *error = zp_saga_participant_error (self);
    while (self->waiting.count) {
        zp_saga_waiting_t first;
        zp_fifo_take (&self->waiting, &first);
        zp_request_fail (&first.request, ZP_UNKNOWN, ZP_SAGA_DOUBT, error);
        free (first.says.text);
    }
    if (self->options.failed)
        self->options.failed (self->options.arg, status, error);
    else
        zp_server_drain (self->server, s_on_drained, NULL);
}

bool
zp_saga_participant_well (zp_saga_participant_t *self, zp_status_t status)
{
    if (status != ZP_OK && self->status == ZP_OK)
        s_fail (self, status);
    return status == ZP_OK;
}

bool
zp_saga_participant_do (zp_saga_participant_t *self,
                        zp_saga_barrier_sql_t which)
{
    return zp_saga_participant_well (
        self, zp_saga_barrier_do (&self->barrier, which));
}

static void
s_reply (zp_saga_waiting_t *waiting)
{
    static const char *const names[] = {[ZP_SAGA_DONE] = "done",
                                        [ZP_SAGA_REFUSED] = "refused",
                                        [ZP_SAGA_ONGOING] = "ongoing",
                                        [ZP_SAGA_UNKNOWN] = "unknown"};
    const char *name = names[waiting->says.outcome];
    const char *text = waiting->says.text ? waiting->says.text : "";
    size_t code = strcspn (text, " ");
    zp_span_t parts[3] = {{name, strlen (name)}, {text, strlen (text)}};
    size_t count = waiting->says.text ? 2 : 1;
    if (waiting->says.outcome == ZP_SAGA_REFUSED) {
        const char *line = text + code + (text[code] == ' ');
        parts[1].size = code;
        parts[2] = (zp_span_t){line, strlen (line)};
        count = 3;
    }
    zp_request_reply_parts (&waiting->request, parts, count);
    free (waiting->says.text);
}

bool
zp_saga_participant_commit (zp_saga_participant_t *self)
{
    if (!self->barrier.open)
        return true;
    size_t count = self->written * SWEEP_EACH + SWEEP_MORE;
    int64_t before_ms = zclock_time () - self->options.keep_ms;
    self->written = 0;
    if (!zp_saga_participant_well (
            self, zp_saga_barrier_sweep (&self->barrier, before_ms, count)) ||
        !zp_saga_participant_do (self, ZP_SAGA_SQL_COMMIT))
        return false;
    self->stats.commits++;
    return true;
}

//  A turn ends: what was done in it goes to disk, then the replies can leave
static void
s_end_turn (void *arg)
{
    zp_saga_participant_t *self = arg;
    if (self->status != ZP_OK || !zp_saga_participant_commit (self))
        return;
    while (self->waiting.count) {
        zp_saga_waiting_t first;
        zp_fifo_take (&self->waiting, &first);
        s_reply (&first);
    }
    if (self->barrier.file.due)
        zp_saga_participant_well (self, zp_sqlite_tidy (&self->barrier.file));
}

void
zp_saga_participant_wait (zp_saga_participant_t *self, zp_request_t **request_p,
                          const zp_saga_said_t *says)
{
    zp_saga_waiting_t waiting = {*request_p, *says};
    *request_p = NULL;
    if (says->text) {
        waiting.says.text = strdup (says->text);
        assert (waiting.says.text);
    }
    zp_fifo_add (&self->waiting, &waiting);
}

zp_saga_participant_t *
zp_saga_participant_new (zp_server_t *server,
                         const zp_saga_participant_options_t *options,
                         zp_status_t *status_p, char **error_p)
{
    assert (server && options && options->path);
    zp_saga_participant_t *self = zmalloc (sizeof *self);
    self->options = *options;
    self->options.path = NULL;
    self->server = server;
    self->waiting.item_size = sizeof (zp_saga_waiting_t);
    zp_sqlite_kind_t kind = {.name = "service's database",
                             .application_id = options->application_id,
                             .version = options->version};
    self->status = zp_saga_barrier_open (&self->barrier, options->path, &kind);
    if (status_p)
        *status_p = self->status;
    if (error_p)
        *error_p = self->status == ZP_OK
                       ? NULL
                       : strdup (zp_saga_participant_error (self));
    if (self->status != ZP_OK) {
        zp_saga_participant_destroy (&self);
        return NULL;
    }
    zp_server_on_turn (server, s_end_turn, self);
    zp_server_method (server, "saga.status", zp_saga_service_status, self);
    return self;
}

void
zp_saga_participant_destroy (zp_saga_participant_t **self_p)
{
    assert (self_p);
    zp_saga_participant_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_fifo_clear (&self->waiting);
    zp_saga_barrier_close (&self->barrier);
    while (self->methods) {
        zp_saga_method_t *method = self->methods;
        self->methods = method->next;
        free (method);
    }
    free (self);
}

sqlite3 *
zp_saga_participant_db (zp_saga_participant_t *self)
{
    return self->barrier.file.db;
}

static void
s_add_method (zp_saga_participant_t *self, const char *name,
              zp_saga_side_t side, zp_saga_handler_fn *fn, void *arg)
{
    assert (name && fn);
    zp_saga_method_t *method = zmalloc (sizeof *method);
    *method = (zp_saga_method_t){self, side, fn, arg, self->methods};
    self->methods = method;
    zp_server_method (self->server, name, zp_saga_service_command, method);
}

void
zp_saga_participant_action (zp_saga_participant_t *self, const char *method,
                            zp_saga_handler_fn *fn, void *arg)
{
    s_add_method (self, method, ZP_SAGA_DO, fn, arg);
}

void
zp_saga_participant_compensation (zp_saga_participant_t *self,
                                  const char *method, zp_saga_handler_fn *fn,
                                  void *arg)
{
    s_add_method (self, method, ZP_SAGA_UNDO, fn, arg);
}

zp_status_t
zp_saga_participant_run (zp_saga_participant_t *self)
{
    zp_status_t status = zp_server_run (self->server);
    return self->status == ZP_OK ? status : self->status;
}

const char *
zp_saga_participant_error (zp_saga_participant_t *self)
{
    const char *error = self->barrier.file.error;
    return error ? error : "";
}

void
zp_saga_participant_stats (zp_saga_participant_t *self,
                           zp_saga_participant_stats_t *stats)
{
    *stats = self->stats;
    stats->size_bytes = self->barrier.file.size_bytes;
}
