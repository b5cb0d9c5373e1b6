//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_saga_participant_private.h"

#define LOST                                                                   \
    "%s: the action was done, but is not known here any more: is this an old " \
    "copy of the database?"
#define TOO_LATE "COMPENSATED it was compensated before it came"

//  The transaction is not there any more: SQLite itself ends it when the disk
//  is full or fails.
static zp_status_t
s_why_ended (zp_saga_participant_t *self)
{
    zp_sqlite_t *file = &self->barrier.file;
    zp_status_t status = zp_sqlite_fail (file, sqlite3_errcode (file->db));
    return status != ZP_OK
               ? status
               : zp_sqlite_refuse (file, ZP_INTERNAL,
                                   "a handler has ended the transaction that "
                                   "it ran in");
}

//  Run a handler in a savepoint. What it said is in the request; what it
//  changed is taken back if that was a refusal or a failure. False: all has
//  failed.
static bool
s_handle (zp_saga_participant_t *self, zp_saga_request_t *request,
          zp_saga_handler_fn *fn, void *arg)
{
    sqlite3 *db = self->barrier.file.db;
    if (!zp_saga_participant_do (self, ZP_SAGA_SQL_BEGIN) ||
        !zp_saga_participant_do (self, ZP_SAGA_SQL_SAVE))
        return false;
    self->handling = true;
    fn (request, db, arg);
    self->handling = false;
    self->stats.handled++;
    if (sqlite3_get_autocommit (db)) {
        zp_saga_participant_well (self, s_why_ended (self));
        return false;
    }
    zp_saga_request_check (request);
    if (request->says.outcome == ZP_SAGA_REFUSED ||
        request->says.outcome == ZP_SAGA_LOST)
        if (!zp_saga_participant_do (self, ZP_SAGA_SQL_BACK))
            return false;
    return zp_saga_participant_do (self, ZP_SAGA_SQL_RELEASE);
}

//  Keep in the row what the request says
static bool
s_keep (zp_saga_participant_t *self, zp_saga_request_t *request,
        zp_saga_row_t *row)
{
    zp_saga_said_t *said = &row->said[request->side];
    zp_saga_said_t keeps = {ZP_SAGA_UNKNOWN, NULL};
    //  A compensation that was refused may come again
    if (request->side == ZP_SAGA_DO ||
        request->says.outcome != ZP_SAGA_REFUSED) {
        keeps = request->says;
        keeps.text = strdup (keeps.text);
        assert (keeps.text);
    }
    free (said->text);
    *said = keeps;
    self->written++;
    return zp_saga_participant_do (self, ZP_SAGA_SQL_BEGIN) &&
           zp_saga_participant_well (
               self, zp_saga_barrier_write (&self->barrier, request->key, row,
                                            zclock_time ()));
}

//  True if the server can't serve any more; the request has ended then
static bool
s_is_over (zp_saga_participant_t *self, zp_request_t **request_p)
{
    if (self->status == ZP_OK)
        return false;
    zp_request_fail (request_p, ZP_UNAVAILABLE, "%s",
                     zp_saga_participant_error (self));
    return true;
}

//  Read the arguments. False: they make no sense, and the request has ended
static bool
s_read (zp_saga_request_t *asked, zp_request_t **request_p, zp_saga_side_t side)
{
    const char *why = NULL;
    if (zp_saga_request_read (asked, *request_p, side, &why))
        return true;
    zp_request_fail (request_p, ZP_INVALID_ARGUMENT, "%s", why);
    zp_saga_request_clear (asked);
    return false;
}

//  Get the row. False: all has failed, and the request has ended
static bool
s_find (zp_saga_participant_t *self, const char *key, zp_saga_row_t *row,
        zp_request_t **request_p)
{
    return zp_saga_participant_well (
               self, zp_saga_barrier_find (&self->barrier, key, row)) ||
           !s_is_over (self, request_p);
}

//  What is there to be said again; NULL: nothing
static const zp_saga_said_t *
s_known (const zp_saga_row_t *row, zp_saga_side_t side)
{
    const zp_saga_said_t *action = &row->said[ZP_SAGA_DO];
    //  What is still being done can't be undone yet
    if (side == ZP_SAGA_UNDO && action->outcome == ZP_SAGA_ONGOING)
        return action;
    const zp_saga_said_t *said = &row->said[side];
    return said->outcome == ZP_SAGA_UNKNOWN ? NULL : said;
}

//  Undo what had no effect. If it never came, it may not come any more.
static void
s_undo_nothing (zp_saga_request_t *asked, zp_saga_row_t *row)
{
    zp_saga_said_t *action = &row->said[ZP_SAGA_DO];
    if (action->outcome == ZP_SAGA_UNKNOWN)
        *action = (zp_saga_said_t){ZP_SAGA_REFUSED, strdup (TOO_LATE)};
    assert (action->text);
    zp_saga_request_done (asked, NULL);
}

//  It is new. False: the request is not ended
static bool
s_decide (const zp_saga_method_t *method, zp_saga_request_t *asked,
          zp_saga_row_t *row, zp_request_t **request_p)
{
    zp_saga_participant_t *self = method->self;
    const zp_saga_said_t *action = &row->said[ZP_SAGA_DO];
    bool undo = asked->side == ZP_SAGA_UNDO;
    if (undo && action->outcome == ZP_SAGA_UNKNOWN &&
        !json_is_null (asked->result)) {
        zp_request_fail (request_p, ZP_FAILED_PRECONDITION, LOST, asked->key);
        return true;
    }
    if (undo && action->outcome != ZP_SAGA_DONE)
        s_undo_nothing (asked, row);
    else {
        if (undo)
            zp_saga_request_set_result (asked, action->text);
        if (!s_handle (self, asked, method->fn, method->arg))
            return false;
    }
    if (asked->says.outcome == ZP_SAGA_LOST) {
        zp_request_fail (request_p, asked->status, "%s", asked->says.text);
        return true;
    }
    if (!s_keep (self, asked, row))
        return false;
    zp_saga_participant_wait (self, request_p, &asked->says);
    return true;
}

void
zp_saga_service_command (zp_request_t *request, void *arg)
{
    const zp_saga_method_t *method = arg;
    zp_saga_participant_t *self = method->self;
    zp_saga_request_t asked;
    zp_saga_row_t row;
    if (s_is_over (self, &request))
        return;
    self->stats.commands++;
    if (!s_read (&asked, &request, method->side))
        return;
    if (s_find (self, asked.key, &row, &request)) {
        const zp_saga_said_t *said = s_known (&row, method->side);
        if (said) {
            self->stats.repeated++;
            zp_saga_participant_wait (self, &request, said);
        }
        else if (!s_decide (method, &asked, &row, &request))
            zp_request_fail (&request, ZP_UNKNOWN, ZP_SAGA_DOUBT,
                             zp_saga_participant_error (self));
    }
    zp_saga_row_clear (&row);
    zp_saga_request_clear (&asked);
}

void
zp_saga_service_status (zp_request_t *request, void *arg)
{
    zp_saga_participant_t *self = arg;
    char key[ZP_SAGA_KEY_MAX + 1];
    zp_saga_side_t side;
    const char *why = NULL;
    if (s_is_over (self, &request))
        return;
    if (!zp_saga_request_read_key (request, key, &side, &why)) {
        zp_request_fail (&request, ZP_INVALID_ARGUMENT, "%s", why);
        return;
    }
    zp_saga_row_t row;
    if (s_find (self, key, &row, &request))
        zp_saga_participant_wait (self, &request, &row.said[side]);
    zp_saga_row_clear (&row);
}

//  Let fn say what came of what is ongoing
static zp_status_t
s_finish (zp_saga_participant_t *self, zp_saga_request_t *asked,
          zp_saga_row_t *row, zp_saga_handler_fn *fn, void *arg)
{
    bool undo = row->said[ZP_SAGA_UNDO].outcome == ZP_SAGA_ONGOING;
    asked->side = undo ? ZP_SAGA_UNDO : ZP_SAGA_DO;
    if (row->said[asked->side].outcome != ZP_SAGA_ONGOING)
        return row->said[ZP_SAGA_DO].outcome == ZP_SAGA_UNKNOWN
                   ? ZP_NOT_FOUND
                   : ZP_FAILED_PRECONDITION;
    if (undo)
        zp_saga_request_set_result (asked, row->said[ZP_SAGA_DO].text);
    if (!s_handle (self, asked, fn, arg))
        return self->status;
    if (asked->says.outcome != ZP_SAGA_LOST)
        s_keep (self, asked, row);
    zp_saga_participant_commit (self);
    return self->status == ZP_OK ? asked->status : self->status;
}

zp_status_t
zp_saga_participant_finish (zp_saga_participant_t *self, const char *key,
                            zp_saga_handler_fn *fn, void *arg)
{
    assert (key && fn && !self->handling);
    if (self->status != ZP_OK || !zp_saga_participant_commit (self) ||
        strlen (key) > ZP_SAGA_KEY_MAX)
        return self->status == ZP_OK ? ZP_NOT_FOUND : self->status;
    zp_saga_request_t asked = {.status = ZP_OK};
    strcpy (asked.key, key);
    zp_saga_row_t row;
    zp_status_t status = zp_saga_barrier_find (&self->barrier, key, &row);
    if (zp_saga_participant_well (self, status))
        status = s_finish (self, &asked, &row, fn, arg);
    zp_saga_row_clear (&row);
    zp_saga_request_clear (&asked);
    return status;
}
