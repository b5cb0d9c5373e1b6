//  SPDX-License-Identifier: MIT

#include "zp_saga_def_private.h"

#include "zp_status.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_MS 2000

static const zp_saga_retry_t s_retry_default = {
    .max_attempts = 5,
    .backoff = {.initial_ms = 200, .max_ms = 5000, .factor = 2},
    .jitter = true};

static const zp_json_key_t s_keys[] = {
    {.name = "id", .type = JSON_STRING, .needed = true},
    {.name = "kind", .type = JSON_STRING, .needed = true},
    {.name = "service", .type = JSON_STRING},
    {.name = "action", .type = JSON_STRING},
    {.name = "compensation", .type = JSON_STRING},
    {.name = "wait_for", .type = JSON_STRING},
    {.name = "saga", .type = JSON_STRING},
    {.name = "input", .type = JSON_NULL},
    {.name = "after", .type = JSON_ARRAY},
    {.name = "timeout_ms",
     .type = JSON_INTEGER,
     .min = 1,
     .max = ZP_SAGA_MS_MAX},
    {.name = "retry", .type = JSON_OBJECT},
    {.name = "compensation_retry", .type = JSON_OBJECT},
    {.name = "on_exhausted", .type = JSON_STRING},
    {0},
};

static const zp_json_key_t s_defaults_keys[] = {
    {.name = "timeout_ms",
     .type = JSON_INTEGER,
     .min = 1,
     .max = ZP_SAGA_MS_MAX},
    {.name = "retry", .type = JSON_OBJECT},
    {.name = "compensation_retry", .type = JSON_OBJECT},
    {0},
};

static const zp_json_key_t s_retry_keys[] = {
    {.name = "max_attempts", .type = JSON_INTEGER, .min = 1, .max = 1000000},
    {.name = "initial_ms",
     .type = JSON_INTEGER,
     .min = 1,
     .max = ZP_SAGA_MS_MAX},
    {.name = "backoff", .type = JSON_REAL, .min = 1, .max = 100},
    {.name = "max_ms", .type = JSON_INTEGER, .min = 1, .max = ZP_SAGA_MS_MAX},
    {.name = "jitter", .type = JSON_TRUE},
    {.name = "non_retryable", .type = JSON_ARRAY},
    {0},
};

const char *
zp_saga_step_at (zp_saga_reader_t *self, const char *member)
{
    snprintf (self->at, sizeof self->at, "/steps/%zu%s", self->number, member);
    return self->at;
}

static const char *
s_text (const zp_saga_reader_t *self, const char *key)
{
    return json_string_value (json_object_get (self->json, key));
}

static zp_saga_step_t *
s_step (const zp_saga_reader_t *self)
{
    return &self->def->steps[self->number];
}

//  A mistake at a member of the step in hand
#define WRONG(self, member, ...)                                               \
    zp_json_doc_wrong ((self)->doc, zp_saga_step_at (self, member), __VA_ARGS__)

//  Check what a retry may be, and of which statuses it speaks
static void
s_check_retry (zp_saga_reader_t *self, json_t *owner, const char *pointer,
               const char *key)
{
    json_t *retry = json_object_get (owner, key);
    char at[96];
    snprintf (at, sizeof at, "%s/%s", pointer, key);
    if (!json_is_object (retry))
        return;
    zp_json_doc_check (self->doc, retry, at, s_retry_keys);
    size_t i;
    json_t *name;
    json_array_foreach (json_object_get (retry, "non_retryable"), i, name)
    {
        const char *text = json_string_value (name);
        char place[sizeof at + 40];
        snprintf (place, sizeof place, "%s/non_retryable/%zu", at, i);
        if (!text ||
            strcmp (zp_status_name (zp_status_parse (text)), text) != 0 ||
            zp_status_parse (text) == ZP_OK)
            zp_json_doc_wrong (self->doc, place,
                               "a status such as \"UNIMPLEMENTED\" is wanted");
    }
}

//  Overlay what is said of a retry
static void
s_read_retry (zp_saga_retry_t *retry, json_t *owner, const char *key)
{
    json_t *json = json_object_get (owner, key), *value;
    if ((value = json_object_get (json, "max_attempts")))
        retry->max_attempts = (int) json_integer_value (value);
    if ((value = json_object_get (json, "initial_ms")))
        retry->backoff.initial_ms = (int) json_integer_value (value);
    if ((value = json_object_get (json, "max_ms")))
        retry->backoff.max_ms = (int) json_integer_value (value);
    if ((value = json_object_get (json, "backoff")))
        retry->backoff.factor = json_number_value (value);
    if ((value = json_object_get (json, "jitter")))
        retry->jitter = json_is_true (value);
    if ((value = json_object_get (json, "non_retryable"))) {
        size_t i;
        json_t *name;
        retry->final = 0;
        json_array_foreach (value, i, name) if (json_is_string (name))
            retry->final |= 1U << zp_status_parse (json_string_value (name));
    }
}

void
zp_saga_step_check_defaults (zp_saga_reader_t *self)
{
    if (!json_is_object (self->defaults))
        return;
    zp_json_doc_check (self->doc, self->defaults, "/defaults", s_defaults_keys);
    s_check_retry (self, self->defaults, "/defaults", "retry");
    s_check_retry (self, self->defaults, "/defaults", "compensation_retry");
}

//  The names of methods, services, sagas and signals
static void
s_check_name (zp_saga_reader_t *self, const char *key)
{
    const char *text = s_text (self, key);
    char member[32];
    snprintf (member, sizeof member, "/%s", key);
    if (text &&
        !zp_saga_id_valid ((zp_span_t){text, strlen (text)}, ZP_SAGA_ID_MAX))
        WRONG (self, member,
               "a name has 1 to %d letters, digits, '.', '_', '-'",
               ZP_SAGA_ID_MAX);
}

void
zp_saga_step_read_id (zp_saga_reader_t *self)
{
    if (!zp_json_doc_is (self->doc, self->json, JSON_OBJECT,
                         zp_saga_step_at (self, ""), "a step"))
        return;
    zp_json_doc_check (self->doc, self->json, zp_saga_step_at (self, ""),
                       s_keys);
    const char *id = s_text (self, "id");
    if (!id)
        return;
    zp_span_t span = {id, strlen (id)};
    if (!zp_saga_id_valid (span, ZP_SAGA_STEP_MAX) || strchr (id, '.'))
        WRONG (self, "/id", "an id has 1 to %d letters, digits, '_', '-'",
               ZP_SAGA_STEP_MAX);
    else if (zp_saga_def_find (self->def, span) >= 0)
        WRONG (self, "/id", "there is a step \"%s\" already", id);
    else
        s_step (self)->id = id;
}

//  False if that is no kind
static bool
s_read_kind (zp_saga_reader_t *self)
{
    static const char *const names[] = {[ZP_SAGA_COMPENSATABLE] =
                                            "compensatable",
                                        [ZP_SAGA_PIVOT] = "pivot",
                                        [ZP_SAGA_RETRIABLE] = "retriable"};
    zp_saga_step_t *step = s_step (self);
    const char *kind = s_text (self, "kind");
    if (!kind)
        return false;
    size_t i = 0;
    while (i <= ZP_SAGA_RETRIABLE && strcmp (names[i], kind) != 0)
        i++;
    if (i <= ZP_SAGA_RETRIABLE) {
        step->kind = (zp_saga_kind_t) i;
        return true;
    }
    WRONG (self, "/kind",
           "\"kind\" is \"compensatable\", \"pivot\" or \"retriable\"");
    return false;
}

//  Of the steps of some sort these keys must not be there
static void
s_forbid (zp_saga_reader_t *self, const char *const *keys, const char *why)
{
    for (; *keys; keys++) {
        char member[32];
        snprintf (member, sizeof member, "/%s", *keys);
        if (json_object_get (self->json, *keys))
            WRONG (self, member, "%s no \"%s\"", why, *keys);
    }
}

static void
s_check_service (zp_saga_reader_t *self)
{
    const char *const *known = self->services;
    const char *service = s_text (self, "service");
    while (known && *known && strcmp (*known, service) != 0)
        known++;
    if (known && !*known)
        WRONG (self, "/service", "there is no service \"%s\"", service);
    if (!json_object_get (self->json, "action"))
        WRONG (self, "", "\"action\" is missing: a method of the service");
    s_forbid (self, (const char *const[]){"wait_for", "saga", NULL},
              "a step that calls a service has");
}

//  What the step does: one of three
static void
s_check_deed (zp_saga_reader_t *self)
{
    if (s_text (self, "service"))
        s_check_service (self);
    else if (s_text (self, "wait_for")) {
        s_forbid (self,
                  (const char *const[]){"action", "compensation", "saga",
                                        "input", "retry", "compensation_retry",
                                        NULL},
                  "a step that waits for a signal has");
        if (!json_object_get (self->json, "timeout_ms"))
            WRONG (self, "", "\"timeout_ms\" is missing: how long to wait");
        if (s_step (self)->kind == ZP_SAGA_PIVOT)
            WRONG (self, "/kind", "a step that waits for a signal is no pivot");
    }
    else if (s_text (self, "saga"))
        s_forbid (self, (const char *const[]){"action", NULL},
                  "a step that runs a saga has");
    else if (!json_object_get (self->json, "service"))
        WRONG (self, "",
               "\"service\" is missing (or \"wait_for\", or \"saga\")");
}

//  What becomes of it if it fails
static void
s_check_failure (zp_saga_reader_t *self)
{
    zp_saga_step_t *step = s_step (self);
    bool undo = json_object_get (self->json, "compensation");
    if (step->kind == ZP_SAGA_COMPENSATABLE) {
        if (!undo && !s_text (self, "wait_for"))
            WRONG (self, "",
                   "\"compensation\" is missing: how to undo the step");
    }
    else if (undo)
        WRONG (self, "/compensation",
               "only a compensatable step is ever undone");
    const char *exhausted = s_text (self, "on_exhausted");
    if (!exhausted)
        return;
    step->optional = strcmp (exhausted, "continue") == 0;
    if (!step->optional && strcmp (exhausted, "park") != 0)
        WRONG (self, "/on_exhausted",
               "\"on_exhausted\" is \"continue\" or \"park\"");
    else if (step->kind != ZP_SAGA_RETRIABLE)
        WRONG (self, "/on_exhausted", "that is for retriable steps");
}

//  After which steps it begins: those that it says, or the one before
static void
s_read_after (zp_saga_reader_t *self)
{
    zp_saga_step_t *step = s_step (self);
    json_t *after = json_object_get (self->json, "after"), *id;
    if (!after && self->number > 0)
        step->after = zp_saga_step_bit (self->number - 1);
    size_t i;
    json_array_foreach (after, i, id)
    {
        char member[32];
        snprintf (member, sizeof member, "/after/%zu", i);
        const char *text = json_string_value (id);
        int number = text ? zp_saga_def_find (self->def,
                                              (zp_span_t){text, strlen (text)})
                          : -1;
        if (number >= 0)
            step->after |= zp_saga_step_bit ((size_t) number);
        else if (text)
            WRONG (self, member, "there is no step \"%s\"", text);
        else
            WRONG (self, member, "the id of a step is wanted");
    }
}

void
zp_saga_step_read (zp_saga_reader_t *self)
{
    static const char *const names[] = {"service",  "action", "compensation",
                                        "wait_for", "saga",   NULL};
    zp_saga_step_t *step = s_step (self);
    if (!json_is_object (self->json))
        return;
    for (const char *const *name = names; *name; name++)
        s_check_name (self, *name);
    bool known = s_read_kind (self);
    s_check_deed (self);
    if (known)
        s_check_failure (self);
    s_read_after (self);
    char at[40];
    snprintf (at, sizeof at, "/steps/%zu", self->number);
    s_check_retry (self, self->json, at, "retry");
    s_check_retry (self, self->json, at, "compensation_retry");

    step->service = s_text (self, "service");
    step->action = s_text (self, "action");
    step->compensation = s_text (self, "compensation");
    step->wait_for = s_text (self, "wait_for");
    step->saga = s_text (self, "saga");
    step->input = json_object_get (self->json, "input");
    step->timeout_ms = TIMEOUT_MS;
    json_t *timeout = json_object_get (self->json, "timeout_ms");
    if (!timeout)
        timeout = json_object_get (self->defaults, "timeout_ms");
    if (timeout)
        step->timeout_ms = json_integer_value (timeout);
    step->retry = s_retry_default;
    s_read_retry (&step->retry, self->defaults, "retry");
    s_read_retry (&step->retry, self->json, "retry");
    step->undo_retry = step->retry;
    s_read_retry (&step->undo_retry, self->defaults, "compensation_retry");
    s_read_retry (&step->undo_retry, self->json, "compensation_retry");
}
