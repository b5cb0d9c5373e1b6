//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "stage_condition.h"

#include <stdlib.h>
#include <string.h>

#include "zp_similar.h"

#define KEY_SIZE 128  // Of a path, with its 0

//  What comes behind each verb
typedef enum needs { NOTHING, PERHAPS_NUMBER, NUMBER, ANYTHING } needs_t;

static const struct {
    const char *name;  // As written
    needs_t needs;     // Behind it
} s_verbs[STAGE_VERBS] = {
    [STAGE_RISES] = {"rises", PERHAPS_NUMBER},
    [STAGE_FALLS] = {"falls", PERHAPS_NUMBER},
    [STAGE_IS] = {"is", ANYTHING},
    [STAGE_NOT] = {"not", ANYTHING},
    [STAGE_BELOW] = {"<", NUMBER},
    [STAGE_ABOVE] = {">", NUMBER},
    [STAGE_SAME] = {"same", NOTHING},
    [STAGE_STAYS_BELOW] = {"stays below", NUMBER},
};

static bool
s_read_verb (stage_condition_t *self, zp_json_doc_t *doc, const char *name,
             const char *pointer)
{
    zp_similar_t similar = {.word = name};
    for (self->verb = 0; self->verb < STAGE_VERBS; self->verb++) {
        if (strcmp (s_verbs[self->verb].name, name) == 0)
            return true;
        zp_similar_try (&similar, s_verbs[self->verb].name);
    }
    char *at = zp_json_doc_member (pointer, "1");
    if (similar.best)
        zp_json_doc_wrong (doc, at, "no verb \"%s\"; did you mean \"%s\"?",
                           name, similar.best);
    else
        zp_json_doc_wrong (doc, at,
                           "no verb \"%s\"; there are rises, falls, is, not, "
                           "<, >, same and stays below",
                           name);
    free (at);
    return false;
}

//  What comes behind the verb
static bool
s_value_fits (const stage_condition_t *self)
{
    switch (s_verbs[self->verb].needs) {
    case NOTHING:
        return !self->value;
    case PERHAPS_NUMBER:
        return !self->value || json_number_value (self->value) > 0;
    case NUMBER:
        return json_is_number (self->value);
    default:
        return self->value != NULL;
    }
}

bool
stage_condition_read (stage_condition_t *self, zp_json_doc_t *doc,
                      const json_t *json, const char *pointer)
{
    static const char *const wanted[] = {
        [NOTHING] = "nothing comes behind \"%s\"",
        [PERHAPS_NUMBER] = "only a number above 0 may come behind \"%s\"",
        [NUMBER] = "a number must come behind \"%s\"",
        [ANYTHING] = "a value must come behind \"%s\""};
    size_t size = json_array_size (json);
    const char *verb = json_string_value (json_array_get (json, 1));
    *self = (stage_condition_t){
        .path = json_string_value (json_array_get (json, 0)),
        .value = json_array_get (json, 2)};
    if (!self->path || !verb || size > 3) {
        zp_json_doc_wrong (doc, pointer,
                           "a condition is [PATH, VERB] or [PATH, VERB, "
                           "VALUE]");
        return false;
    }
    if (!s_read_verb (self, doc, verb, pointer))
        return false;
    if (s_value_fits (self))
        return true;
    char *at = zp_json_doc_member (pointer, self->value ? "2" : "1");
    zp_json_doc_wrong (doc, at, wanted[s_verbs[self->verb].needs], verb);
    free (at);
    return false;
}

bool
stage_condition_lasts (const stage_condition_t *self)
{
    return self->verb == STAGE_SAME || self->verb == STAGE_STAYS_BELOW;
}

//  The edge between two services, with '>' between
static json_t *
s_edge (const json_t *edges, const char *key)
{
    const char *to = strchr (key, '>');
    for (size_t i = 0; i < json_array_size (edges) && to; i++) {
        json_t *edge = json_array_get (edges, i);
        const char *from = json_string_value (json_object_get (edge, "from"));
        const char *name = json_string_value (json_object_get (edge, "to"));
        size_t size = (size_t) (to - key);
        if (from && name && strlen (from) == size &&
            memcmp (from, key, size) == 0 && strcmp (name, to + 1) == 0)
            return edge;
    }
    return NULL;
}

json_t *
stage_value (const json_t *document, const char *path)
{
    const json_t *at = document;
    while (at && *path) {
        char key[KEY_SIZE];
        size_t size = strcspn (path, ".");
        if (size >= sizeof key)
            return NULL;
        memcpy (key, path, size);
        key[size] = 0;
        path += size + (path[size] == '.');
        at = json_is_array (at) ? s_edge (at, key) : json_object_get (at, key);
    }
    return (json_t *) at;
}

//  Numbers are equal whether they have a point or not
static bool
s_equal (const json_t *one, const json_t *other)
{
    if (json_is_number (one) && json_is_number (other))
        return json_number_value (one) == json_number_value (other);
    return json_equal (one, other);
}

//  How much more one is than the other, if that is enough
static bool
s_more (const stage_condition_t *self, const json_t *more, const json_t *less)
{
    double by = json_number_value (more) - json_number_value (less);
    return self->value ? by >= json_number_value (self->value) : by > 0;
}

bool
stage_condition_holds (const stage_condition_t *self, const json_t *before,
                       const json_t *now)
{
    double number = json_number_value (now);
    switch (self->verb) {
    case STAGE_RISES:
        return json_is_number (now) && s_more (self, now, before);
    case STAGE_FALLS:
        return json_is_number (now) && json_is_number (before) &&
               s_more (self, before, now);
    case STAGE_IS:
        return now && s_equal (now, self->value);
    case STAGE_NOT:
        return now && !s_equal (now, self->value);
    case STAGE_BELOW:
    case STAGE_STAYS_BELOW:
        return json_is_number (now) && number < json_number_value (self->value);
    case STAGE_ABOVE:
        return json_is_number (now) && number > json_number_value (self->value);
    default:
        return before && now && s_equal (before, now);
    }
}
