//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "table.h"

#include <sys/ioctl.h>

#define SHORTEST 8  // No cell is shortened to less

typedef struct cell {
    char *text;       // What it says
    colour_t colour;  // In which colour
} cell_t;

struct table {
    cell_t *cells;   // Row after row
    size_t count;    // How many
    size_t columns;  // How many in a row
};

table_t *
table_new (size_t columns)
{
    table_t *self = zmalloc (sizeof *self);
    self->columns = columns;
    return self;
}

void
table_destroy (table_t **self_p)
{
    assert (self_p);
    table_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        free (self->cells[i].text);
    free (self->cells);
    free (self);
    *self_p = NULL;
}

void
table_cell (table_t *self, colour_t colour, const char *format, ...)
{
    self->cells =
        realloc (self->cells, (self->count + 1) * sizeof *self->cells);
    assert (self->cells);
    va_list arguments;
    va_start (arguments, format);
    char *text = zsys_vprintf (format, arguments);
    va_end (arguments);
    self->cells[self->count++] =
        (cell_t){one_line (text, strlen (text), SIZE_MAX), colour};
    free (text);
}

void
table_heads (table_t *self, const char *const *heads)
{
    for (; *heads; heads++)
        table_cell (self, BOLD, "%s", *heads);
}

void
table_cell_time (table_t *self, int64_t ms)
{
    int64_t seconds = ms / 1000;
    if (seconds < 100)
        table_cell (self, PLAIN, "%d s", (int) seconds);
    else if (seconds < 100 * 60)
        table_cell (self, PLAIN, "%d min", (int) (seconds / 60));
    else
        table_cell (self, PLAIN, "%d h", (int) (seconds / 3600));
}

void
table_cell_bytes (table_t *self, int64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double number = (double) bytes;
    size_t unit = 0;
    while (number >= 1024 && unit + 1 < sizeof units / sizeof *units) {
        number /= 1024;
        unit++;
    }
    table_cell (self, PLAIN, "%.*f %s", unit > 0 && number < 10, number,
                units[unit]);
}

static int
s_width (table_t *self, size_t column)
{
    size_t width = 0;
    for (size_t i = column; i < self->count; i += self->columns)
        if (strlen (self->cells[i].text) > width)
            width = strlen (self->cells[i].text);
    return (int) width;
}

//  Columns of the terminal that stdout is, or 0 if it is none
static int
s_screen (void)
{
    struct winsize size;
    bool known = ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    return known ? size.ws_col : 0;
}

//  Print a cell of the last column, with "..." in its middle if need be. A text
//  of several words is wrapped by the terminal instead.
static void
s_print_last (const char *text, int room)
{
    int size = (int) strlen (text);
    if (size <= room || room < SHORTEST || strchr (text, ' ')) {
        fputs (text, stdout);
        return;
    }
    int head = (room - 3) / 3, tail = room - 3 - head;
    printf ("%.*s...%s", head, text, text + size - tail);
}

void
table_print (table_t **self_p)
{
    table_t *self = *self_p;
    int room = s_screen () ? s_screen () : INT_MAX;
    for (size_t column = 0; column + 1 < self->columns; column++)
        room -= s_width (self, column) + 2;
    for (size_t i = 0; i < self->count; i++) {
        cell_t *cell = &self->cells[i];
        size_t column = i % self->columns;
        fputs (cell->colour ? paint (stdout, cell->colour) : "", stdout);
        if (column + 1 == self->columns)
            s_print_last (cell->text, room);
        else
            printf ("%-*s  ", s_width (self, column), cell->text);
        fputs (cell->colour ? paint (stdout, PLAIN) : "", stdout);
        if (column + 1 == self->columns)
            putchar ('\n');
    }
    table_destroy (self_p);
}
