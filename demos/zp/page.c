//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "page.h"

//  Text in one colour
typedef struct piece {
    char *text;       // In UTF-8
    colour_t colour;  // In which
    size_t line;      // Number of its line
} piece_t;

struct page {
    piece_t *pieces;  // Line after line
    size_t count;     // How many
    size_t lines;     // That have ended
};

page_t *
page_new (void)
{
    return zmalloc (sizeof (page_t));
}

void
page_destroy (page_t **self_p)
{
    assert (self_p);
    page_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        free (self->pieces[i].text);
    free (self->pieces);
    free (self);
    *self_p = NULL;
}

//  Characters of a text, which is UTF-8
static size_t
s_wide (const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += (*text & 0xC0) != 0x80;
    return count;
}

//  Add a piece; takes the text
static void
s_add (page_t *self, colour_t colour, char *text)
{
    self->pieces =
        realloc (self->pieces, (self->count + 1) * sizeof *self->pieces);
    assert (self->pieces);
    self->pieces[self->count++] = (piece_t){text, colour, self->lines};
}

static char *
s_format (const char *format, va_list arguments)
{
    char *text = zsys_vprintf (format, arguments);
    char *safe = one_line (text, strlen (text), SIZE_MAX);
    free (text);
    return safe;
}

void
page_text (page_t *self, colour_t colour, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    s_add (self, colour, s_format (format, arguments));
    va_end (arguments);
}

static void
s_add_blanks (page_t *self, size_t columns, const char *text)
{
    size_t wide = s_wide (text);
    if (wide < columns)
        s_add (self, PLAIN, zsys_sprintf ("%*s", (int) (columns - wide), ""));
}

void
page_left (page_t *self, colour_t colour, size_t columns, const char *format,
           ...)
{
    va_list arguments;
    va_start (arguments, format);
    char *text = s_format (format, arguments);
    va_end (arguments);
    s_add (self, colour, text);
    s_add_blanks (self, columns + 1, text);
}

void
page_right (page_t *self, colour_t colour, size_t columns, const char *format,
            ...)
{
    va_list arguments;
    va_start (arguments, format);
    char *text = s_format (format, arguments);
    va_end (arguments);
    s_add (self, PLAIN, strdup (" "));
    s_add_blanks (self, columns, text);
    s_add (self, colour, text);
}

void
page_line (page_t *self)
{
    self->lines++;
}

size_t
page_count (const page_t *self)
{
    return self->lines;
}

//  Print at most so many characters of a text, and return how many
static size_t
s_print (const char *text, size_t columns, FILE *to)
{
    size_t count = 0;
    for (; *text; text++) {
        bool first = (*text & 0xC0) != 0x80;
        if (first && count == columns)
            break;
        count += first;
        putc (*text, to);
    }
    return count;
}

void
page_print (const page_t *self, size_t number, size_t columns, FILE *to)
{
    for (size_t i = 0; i < self->count && columns > 0; i++) {
        const piece_t *piece = &self->pieces[i];
        if (piece->line != number)
            continue;
        if (piece->colour)
            fputs (paint (to, piece->colour), to);
        columns -= s_print (piece->text, columns, to);
        if (piece->colour)
            fputs (paint (to, PLAIN), to);
    }
}
