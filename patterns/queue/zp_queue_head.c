//  SPDX-License-Identifier: MIT

#include "zp_queue_head.h"

#include <jansson.h>
#include <stddef.h>
#include <string.h>

#define TIME_MAX INT64_C (253402300799999)  // The end of the year 9999

typedef enum kind { NUMBER, FLAG, TEXT } kind_t;

static const struct field {
    const char *key;  // In the JSON
    size_t offset;    // In the head
    kind_t kind;      // What is there
    int64_t max;      // Of a number; the least is 0
    int64_t usual;    // The number that need not be written
} s_fields[] = {
#define FIELD(name) .key = #name, .offset = offsetof (zp_queue_head_t, name)
    {FIELD (acked), .kind = FLAG},
    {FIELD (acquired), .kind = NUMBER, .max = UINT32_MAX},
    {FIELD (buried), .kind = FLAG},
    {FIELD (closed), .kind = FLAG},
    {FIELD (delayed_until_ms), .kind = NUMBER, .max = TIME_MAX},
    {FIELD (delivered), .kind = NUMBER, .max = UINT8_MAX},
    {FIELD (epoch), .kind = NUMBER, .max = UINT32_MAX},
    {FIELD (from), .kind = TEXT},
    {FIELD (id), .kind = TEXT},
    {FIELD (lease_ms), .kind = NUMBER, .max = ZP_QUEUE_LEASE_MS_MAX},
    {FIELD (leased_until_ms), .kind = NUMBER, .max = TIME_MAX},
    {FIELD (paused), .kind = FLAG},
    {FIELD (priority), .kind = NUMBER, .max = ZP_QUEUE_PRIORITIES - 1,
     .usual = ZP_QUEUE_PRIORITY_DEFAULT},
    {FIELD (why), .kind = TEXT},
#undef FIELD
};

#define FIELDS (sizeof s_fields / sizeof *s_fields)

//  The JSON for a field; NULL if it is as usual
static json_t *
s_value (const zp_queue_head_t *self, const struct field *field)
{
    const void *at = (const char *) self + field->offset;
    switch (field->kind) {
    case NUMBER: {
        int64_t number = *(const int64_t *) at;
        return number == field->usual ? NULL : json_integer (number);
    }
    case FLAG:
        return *(const bool *) at ? json_true () : NULL;
    case TEXT: {
        const zp_span_t *text = at;
        return text->size ? json_stringn (text->data, text->size) : NULL;
    }
    }
    return NULL;
}

size_t
zp_queue_head_write (const zp_queue_head_t *self, char text[ZP_QUEUE_HEAD_MAX])
{
    json_t *json = NULL;
    for (size_t i = 0; i < FIELDS; i++) {
        json_t *value = s_value (self, &s_fields[i]);
        if (value && !json)
            json = json_object ();
        if (value)
            json_object_set_new (json, s_fields[i].key, value);
    }
    if (!json)
        return 0;
    size_t size = json_dumpb (json, text, ZP_QUEUE_HEAD_MAX,
                              JSON_COMPACT | JSON_SORT_KEYS);
    json_decref (json);
    assert (size > 0 && size <= ZP_QUEUE_HEAD_MAX);
    return size;
}

bool
zp_queue_head_text (zp_span_t text)
{
    json_t *json = json_stringn (text.data ? text.data : "", text.size);
    json_decref (json);
    return json != NULL;
}

static bool
s_read_text (zp_span_t *text, const json_t *value,
             char message_id[ZP_QUEUE_MESSAGE_ID_MAX])
{
    size_t size = json_string_length (value);
    const char *at = json_string_value (value);
    for (size_t i = 0; i < size; i++)
        if (at[i] < ' ' || at[i] > '~')
            return false;
    if (size == 0 || size > ZP_QUEUE_MESSAGE_ID_MAX)
        return false;
    memcpy (message_id, at, size);
    *text = (zp_span_t){message_id, size};
    return true;
}

//  Read the value of a field. False if it is none
static bool
s_read_value (zp_queue_head_t *self, const struct field *field,
              const json_t *value, char message_id[ZP_QUEUE_MESSAGE_ID_MAX])
{
    void *at = (char *) self + field->offset;
    switch (field->kind) {
    case NUMBER:
        *(int64_t *) at = json_integer_value (value);
        return json_is_integer (value) && *(int64_t *) at >= 0 &&
               *(int64_t *) at <= field->max;
    case FLAG:
        *(bool *) at = json_is_true (value);
        return json_is_boolean (value);
    case TEXT:
        if (field->offset == offsetof (zp_queue_head_t, id))
            return json_is_string (value) &&
                   s_read_text (at, value, message_id);
        return json_is_string (value);
    }
    return false;
}

static const char *
s_read_object (zp_queue_head_t *self, json_t *json,
               char message_id[ZP_QUEUE_MESSAGE_ID_MAX])
{
    const char *key;
    json_t *value;
    json_object_foreach (json, key, value)
    {
        size_t i = 0;
        while (i < FIELDS && strcmp (s_fields[i].key, key) != 0)
            i++;
        if (i == FIELDS)
            return "the head has an unknown key";
        if (!s_read_value (self, &s_fields[i], value, message_id))
            return "a value in the head is of another kind, or out of range";
    }
    size_t keys = json_object_size (json);
    if (self->paused && keys != 1)
        return "the head says \"paused\", and more";
    if (self->acked && (keys != 2 || !self->id.size))
        return "the head says \"acked\", and other things than \"id\"";
    return NULL;
}

//  What can't be together
static const char *
s_check (const zp_queue_head_t *self)
{
    bool leased = self->leased_until_ms != 0;
    if (self->buried + leased + (self->delayed_until_ms != 0) > 1)
        return "the head has a message in two states";
    if ((self->acquired != 0) != (self->epoch != 0))
        return "the head has only one of \"acquired\" and \"epoch\"";
    if ((leased || self->closed) && !self->acquired)
        return "the head speaks of a lease without \"acquired\"";
    if (leased && self->closed)
        return "the head has a lease that is closed";
    return NULL;
}

bool
zp_queue_head_read (zp_queue_head_t *self, zp_span_t text,
                    char message_id[ZP_QUEUE_MESSAGE_ID_MAX],
                    const char **wrong)
{
    *self = (zp_queue_head_t) ZP_QUEUE_HEAD_DEFAULTS;
    *wrong = NULL;
    if (text.size == 0)
        return true;
    json_t *json = json_loadb (text.data, text.size,
                               JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (!json_is_object (json))
        *wrong = "the head is not a JSON object";
    else
        *wrong = s_read_object (self, json, message_id);
    if (!*wrong)
        *wrong = s_check (self);
    json_decref (json);
    return !*wrong;
}
