//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "body.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"

static exit_code_t
s_read_all (FILE *file, const char *name, zp_span_t *body)
{
    char *data = malloc (BODY_MAX + 1);
    assert (data);
    errno = 0;
    size_t size = fread (data, 1, BODY_MAX + 1, file);
    if (!ferror (file) && size <= BODY_MAX) {
        char *fitting = realloc (data, size + 1);
        *body = (zp_span_t){fitting ? fitting : data, size};
        return EXIT_OK;
    }
    if (ferror (file))
        say_error ("can't read %s: %s", name, strerror (errno));
    else
        say_error ("%s is longer than %d bytes, and a message can't be", name,
                   BODY_MAX);
    free (data);
    return EXIT_USAGE;
}

static exit_code_t
s_read_file (const char *name, zp_span_t *body)
{
    FILE *file = fopen (name, "r");
    if (!file) {
        say_error ("can't open %s: %s", name, strerror (errno));
        say_hint ("@@%s, if that is the argument and no file", name);
        return EXIT_NOT_FOUND;
    }
    exit_code_t result = s_read_all (file, name, body);
    fclose (file);
    return result;
}

exit_code_t
body_read (const char *word, zp_span_t *body)
{
    *body = (zp_span_t){NULL, 0};
    if (!word)
        return EXIT_OK;
    if (strcmp (word, "-") == 0)
        return s_read_all (stdin, "stdin", body);
    if (*word == '@' && word[1] != '@')
        return s_read_file (word + 1, body);
    word += *word == '@';  // The first of two
    *body = (zp_span_t){strdup (word), strlen (word)};
    return EXIT_OK;
}

//  The part as JSON text with indentation if it is an object or array, or NULL
static char *
s_pretty (const zp_span_t *part)
{
    json_t *json = json_loadb (part->data, part->size, 0, NULL);
    char *text = json ? json_dumps (json, JSON_INDENT (2)) : NULL;
    json_decref (json);
    return text;
}

void
body_print (const zp_span_t *part, bool several)
{
    bool terminal = isatty (STDOUT_FILENO);
    char *pretty = terminal ? s_pretty (part) : NULL;
    const char *data = pretty ? pretty : part->data;
    size_t size = pretty ? strlen (pretty) : part->size;
    print_bytes (data, size);
    if ((terminal || several) && (size == 0 || data[size - 1] != '\n'))
        putchar ('\n');
    free (pretty);
}

json_t *
body_to_json (const zp_span_t *part)
{
    json_t *json = json_loadb (part->data, part->size,
                               JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (!json)
        json = json_stringn (part->data ? part->data : "", part->size);
    if (!json) {
        zarmour_t *armour = zarmour_new ();  // Base 64 is its default
        char *base64 = zarmour_encode (armour, part->data, part->size);
        json = json_pack ("{ss}", "base64", base64);
        free (base64);
        zarmour_destroy (&armour);
    }
    return json;
}
