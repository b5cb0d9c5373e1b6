//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "trace_find.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "member.h"
#include "output.h"

#define DIGITS     "0123456789abcdefABCDEF"
#define DIGITS_MIN 4
#define DIGITS_ALL (TRACE_ID_SIZE - 1)

bool
trace_find_typed (const char *word, char id[TRACE_ID_SIZE])
{
    size_t size = strspn (word, DIGITS);
    //  version-trace-span-flags, https://www.w3.org/TR/trace-context/
    if (size == 2 && word[2] == '-') {
        word += 3;
        size = strspn (word, DIGITS);
        if (size != DIGITS_ALL || word[size] != '-')
            return false;
    }
    else if (size < DIGITS_MIN || size > DIGITS_ALL || word[size])
        return false;
    for (size_t i = 0; i < size; i++)
        id[i] = (char) tolower ((unsigned char) word[i]);
    id[size] = 0;
    return true;
}

exit_code_t
trace_find_begun (const json_t *services, char id[TRACE_ID_SIZE])
{
    const char *found = NULL;
    size_t size = strlen (id), number, place;
    json_t *service, *event;
    json_array_foreach ((json_t *) services, number, service)
        json_array_foreach (json_object_get (service, "events"), place, event)
    {
        const char *trace = member_text (event, "trace");
        if (strlen (trace) != DIGITS_ALL ||
            strncasecmp (trace, id, size) != 0 ||
            (found && strcasecmp (found, trace) == 0))
            continue;
        if (found) {
            say_error ("several traces begin with %s, such as %s and %s", id,
                       found, trace);
            return EXIT_USAGE;
        }
        found = trace;
    }
    if (!found) {
        say_error ("no trace begins with %s", id);
        say_hint ("zp trace --last");
        return EXIT_NOT_FOUND;
    }
    snprintf (id, TRACE_ID_SIZE, "%s", found);
    return EXIT_OK;
}

//  How much a request is what a person would look for: a file is part of a
//  page, and the stage is asked by who looks
static int
s_rank (const json_t *event)
{
    const char *method = member_text (event, "method");
    const char *path = strchr (method, ' ');
    if (!path || strtoull (member_text (event, "client"), NULL, 16) != 0)
        return strncmp (method, "stage.", 6) == 0 ? 0 : 1;
    path += strspn (path, " ");
    size_t size = strcspn (path, "?#");
    const char *name = path + size;
    while (name > path && name[-1] != '/')
        name--;
    bool file = name == path + size ||
                memchr (name, '.', (size_t) (path + size - name));
    return strncmp (path, "/stage/", 7) == 0 ? 0 : file ? 2 : 3;
}

//  True if a service took or answered it, and no other one has sent it
static bool
s_is_outside (const json_t *services, const json_t *event)
{
    const char *what = member_text (event, "what");
    const char *client = member_text (event, "client");
    if (strcmp (what, "took") != 0 && strcmp (what, "replied") != 0)
        return false;
    size_t number, place;
    json_t *service, *id;
    json_array_foreach ((json_t *) services, number, service)
        json_array_foreach (json_object_get (service, "clients"), place, id)
    {
        const char *text = json_string_value (id);
        if (text && strcmp (text, client) == 0)
            return false;
    }
    return true;
}

bool
trace_find_last (const json_t *services, char id[TRACE_ID_SIZE])
{
    int best = -1;
    json_int_t best_us = 0;
    size_t number, place;
    json_t *service, *event;
    json_array_foreach ((json_t *) services, number, service)
        json_array_foreach (json_object_get (service, "events"), place, event)
    {
        //  The reply: what has ended makes the better story
        const char *trace = member_text (event, "trace");
        bool replied = strcmp (member_text (event, "what"), "replied") == 0;
        int rank = 2 * s_rank (event) + replied;
        json_int_t at_us =
            json_integer_value (json_object_get (event, "at_us"));
        if (strlen (trace) != DIGITS_ALL || rank < best ||
            (rank == best && at_us < best_us) ||
            !s_is_outside (services, event))
            continue;
        best = rank;
        best_us = at_us;
        snprintf (id, TRACE_ID_SIZE, "%s", trace);
    }
    return best >= 0;
}
