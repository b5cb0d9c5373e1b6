//  SPDX-License-Identifier: MIT

#include "zp_gateway_match.h"
#include "zp_gateway_routes_private.h"

#include <string.h>

//  How a value goes into a text
typedef enum s_manner {
    PLAIN,  // As it is
    TOPIC,  // As it is, but without what means something in a filter
    URL     // Encoded
} s_manner_t;

//  A text that grows in a room
typedef struct s_text {
    char *at;   // Its end
    char *end;  // Of the room, less one for a NUL
} s_text_t;

static bool
s_add (s_text_t *text, const char *data, size_t size)
{
    if (size > (size_t) (text->end - text->at))
        return false;
    if (size)
        memcpy (text->at, data, size);
    text->at += size;
    return true;
}

static bool
s_add_encoded (s_text_t *text, const char *data, size_t size, bool slashes)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char unreserved[] = "abcdefghijklmnopqrstuvwxyz"
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789-._~";
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char) data[i];
        char code[3] = {'%', digits[byte >> 4], digits[byte & 15]};
        bool plain = byte == '/' ? slashes : byte && strchr (unreserved, byte);
        if (plain ? !s_add (text, data + i, 1) : !s_add (text, code, 3))
            return false;
    }
    return true;
}

//  Add the value of a name in a template
static bool
s_add_value (s_text_t *text, const zp_gateway_match_t *match, zp_span_t name,
             const char *id, s_manner_t manner)
{
    int variable = zp_gateway_variable (match->route, name);
    zp_span_t value = {id, id ? strlen (id) : 0};
    if (variable >= 0)
        value = match->values[variable];
    if (manner == URL)
        return s_add_encoded (text, value.data, value.size, variable >= 0);
    if (manner == TOPIC && value.size &&
        (memchr (value.data, '+', value.size) ||
         memchr (value.data, '#', value.size)))
        return false;
    return s_add (text, value.data, value.size);
}

static int
s_expand (const zp_gateway_match_t *match, const char *template, const char *id,
          s_manner_t manner, char *room, size_t size)
{
    s_text_t text = {room, room + size - 1};
    if (size == 0)
        return -1;
    while (*template) {
        size_t literal = strcspn (template, "{");
        if (!s_add (&text, template, literal))
            return -1;
        template += literal;
        if (!*template)
            break;
        size_t name = strcspn (template + 1, "}");
        if (!s_add_value (&text, match, (zp_span_t){template + 1, name}, id,
                          manner))
            return -1;
        template += name + 2;
    }
    *text.at = 0;
    return (int) (text.at - room);
}

int
zp_gateway_expand (const zp_gateway_match_t *match, const char *text,
                   const char *id, char *room, size_t size)
{
    return s_expand (match, text, id, PLAIN, room, size);
}

int
zp_gateway_expand_topic (const zp_gateway_match_t *match, const char *text,
                         char *room, size_t size)
{
    return s_expand (match, text, NULL, TOPIC, room, size);
}

int
zp_gateway_expand_url (const zp_gateway_match_t *match, const char *text,
                       const char *id, char *room, size_t size)
{
    return s_expand (match, text, id, URL, room, size);
}

bool
zp_gateway_file_shown (const char *path)
{
    return *path != '.' && !strstr (path, "/.");
}
