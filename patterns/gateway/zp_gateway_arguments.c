//  SPDX-License-Identifier: MIT
//
//  What services are given is written as it is found: to make a tree of JSON
//  first would take eight times as long.

#include "zp_gateway_arguments.h"
#include "zp_gateway_value.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

//  A text that grows
typedef struct s_text {
    char *data;   // The text
    size_t size;  // Its bytes
    size_t room;  // How many fit
} s_text_t;

//  Add to a text; a NUL is always behind it
static int
s_put (const char *data, size_t size, void *arg)
{
    s_text_t *text = arg;
    if (text->size + size >= text->room) {
        text->room = 2 * (text->size + size) + 64;
        text->data = realloc (text->data, text->room);
        assert (text->data);
    }
    memcpy (text->data + text->size, data, size);
    text->size += size;
    text->data[text->size] = 0;
    return 0;
}

//  Add a string of JSON
static void
s_put_string (s_text_t *text, const char *data, size_t size)
{
    s_put ("\"", 1, text);
    for (size_t i = 0; i < size; i++) {
        size_t plain = i;
        while (i < size && (unsigned char) data[i] >= ' ' && data[i] != '"' &&
               data[i] != '\\')
            i++;
        s_put (data + plain, i - plain, text);
        if (i < size) {
            char code[8];
            snprintf (code, sizeof code,
                      (unsigned char) data[i] < ' ' ? "\\u%04x" : "\\%c",
                      data[i]);
            s_put (code, strlen (code), text);
        }
    }
    s_put ("\"", 1, text);
}

static void
s_put_value (s_text_t *text, const zp_gateway_value_t *value)
{
    if (value->text)
        s_put_string (text, value->text, value->size);
    else
        json_dump_callback (value->json, s_put, text,
                            JSON_COMPACT | JSON_ENCODE_ANY);
}

//  The same for an argument by itself: a string as it is
static void
s_put_bare (s_text_t *text, const zp_gateway_value_t *value)
{
    if (value->text)
        s_put (value->text, value->size, text);
    else if (json_is_string (value->json))
        s_put (json_string_value (value->json),
               json_string_length (value->json), text);
    else
        s_put_value (text, value);
}

//  Add a member to an object whose text ends before its '}'
static void
s_put_member (s_text_t *text, const char *name, const zp_gateway_value_t *value)
{
    if (text->size > 1)
        s_put (",", 1, text);
    s_put_string (text, name, strlen (name));
    s_put (":", 1, text);
    s_put_value (text, value);
}

//  Add what is in the body and is not named here: that is never what the body
//  says
static void
s_put_others (const zp_gateway_arguments_t *self, const json_t *body,
              s_text_t *text)
{
    const char *name;
    json_t *json;
    json_object_foreach ((json_t *) body, name, json)
    {
        size_t i = 0;
        while (i < self->count && strcmp (self->sources[i].to, name) != 0)
            i++;
        if (i == self->count)
            s_put_member (text, name, &(zp_gateway_value_t){.json = json});
    }
}

//  One object, whose members the sources are
static bool
s_make_object (const zp_gateway_arguments_t *self,
               const zp_gateway_input_t *input, zp_gateway_made_t *made,
               char *error)
{
    s_text_t text = {0};
    zp_gateway_given_t given = ZP_GATEWAY_SOME;
    s_put ("{", 1, &text);
    if (self->others && input->json && !json_is_object (input->json)) {
        zp_gateway_say_wrong (error, "the body must be an object");
        given = ZP_GATEWAY_WRONG;
    }
    else if (self->others)
        s_put_others (self, input->json, &text);
    for (size_t i = 0; i < self->count && given != ZP_GATEWAY_WRONG; i++) {
        const zp_gateway_source_t *source = &self->sources[i];
        zp_gateway_value_t value;
        given = zp_gateway_source_get (source, input, &value, error);
        if (given == ZP_GATEWAY_SOME)
            s_put_member (&text, source->to, &value);
        zp_gateway_value_clear (&value);
    }
    s_put ("}", 1, &text);
    made->room = text.data;
    made->parts[0] = (zp_span_t){text.data, text.size};
    made->count = 1;
    return given != ZP_GATEWAY_WRONG;
}

static bool
s_make_list (const zp_gateway_arguments_t *self,
             const zp_gateway_input_t *input, zp_gateway_made_t *made,
             char *error)
{
    s_text_t text = {0};
    zp_gateway_given_t given = ZP_GATEWAY_SOME;
    s_put ("", 0, &text);  // Also of nothing there is a text
    for (size_t i = 0; i < self->count && given != ZP_GATEWAY_WRONG; i++) {
        zp_gateway_value_t value;
        size_t before = text.size;
        given = zp_gateway_source_get (&self->sources[i], input, &value, error);
        if (given == ZP_GATEWAY_SOME)
            s_put_bare (&text, &value);
        zp_gateway_value_clear (&value);
        made->parts[i].size = text.size - before;
    }
    //  Only now it stays where it is
    const char *at = made->room = text.data;
    for (size_t i = 0; i < self->count && given != ZP_GATEWAY_WRONG; i++) {
        made->parts[i].data = at;
        at += made->parts[i].size;
    }
    made->count = self->count;
    return given != ZP_GATEWAY_WRONG;
}

bool
zp_gateway_arguments_make (const zp_gateway_arguments_t *self,
                           const zp_gateway_input_t *input,
                           zp_gateway_made_t *made, char *error)
{
    bool good = true;
    made->count = 0;
    made->room = NULL;
    if (!self->whole)
        good = self->list ? s_make_list (self, input, made, error)
                          : s_make_object (self, input, made, error);
    else if (input->json)
        made->parts[made->count++] = input->body;
    else {
        zp_gateway_say_wrong (error, "the body is needed");
        good = false;
    }
    if (!good) {
        free (made->room);
        made->room = NULL;
        made->count = 0;
    }
    return good;
}

char *
zp_gateway_source_text (const zp_gateway_source_t *self,
                        const zp_gateway_input_t *input, char *error)
{
    zp_gateway_value_t value;
    s_text_t text = {0};
    error[0] = 0;
    if (zp_gateway_source_get (self, input, &value, error) == ZP_GATEWAY_SOME) {
        s_put ("", 0, &text);
        s_put_bare (&text, &value);
    }
    zp_gateway_value_clear (&value);
    return text.data;
}
