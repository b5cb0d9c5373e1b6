//  SPDX-License-Identifier: MIT

#include "zp_saga_request_private.h"

#include "zp_number.h"
#include "zp_saga_def.h"

//  jansson's own bound of nesting, 2048, guards the stack
#define JSON_FLAGS (JSON_DECODE_ANY | JSON_REJECT_DUPLICATES)

static json_t *
s_json (zp_span_t text)
{
    return text.size ? json_loadb (text.data, text.size, JSON_FLAGS, NULL)
                     : NULL;
}

static bool
s_is (zp_span_t text, const char *expected)
{
    return text.size == strlen (expected) &&
           memcmp (text.data, expected, text.size) == 0;
}

static bool
s_read_key (zp_span_t text, char *key)
{
    const char *slash = text.size ? memchr (text.data, '/', text.size) : NULL;
    if (!slash || text.size > ZP_SAGA_KEY_MAX)
        return false;
    zp_span_t saga = {text.data, (size_t) (slash - (const char *) text.data)};
    zp_span_t step = {slash + 1, text.size - saga.size - 1};
    if (!zp_saga_id_valid (saga, ZP_SAGA_ID_MAX) ||
        !zp_saga_id_valid (step, ZP_SAGA_STEP_MAX))
        return false;
    memcpy (key, text.data, text.size);
    key[text.size] = 0;
    return true;
}

bool
zp_saga_request_read_key (zp_request_t *request, char *key,
                          zp_saga_side_t *side_p, const char **why_p)
{
    zp_span_t kind = zp_request_arg (request, 1);
    if (!s_read_key (zp_request_arg (request, 0), key))
        *why_p = "argument 1, the key, is not SAGA/STEP";
    else if (s_is (kind, "action"))
        *side_p = ZP_SAGA_DO;
    else if (s_is (kind, "compensate"))
        *side_p = ZP_SAGA_UNDO;
    else
        *why_p = "argument 2, the kind, is neither action nor compensate";
    return !*why_p;
}

bool
zp_saga_request_read (zp_saga_request_t *self, zp_request_t *request,
                      zp_saga_side_t side, const char **why_p)
{
    zp_span_t attempt = zp_request_arg (request, 4);
    const char *digits = attempt.data;
    const char *end = digits + attempt.size;
    *self = (zp_saga_request_t){.side = side};
    if (!zp_saga_request_read_key (request, self->key, &self->side, why_p))
        return false;
    if (self->side != side)
        *why_p = side == ZP_SAGA_DO ? "this method is an action"
                                    : "this method is a compensation";
    else if (!(self->input = s_json (zp_request_arg (request, 2))))
        *why_p = "argument 3, the input, is not JSON";
    else if (!(self->result = s_json (zp_request_arg (request, 3))))
        *why_p = "argument 4, the action's result, is not JSON";
    else if (!attempt.size ||
             !zp_number_read (&self->attempt, &digits, end, UINT64_MAX) ||
             digits != end)
        *why_p = "argument 5, the attempt, is not a number";
    return !*why_p;
}

void
zp_saga_request_clear (zp_saga_request_t *self)
{
    json_decref (self->input);
    json_decref (self->result);
    free (self->says.text);
}

void
zp_saga_request_set_result (zp_saga_request_t *self, const char *json)
{
    json_decref (self->result);
    self->result = json_loads (json, JSON_FLAGS, NULL);
    //  A person may have changed it
    if (!self->result)
        self->result = json_null ();
}

const char *
zp_saga_request_key (zp_saga_request_t *self)
{
    return self->key;
}

bool
zp_saga_request_compensates (zp_saga_request_t *self)
{
    return self->side == ZP_SAGA_UNDO;
}

const json_t *
zp_saga_request_input (zp_saga_request_t *self)
{
    return self->input;
}

const json_t *
zp_saga_request_result (zp_saga_request_t *self)
{
    return self->side == ZP_SAGA_UNDO ? self->result : NULL;
}

uint64_t
zp_saga_request_attempt (zp_saga_request_t *self)
{
    return self->attempt;
}

//  Takes the text
static void
s_say (zp_saga_request_t *self, zp_saga_outcome_t outcome, zp_status_t status,
       char *text)
{
    assert (!self->said && text);
    self->said = true;
    self->says = (zp_saga_said_t){outcome, text};
    self->status = status;
}

void
zp_saga_request_done (zp_saga_request_t *self, const char *json)
{
    s_say (self, ZP_SAGA_DONE, ZP_OK, strdup (json ? json : "null"));
}

static bool
s_is_code (const char *code)
{
    size_t size = strlen (code);
    for (size_t i = 0; i < size; i++)
        if (code[i] <= ' ' || code[i] > '~')
            return false;
    return size > 0 && size <= ZP_SAGA_CODE_MAX;
}

void
zp_saga_request_refuse (zp_saga_request_t *self, const char *code,
                        const char *format, ...)
{
    assert (code && s_is_code (code));
    char line[ZP_SAGA_TEXT_MAX + 1];
    va_list args;
    va_start (args, format);
    vsnprintf (line, sizeof line, format, args);
    va_end (args);
    s_say (self, ZP_SAGA_REFUSED, ZP_OK, zsys_sprintf ("%s %s", code, line));
}

void
zp_saga_request_ongoing (zp_saga_request_t *self, int after_ms)
{
    assert (after_ms > 0 && after_ms <= ZP_SAGA_ONGOING_MAX);
    s_say (self, ZP_SAGA_ONGOING, ZP_OK, zsys_sprintf ("%d", after_ms));
}

void
zp_saga_request_fail (zp_saga_request_t *self, zp_status_t status,
                      const char *format, ...)
{
    assert (status != ZP_OK);
    va_list args;
    va_start (args, format);
    s_say (self, ZP_SAGA_LOST, status, zsys_vprintf (format, args));
    va_end (args);
}

void
zp_saga_request_check (zp_saga_request_t *self)
{
    const char *wrong = NULL;
    if (!self->said)
        wrong = "its handler did not say how it ended";
    else if (self->says.outcome == ZP_SAGA_DONE) {
        json_t *json = json_loads (self->says.text, JSON_FLAGS, NULL);
        if (!json)
            wrong = "the result that its handler gave is not JSON";
        json_decref (json);
    }
    if (!wrong)
        return;
    free (self->says.text);
    self->said = false;
    zp_saga_request_fail (self, ZP_INTERNAL, "%s", wrong);
}
