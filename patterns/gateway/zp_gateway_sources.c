//  SPDX-License-Identifier: MIT

#include "zp_gateway_routes_private.h"
#include "zp_gateway_value.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

//  The method is a part as well
#define ARGUMENTS_MAX (ZP_ENVELOPE_PARTS_MAX - 1)

static const zp_json_key_t s_keys[] = {
    {.name = "from", .type = JSON_STRING},
    {.name = "value", .type = JSON_NULL},
    {.name = "type", .type = JSON_STRING},
    {.name = "min", .type = JSON_REAL},
    {.name = "max", .type = JSON_REAL},
    {.name = "default", .type = JSON_NULL},
    {.name = "needed", .type = JSON_TRUE},
    {0},
};

static const struct {
    const char *name;
    json_type type;
} s_types[] = {
    {"string", JSON_STRING}, {"integer", JSON_INTEGER}, {"number", JSON_REAL},
    {"boolean", JSON_TRUE},  {"object", JSON_OBJECT},   {"array", JSON_ARRAY},
};

#define TYPES (sizeof s_types / sizeof *s_types)

//  Check what it is called where it comes from. False, and a mistake, if that
//  can't be
static bool
s_check_name (zp_gateway_reader_t *self, zp_gateway_source_t *source,
              const char *at, const char *key)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        "0123456789!#$%&'*+-.^_`|~";
    zp_span_t name = {source->name, source->name ? strlen (source->name) : 0};
    const char *wrong = NULL;
    int variable;
    switch (source->from) {
    case ZP_GATEWAY_FROM_PATH:
        variable = zp_gateway_variable (self->route, name);
        source->variable = (size_t) variable;
        if (variable < 0)
            zp_gateway_no_variable (self, at, key, name);
        return variable >= 0;
    case ZP_GATEWAY_FROM_HEADER:
        if (strspn (source->name, letters) < name.size)
            wrong = "a header has a name of letters, digits and '-'";
        break;
    case ZP_GATEWAY_FROM_BODY:
        self->route->body = true;
        if (self->route->method & (ZP_GATEWAY_GET | ZP_GATEWAY_HEAD))
            wrong = "a GET has no body";
        break;
    case ZP_GATEWAY_FROM_KEY:
        if (!self->route->closed)
            wrong = "without \"private\" a client need not have a key";
        break;
    default:
        break;
    }
    if (wrong)
        zp_gateway_wrong (self, at, key, "%s", wrong);
    return !wrong;
}

//  Read where a source comes from, at a key of what is at a pointer (or there
//  itself). False, and a mistake, if it is nowhere
static bool
s_read_from (zp_gateway_reader_t *self, zp_gateway_source_t *source,
             const char *text, const char *at, const char *key)
{
    static const struct {
        const char *name;
        zp_gateway_from_t from;
        int names;  // 1: a name must follow; 0: may; -1: must not
    } origins[] = {
        {"path", ZP_GATEWAY_FROM_PATH, 1},
        {"query", ZP_GATEWAY_FROM_QUERY, 1},
        {"header", ZP_GATEWAY_FROM_HEADER, 1},
        {"body", ZP_GATEWAY_FROM_BODY, 0},
        {"key", ZP_GATEWAY_FROM_KEY, -1},
    };
    size_t size = strcspn (text, ".");
    for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
        if (strlen (origins[i].name) != size ||
            memcmp (origins[i].name, text, size) != 0)
            continue;
        source->name = text[size] && text[size + 1] ? text + size + 1 : NULL;
        if (text[size] ? !source->name || origins[i].names < 0
                       : origins[i].names > 0)
            break;
        source->from = origins[i].from;
        source->type =
            origins[i].from == ZP_GATEWAY_FROM_BODY ? JSON_NULL : JSON_STRING;
        return s_check_name (self, source, at, key);
    }
    zp_gateway_wrong (self, at, key,
                      "an argument comes from \"path.NAME\", \"query.NAME\", "
                      "\"header.NAME\", \"body\", \"body.NAME\" or \"key\"; "
                      "{\"value\": ...} is always the same");
    return false;
}

static void
s_read_type (zp_gateway_reader_t *self, zp_gateway_source_t *source,
             const char *text, const char *at)
{
    size_t i = 0;
    while (i < TYPES && strcmp (s_types[i].name, text) != 0)
        i++;
    if (i == TYPES)
        zp_gateway_wrong (self, at, "type",
                          "a type is \"string\", \"integer\", \"number\", "
                          "\"boolean\", \"object\" or \"array\"");
    else if (s_types[i].type < JSON_STRING &&
             source->from != ZP_GATEWAY_FROM_BODY)
        zp_gateway_wrong (self, at, "type", "only a body has %ss", text);
    else
        source->type = s_types[i].type;
}

//  What may be said of a source besides where it comes from
static void
s_read_more (zp_gateway_reader_t *self, zp_gateway_source_t *source,
             const json_t *json, const char *at)
{
    const char *type = json_string_value (json_object_get (json, "type"));
    const json_t *min = json_object_get (json, "min");
    const json_t *max = json_object_get (json, "max");
    char error[ZP_GATEWAY_ERROR];
    if (type)
        s_read_type (self, source, type, at);
    if (min || max) {
        source->min = min ? json_number_value (min) : -ZP_GATEWAY_ANY;
        source->max = max ? json_number_value (max) : ZP_GATEWAY_ANY;
        if (source->type != JSON_STRING && source->type != JSON_INTEGER &&
            source->type != JSON_REAL)
            zp_gateway_wrong (self, at, min ? "min" : "max",
                              "only a number has a least and a most, and of a "
                              "string the size");
        else if (source->min > source->max)
            zp_gateway_wrong (self, at, "min", "\"min\" is above \"max\"");
    }
    source->needed = json_is_true (json_object_get (json, "needed"));
    source->value = json_object_get (json, "default");
    if (source->value && source->needed)
        zp_gateway_wrong (self, at, "default", "what is needed has no default");
    else if (source->value &&
             !zp_gateway_source_check (source, source->value, error))
        zp_gateway_wrong (self, at, "default", "it %s", error);
}

void
zp_gateway_read_source (zp_gateway_reader_t *self, zp_gateway_source_t *source,
                        json_t *json, const char *at)
{
    source->type = JSON_NULL;
    if (json_is_string (json)) {
        s_read_from (self, source, json_string_value (json), at, NULL);
        return;
    }
    if (!zp_json_doc_is (self->doc, json, JSON_OBJECT, at,
                         "where an argument comes from") ||
        !zp_json_doc_check (self->doc, json, at, s_keys))
        return;
    const char *from = json_string_value (json_object_get (json, "from"));
    if (from) {
        if (s_read_from (self, source, from, at, "from"))
            s_read_more (self, source, json, at);
        if (json_object_get (json, "value"))
            zp_gateway_wrong (self, at, "value",
                              "it is \"from\" somewhere, or a \"value\"");
        return;
    }
    source->from = ZP_GATEWAY_FROM_FILE;
    source->value = json_object_get (json, "value");
    if (!source->value)
        zp_gateway_wrong (self, at, NULL, "\"from\" is missing, or \"value\"");
    else if (json_object_size (json) > 1)
        zp_gateway_wrong (self, at, NULL, "a \"value\" has no other keys");
}

//  Room for so many sources, which are to be read
static void
s_room (zp_gateway_arguments_t *arguments, size_t count)
{
    arguments->sources = calloc (count + 1, sizeof *arguments->sources);
    assert (arguments->sources);
}

static void
s_read_list (zp_gateway_reader_t *self, zp_gateway_arguments_t *arguments,
             const json_t *list, const char *at)
{
    arguments->list = true;
    s_room (arguments, json_array_size (list));
    if (json_array_size (list) > ARGUMENTS_MAX)
        zp_gateway_wrong (self, at, NULL, "a call has at most %d arguments",
                          ARGUMENTS_MAX);
    for (size_t i = 0; i < json_array_size (list); i++) {
        char number[24];
        snprintf (number, sizeof number, "%zu", i);
        char *place = zp_json_doc_member (at, number);
        zp_gateway_source_t *source = &arguments->sources[arguments->count++];
        source->to = "";
        zp_gateway_read_source (self, source, json_array_get (list, i), place);
        free (place);
    }
}

static void
s_read_object (zp_gateway_reader_t *self, zp_gateway_arguments_t *arguments,
               json_t *object, const char *at)
{
    const char *name;
    json_t *value;
    s_room (arguments, json_object_size (object));
    json_object_foreach (object, name, value)
    {
        char *place = zp_json_doc_member (at, name);
        zp_gateway_source_t *source = &arguments->sources[arguments->count];
        *source = (zp_gateway_source_t){.to = name};
        zp_gateway_read_source (self, source, value, place);
        if (strcmp (name, "*") != 0)
            arguments->count++;
        else if (source->from == ZP_GATEWAY_FROM_BODY && !source->name)
            arguments->others = true;
        else
            zp_gateway_wrong (self, place, NULL,
                              "\"*\" is \"body\": what else is in there");
        free (place);
    }
}

void
zp_gateway_read_arguments (zp_gateway_reader_t *self,
                           zp_gateway_arguments_t *arguments,
                           const json_t *json, const char *at)
{
    json_t *value = json_object_get (json, "arguments");
    char *place = zp_json_doc_member (at, "arguments");
    const char *text = json_string_value (value);
    arguments->list = !value;
    if (json_is_array (value))
        s_read_list (self, arguments, value, place);
    else if (json_is_object (value))
        s_read_object (self, arguments, value, place);
    else if (text && strcmp (text, "body") == 0) {
        zp_gateway_source_t source = {0};
        arguments->whole = true;
        zp_gateway_read_source (self, &source, value, place);
    }
    else if (value)
        zp_gateway_wrong (self, place, NULL,
                          "\"arguments\" is an object, an array, or \"body\"");
    free (place);
}
