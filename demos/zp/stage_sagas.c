//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "stage_sagas.h"

#include "member.h"
#include "stage_json.h"

#define ASK_MS    1000
#define AGE_MS    600000  // Who is asked for the latest of so long, unless these
#define MANY      100     // are so many: then half of it
#define STEPS_MAX 64      // Of one that are shown
#define PARKED    "{\"state\":\"PARKED\",\"count\":12}"

struct stage_sagas {
    stage_watch_t *watch;  // The coordinator, once it is known
    json_t *stat;          // How many are in each state
    json_t *latest;        // Of saga.ls, the oldest first
    json_t *parked;        // The same of those that are parked
    json_t *shown;         // What is known of each, by id
    int out;               // Questions on their way
    int age_ms;            // Those started since then are the latest
};

stage_sagas_t *
stage_sagas_new (void)
{
    stage_sagas_t *self = zmalloc (sizeof *self);
    self->stat = json_object ();
    self->latest = json_array ();
    self->parked = json_array ();
    self->shown = json_object ();
    self->age_ms = AGE_MS;
    return self;
}

void
stage_sagas_destroy (stage_sagas_t **self_p)
{
    assert (self_p);
    stage_sagas_t *self = *self_p;
    if (!self)
        return;
    json_decref (self->stat);
    json_decref (self->latest);
    json_decref (self->parked);
    json_decref (self->shown);
    free (self);
    *self_p = NULL;
}

//  What the document has of a saga
static void
s_on_shown (void *arg, zp_status_t status, json_t *answer, const char *error)
{
    (void) status, (void) error;
    stage_sagas_t *self = arg;
    self->out--;
    const char *id = stage_name (answer, "id");
    if (!*id)
        return;
    json_t *steps = json_array (), *step;
    size_t number;
    json_array_foreach (json_object_get (answer, "steps"), number, step)
    {
        if (number == STEPS_MAX)
            break;
        json_array_append_new (
            steps, json_pack ("{ss ss}", "id", stage_name (step, "id"), "state",
                              stage_name (step, "state")));
    }
    json_object_set_new (
        self->shown, id,
        json_pack (
            "{ss ss ss ss sI sI so}", "id", id, "saga",
            stage_name (answer, "saga"), "state", stage_name (answer, "state"),
            "reason", member_text (answer, "reason"), "begun_ms",
            (json_int_t) stage_number (answer, "begun_ms"), "changed_ms",
            (json_int_t) stage_number (answer, "changed_ms"), "steps", steps));
}

//  Look at those that have changed, among the last ones of a list
static void
s_show (stage_sagas_t *self, const json_t *list)
{
    size_t size = json_array_size (list);
    for (size_t i = size > STAGE_SAGAS_MAX ? size - STAGE_SAGAS_MAX : 0;
         i < size; i++) {
        json_t *saga = json_array_get (list, i);
        const char *id = member_text (saga, "id");
        const json_t *known = json_object_get (self->shown, id);
        if (known && stage_number (known, "changed_ms") ==
                         stage_number (saga, "changed_ms"))
            continue;
        self->out++;
        stage_watch_call (self->watch, "saga.show", (const char *[]){id, NULL},
                          ASK_MS, s_on_shown, self);
    }
}

static void
s_keep (stage_sagas_t *self, json_t **list, json_t *answer)
{
    self->out--;
    if (!json_is_array (answer))
        return;
    json_decref (*list);
    *list = json_incref (answer);
    s_show (self, answer);
}

static void
s_on_latest (void *arg, zp_status_t status, json_t *answer, const char *error)
{
    (void) status, (void) error;
    stage_sagas_t *self = arg;
    s_keep (self, &self->latest, answer);
    //  The oldest come first, and only so many: the time must fit
    if (json_array_size (answer) > MANY && self->age_ms > 1000)
        self->age_ms /= 2;
    else if (json_array_size (answer) < MANY / 4 && self->age_ms < AGE_MS)
        self->age_ms *= 2;
}

static void
s_on_parked (void *arg, zp_status_t status, json_t *answer, const char *error)
{
    (void) status, (void) error;
    stage_sagas_t *self = arg;
    s_keep (self, &self->parked, answer);
}

//  Add the last ones of a list, the newest first, that are not there yet, and
//  keep what is known of them
static void
s_add (const stage_sagas_t *self, const json_t *list, json_t *recent,
       json_t *seen)
{
    size_t size = json_array_size (list);
    for (size_t i = 0; i < size && i < STAGE_SAGAS_MAX; i++) {
        const char *id =
            member_text (json_array_get (list, size - 1 - i), "id");
        json_t *known = json_object_get (self->shown, id);
        if (known && !json_object_get (seen, id)) {
            json_array_append (recent, known);
            json_object_set (seen, id, known);
        }
    }
}

//  The latest, and those that are parked; seen holds them by id
static json_t *
s_recent (const stage_sagas_t *self, json_t *seen)
{
    json_t *recent = json_array ();
    s_add (self, self->latest, recent, seen);
    s_add (self, self->parked, recent, seen);
    return recent;
}

void
stage_sagas_take (stage_sagas_t *self, stage_watch_t *watch, json_t *answer)
{
    self->watch = watch;
    json_decref (self->stat);
    self->stat = json_incref (answer);
    if (self->out)
        return;
    //  Forget those that are not recent any more
    json_t *seen = json_object ();
    json_decref (s_recent (self, seen));
    json_decref (self->shown);
    self->shown = seen;
    self->out += 2;
    char latest[64];
    snprintf (latest, sizeof latest, "{\"max_age_ms\":%d,\"count\":1000}",
              self->age_ms);
    stage_watch_call (watch, "saga.ls", (const char *[]){latest, NULL}, ASK_MS,
                      s_on_latest, self);
    stage_watch_call (watch, "saga.ls", (const char *[]){PARKED, NULL}, ASK_MS,
                      s_on_parked, self);
}

stage_watch_t *
stage_sagas_watch (const stage_sagas_t *self)
{
    return self->watch;
}

json_t *
stage_sagas_json (const stage_sagas_t *self)
{
    static const char *const states[] = {"running", "compensating", "completed",
                                         "compensated", "parked"};
    json_t *json = json_object (), *seen = json_object ();
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        json_object_set_new (
            json, states[i],
            json_integer (stage_number (self->stat, states[i])));
    json_t *recent = s_recent (self, seen);
    json_object_set_new (json, "recent", json_deep_copy (recent));
    json_decref (recent);
    json_decref (seen);
    return json;
}
