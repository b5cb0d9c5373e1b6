//  SPDX-License-Identifier: MIT
//
//  Templates: the path of a route, and texts that its variables go into

#define _GNU_SOURCE

#include "zp_gateway_routes_private.h"

#include <stdio.h>
#include <string.h>

#include "zp_similar.h"

#define NAME_BYTES 32   // Of a variable, at most
#define PATH_BYTES 512  // Of a template of paths, at most

int
zp_gateway_variable (const zp_gateway_route_t *route, zp_span_t name)
{
    for (size_t i = 0; i < route->variables; i++)
        if (zp_gateway_literal_order (route->names[i], name) == 0)
            return (int) i;
    return -1;
}

static bool
s_name (zp_span_t name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return name.size > 0 && name.size <= NAME_BYTES &&
           strspn (name.data, letters) >= name.size;
}

//  Read a segment with a brace in it. NULL, or what is wrong with it
static const char *
s_read_variable (zp_gateway_route_t *route, const char *segment, size_t size,
                 bool last)
{
    if (size < 2 || segment[0] != '{' || segment[size - 1] != '}')
        return "a segment is a text or a {NAME}, and not both";
    zp_span_t name = {segment + 1, size - 2};
    if (name.size > 3 && memcmp (segment + size - 4, "...", 3) == 0) {
        name.size -= 3;
        route->rest = true;
    }
    if (!s_name (name))
        return "a variable has a name of 1 to 32 letters, digits, '_', '-'";
    if (route->rest && !last)
        return "{NAME...} takes all that is left, so it is the last segment";
    if (zp_gateway_variable (route, name) >= 0)
        return "two variables of a path have the same name";
    if (route->variables == ZP_GATEWAY_VARIABLES_MAX)
        return "a path has at most 8 variables";
    route->names[route->variables++] = name;
    return NULL;
}

static const char *
s_read_literal (const char *segment, size_t size, bool last)
{
    if (size == 0 && !last)
        return "a path has no empty segments, but for the last one";
    if ((size == 1 || size == 2) && strncmp (segment, "..", size) == 0)
        return "a path has no segment \".\" or \"..\"";
    for (size_t i = 0; i < size; i++)
        if (strchr ("%?#", segment[i]) || (unsigned char) segment[i] < ' ' ||
            segment[i] == 0x7f)
            return "a path is written decoded, without '%', '?', '#' and "
                   "control characters";
    return NULL;
}

bool
zp_gateway_read_path (zp_gateway_reader_t *self, const char *at)
{
    zp_gateway_route_t *route = self->route;
    const char *here = route->path, *wrong = NULL;
    if (*here != '/')
        wrong = "a path begins with '/'";
    else if (strlen (here) > PATH_BYTES)
        wrong = "a path has at most 512 bytes";
    while (!wrong && *here) {
        const char *segment = here + 1;
        here = strchrnul (segment, '/');
        size_t size = (size_t) (here - segment);
        wrong = memchr (segment, '{', size) || memchr (segment, '}', size)
                    ? s_read_variable (route, segment, size, !*here)
                    : s_read_literal (segment, size, !*here);
    }
    if (wrong)
        zp_gateway_wrong (self, at, "path", "%s", wrong);
    return !wrong;
}

void
zp_gateway_no_variable (zp_gateway_reader_t *self, const char *at,
                        const char *key, zp_span_t name)
{
    char word[NAME_BYTES + 1], names[ZP_GATEWAY_VARIABLES_MAX][sizeof word];
    snprintf (word, sizeof word, "%.*s", (int) name.size,
              (const char *) name.data);
    zp_similar_t similar = {.word = word};
    for (size_t i = 0; i < self->route->variables; i++) {
        zp_span_t known = self->route->names[i];
        snprintf (names[i], sizeof *names, "%.*s", (int) known.size,
                  (const char *) known.data);
        zp_similar_try (&similar, names[i]);
    }
    if (similar.best)
        zp_gateway_wrong (self, at, key,
                          "the path has no {%s}; did you mean {%s}?", word,
                          similar.best);
    else
        zp_gateway_wrong (self, at, key, "the path has no {%s}", word);
}

const char *
zp_gateway_read_template (zp_gateway_reader_t *self, const json_t *json,
                          const char *at, const char *key, const char *extra)
{
    const char *text = json_string_value (json_object_get (json, key));
    if (!text)
        return NULL;
    bool good = *text;
    if (!good)
        zp_gateway_wrong (self, at, key, "\"%s\" is empty", key);
    for (const char *here = text; (here = strpbrk (here, "{}"));) {
        const char *end = strpbrk (here + 1, "{}");
        if (*here == '}' || !end || *end == '{') {
            zp_gateway_wrong (self, at, key,
                              "a variable goes in as {NAME}, and there are no "
                              "other braces");
            return NULL;
        }
        zp_span_t name = {here + 1, (size_t) (end - here - 1)};
        if (zp_gateway_variable (self->route, name) < 0 &&
            !(extra && strlen (extra) == name.size &&
              memcmp (extra, name.data, name.size) == 0)) {
            zp_gateway_no_variable (self, at, key, name);
            good = false;
        }
        here = end + 1;
    }
    return good ? text : NULL;
}
