//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "output.h"

static bool s_progress;  // A line of progress is on the screen

const char *
paint (FILE *stream, colour_t colour)
{
    static const char *const codes[] = {
        [PLAIN] = "\033[0m", [BOLD] = "\033[1m",   [DIM] = "\033[2m",
        [RED] = "\033[31m",  [GREEN] = "\033[32m", [YELLOW] = "\033[33m",
    };
    const char *no_color = getenv ("NO_COLOR");
    const char *term = getenv ("TERM");
    bool off = (no_color && *no_color) || !term || strcmp (term, "dumb") == 0 ||
               !isatty (fileno (stream));
    return off ? "" : codes[colour];
}

//  True if a terminal could take the byte, or it and the next, as a command
static bool
s_is_control (const unsigned char *at, const unsigned char *end)
{
    return (*at < 0x20 && *at != '\n' && *at != '\t') || *at == 0x7F ||
           (*at == 0xC2 && at + 1 < end && at[1] >= 0x80 && at[1] < 0xA0);
}

static void
s_write_safely (FILE *stream, const void *data, size_t size)
{
    const unsigned char *at = data, *end = at + size;
    for (; at < end; at++) {
        if (s_is_control (at, end))
            fprintf (stream, "\\x%02X", *at);
        else
            putc (*at, stream);
    }
}

static void
s_say (colour_t colour, const char *head, const char *tail, const char *format,
       va_list arguments)
{
    char *text = zsys_vprintf (format, arguments), *safe;
    size_t size;
    FILE *buffer = open_memstream (&safe, &size);
    assert (buffer);
    s_write_safely (buffer, text, strlen (text));
    fclose (buffer);
    //  At once, since others may write to the same terminal or file
    fprintf (stderr, "%s%s%s%s%s%s", s_progress ? "\r\033[K" : "",
             paint (stderr, colour), head, paint (stderr, PLAIN), safe, tail);
    s_progress = false;
    free (safe);
    free (text);
}

#define SAY(colour, head, tail)                                                \
    do {                                                                       \
        va_list arguments;                                                     \
        va_start (arguments, format);                                          \
        s_say (colour, head, tail, format, arguments);                         \
        va_end (arguments);                                                    \
    } while (0)

void
say (const char *format, ...)
{
    SAY (PLAIN, "", "\n");
}

void
ask (const char *format, ...)
{
    SAY (PLAIN, "", "");
}

void
say_error (const char *format, ...)
{
    SAY (RED, "zp: ", "\n");
}

void
say_mark (colour_t colour, const char *mark, const char *format, ...)
{
    char head[32];
    snprintf (head, sizeof head, "  %-8s ", mark);
    SAY (colour, head, "\n");
}

void
say_hint (const char *format, ...)
{
    SAY (DIM, "    try: ", "\n");
}

void
say_hint_meant (const char *format, ...)
{
    SAY (DIM, "    did you mean ", "?\n");
}

void
progress (const char *format, ...)
{
    if (!isatty (STDERR_FILENO))
        return;
    va_list arguments;
    va_start (arguments, format);
    char *text = zsys_vprintf (format, arguments);
    va_end (arguments);
    fprintf (stderr, "\r\033[K%s%s%s", paint (stderr, DIM), text,
             paint (stderr, PLAIN));
    free (text);
    s_progress = true;
}

void
progress_end (void)
{
    if (s_progress)
        fprintf (stderr, "\r\033[K");
    s_progress = false;
}

void
print_json (json_t *json)
{
    size_t flags = JSON_ENCODE_ANY;
    flags |= isatty (STDOUT_FILENO) ? JSON_INDENT (2) : JSON_COMPACT;
    json_dumpf (json, stdout, flags);
    putchar ('\n');
    json_decref (json);
}

json_t *
json_text (const char *text)
{
    json_t *json = json_string (text);
    if (json)
        return json;
    char *plain = strdup (text);
    for (char *at = plain; *at; at++)
        if (*at & 0x80)
            *at = '?';
    json = json_string (plain);
    free (plain);
    return json;
}

void
print_bytes (const void *data, size_t size)
{
    if (isatty (STDOUT_FILENO))
        s_write_safely (stdout, data, size);
    else
        fwrite (data, 1, size, stdout);
}

char *
one_line (const void *data, size_t size, size_t room)
{
    const unsigned char *at = data, *end = at + size;
    char *line;
    size_t written, count = 0;
    FILE *buffer = open_memstream (&line, &written);
    assert (buffer);
    for (; at < end && count < room; at++) {
        if (s_is_control (at, end) || *at == '\n' || *at == '\t')
            fprintf (buffer, "\\x%02X", *at);
        else
            putc (*at, buffer);
        //  What goes on with a character, in UTF-8, is none
        count += at + 1 == end || (at[1] & 0xC0) != 0x80;
    }
    fputs (at < end ? "..." : "", buffer);
    fclose (buffer);
    return line;
}

//  Bytes from there on that can be a part of a line as they are
static size_t
s_plain (const unsigned char *at, const unsigned char *end, bool utf8)
{
    const unsigned char *from = at;
    while (at < end && *at != '\n' && !s_is_control (at, end) &&
           (utf8 || *at < 0x80))
        at++;
    return (size_t) (at - from);
}

char *
text_line (const void *data, size_t size)
{
    const unsigned char *at = data, *end = at + size;
    json_t *json = json_stringn (size ? data : "", size);  // NULL: no UTF-8
    char *line = malloc (4 * size + 1), *to = line;
    assert (line);
    while (at < end) {
        size_t plain = s_plain (at, end, json != NULL);
        memcpy (to, at, plain);
        to += plain;
        at += plain;
        if (at < end)
            to += sprintf (to, "\\x%02X", *at++);
    }
    *to = 0;
    json_decref (json);
    return line;
}
