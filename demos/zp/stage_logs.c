//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "stage_logs.h"

#include "output.h"
#include "stage_json.h"

#define ASK_MS 1000

struct stage_logs {
    json_t *logs;  // By name, as in the document
    json_t *out;   // Those whose groups have been asked for, by name
};

//  A question for the groups of a log, on its way
typedef struct asked {
    stage_logs_t *logs;
    char *name;  // Of the log
} asked_t;

stage_logs_t *
stage_logs_new (void)
{
    stage_logs_t *self = zmalloc (sizeof *self);
    self->logs = json_object ();
    self->out = json_object ();
    return self;
}

void
stage_logs_destroy (stage_logs_t **self_p)
{
    assert (self_p);
    stage_logs_t *self = *self_p;
    if (!self)
        return;
    json_decref (self->logs);
    json_decref (self->out);
    free (self);
    *self_p = NULL;
}

static void
s_on_groups (void *arg, zp_status_t status, json_t *answer, const char *error)
{
    (void) status, (void) error;
    asked_t *asked = arg;
    json_object_del (asked->logs->out, asked->name);
    json_t *log = json_object_get (asked->logs->logs, asked->name);
    json_t *groups = json_object (), *group;
    size_t number;
    json_array_foreach (answer, number, group)
    {
        int64_t lag =
            stage_number (log, "next") - stage_number (group, "position");
        const char *name = stage_name (group, "group");
        if (*name && json_object_size (groups) < STAGE_GROUPS_MAX)
            json_object_set_new (
                groups, name,
                json_pack ("{sI}", "lag", (json_int_t) (lag > 0 ? lag : 0)));
    }
    if (json_is_array (answer) && log)
        json_object_set (log, "groups", groups);
    json_decref (groups);
    free (asked->name);
    free (asked);
}

static void
s_ask (stage_logs_t *self, stage_watch_t *watch, const char *name)
{
    asked_t *asked = zmalloc (sizeof *asked);
    *asked = (asked_t){self, strdup (name)};
    json_object_set_new (self->out, name, json_true ());
    stage_watch_call (watch, "log.group.ls", (const char *[]){name, NULL},
                      ASK_MS, s_on_groups, asked);
}

void
stage_logs_take (stage_logs_t *self, stage_watch_t *watch, json_t *answer)
{
    size_t number;
    json_t *one;
    json_array_foreach (answer, number, one)
    {
        const char *name = stage_name (one, "name");
        json_t *log = json_object_get (self->logs, name);
        if (!log && *name && json_object_size (self->logs) < STAGE_LOGS_MAX) {
            log = json_pack ("{s{}}", "groups");
            json_object_set_new (self->logs, name, log);
        }
        if (!log)
            continue;
        json_object_set_new (log, "first",
                             json_integer (stage_number (one, "first")));
        json_object_set_new (log, "next",
                             json_integer (stage_number (one, "next")));
        if (stage_number (one, "groups") && !json_object_get (self->out, name))
            s_ask (self, watch, name);
    }
}

json_t *
stage_logs_json (const stage_logs_t *self)
{
    return json_deep_copy (self->logs);
}
